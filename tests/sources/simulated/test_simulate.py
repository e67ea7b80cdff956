"""The simulated arena: what it draws agrees with the truth it returns."""

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.special import expit

from analysis import places
from analysis.errors import UsageError
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.pairs import pair_counts
from analysis.sources.simulated.draws import Change
from analysis.sources.simulated.endings import outcome_chances, style_differences
from analysis.sources.simulated.grammars import Grammar, languages, listed, prompt_grammar, topics
from analysis.sources.simulated.simulate import Simulation, Truth, july_2024, plain, simulate
from analysis.votes.ledger import Ledger
from analysis.votes.outcome import Outcome
from analysis.votes.prompts import first_of_each, prompt_keys
from analysis.votes.schema import STYLE_FEATURES, VOTE_SCHEMA, pandera_schema

SCORE = {Outcome.MODEL_A: 1.0, Outcome.MODEL_B: 0.0, Outcome.TIE: 0.5, Outcome.BOTH_BAD: 0.5}


@cache
def simulated() -> Simulation:
    """20,000 votes of July 2024 with their texts."""
    return simulate(20_000, seed=3)


@cache
def many() -> Simulation:
    """250,000 votes of July 2024 without texts."""
    return simulate(250_000, seed=4, text=False)


def scores(simulation: Simulation) -> np.ndarray:
    return simulation.votes["outcome"].to_pandas().map(SCORE).to_numpy(float)


def ratings(truth: Truth, category: str) -> pd.Series:
    """What a fit of endless votes gives, anchored as the published boards are."""
    fit = fit_bradley_terry(pair_counts(truth.arena.models, truth.expected_counts(category))[0])
    points = pd.Series(fit.strength * POINTS, index=fit.pairs.models)
    return points - points["mixtral-8x7b-instruct-v0.1"] + 1114


def within_four_errors(flags: np.ndarray, chance: np.ndarray | float) -> bool:
    expected = np.broadcast_to(chance, flags.shape).astype(float)
    return abs(flags.sum() - expected.sum()) < 4 * np.sqrt((expected * (1 - expected)).sum())


# The vote table


def test_votes_have_the_columns_and_types_of_the_vote_table_and_pass_its_checks() -> None:
    votes = simulated().votes
    assert votes.schema.equals(VOTE_SCHEMA)
    pandera_schema().validate(votes.drop_columns(["prompts", "tags"]).to_pandas())


def test_votes_are_in_order_of_time_within_june_and_july_2024() -> None:
    time = simulated().votes["time"].to_pandas()
    assert time.is_monotonic_increasing
    assert time.min() >= pd.Timestamp("2024-06-01", tz="UTC")
    assert time.max() < pd.Timestamp("2024-08-01", tz="UTC")


def test_no_model_is_voted_on_before_it_enters() -> None:
    votes, arena = many().votes.select(["time", "model_a", "model_b"]).to_pandas(), many().truth.arena
    entry = pd.Series(pd.Timestamp(arena.start, tz="UTC") + pd.to_timedelta(arena.since, unit="D"), index=arena.models)
    assert (votes["time"] >= votes["model_a"].map(entry)).all()
    assert (votes["time"] >= votes["model_b"].map(entry)).all()


def test_the_first_of_the_prompts_is_the_prompt_and_there_is_one_per_turn() -> None:
    votes = simulated().votes.select(["prompt", "prompts", "turns"]).to_pylist()
    assert all(vote["prompts"][0] == vote["prompt"] and len(vote["prompts"]) == vote["turns"] for vote in votes)
    assert all(message for vote in votes for message in vote["prompts"])


def test_criteria_and_categories_agree_with_the_tags() -> None:
    votes = simulated().votes.to_pandas()
    tags = votes["tags"].map(set)
    assert (tags.map(lambda held: "math" in held) == votes["math"]).all()
    assert (tags.map(lambda held: "instruction_following" in held) == (votes["instruction_score"] >= 4)).all()
    rest = {"math", "creative_writing", "instruction_following", "high_freq"}
    assert (tags.map(lambda held: len(held - rest)) == votes["criteria"]).all()


def test_prompts_carry_what_a_careless_page_or_sheet_would_run() -> None:
    text = "\n".join(simulated().votes["prompt"].to_pylist())
    hostile = ("<script>", "onerror=", "=HYPERLINK", "{{7*7}}", "```", "**", "\u202e", "🙏", "'; DROP TABLE")
    assert [part for part in hostile if part not in text] == []


# Seeds


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 8), ("two", 8), ("three", 9)):
        simulate(700, seed=seed).write(tmp_path / name / "votes.parquet")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["topics.parquet", "truth.json", "votes.ledger.json", "votes.parquet"]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    assert (tmp_path / "one" / "votes.parquet").read_bytes() != (tmp_path / "three" / "votes.parquet").read_bytes()


def test_leaving_out_the_text_changes_no_other_column() -> None:
    bare = simulate(3000, seed=5, text=False).votes
    texts = ["prompt", "prompts", "tokens_user"]
    assert all(bare[name].null_count == 3000 for name in texts)
    assert bare.drop_columns(texts).equals(simulate(3000, seed=5).votes.drop_columns(texts))


def test_what_is_written_reads_back_with_a_ledger_that_says_simulated(tmp_path: Path) -> None:
    simulation = simulate(300, seed=1)
    simulation.write(tmp_path / "new" / "votes.parquet")
    assert pq.read_table(tmp_path / "new" / "votes.parquet").equals(simulation.votes)
    ledger = Ledger.read(tmp_path / "new" / "votes.ledger.json")
    assert (ledger.release, ledger.rows_in, ledger.votes_out) == ("simulated", 300, 300)
    assert "nobody cast them" in ledger.notes[0]
    assert "nobody cast them" in simulation.sentence


def test_the_truth_says_which_votes_it_belongs_to_and_the_same_votes_may_be_written_again(tmp_path: Path) -> None:
    path = tmp_path / "votes.parquet"
    simulate(50, seed=1).write(path)
    simulate(60, seed=2, arena=plain(3)).write(path)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert (truth["votes"], truth["rows"], truth["seed"], len(truth["models"])) == ("votes.parquet", 60, 2, 3)
    assert pq.read_table(tmp_path / "topics.parquet").num_rows == 60


@pytest.mark.parametrize("beside", ["truth.json", "topics.parquet", "released.parquet"])
@pytest.mark.parametrize("kind", ["another simulation's", "a stranger's", "a table of another kind", "a folder"])
def test_the_truth_of_other_votes_is_never_overwritten(beside: str, kind: str, tmp_path: Path) -> None:
    other = tmp_path / beside
    if kind == "another simulation's":
        simulate(200, seed=1, arena=replace(plain(), released=0.5)).write(tmp_path / "other.parquet")
        for path in {tmp_path / name for name in ("truth.json", "topics.parquet", "released.parquet")} - {other}:
            path.unlink()
    elif kind == "a stranger's":
        other.write_text("[1, 2]")
    elif kind == "a table of another kind":
        pq.write_table(pa.table({"topic": ["tea"]}), other)
    else:
        other.mkdir()
    before = sorted(tmp_path.iterdir())
    content = other.read_bytes() if other.is_file() else b""
    with pytest.raises(UsageError, match=f"{beside}: does not belong to simulated votes votes.parquet"):
        simulate(20, seed=1).write(tmp_path / "votes.parquet")
    assert sorted(tmp_path.iterdir()) == before
    assert not other.is_file() or other.read_bytes() == content


def test_the_ledger_of_votes_that_somebody_cast_is_never_overwritten(tmp_path: Path) -> None:
    ledger = Ledger.close("votes.csv", "battles", 3, 3, Counter())
    ledger.write(tmp_path / "votes.ledger.json")
    with pytest.raises(UsageError, match="votes.ledger.json: does not belong to simulated votes"):
        simulate(20, seed=1).write(tmp_path / "votes.parquet")
    assert Ledger.read(tmp_path / "votes.ledger.json") == ledger


def test_a_truth_nested_too_deep_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text("[" * 100_000)
    with pytest.raises(UsageError, match="truth.json: does not belong to simulated votes"):
        simulate(10, text=False).write(tmp_path / "votes.parquet")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError])
def test_a_simulation_that_is_stopped_while_it_is_written_leaves_all_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    first, second = (simulate(10, seed=seed, text=False) for seed in (1, 2))
    first.write(tmp_path / "votes.parquet")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def stop(*_: object, **__: object) -> None:
        raise error

    for writer in ("analysis.sources.simulated.simulate._write_parquet", "analysis.votes.ledger.Ledger.write"):
        with monkeypatch.context() as patched:
            patched.setattr(writer, stop)
            with pytest.raises(error):
                second.write(tmp_path / "votes.parquet")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["truth.json", "topics.parquet", "released.parquet"])
def test_votes_do_not_take_the_name_of_their_truth(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the name of the truth"):
        simulate(20, seed=1).write(tmp_path / name)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_handful_of_votes_can_be_simulated(rows: int) -> None:
    assert len(simulate(rows, seed=rows).votes) == rows


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UsageError, match="rows must be from 1 to"):
        simulate(0)
    with pytest.raises(UsageError, match="seed must be 0 or more"):
        simulate(10, seed=-1)
    with pytest.raises(UsageError, match="two models or more"):
        plain(models=1)
    with pytest.raises(UsageError, match="between 0 and"):
        replace(plain(), undecided=0.6)


# Chances and outcomes


def test_a_tie_counts_half_a_win_to_both_sides_so_the_expected_score_is_bradley_terrys() -> None:
    truth = many().truth
    chances = truth.chances.astype(float)
    assert chances.min() >= 0
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-6)
    odds = np.linspace(-12, 12, truth.chance.size)
    drawn = outcome_chances(odds, truth.draws, truth.arena).astype(float)
    assert drawn[:, 0] + drawn[:, 2:].sum(axis=1) / 2 == pytest.approx(expit(odds), abs=1e-6)


def test_in_a_plain_arena_the_chance_follows_from_the_strengths_alone() -> None:
    truth = simulate(2000, seed=1, arena=plain(8, spread=150), text=False).truth
    arena, draws = truth.arena, truth.draws
    difference = arena.strength[draws.second] - arena.strength[draws.first]
    assert truth.chance == pytest.approx(1 / (1 + 10 ** (difference / 400)), abs=1e-6)


@pytest.mark.parametrize("number", range(4))
def test_each_outcome_is_as_frequent_as_its_chance_for_weak_and_for_strong_favourites(number: int) -> None:
    truth, outcome = many().truth, many().votes["outcome"].to_pandas()
    name = ["model_a", "model_b", "tie", "both_bad"][number]
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1)):
        here = (truth.chance >= low) & (truth.chance < high)
        assert within_four_errors((outcome[here] == name).to_numpy(), truth.chances[here, number])


def test_swapping_sides_changes_nothing_on_average() -> None:
    draws = many().truth.draws
    assert within_four_errors(draws.first < draws.second, 0.5)
    assert abs(scores(many()).mean() - 0.5) < 4 * 0.5 / np.sqrt(250_000)


def test_ties_and_both_bads_are_as_frequent_as_in_the_arenas_log_and_both_bads_fall_on_weak_pairs() -> None:
    # clean_battle_20240814: 336,484 ties and 306,370 both-bads of 1,799,991 votes.
    truth, outcome = many().truth, many().votes["outcome"].to_pandas()
    assert (outcome == "tie").mean() == pytest.approx(0.187, abs=0.02)
    assert (outcome == "both_bad").mean() == pytest.approx(0.170, abs=0.02)
    strength = truth.arena.strength[truth.draws.first] + truth.arena.strength[truth.draws.second]
    weak = strength < np.median(strength)
    bad, undecided = outcome == "both_bad", outcome.isin(["tie", "both_bad"])
    assert bad[weak].sum() / undecided[weak].sum() > 0.1 + bad[~weak].sum() / undecided[~weak].sum()


def test_the_style_coefficients_are_recovered_from_the_votes() -> None:
    simulation, truth = many(), many().truth
    style = {name: simulation.votes[name].to_numpy() for name in simulation.votes.column_names if name[:-2] in STYLE_FEATURES}
    difference = style_differences(style)
    chance = truth.chance
    without = np.log(chance / (1 - chance)) - difference @ np.array(truth.arena.style)
    step = np.zeros(4)
    for _ in range(4):  # Newton, the other parts of the log-odds given
        fitted = expit(without + difference @ step)
        information = (difference * (fitted * (1 - fitted))[:, None]).T @ difference
        step += np.linalg.solve(information, difference.T @ (scores(simulation) - fitted))
    assert step == pytest.approx(truth.arena.style, abs=0.015)
    assert step[0] > 0.2


# How people use it


def test_fourteen_percent_of_votes_have_several_turns_and_the_tail_is_long() -> None:
    turns = many().truth.draws.turns
    assert within_four_errors(turns > 1, 0.14)
    assert np.mean(turns < 6) == pytest.approx(0.992, abs=0.004)
    assert 20 <= turns.max() <= 30


def test_judges_vote_once_or_twice_and_a_few_hundreds_of_times() -> None:
    votes = many().votes["judge"].to_pandas().value_counts()
    assert votes.median() == 1
    assert votes.mean() == pytest.approx(2.37, abs=0.01)
    assert 200 < votes.max() <= 600
    assert votes.iloc[: len(votes) // 100].sum() / votes.sum() == pytest.approx(0.2, abs=0.01)


def test_six_in_ten_prompts_are_english_and_each_language_writes_in_its_script() -> None:
    votes = simulated().votes.select(["language", "prompt"]).to_pandas()
    assert (votes["language"] == "English").mean() == pytest.approx(0.6, abs=0.03)
    assert votes["language"].nunique() == len(languages())
    for language, script in (("Russian", r"[а-яё]"), ("Chinese", r"[一-鿿]"), ("Korean", r"[가-힣]")):
        assert votes.loc[votes["language"] == language, "prompt"].str.contains(script, case=False).mean() > 0.95


def test_pairs_are_sampled_unevenly_and_some_are_rare() -> None:
    draws = many().truth.draws
    pair = np.minimum(draws.first, draws.second) * 1000 + np.maximum(draws.first, draws.second)
    count = np.unique(pair, return_counts=True)[1]
    assert np.quantile(count, 0.95) > 50 * np.quantile(count, 0.05)


def test_every_topic_is_planted_and_code_mathematics_and_fiction_go_with_theirs() -> None:
    frame = simulated().votes.select(["is_code", "math", "creative_writing"]).to_pandas()
    shares = frame.groupby(simulated().truth.topics).mean()
    assert len(shares) == len(topics()) >= 24
    assert shares.loc["sql", "is_code"] > 0.85
    assert shares.loc["school_maths", "math"] > 0.85
    assert shares.loc["poem", "creative_writing"] > 0.85
    assert shares.loc["cooking"].max() < 0.1


# Repeats


def test_repeats_of_the_truth_are_those_that_normalised_prompts_show() -> None:
    """Normalised prompts lack the marks at the end of a sentence, too, so that some near copies are repeats of them."""
    exact = simulated().truth.repeats == "exact"
    again = ~first_of_each(prompt_keys(simulated().votes["prompt"].combine_chunks()))
    assert again[exact].all()
    more = simulated().truth.draws.prompts.change[again & ~exact]
    assert len(more) < 0.01 * len(exact)
    assert (more == Change.ENDING).mean() > 0.95


def test_about_a_tenth_of_prompts_are_exact_repeats_and_some_are_near() -> None:
    repeat = simulate(60_000, seed=6).truth.repeats
    assert np.mean(repeat == "exact") == pytest.approx(0.10, abs=0.015)
    assert np.mean(repeat == "near") == pytest.approx(0.03, abs=0.01)


def test_greetings_follow_zipfs_law() -> None:
    place = many().truth.draws.prompts.listed
    count = np.bincount(place[(place >= 0) & (place < listed().greetings)])
    assert count[0] / count[9] == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize("change", [Change.ENDING, Change.WORD, Change.GREETING])
def test_a_near_repeat_shares_most_of_its_letters_with_its_original(change: Change) -> None:
    prompts = simulated().truth.draws.prompts
    text = simulated().votes["prompt"].to_pylist()
    long = [vote for vote in np.flatnonzero(prompts.change == change) if len(text[prompts.root[vote]]) > 40]
    assert len(long) > 20
    for vote in long:
        one, other = set(text[vote].lower().split()), set(text[prompts.root[vote]].lower().split())
        assert len(one & other) >= 0.5 * len(one | other) or min(len(one), len(other)) < 4


def test_the_de_duplication_cuts_frequent_conversations_down_to_one_limit() -> None:
    votes, draws = many().votes.select(["sampled", "tags"]).to_pandas(), many().truth.draws
    frequent = votes["tags"].map(lambda tags: "high_freq" in tags).to_numpy()
    sampled = votes["sampled"].to_numpy()
    assert sampled[~frequent].all()
    assert (draws.turns[frequent] == 1).all()
    kept = pd.Series(sampled[frequent]).groupby(draws.prompts.pool[frequent]).sum()
    assert kept.nunique() == 1
    assert 0.02 < np.mean(~sampled) < 0.06


# Grammars


def test_a_grammar_fills_slots_inside_slots_and_draws_numbers_in_range() -> None:
    grammar = Grammar.parse({"prompt": ["{who} has {2..4} cats"], "who": ["{name}'s aunt"], "name": ["Ann", "Bob"]})
    texts = grammar.expand("prompt", 200, np.random.default_rng(0))
    assert set(texts) == {f"{name}'s aunt has {number} cats" for name in ("Ann", "Bob") for number in (2, 3, 4)}


def test_every_grammar_expands_without_a_slot_left_over() -> None:
    rng = np.random.default_rng(0)
    for language in languages():
        for topic, share in zip(topics(), language.topics, strict=True):
            if share > 0:
                texts = prompt_grammar(language.name, topic.name).expand("prompt", 300, rng)
                assert all(text.strip() for text in texts)


# The announced shifts


def test_the_truth_gives_the_published_scores_and_the_announced_multi_turn_shifts() -> None:
    truth = simulate(600_000, seed=11, text=False).truth
    overall, several = ratings(truth, "overall"), ratings(truth, "multi_turn")
    published = pd.read_csv(places.DATA / "published_july_2024.csv").set_index("model")["score"]
    assert (overall - published).abs().max() < 3
    before, after = overall.rank(ascending=False), several.rank(ascending=False)
    assert (before["claude-3-5-sonnet-20240620"], after["claude-3-5-sonnet-20240620"]) == (2, 1)
    assert 0 < several["claude-3-5-sonnet-20240620"] - several["gpt-4o-2024-05-13"] < 8
    assert several["claude-3-5-sonnet-20240620"] == pytest.approx(1308, abs=3)
    assert (before["claude-3-opus-20240229"], after["claude-3-opus-20240229"]) == (8, 3)
    assert (before["gemma-2-27b-it"], after["gemma-2-27b-it"]) == (12, 10)
    assert overall["gemma-2-27b-it"] > overall["llama-3-70b-instruct"]
    assert several["gemma-2-27b-it"] > several["llama-3-70b-instruct"]


def test_expected_counts_add_up_to_the_votes_of_the_category() -> None:
    truth = simulated().truth
    totals = {name: truth.expected_counts(name)["votes"].sum() for name in ("overall", "single_turn", "multi_turn")}
    assert totals["overall"] == pytest.approx(20_000, rel=1e-6)
    assert totals["single_turn"] + totals["multi_turn"] == pytest.approx(20_000, rel=1e-6)
    with pytest.raises(UsageError, match="unknown category"):
        truth.expected_counts("coding")


def test_the_truth_table_has_each_model_once_strongest_first() -> None:
    table = simulated().table
    assert sorted(table["model"]) == sorted(july_2024().models)
    assert table["strength"].is_monotonic_decreasing
    assert table["votes"].sum() == 40_000
