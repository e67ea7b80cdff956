"""The examples of schedule/: what they run is what the command line takes, and each format's own tool finds no fault in them.

`make schedule` has the linters that the lock lacks; elsewhere the tests that need one are skipped, and so is what needs systemd
or Airflow.
"""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis import cli, places
from analysis.sources.datasets import KNOWN

HERE = places.ROOT / "schedule"
PROGRAM = "arena-workbook"
SERVICE, TIMER, CRON, WORKFLOW, DAG, CONTAINER, GUIDE = (
    HERE / name
    for name in (
        "arena-workbook.service",
        "arena-workbook.timer",
        "arena-workbook.cron",
        "pages.yml",
        "arena_watch.py",
        "Containerfile",
        "README.md",
    )
)

#: What cron takes in each of its five fields.
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))

#: What hardening leaves open, from 0 to 10; systemd calls up to 3.9 “ok”.
EXPOSED = 30


def tool(name: str) -> str:
    """A program beside this Python, or on the path; the test is skipped where there is none."""
    found = shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath))))
    if found is None:
        pytest.skip(f"no {name} here")
    return found


def ran(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


def simple_commands(shell: str) -> Iterator[list[str]]:
    """The commands of a line of shell by their words; what joins or redirects them ends one."""
    lexer = shlex.shlex(shell, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    for word in [*lexer, ";"]:
        if re.fullmatch(r"[;&|<>(){}]+", word):
            yield command
            command = []
        else:
            command.append(word)


def of_service() -> list[str]:
    text = SERVICE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecStart")]


def of_cron() -> list[str]:
    (line,) = [line for line in CRON.read_text(encoding="utf-8").splitlines() if re.match(r"[\d*]", line)]
    return [line.split(maxsplit=6)[6]]


def of_workflow() -> list[str]:
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
    return [line for job in jobs for step in job["steps"] for line in step.get("run", "").splitlines()]


def of_dag() -> list[str]:
    tree = ast.parse(DAG.read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if re.search(rf"\b{PROGRAM} \w", text)]


def of_container() -> list[str]:
    (entry,), (given,) = (
        re.findall(rf"^{name} (\[.*\])$", CONTAINER.read_text("utf-8"), re.MULTILINE) for name in ("ENTRYPOINT", "CMD")
    )
    return [shlex.join(json.loads(entry) + json.loads(given))]


def of_guide() -> list[str]:
    """What is run in a container stands after its image, which bears the program's name."""
    runs = re.findall(rf"`(?:podman run[^`]*? )?({PROGRAM} \w[^`]*)`", GUIDE.read_text("utf-8"))
    return list(runs)


COMMANDS = {
    f"{source.__name__}: {shlex.join(command)}": command[1:]
    for source in (of_service, of_cron, of_workflow, of_dag, of_container, of_guide)
    for line in source()
    for command in simple_commands(line)
    if command and Path(command[0]).name == PROGRAM
}


def test_each_example_reports_and_notebooks_that_run_by_themselves_find_what_was_fetched() -> None:
    for source in ("service", "cron", "workflow", "container"):  # a report on boards fetches the newest itself
        assert [words[0] for name, words in COMMANDS.items() if name.startswith(f"of_{source}:")] == ["report"]
    assert [words[0] for name, words in COMMANDS.items() if name.startswith("of_dag:")] == ["fetch", "report"]


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_what_is_run_is_what_the_command_line_takes(words: list[str]) -> None:
    options = cli._parser().parse_args(words)
    if words[0] == "fetch":
        assert options.name in KNOWN
    else:
        name = words[words.index("--set") + 1]
        assert (places.DATA / "sets" / f"{name}.toml").is_file()


def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    program = tmp_path / PROGRAM
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in (SERVICE, TIMER):
        text = re.sub(rf"(?<==)\S*/bin/{PROGRAM}\b", str(program), unit.read_text(encoding="utf-8"))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = ran(analyze, "verify", "--man=no", f"./{SERVICE.name}", f"./{TIMER.name}", cwd=tmp_path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_service_can_do_little_harm() -> None:
    analyze = tool("systemd-analyze")
    if "--offline" not in ran(analyze, "--help").stdout:
        pytest.skip("this systemd-analyze judges running services only")
    done = ran(analyze, "security", "--offline=true", f"--threshold={EXPOSED}", str(SERVICE))
    assert done.returncode == 0, done.stdout[-300:]


def test_the_cron_line_is_one_that_cron_takes() -> None:
    (line,) = [line for line in CRON.read_text(encoding="utf-8").splitlines() if re.match(r"[\d*]", line)]
    *when, user, command = line.split(maxsplit=6)
    for field, (lowest, highest) in zip(when, FIELDS, strict=True):
        assert field == "*" or lowest <= int(field) <= highest
    assert when[4] == "1"
    assert user == PROGRAM
    assert "%" not in command  # cron ends the command there
    assert CRON.read_text(encoding="utf-8").endswith("\n")
    assert ran("sh", "-n", "-c", command).stderr == ""


def test_the_workflow_is_one_by_its_schema() -> None:
    if find_spec("check_jsonschema") is None:
        pytest.skip("no check-jsonschema here: make schedule has it")
    done = ran(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW))
    assert done.returncode == 0, done.stdout


def test_the_workflow_may_do_what_it_needs_and_no_more() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert jobs["report"]["permissions"] == {"actions": "read", "contents": "read"}
    assert jobs["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert jobs["deploy"]["needs"] == "report"
    for job in jobs.values():
        for step in job["steps"]:
            script = step.get("run", "")
            assert ran("bash", "-n", "-c", script).stderr == ""
            assert "${{" not in script  # what GitHub puts into a script is read as script


def test_the_dag_is_imported_by_airflow(tmp_path: Path) -> None:
    python = os.environ.get("ARENA_AIRFLOW", sys.executable)
    if ran(python, "-c", "import airflow.sdk, airflow.providers.papermill").returncode:
        pytest.skip("no Airflow here: ARENA_AIRFLOW names the Python of an environment that has it, with its papermill provider")
    notebooks = tmp_path / "lib" / "python3.12" / "site-packages" / "analysis" / "bundled" / "notebooks"
    notebooks.mkdir(parents=True)
    for name, reads in (("14_watch", "boards"), ("03_leaderboard", "votes")):
        (notebooks / f"{name}.ipynb").write_text(json.dumps({"metadata": {"reads": reads}}), encoding="utf-8")
    asked = "import arena_watch; print(sorted(arena_watch.dag.get_task('fetch').downstream_task_ids))"
    given = os.environ | {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(HERE), "ARENA_WORKBOOK": str(tmp_path)}
    done = ran(python, "-c", asked, env=given)
    assert done.stdout.splitlines()[-1] == "['14_watch', 'report']", done.stderr


def test_notebooks_that_run_on_boards_take_what_the_dag_gives_them() -> None:
    """The DAG takes them by what they say of themselves."""
    for path in places.NOTEBOOKS.glob("*.ipynb"):
        notebook = json.loads(path.read_bytes())
        if notebook["metadata"].get("reads") == "boards":
            (cell,) = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
            assert re.search(r"^boards\b", "".join(cell["source"]), re.MULTILINE), path.name


def test_hadolint_finds_no_fault_in_the_container_file() -> None:
    done = ran(tool("hadolint"), "--no-color", str(CONTAINER))
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_is_built_from_what_is_there_and_none_of_it_is_ignored() -> None:
    text = CONTAINER.read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for name in line.split()}
    ignored = (HERE / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert [name for name in copied if not (places.ROOT / name).exists()] == []
    assert {"data/interim", "data/raw"} <= set(ignored)
    scripts = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert f'ENTRYPOINT ["{PROGRAM}"]' in text
    assert PROGRAM in scripts
    assert 'VOLUME ["/site", "/cache"]' in text


def test_the_guide_has_three_lines_for_each_example() -> None:
    examples = re.findall(r"^\*\*[^*]+\*\* \((.+)\)\.\n((?:.+\n)+)", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for head, _ in examples for name in re.findall(r"`([\w.-]+\.\w+|Containerfile)`", head)}
    there = {path.name for path in HERE.iterdir() if path.is_file() and path.suffix not in (".md", ".dockerignore", ".pyc")}
    assert named == there
    assert [len(told.splitlines()) for _, told in examples] == [3] * 5
