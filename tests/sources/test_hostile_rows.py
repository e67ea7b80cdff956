"""Whatever a cell holds, a row is a vote or is counted; nothing else may happen in a good file."""

import copy
import json

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.schema import VOTE_SCHEMA
from analysis.sources import Conversion
from analysis.sources.convert import convert
from analysis.sources.releases import RELEASES
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
#: What pandera holds against a score or a count is an error of the file, not of a row; it is tested elsewhere.
_CHECKED = {"conv_metadata", "category_tag", "criteria_tag"} | {
    name
    for name in VOTE_SCHEMA.names
    if name.startswith(("tokens", "headers", "lists", "bold", "criteria", "instruction", "session_t"))
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cell_makes_a_vote_or_a_counted_row(shapes, tmp_path, data):
    name = data.draw(st.sampled_from([release.NAME for release in RELEASES if release.NAME != "votes"]))
    good = shapes[name][0]
    rows = [good]
    for _ in range(3):
        row = copy.deepcopy(good)
        for column in data.draw(st.lists(st.sampled_from(sorted(set(good) - _CHECKED - {"winner"})), max_size=3)):
            row[column] = data.draw(_CELL)
        rows.append(row)
    path = tmp_path / "rows"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with VoteWriter(tmp_path / "votes.parquet", "f") as writer:
        ledger = convert([path], "rows", Conversion().settings(), writer)
    assert ledger.rows_in == 4
    assert pq.read_metadata(tmp_path / "votes.parquet").num_rows == ledger.votes_out
    assert ledger.dropped.get("outcome missing", 0) == 0 or "winner" not in good
