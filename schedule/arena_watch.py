"""Airflow: every Monday the arena's boards are brought up to date, and an edition is published where something changed.

The tool lives in an environment of its own, because it and Airflow ask for different versions of the same packages: `report` runs
it as a program, and the notebooks run on its kernel, which Jupyter knows as `arena-workbook` (`schedule/README.md`).
"""

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.providers.papermill.operators.papermill import PapermillOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

#: The environment that the tool is installed in, the folder of the site, and beside it that of executed notebooks.
HOME = Path(os.environ.get("ARENA_WORKBOOK", "/opt/arena-workbook"))
SITE = Path(os.environ.get("ARENA_SITE", "/srv/arena-workbook"))
EXECUTED = SITE.with_name(f"{SITE.name}-notebooks")

#: The boards that notebooks are run on by themselves.
BOARDS = "leaderboard-dataset?arena=text"

FETCH = 'mkdir -p "$EXECUTED" && arena-workbook fetch leaderboard-dataset --update'
REPORT = (
    'arena-workbook report --set leaderboard-watch --out "$SITE" --if-changed --keep 52 --quiet --on-change cat --on-failure cat'
)


def notebooks() -> list[Path]:
    """The notebooks that run on published boards, by what they say of themselves."""
    found = sorted(HOME.glob("lib/python3*/site-packages/analysis/bundled/notebooks/*.ipynb"))
    return [path for path in found if json.loads(path.read_bytes())["metadata"].get("reads") == "boards"]


with DAG(
    "arena_watch",
    description="What changed on the arena's own board",
    schedule="17 6 * * 1",
    start_date=datetime(2026, 1, 5, tzinfo=timezone.utc),  # noqa: UP017  (Airflow runs on older Pythons too)
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=2)},
    tags=["arena-workbook"],
) as dag:
    env = {"PATH": f"{HOME / 'bin'}:/usr/bin:/bin", "SITE": str(SITE), "EXECUTED": str(EXECUTED)}
    fetch = BashOperator(task_id="fetch", bash_command=FETCH, env=env, append_env=True)
    report = BashOperator(task_id="report", bash_command=REPORT, env=env, append_env=True)
    fetch >> report
    for path in notebooks():
        notebook = PapermillOperator(
            task_id=path.stem,
            input_nb=str(path),
            output_nb=str(EXECUTED / f"{path.stem}_{{{{ ds }}}}.ipynb"),
            parameters={"boards": BOARDS},
            kernel_name="arena-workbook",
        )
        fetch >> notebook
