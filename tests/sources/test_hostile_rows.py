"""Whatever a cell holds, a row is a vote or is counted; nothing else may happen in a good file."""

import copy
import json

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.sources.conversion import Conversion
from analysis.sources.convert import convert
from analysis.sources.labels import Winner
from analysis.sources.recognise import RELEASES
from analysis.sources.writer import VoteWriter

_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["\ud83d", "\x00", "nan", "[]", "{}", "[None]", "{'a': 1}", "['a' 'b']", "<script>", "1e999", "0x1", "9" * 400]
    )
)
_CELL = st.recursive(
    _SCALAR,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "text", "user", "turns", "score", "criteria_v0.1"]), inner, max_size=3
        )
        | st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system"]), "content": inner})
    ),
    max_leaves=6,
)
#: Texts: a conversation that is released and holds nothing is no vote.
_TEXTS = {"conversation_a", "conversation_b", "prompt", "response_a", "response_b"}
#: What rows come in; a vote table is checked otherwise.
_RELEASES = {release.name: release for release in RELEASES if release.name != "votes"}
#: Releases whose rows say otherwise who won.
_RESHAPED = {name for name, release in _RELEASES.items() if release.reshape is not None}


def _needed(release):
    """Columns that a rating needs, or that say that there was no vote."""
    said = ("model_a", "model_b", "anonymous")
    return release.outcome.reads.union(*(release.fields[name].reads for name in said if name in release.fields))


def _label(release):
    """Columns with one label of the outcome: an unknown one is an error."""
    return release.outcome.reads if isinstance(release.outcome, Winner) else frozenset()


def _hostile(good, data, columns):
    """A good row and three with any values in some of their columns."""
    rows = [good]
    for _ in range(3):
        row = copy.deepcopy(good)
        for column in data.draw(st.lists(st.sampled_from(sorted(columns)), max_size=3)):
            row[column] = data.draw(_CELL)
        rows.append(row)
    return rows


def _converted(rows, tmp_path):
    path, table = tmp_path / "rows", tmp_path / "votes.parquet"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with VoteWriter(table) as writer:
        ledger = convert([path], "rows", Conversion(), writer)
    assert ledger.rows_in == len(rows)
    assert pq.read_metadata(table).num_rows == ledger.votes_out
    return ledger


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cell_makes_a_vote_or_a_counted_row(shapes, tmp_path, data):
    name = data.draw(st.sampled_from(sorted(_RELEASES)))
    good, label = shapes[name][0], _label(_RELEASES[name])
    ledger = _converted(_hostile(good, data, set(good) - label), tmp_path)
    assert ledger.dropped.get("outcome missing", 0) == 0 or label.isdisjoint(good)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_cell_costs_a_vote_that_no_rating_needs(shapes, tmp_path, data):
    name = data.draw(st.sampled_from(sorted(set(_RELEASES) - _RESHAPED)))
    good = shapes[name][0]
    columns = set(good) - _needed(_RELEASES[name]) - _TEXTS - {"turns"}
    ledger = _converted(_hostile(good, data, columns), tmp_path)
    assert set(ledger.dropped) <= {"exact copy of a row"}
