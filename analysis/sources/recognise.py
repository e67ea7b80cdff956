"""Which release a file is, told by the columns of its first rows."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from analysis.errors import InputError
from analysis.results.prose import joined
from analysis.results.spelling import did_you_mean
from analysis.sources import columns
from analysis.sources.releases import (
    arena_33k,
    arena_55k,
    arena_100k,
    arena_140k,
    arena_expert_5k,
    battle_log,
    clean_battle,
    comparia,
    comparia_reactions,
    flat,
    mt_bench,
    mt_bench_pairs,
    raw_log,
    vote_table,
    wsdm,
)
from analysis.sources.releases.release import Release

#: In order of specificity: the first that recognises the columns is taken.
RELEASES: tuple[Release, ...] = (
    vote_table.RELEASE,
    *(flat.reshaped(shape) for shape in (raw_log, comparia_reactions, comparia, mt_bench_pairs, mt_bench, arena_expert_5k)),
    arena_140k.RELEASE,
    arena_100k.RELEASE,
    arena_33k.RELEASE,
    arena_55k.RELEASE,
    battle_log.RELEASE,
    clean_battle.RELEASE,
    wsdm.RELEASE,
    flat.RELEASE,
)


def find_release(path: Path, names: Collection[str], mapping: Mapping[str, str]) -> Release:
    """The release a file with these columns is.

    `mapping` takes columns of the vote table from other columns, or from none where the name is empty: a table with
    some taken from others is read as a flat one, whatever it looks like.

    Raises:
        InputError: none of them; the message says what the file lacks, or what it is instead.
    """
    others = {ours: theirs for ours, theirs in mapping.items() if theirs}
    absent = [theirs for theirs in others.values() if theirs not in names]
    if absent:
        raise InputError(
            f"{path}: there is no column {absent[0]!r}{did_you_mean(absent[0], names)}; the file has {_listed(names)}."
        )
    found = next((release for release in RELEASES if release.recognises(names)), None)
    if others:
        named = {*(set(names) - set(others.values())), *others}
        found = flat.RELEASE if flat.recognises(named) else None
    if found is None:
        raise InputError(f"{path}: {_refusal(set(names) | set(others), names)}")
    if found is flat.RELEASE:
        return flat.shaped(names, mapping)
    fields = {name: source for name, source in found.fields.items() if name not in mapping}
    return replace(found, fields=fields, texts=found.texts.renamed(mapping))


def _refusal(named: set[str], names: Collection[str]) -> str:
    if {"prompt", "response_a", "response_b"} <= named and named.isdisjoint({"model_a", "model_b", "winner", "winner_model_a"}):
        return "this is the test half of a competition: answers without models or outcomes. Give train.csv."
    if {"conversation_id", "conversation", "model"} <= named:
        return "these are conversations with one model each and nobody voted; it serves as a prompt set, not as votes."
    if {"cmp_key", "annotator1"} <= named:
        return (
            "this is PandaLM's test set: several people judged each row, so one row is several votes. Write one row per person: "
            "model_a and model_b (the two halves of cmp_key), winner (1 is model_a, 2 is model_b, 0 is tie) and judge."
        )
    if {"rating", "model"} <= named or {"model", "arena_score"} <= named or {"rating", "model_name"} <= named:
        return "this is a published board, not votes; give it to a shift between published boards."
    absent = flat.lacking(named)
    lacking = f"the column{'s' * (len(absent) > 1)} {joined(absent)} {'are' if len(absent) > 1 else 'is'} missing"
    return (
        f"no votes are known in this shape: {lacking}; the file has {_listed(names)}. "
        "Name a column that is called otherwise with --column NAME=THEIRS, for example --column model_a=left."
    )


def _listed(names: Collection[str]) -> str:
    return joined((repr(columns.shown(name)) for name in names), 12, last=", ")
