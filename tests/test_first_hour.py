"""The first hour of an analyst: what is typed in JupyterLab, in a real kernel, and what comes back."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from analysis import places
from analysis.results.previews import ROWS
from analysis.surroundings import DEBUG, TABLES

#: Bytes of HTML that an answer has at most, beside its figure.
LIGHT = 50_000

#: Seconds after which a kernel that says nothing is taken for dead.
_PATIENCE = 300


@dataclass
class Answered:
    """What a cell showed: the data of each output, by kind; its error, in lines; and what was printed on stderr."""

    shown: list[dict[str, str]] = field(default_factory=list)
    error: list[str] = field(default_factory=list)
    said: str = ""

    @property
    def html(self) -> str:
        """All HTML but drawings."""
        return "\n".join(data["text/html"] for data in self.shown if "text/html" in data and "<svg" not in data["text/html"])

    @property
    def words(self) -> str:
        """All that is shown, in words."""
        texts = [data.get("text/html") or data["text/plain"] for data in self.shown]
        bare = re.sub("<style>.*?</style>|<svg.*?</svg>|<[^>]*>", " ", "\n".join(texts), flags=re.DOTALL)
        return unescape(re.sub(r"\s+", " ", bare))

    @property
    def drawings(self) -> int:
        return sum("<svg" in data.get("text/html", "") for data in self.shown)


class Desk:
    """A kernel with the library and the sample at hand, as JupyterLab talks to it."""

    def __init__(self, folder: Path) -> None:
        spec = folder / "kernels" / "desk"
        spec.mkdir(parents=True)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        about = {"argv": argv, "display_name": "desk", "language": "python", "env": {"PYTHONPATH": str(places.ROOT)}}
        (spec / "kernel.json").write_text(json.dumps(about), encoding="utf-8")
        specs = KernelSpecManager(kernel_dirs=[str(folder / "kernels")])
        self._manager = KernelManager(kernel_name="desk", kernel_spec_manager=specs)
        self._manager.start_kernel(cwd=str(folder))
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=_PATIENCE)

    def __call__(self, code: str) -> Answered:
        """Run a cell."""
        answered = Answered()

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] in ("display_data", "execute_result"):
                answered.shown.append(content["data"])
            elif message["msg_type"] == "error":
                answered.error = content["traceback"]
            elif message["msg_type"] == "stream" and content["name"] == "stderr":
                answered.said += content["text"]

        self._client.execute_interactive(code, timeout=_PATIENCE, output_hook=hear, store_history=False)
        return answered

    def help(self, code: str) -> str:
        """What Shift-Tab shows with the cursor at the end of `code`."""
        found = self._client.inspect(code, len(code), reply=True, timeout=_PATIENCE)["content"]
        assert found["found"], code
        return re.sub(r"\x1b\[[\d;]*m", "", found["data"]["text/plain"])

    def completions(self, code: str) -> list[str]:
        """What Tab offers at the end of `code`, by its last name."""
        matches = self._client.complete(code, len(code), reply=True, timeout=_PATIENCE)["content"]["matches"]
        return [match.rpartition(".")[2] for match in matches]

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with pytest.MonkeyPatch.context() as patch:
        for name in (TABLES, DEBUG):
            patch.delenv(name, raising=False)
        made = Desk(tmp_path_factory.mktemp("desk"))
        try:
            begun = made("import analysis as plain\nimport analysis.notebook as arena\nvotes = arena.load_votes('sample')")
            assert begun == Answered()
            yield made
        finally:
            made.close()


#: What is typed, and words of what is shown.
CALLS: dict[str, tuple[str, ...]] = {
    "votes": ("Votes: the first 20 of 60,000", ".head(n) has more"),
    "arena.categories(votes)": ("27 categories", "multi_turn", "8,466", "where:turns >= 3 and language"),
    "votes.models": ("llama-3-70b-instruct", "vicuna-33b"),
    "arena.board(votes)": ("gpt-4o-2024-05-13", "has the highest rating", "first 20 of 60 rows; .table has all"),
    "arena.board(votes, ['coding', 'math'])": ("Boards side by side: Coding and Math", "Math, rank"),
    "arena.board(votes, style_control=True, level=0.9)": ("Overall, style controlled; 90 % intervals over judges",),
    "arena.shift(votes, 'overall', 'multi_turn', interval='votes')": ("Overall → Multi-turn", "gains most"),
    "arena.turn_share(votes, by='language')": ("the multi-turn share runs from", "German"),
    "german = votes.where('language == \"German\"')\ngerman": ("Votes: the first 20 of 2,452",),
    "arena.board(german, minimum_votes=20)": ("has the highest rating", "models are not rated"),
    "arena.leaders(votes.sample(5_000), ['overall', 'coding'])": ("Leaders by category", "Coding"),
    "arena.versus(votes, 'gpt-4o-2024-05-13', 'claude-3-5-sonnet-20240620')": (
        "is above claude-3-5-sonnet-20240620 with a probability of 93 %",
        "97 votes between them",
        "P(above)",
    ),
    "arena.board(votes, weight='tokens_user')": ("votes weighed by tokens_user",),
    "arena.board(votes.head(3_000).assign(w=2.0), weight='w')": ("votes weighed by w",),
    "arena.board(votes).plot(top=5, highlight=['yi-large-preview'])": ("",),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_answered_lightly(desk: Desk, call: str) -> None:
    answered = desk(call)
    assert answered.error == []
    assert answered.said == ""
    for words in CALLS[call]:
        assert words in answered.words
    assert len(answered.html.encode()) <= LIGHT
    assert answered.html.count("<tr>") <= 2 * (ROWS + 1) or call == "votes.models", "pandas shows its own frames"
    assert all(len(data["text/plain"].splitlines()) == 1 for data in answered.shown if "<table" not in data.get("text/html", ""))


@pytest.mark.parametrize("call", ["arena.board(votes)", "arena.versus(votes, 'gpt-4o-2024-05-13', 'gpt-4-0613', 'overall')"])
def test_a_figure_is_drawn_in_the_page_and_follows_the_theme(desk: Desk, call: str) -> None:
    answered = desk(call)
    (drawing,) = [data["text/html"] for data in answered.shown if "<svg" in data.get("text/html", "")]
    assert '[data-jp-theme-light="false"] .drawing{' in drawing
    assert "var(--jp-layout-color0)" in drawing


def test_what_is_written_is_there(desk: Desk, tmp_path: Path) -> None:
    answered = desk(
        f"made = arena.board(votes, 'math')\n"
        f"made.to_csv({str(tmp_path / 'board.csv')!r})\n"
        f"made.to_csv({str(tmp_path / 'safe.csv')!r}, spreadsheet_safe=True)\n"
        f"made.to_parquet({str(tmp_path / 'board.parquet')!r})\n"
        f"figure = made.plot(top=3)\n"
        f"for kind in ('svg', 'png', 'pdf'):\n    figure.savefig({str(tmp_path)!r} + '/board.' + kind)"
    )
    assert answered.error == []
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"board.csv", "safe.csv", "board.parquet", "board.svg", "board.png", "board.pdf"}
    assert (tmp_path / "board.csv").read_text(encoding="utf-8").startswith("model,rating,lower,upper,rank,")


#: Mistakes, and the one line that answers each.
MISTAKES = {
    "arena.board(votes, 'codng')": "UsageError: unknown category 'codng' (did you mean coding?); the known ones are overall, ",
    "arena.board(votes, ['math', 'codng'])": "UsageError: unknown category 'codng' (did you mean coding?)",
    "arena.board(votes, levl=0.9)": "UsageError: board has no option 'levl' (did you mean level?); it has votes, category, ",
    "plain.board(votes, levl=0.9)": "UsageError: there is no setting 'levl' (did you mean level?); the settings are level, ",
    "arena.board(votes, level=95)": "UsageError: level is 95; it must be between 0 and 1",
    "votes.where('langage == \"German\"')": "UsageError: rule 'langage == \"German\"' names 'langage' (did you mean language?)",
    "arena.versus(votes, 'gpt-4o', 'gpt-4-0613')": "UsageError: no vote has a model 'gpt-4o' (did you mean gpt-4o-2024-05-13?)",
    "arena.load_votes('sampel')": "InputError: sampel: no such file or folder, and no known data set (did you mean sample?)",
    "arena.board(votes).plot(tops=3)": "UsageError: this figure has no option 'tops' (did you mean top?); it has top, highlight",
    "arena.shift(votes).plot(of='chang')": "UsageError: no figure of 'chang' (did you mean change?); there are rank, rating, ",
    "arena.turn_share(votes, by='langauge')": "UsageError: cannot group votes by 'langauge' (did you mean language?)",
    "arena.board(votes, weight='token_user')": "UsageError: there is no column of numbers 'token_user' (did you mean tokens_",
}


@pytest.mark.parametrize("call", MISTAKES)
def test_a_mistake_is_answered_in_one_line(desk: Desk, call: str) -> None:
    answered = desk(call)
    assert len(answered.error) == 1
    assert "\n" not in answered.error[0]
    assert answered.error[0].startswith(MISTAKES[call])


def test_who_debugs_sees_all_that_led_to_an_error(desk: Desk) -> None:
    assert desk("arena.debug()").error == []
    assert len("\n".join(desk("arena.board(votes, 'codng')").error).splitlines()) > 5
    desk("arena.debug(False)")
    assert len(desk("arena.board(votes, 'codng')").error) == 1


def test_an_unknown_model_to_point_out_is_said(desk: Desk) -> None:
    answered = desk("arena.board(votes).plot(highlight='claude-3-opus')")
    assert answered.error == []
    assert answered.said == "highlight: no model 'claude-3-opus' here (did you mean claude-3-opus-20240229?).\n"
    assert answered.drawings == 1


@pytest.mark.parametrize("face", ["arena", "plain"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("board", ["style_control: 'bool' = False", "The board of a category, or the boards of several side by side"]),
        ("shift", ["from_: 'str' = 'overall'", "level: 'float' = 0.95", "The shift between two categories"]),
        ("versus", ["other: 'str'", "Two models head to head"]),
        ("load_votes", ["source: ", "A frame is a pandas or polars DataFrame"]),
    ],
)
def test_help_shows_the_signature_and_what_it_does(desk: Desk, face: str, name: str, words: list[str]) -> None:
    shown = desk.help(f"{face}.{name}")
    assert shown.startswith("Signature:")
    for part in words:
        assert part in shown
    assert desk.help(f"{face}.{name}(") == shown, "Shift-Tab within the call"


def test_help_on_plot_shows_the_options_of_this_figure(desk: Desk) -> None:
    desk("made, moved = arena.board(votes), arena.shift(votes)")
    assert "top: 'int' = 20, highlight: " in desk.help("made.plot")
    assert "Ratings with intervals, best first" in desk.help("made.plot")
    assert "of: 'str' = 'rank'" in desk.help("moved.plot")


@pytest.mark.parametrize("face", ["arena", "plain"])
def test_completion_offers_the_names_that_matter_and_no_modules(desk: Desk, face: str) -> None:
    offered = [name for name in desk.completions(f"{face}.") if not name.startswith("_")]
    assert {"board", "categories", "load_votes", "shift", "turn_share", "versus"} <= set(offered)
    assert not {"sources", "figures", "ratings", "results", "shares", "errors", "places"} & set(offered)
    assert "board" in desk.completions(f"{face}.bo")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("votes.", {"where", "sample", "models", "head", "table", "sentence"}),
        ("made.", {"table", "plot", "sentence", "to_csv", "show"}),
        ("arena.board(votes, st", {"style_control="}),
    ],
)
def test_completion_knows_votes_results_and_settings(desk: Desk, code: str, names: set[str]) -> None:
    desk("made = arena.board(votes)")
    assert names <= set(desk.completions(code))


def test_a_repr_is_one_line(desk: Desk) -> None:
    results = ("votes", "votes.sample(10)", "arena.leaders(votes, ['overall', 'math'])", "plain.judges(votes)")
    for call in results:
        answered = desk(f"print(repr({call}), file=__import__('sys').stderr)")
        assert re.fullmatch(r"<(\w+): .{10,400}>\n", answered.said), answered
