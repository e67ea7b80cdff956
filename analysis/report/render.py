"""Pages: the body of a notebook, or the index of a run, in the chrome they share."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from analysis.report.body import TEMPLATES, Body, address_of
from analysis.report.record import FRONT, INDEX, Page, Run
from analysis.results import tables
from analysis.results.fonts import font_rules
from analysis.results.prose import unbroken
from analysis.results.unseen import visible
from analysis.votes.ledger import Ledger

if TYPE_CHECKING:
    from jinja2 import Environment


#: Findings that the index leads with, at most.
_LEADING = 5


def write_pages(run: Run, bodies: Sequence[Body], ledger: Ledger | None, folder: Path) -> None:
    """Write one page per notebook, in the order of `run.pages`, and the index; there is no ledger where there are no votes."""
    template = _environment().get_template("page.html.j2")
    for position, (page, body) in enumerate(zip(run.pages, bodies, strict=True)):
        html = template.render(
            run=run,
            page=page,
            body=body,
            before=run.pages[position - 1] if position else None,
            after=run.pages[position + 1] if position + 1 < len(run.pages) else None,
        )
        _write(folder / page.page, html)
    _write(folder / INDEX, _index(run, bodies, ledger))


def _index(run: Run, bodies: Sequence[Body], ledger: Ledger | None) -> str:
    """The front page: what is beyond noise, the leaderboard, and a card for each page."""
    pictures = {page.stem: body.picture for page, body in zip(run.pages, bodies, strict=True) if body.picture}
    front = next((page for page in run.pages if page.name == FRONT and page.stem in pictures), None)
    template = _environment().get_template("index.html.j2")
    return template.render(
        run=run,
        failed=run.failed,
        findings=leading(run.pages),
        thumbnails={stem: address_of(_thumbnail(picture)) for stem, picture in pictures.items()},
        front=front,
        front_picture=address_of(pictures[front.stem]) if front else "",
        **(_cleaning(ledger) if ledger else {"ledger": "", "ledger_sentence": "", "unread": "", "unread_sentence": ""}),
    )


def contents(editions: Sequence[Any], last: Any, made_by: str, up: str, down: str) -> str:
    """The list of editions (`analysis.report.shelf.Edition`), the newest first.

    Args:
        last: the last good one; None without one.
        made_by: what tells the page from anybody else's.
        up, down: the way to the top of the site, and to the folder of editions.
    """
    template = _environment().get_template("editions.html.j2")
    return _lettered(template.render(editions=editions, last=last, made_by=made_by, up=up, down=down))


def moved(target: str) -> str:
    """A page that sends the reader on to another in its folder."""
    return _environment().get_template("moved.html.j2").render(target=target)


def stale(when: str, why: str) -> str:
    """What every page of the last good edition begins with once a later run was refused."""
    return _environment().get_template("stale.html.j2").render(when=when, why=why).strip()


def leading(pages: Sequence[Page]) -> list[tuple[Page, Mapping[str, Any]]]:
    """The findings that lie furthest beyond noise, each with its page, the furthest first."""
    found = [(page, page.finding) for page in pages if page.finding and not page.failure]
    return sorted(found, key=lambda pair: -pair[1]["beyond"])[:_LEADING]


def _thumbnail(picture: str) -> str:
    """A drawing without its title and the quiet line under it, which a card has in words."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)" width="(\d+)" height="(\d+)" data-top="(\d+)"', picture)
    if not found:
        return picture
    width, height, across, _, top = map(float, found.groups())
    left = max(height - top, 1.0)
    size = f'viewBox="0 {top:g} {width:g} {left:g}" width="{across:g}" height="{left * across / width:.0f}"'
    return picture[: found.start()] + size + picture[found.end() :]


def _cleaning(ledger: Ledger) -> dict[str, str]:
    """What the index says of the cleaning: the ledger, and the cells that could not be read where there are any."""
    cells = ledger.empty_cells
    unread = Markup(tables.html(cells, caption="Cells that could not be read")) if len(cells) else ""
    return {
        "ledger": Markup(tables.html(ledger.table, caption="Cleaning ledger")),
        "ledger_sentence": ledger.sentence,
        "unread": unread,
        "unread_sentence": ledger.empty_cells_sentence,
    }


def _write(path: Path, html: str) -> None:
    """As UTF-8, which cannot hold lone surrogates: a page with one is better shown than lost."""
    path.write_bytes(_lettered(html).encode("utf-8", errors="replace"))


def _lettered(html: str) -> str:
    """The page with the letters that it shows and usual fonts lack, in a style of their own behind that of all pages."""
    head, end, rest = html.partition("</style>\n")
    rules = font_rules(html)
    return f'{head}{end}<style class="letters">{rules}</style>\n{rest}' if rules else html


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(count=count, duration=duration, moment=moment, unbroken=unbroken, visible=visible)
    style, script = (Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in ("style.css", "page.js"))
    environment.globals |= {"style": style, "script": script, "script_hash": Markup(_hash(script)), "current": ""}
    return environment


def _hash(script: str) -> str:
    """How a content security policy names the one script that it allows."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}"


def count(number: int) -> str:
    """A whole number with its thousands marked."""
    return f"{number:,}"


def duration(seconds: float) -> str:
    """Seconds in words: `4.2 s`, `2 min 5 s`, `1 h 4 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(iso: str) -> str:
    """An ISO time as `2024-07-01 09:30 UTC`."""
    return f"{datetime.fromisoformat(iso).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def page_names(stem: str) -> tuple[str, str]:
    """File names of a notebook's page and of the executed notebook."""
    return f"{stem}.html", f"{stem}.ipynb"
