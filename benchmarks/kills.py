"""Runs killed with SIGKILL: after each, `latest` is a whole edition, and the next run succeeds and leaves nothing behind.

    .venv/bin/python benchmarks/kills.py [--kills 100] [--seed 1]

First at random moments: the process alone, the whole group, or one of its kernels. Then at every rename, link and removal of
publishing, one by one (a `sitecustomize` that kills the process at its n-th such call). Votes and notebooks are small, so that
a run takes seconds; publishing is that of any run.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent

#: A program that runs the report on notebooks of our own, and may be killed at its n-th step of publishing.
PROGRAM = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path

votes, out, notebooks, step = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
from analysis import cli
from analysis.report import news

ran = news.run_edition
news.run_edition = lambda order, journal: ran(replace(order, notebooks=Path(notebooks)), journal)
if step:
    left = [step]
    def watch(event, arguments):
        if event in ("os.rename", "os.symlink", "os.link", "shutil.rmtree", "os.remove", "os.rmdir") and out in str(arguments):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(watch)
sys.exit(cli.main(["report", "--votes", votes, "--out", out, "--quiet", "--keep", "3", "--jobs", "2", *sys.argv[5:]]))
"""


def main() -> None:
    """Kill runs and count what is found afterwards."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="at random moments (default 100)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kills-") as made:
        trial = Trial(Path(made), random.Random(options.seed))
        trial.finish()  # a first good edition
        print(f"a run takes {trial.seconds:.1f} s", flush=True)
        for number in range(options.kills):
            trial.kill_at_random(("parent", "group", "kernel")[number % 3])
            if number % 10 == 9:
                print(f"{number + 1} killed at random moments, {len(trial.wrong)} found wrong", flush=True)
        step = 1
        while trial.kill_at_step(step):
            step += 1
        print(f"{step - 1} killed at renames, links and removals, {len(trial.wrong)} found wrong", flush=True)
        for what, count in sorted(trial.counts.items()):
            print(f"{what:45} {count:5,}")
        if trial.wrong:
            sys.exit("\n".join(trial.wrong))


class Trial:
    """A site, and what was done to the runs that publish to it."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder, self.rng = folder, rng
        self.out, self.temporary = folder / "out", folder / "temporary"
        self.temporary.mkdir()
        self.votes, self.notebooks = folder / "votes.csv", folder / "notebooks"
        self.votes.write_text("model_a,model_b,winner\n" + "a,b,model_a\nb,a,model_a\n" * 40, encoding="utf-8")
        self._write_notebooks()
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.seconds = 0.0

    def _write_notebooks(self) -> None:
        import nbformat

        self.notebooks.mkdir()
        counts = "import analysis.notebook as arena\nvotes = arena.load_votes(votes)\narena.counts(votes, 'model')"
        for number, code in enumerate((counts, "print(votes)", "import time; time.sleep(0.5)"), 1):
            parameters = nbformat.v4.new_code_cell('votes: str = ""', metadata={"tags": ["parameters"]})
            cells = [nbformat.v4.new_markdown_cell(f"# Page {number}"), parameters, nbformat.v4.new_code_cell(code)]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), self.notebooks / f"0{number}_page.ipynb")

    def _start(self, step: int = 0, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", PROGRAM, str(self.votes), str(self.out), str(self.notebooks), str(step), *options]
        environment = os.environ | {"TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def finish(self) -> None:
        """A run that nobody kills; it must succeed and leave nothing but editions."""
        started = time.monotonic()
        options = ("--resume",) if self.rng.random() < 0.5 else ()
        with self._start(0, *options) as process:
            _, said = process.communicate()
        self.seconds = time.monotonic() - started
        self._note("next runs that failed", process.returncode != 0, said.decode(errors="replace").strip())
        self._note("next runs", True)
        editions = {path.name for path in (self.out / "editions").iterdir()}
        known = {path.name for path in (self.out / "editions").glob("????-??-??T*") if (path / "run.json").exists()}
        self._note("orphans in the folder", editions != known | {"index.html"}, str(editions - known))
        names = {path.name for path in self.out.iterdir()}
        self._note("orphans beside it", names != {"latest", "editions", "index.html", "feed.xml", ".lock"}, str(names))
        left = [path.name for path in self.temporary.iterdir()]
        self._note("orphans in the temporary folder", bool(left), str(left))
        self._check_latest()

    def _check_latest(self) -> None:
        """Every file that the record names is there, with the content that it had."""
        from analysis.report.shelf import Edition, read_record

        folder = self.out / "latest"
        record = read_record(folder)
        whole = bool(record) and record["status"] == "done" and not Edition(folder.resolve(), record).edited
        self._note("latest that is no whole edition", not whole, json.dumps(dict(record))[:200])

    def kill_at_random(self, whom: str) -> None:
        """Kill the run, its group or a kernel after a random while; a killed kernel fails the edition, and the run ends."""
        with self._start() as process:
            time.sleep(self.rng.uniform(0, 1.1 * self.seconds))
            self._kill(process, whom)
            process.communicate()
        self._note(f"killed: {whom}", True)
        if whom != "kernel":
            self._wait_for_kernels()
        self._check_latest()
        self.finish()

    def _kill(self, process: subprocess.Popen[bytes], whom: str) -> None:
        try:
            if whom == "group":
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                os.killpg(process.pid, signal.SIGKILL)
            elif whom == "kernel":
                kernels = psutil.Process(process.pid).children()
                if kernels:
                    self.rng.choice(kernels).kill()
            else:
                process.kill()
        except (psutil.Error, ProcessLookupError):
            self._note("killed too late", True)

    def _wait_for_kernels(self) -> None:
        """Kernels whose parent is gone notice within a second or two."""
        for _ in range(200):
            if not any(str(self.temporary) in " ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])):
                return
            time.sleep(0.1)
        self._note("kernels that outlived their run by 20 s", True, "a kernel goes on")

    def kill_at_step(self, step: int) -> bool:
        """Kill the run at its n-th step of publishing; False where it has fewer and ends by itself."""
        with self._start(step) as process:
            process.communicate()
        if process.returncode != -signal.SIGKILL:
            return False
        self._note("killed: at a rename, link or removal", True)
        self._wait_for_kernels()
        self._check_latest()
        self.finish()
        return True

    def _note(self, what: str, found: bool, why: str = "") -> None:
        if found:
            self.counts[what] += 1
            if why:
                self.wrong.append(f"{what}: {why}")


if __name__ == "__main__":
    main()
