"""Votes from people who mean harm: every text that a stranger gives carries something that a page must not run or follow.

What would run calls `canary(…)`, which a page under test defines; what would be fetched lies on `hostile.example`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

PAYLOADS = {
    "script": "<script>canary('script')</script>",
    "odd script": "<ScRiPt/x>canary('odd script')</sCrIpT >",
    "image": '"><img src=x onerror="canary(\'image\')">',
    "attribute": "' onmouseover='canary(1)' autofocus onfocus='canary(1)' x='",
    "drawing": "<svg onload=\"canary('drawing')\"><script>canary('drawing')</script></svg>",
    "link": "<a href=\"javascript:canary('link')\">here</a>",
    "markdown link": "[here](javascript:canary('markdown')) <https://hostile.example/auto>",
    "markdown image": "![here](https://hostile.example/image.png) ![there](x\" onerror=\"canary('alt'))",
    "style": "</style><style>* { display: none } body { background: url(https://hostile.example/style) }</style>",
    "stylesheet": '<link rel="stylesheet" href="https://hostile.example/sheet.css">',
    "refresh": '<meta http-equiv="refresh" content="0; url=https://hostile.example/refresh">',
    "frame": "<iframe srcdoc=\"<script>parent.canary('frame')</script>\"></iframe>",
    "base": '<base href="https://hostile.example/">',
    "object": '<object data="https://hostile.example/object"></object><embed src="https://hostile.example/embed">',
    "form": '<form action="https://hostile.example/form"><button autofocus onfocus="canary(1)">go</button></form>',
    "title": "</title></textarea></template></noscript><script>canary('title')</script>",
    "section": "]]><script>canary('section')</script><![CDATA[",
    "comment": "--><script>canary('comment')</script><!--",
    "mathematics": "$$\\href{javascript:canary(1)}{x}$$ \\(<script>canary('mathematics')</script>\\)",
    "nested": "<math><mtext><table><mglyph><style><img src=x onerror=\"canary('nested')\">",
    "toggle": "<details open ontoggle=\"canary('toggle')\"><summary>x</summary></details>",
    "entities": "&lt;script&gt;canary('entities')&lt;/script&gt; &#60;img src=x onerror=canary(1)&#62;",
    "template": "{{7*7}} {% for x in [1] %}{{ x.__class__ }}{% endfor %} ${canary(1)} <%= canary(1) %>",
    "formula": '=HYPERLINK("https://hostile.example/formula"; "here")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "colours": "\x1b[31mred\x1b[0m \x1b]8;;https://hostile.example/terminal\x07here\x1b]8;;\x07 \x1b[2J",
    "zero": "a\x00b\x07c\x08",
    "turned": "\u202egnp.egami\u202c \u2066isolated",
    "right to left": "مرحبا بالعالم <b>bold</b>",
    "long": "W" * 900,
    "stacked": "Z" + "\u0300\u0301\u0302\u0303" * 40,
}

#: What a file may be called where a folder is no part of its name.
FILE = "votes <img src=x onerror=canary('file')> {{7*7}}.jsonl"

#: Ordinary words of a few subjects, so that the prompts have topics; each payload stands beside some.
_SUBJECTS = (
    "write python code sort list function error loop",
    "translate poem french spanish sentence grammar",
    "recipe cook dinner chicken rice oven sauce",
    "solve equation integral proof number algebra",
)


def write_votes(folder: Path, rows: int = 900) -> Path:
    """A file of `rows` votes between as many models as there are payloads, each named by one."""
    draw = random.Random(7)
    names = list(PAYLOADS.values())
    path = folder / FILE
    with path.open("w", encoding="utf-8") as stream:
        for number in range(rows):
            one, other = draw.sample(range(len(names)), 2)
            prompt = f"{draw.choice(names)[:300]} {' '.join(draw.sample(draw.choice(_SUBJECTS).split(), 5))} {number % 350}"
            vote = {
                "model_a": _short(names[one]),
                "model_b": _short(names[other]),
                "winner": draw.choices(["model_a", "model_b", "tie", "tie (bothbad)"], [5 if one < other else 2, 3, 1, 1])[0],
                "judge": f"{names[number % 25]} {number % 40}",
                "language": _short(names[number % len(names)]) if number % 3 else "English",
                "conversation_a": _conversation(prompt, draw.choice(names), number),
                "conversation_b": _conversation(prompt, draw.choice(names), number),
                "tstamp": 1_717_200_000 + 5_000 * number,
            }
            stream.write(json.dumps(vote) + "\n")
    return path


def _conversation(prompt: str, answer: str, number: int) -> list[dict[str, str]]:
    """One turn or two."""
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}] * (1 + number % 3 // 2)


def _short(name: str) -> str:
    """A name that is not the same as another's when it is cut: models are known by all of it."""
    return name[:200]
