"""What the pages of words say is there: links lead somewhere, every option is named, and the README is one page."""

import argparse
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from analysis import cli, places
from analysis.report.order import Order
from analysis.report.parameters import assign, find_notebooks
from analysis.report.sets import read_set
from analysis.topics.curation import read_curation

FOLDERS = (".", "docs", "data", "benchmarks", "schedule")

PAGES = sorted(path.relative_to(places.ROOT) for folder in FOLDERS for path in (places.ROOT / folder).glob("*.md"))

#: `[words](target)` and `![words](target)`, not of other sites.
LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)")


def words_of(path: Path) -> str:
    """A page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", (places.ROOT / path).read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(path: Path) -> set[str]:
    """The addresses of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", (places.ROOT / path).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands() -> dict[str, argparse.ArgumentParser]:
    (group,) = [action for action in cli._parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(group.choices)


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from (name for action in parser._actions for name in action.option_strings if name not in ("-h", "--help"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    broken = []
    for target, heading in LINK.findall(words_of(page)):
        path = (page.parent / target) if target else page
        found = (places.ROOT / path).exists() and (not heading or heading in anchors(path))
        broken += [] if found else [f"{target}#{heading}"]
    assert broken == []


def test_the_command_line_is_described_whole() -> None:
    told = (places.ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    assert [name for name in commands() if f"| `{name}" not in told] == []
    missing = {f"{name} {option}" for name, parser in commands().items() for option in options(parser)}
    assert {option for option in missing if not re.search(rf"(?<![\w-]){option.split()[1]}(?![\w-])", told)} == set()


def test_what_is_described_of_the_command_line_is_there() -> None:
    known = {option for parser in commands().values() for option in options(parser)} | {"--help", "--version"}
    for page in ("README.md", "docs/command_line.md", "docs/reports.md", "docs/methods.md"):
        quoted = re.findall(r"`[^`\n]*`|^    .*$", (places.ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
        told = {option for code in quoted if "pip wheel" not in code for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", code)}
        assert told - known == set(), page


def test_the_readme_is_one_page_with_a_picture_that_is_light() -> None:
    lines = (places.ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 130
    assert [line for line in lines if len(line) > 130] == []
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", "\n".join(lines))
    assert (places.ROOT / picture).stat().st_size < 200_000


def test_the_citation_is_of_this_version() -> None:
    cited = yaml.safe_load((places.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = (places.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{cited["version"]}"' in project
    assert f'license = "{cited["license"]}"' in project


def example(page: str, heading: str, folder: Path) -> Path:
    """The first block of code under a heading, as a file."""
    under = (places.ROOT / "docs" / page).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    lines = re.findall(r"(?:^(?:    .*)?\n)+", under.partition("\n## ")[0], flags=re.MULTILINE)
    path = folder / "example.toml"
    path.write_text(textwrap.dedent(next(block for block in lines if block.strip())), encoding="utf-8")
    return path


def test_the_report_set_that_is_shown_can_be_ordered(tmp_path: Path) -> None:
    orders = read_set(str(example("reports.md", "Report sets", tmp_path))).orders(Order(out=tmp_path))
    assert [order.out.name for order in orders] == ["english", "chinese", "german"]
    for order in orders:
        assert assign(find_notebooks(order.notebooks, order.only), order.settings)


def test_the_curation_that_is_shown_can_be_read(tmp_path: Path) -> None:
    assert read_curation(str(example("methods.md", "Curated topics", tmp_path)))
