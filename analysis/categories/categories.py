"""The categories: those of the arena's board (FastChat `monitor_md`), and families of them with an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import ibis

from analysis.categories.conjunctions import AND, conjunction
from analysis.categories.prompt_categories import FRESH, REPEATED, exposed_category, unexposed_category
from analysis.categories.topic_categories import read_topic_category
from analysis.errors import UsageError
from analysis.results.prose import percent, shortened
from analysis.results.spelling import did_you_mean
from analysis.votes.category import Category, both_categories, tag_category, where
from analysis.votes.outcome import Outcome
from analysis.votes.rules import parse_rule
from analysis.votes.schema import held

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from analysis.votes.table import Votes


def _language(name: str) -> Category:
    meaning = f"the first prompt is in {name}"
    return Category(name.lower(), name, meaning, ("language",), where("language", lambda column: column == name))


def _all_votes(votes: ir.Table) -> ir.BooleanValue:
    return votes["model_a"].notnull()


_LANGUAGES = ("English", "Chinese", "Russian", "German", "Japanese", "Korean", "French", "Spanish")

_HARD = Category(
    "hard",
    "Hard prompts",
    "at least six of the seven criteria hold",
    ("criteria",),
    where("criteria", lambda criteria: criteria >= 6),
)

CATEGORIES: dict[str, Category] = {
    category.name: category
    for category in (
        Category("overall", "Overall", "all votes", (), _all_votes),
        Category("single_turn", "Single-turn", "one user message", ("turns",), where("turns", lambda turns: turns == 1)),
        Category("multi_turn", "Multi-turn", "two or more user messages", ("turns",), where("turns", lambda turns: turns >= 2)),
        Category("turns_2", "Two turns", "two user messages", ("turns",), where("turns", lambda turns: turns == 2)),
        Category("turns_3", "Three turns", "three user messages", ("turns",), where("turns", lambda turns: turns == 3)),
        Category("turns_4_plus", "Four turns or more", "four or more", ("turns",), where("turns", lambda turns: turns >= 4)),
        Category(
            "longer_query",
            "Longer query",
            "user messages of 500 tokens or more",
            ("tokens_user",),
            where("tokens_user", lambda tokens: tokens >= 500),
        ),
        Category(
            "exclude_short",
            "Exclude short query",
            "user messages of 5 tokens or more",
            ("tokens_user",),
            where("tokens_user", lambda tokens: tokens >= 5),
        ),
        Category(
            "exclude_ties",
            "Exclude ties",
            "votes for one of the two models",
            (),
            where("outcome", lambda outcome: outcome.isin([Outcome.MODEL_A.value, Outcome.MODEL_B.value])),
        ),
        Category(
            "exclude_refusal",
            "Exclude refusal",
            "no answer refuses",
            ("is_refusal",),
            where("is_refusal", lambda refusal: ~refusal),
        ),
        Category("coding", "Coding", "the conversation is about code", ("is_code",), where("is_code", lambda code: code)),
        _HARD,
        replace(
            both_categories(_HARD, _language("English")),
            name="hard_english",
            label="Hard prompts (English)",
            meaning="hard and in English",
        ),
        Category("math", "Math", "the prompt is a mathematics question", ("math",), where("math", lambda math: math)),
        Category(
            "instruction_following",
            "Instruction following",
            "instruction-following score of 4 or more",
            ("instruction_score",),
            where("instruction_score", lambda score: score >= 4),
        ),
        Category(
            "creative_writing",
            "Creative writing",
            "the prompt asks for creative writing",
            ("creative_writing",),
            where("creative_writing", lambda creative: creative),
        ),
        *(_language(name) for name in _LANGUAGES),
        Category(
            "deduplicated",
            "De-duplicated",
            "without the votes that the arena's de-duplication sampled away",
            ("sampled",),
            where("sampled", lambda sampled: sampled),
        ),
        FRESH,
        REPEATED,
    )
}


def _random(argument: str) -> Category:
    share, _, seed = argument.partition(":")
    kept = float(share)
    if not 0 < kept <= 1:
        raise ValueError("a share lies above 0 and up to 1")
    meaning = f"a random {percent(kept, 0)} of the votes (seed {seed or 1})"

    def rule(votes: ir.Table) -> ir.BooleanValue:
        # Digests are the same on every engine, and in the order of the numbers that they write; an engine's own hash is not.
        drawn = (votes["vote_id"] + f"|{seed or 1}").hexdigest("md5").substr(0, 8)
        return drawn < f"{round(kept * 2**32):08x}" if kept < 1 else votes["vote_id"].notnull()

    return Category(f"random:{argument}", f"Random {percent(kept, 0)}", meaning, ("vote_id",), rule)


def _where_rule(text: str) -> Category:
    columns, rule = parse_rule(text)
    guarded = lambda votes: ibis.coalesce(rule(votes), ibis.literal(False))  # noqa: E731 - a rule is a value here
    return Category(f"where:{text}", text, f"the analyst's rule: {text}", columns, guarded)


def _release(name: str) -> Category:
    return Category(f"release:{name}", name, f"votes of {name}", ("release",), where("release", lambda column: column == name))


def _since(day: str) -> Category:
    start = _moment(day)
    return Category(
        f"since:{day}", f"Since {day}", f"cast on {day} or later", ("time",), where("time", lambda time: time >= start)
    )


def _moment(day: str) -> datetime:
    """A day or time in UTC, or in the offset that it has."""
    moment = datetime.fromisoformat(day)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _until(day: str) -> Category:
    end = _moment(day)
    return Category(f"until:{day}", f"Before {day}", f"cast before {day}", ("time",), where("time", lambda time: time < end))


def _month(month: str) -> Category:
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    following = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)
    rule = where("time", lambda time: (time >= first) & (time < following))
    return Category(f"month:{month}", f"{first:%B %Y}", f"cast in {first:%B %Y} (UTC)", ("time",), rule)


#: Categories with an argument, written `prefix:argument`, each with an example.
FAMILIES: dict[str, tuple[Callable[[str], Category], str]] = {
    "where": (_where_rule, 'where:turns >= 3 and language == "English"'),
    "random": (_random, "random:0.14"),
    "release": (_release, "release:simulated"),
    "since": (_since, "since:2024-07-01"),
    "until": (_until, "until:2024-07-01"),
    "month": (_month, "month:2024-06"),
    "tag": (tag_category, "tag:mathematical"),
    "exposed": (exposed_category, "exposed:FILE with a FILE of released prompts"),
    "unexposed": (unexposed_category, "unexposed:FILE with a FILE of released prompts"),
    "topic": (read_topic_category, "topic:DIR:3 with the DIR of arena-workbook topics --out DIR"),
}


def find_category(name: str) -> Category:
    """The category of that name, of a family such as `random:0.14`, or of several joined by ` & `: the votes in each of them.

    Raises:
        UsageError: it is not known, and which are.
    """
    if not isinstance(name, str):
        raise UsageError(f"a category is a name, and one at a time, not {shortened(repr(name), 80)}.")
    if name in CATEGORIES:
        return CATEGORIES[name]
    if AND in name:
        return conjunction([find_category(part.strip()) for part in name.split(AND)])
    shown = repr(shortened(name, 80))
    prefix, colon, argument = name.partition(":")
    if colon and prefix in FAMILIES:
        make, example = FAMILIES[prefix]
        try:
            argument.encode("utf-8")
            return make(argument)
        except UnicodeEncodeError:
            raise UsageError(f"category {shown}: this is not UTF-8 text; write it as in {example}") from None
        except (ValueError, OverflowError) as error:
            raise UsageError(f"category {shown}: {shortened(str(error), 200)}; write it as in {example}") from None
    known = [*CATEGORIES, *(example for _, example in FAMILIES.values())]
    meant = did_you_mean(name if not colon else prefix, CATEGORIES if not colon else FAMILIES)
    raise UsageError(f"unknown category {shown}{meant}; the known ones are {', '.join(known)}.")


def supported(votes: Votes, names: Iterable[str] = CATEGORIES) -> tuple[dict[str, Category], dict[str, str]]:
    """Split categories into those these votes can answer and, by name, why they cannot answer the others."""
    found = {name: find_category(name) for name in names}
    lacking = {name: category.missing(votes) for name, category in found.items() if category.missing(votes)}
    why = {name: f"needs {held(missing)}" for name, missing in lacking.items()}
    return {name: category for name, category in found.items() if name not in why}, why
