"""Columns that several releases share: LMSYS's vote log, its conversation metadata and its category tags."""

from collections.abc import Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.languages import language_name

#: The columns of LMSYS's vote log and of the tags added to it later.
LOG = frozenset(
    {
        *("question_id", "model_a", "model_b", "winner", "judge", "judge_hash", "turn", "anony", "language", "tstamp"),
        *("conv_metadata", "category_tag", "criteria_tag", "dedup_tag", "is_code", "is_refusal", "toxic_chat_tag"),
    }
)

_CRITERIA = (
    "specificity",
    "domain_knowledge",
    "complexity",
    "problem_solving",
    "creativity",
    "technical_accuracy",
    "real_world",
)


def models(row: Mapping[str, Any]) -> dict[str, Any]:
    """Both models."""
    return {"model_a": cells.name(row.get("model_a")), "model_b": cells.name(row.get("model_b"))}


def language(row: Mapping[str, Any]) -> str | None:
    """The language by its English name."""
    label = cells.name(row.get("language"))
    return None if label is None else language_name(label)


def log(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row of LMSYS's vote log says, whichever of its columns the release has."""
    tags = category_tags(row)
    dedup = cells.mapping(row.get("dedup_tag"))
    return {
        "vote_id": cells.name(row.get("question_id")),
        **models(row),
        "turns": cells.integer(row.get("turn")),
        "language": language(row),
        "time": cells.time(row.get("tstamp")),
        "judge": cells.name(row.get("judge")) or cells.name(row.get("judge_hash")),
        "anonymous": cells.flag(row.get("anony")),
        "is_code": cells.flag(row.get("is_code")),
        "is_refusal": cells.flag(row.get("is_refusal")),
        "sampled": cells.flag(dedup.get("sampled")),
        **metadata(row),
        **tags,
        "tags": _with(tags["tags"], high_freq=cells.flag(dedup.get("high_freq"))),
    }


def metadata(row: Mapping[str, Any]) -> dict[str, Any]:
    """Tokens and Markdown counts of `conv_metadata`; the levels of headers and the sorts of lists and bold are summed."""
    given = cells.mapping(row.get("conv_metadata"))
    if not given:
        return {}
    counts: dict[str, Any] = {"tokens_user": cells.integer(given.get("sum_user_tokens"))}
    for side in ("a", "b"):
        counts[f"tokens_{side}"] = cells.integer(given.get(f"sum_assistant_{side}_tokens"))
        counts[f"headers_{side}"] = _sum(given.get(f"header_count_{side}"))
        counts[f"lists_{side}"] = _sum(given.get(f"list_count_{side}"))
        counts[f"bold_{side}"] = _sum(given.get(f"bold_count_{side}"))
    return counts


def category_tags(row: Mapping[str, Any]) -> dict[str, Any]:
    """The classifiers' tags: criteria, instruction following, mathematics and creative writing, and the names that hold.

    Files of mid-2024 hold the seven criteria in `criteria_tag` instead of `category_tag`.
    """
    given = cells.mapping(row.get("category_tag"))
    criteria = cells.mapping(given.get("criteria_v0.1")) or cells.mapping(row.get("criteria_tag"))
    held = {name: cells.flag(criteria.get(name)) for name in _CRITERIA}
    instruction = cells.mapping(given.get("if_v0.1"))
    math = cells.flag(cells.mapping(given.get("math_v0.1")).get("math"))
    creative = cells.flag(cells.mapping(given.get("creative_writing_v0.1")).get("creative_writing"))
    follows = cells.flag(instruction.get("if"))
    names = _with(None, **held, instruction_following=follows, math=math, creative_writing=creative)
    return {
        "criteria": sum(map(bool, held.values())) if criteria else None,
        "instruction_score": cells.integer(instruction.get("score"), 127),
        "math": math,
        "creative_writing": creative,
        "tags": names,
    }


def _with(tags: list[str] | None, **flags: bool | None) -> list[str] | None:
    """The tags and the names of the flags that hold; None where no tag of the release says anything."""
    if tags is None and all(value is None for value in flags.values()):
        return None
    return [*(tags or ()), *(name for name, value in flags.items() if value)]


def _sum(counts: object) -> int | None:
    given = cells.mapping(counts)
    return sum([cells.integer(count) or 0 for count in given.values()]) if given else None
