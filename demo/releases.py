"""What do dbt's own runs of the shop project send, before and after a change?"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from openlineage.client.event_v2 import RunEvent, RunState
from openlineage.client.facet_v2 import error_message_run

from demo.execution import Execution, Process
from demo.extraction import extraction
from demo.nightly import DBT_RUN, DBT_TEST, dag_run
from demo.progress import note

type Emit = Callable[[RunEvent], None]

PROJECT = Path(__file__).parent / "shop"
SECOND_RELEASE = Path(__file__).parent / "shop_second_release"
DBT_ENVIRONMENT = {
    "OPENLINEAGE_NAMESPACE": "shop-dbt",
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_USE_COLORS": "false",
    "DBT_PROFILES_DIR": ".",
}
SUMMARY = re.compile(r"(?:Done\. .*|Emitted \d+ OpenLineage events)$")
FAILED_TEST = re.compile(r"Failure in test (\S+)")


class DbtFailed(Exception):
    """dbt ended in a way that the demo does not mean; the message is its output."""


def check_out(project: Path) -> None:
    """Put the first release into `project`, and its seeds into a new warehouse."""
    shutil.rmtree(project, ignore_errors=True)
    _copy(PROJECT, project)
    dbt(project, "dbt", "seed")


def upgrade(project: Path) -> None:
    """Put the second release over the first: a column added, one retyped, one renamed,
    and a mart more."""
    _copy(SECOND_RELEASE, project)


def _copy(release: Path, project: Path) -> None:
    # Not with their times: to dbt a file of the same time is the same file, and a clone
    # gives one time to both releases.
    shutil.copytree(release, project, copy_function=shutil.copy, dirs_exist_ok=True)


def run_pipeline(project: Path, emit: Emit) -> None:
    """Run the DAG by hand: copy the tables, then dbt run and dbt test as its tasks.

    One payment in the seeds is negative, so one test fails, its task, and the DAG.
    """
    dag = dag_run(_now())
    emit(dag.event(RunState.START, dag.begun))
    for event in extraction(dag, _now()):
        emit(event)
    _run_task(dag, DBT_RUN, project, emit)
    failed = _run_task(dag, DBT_TEST, project, emit)
    emit(dag.event(RunState.FAIL if failed else RunState.COMPLETE, _now()))


def _run_task(dag: Execution, process: Process, project: Path, emit: Emit) -> bool:
    """Run one task of the DAG, which calls dbt; return whether it failed."""
    task = Execution(process, _now(), parent=dag)
    emit(task.event(RunState.START, task.begun))
    command = process.name.rpartition("dbt_")[2]
    output = dbt(project, "dbt-ol", command, parent=task)
    failures = FAILED_TEST.findall(output)
    if not failures:
        emit(task.event(RunState.COMPLETE, _now()))
        return False
    error = error_message_run.ErrorMessageRunFacet(
        f"dbt {command}: {', '.join(failures)} failed", "PYTHON"
    )
    emit(task.event(RunState.FAIL, _now(), errorMessage=error))
    return True


def dbt(
    project: Path, program: str, command: str, *, parent: Execution | None = None
) -> str:
    """Run dbt in `project` and return what it said.

    `dbt-ol` is dbt that sends events, to OPENLINEAGE_URL. Raises DbtFailed unless it
    ended well or only with failed tests.
    """
    environment = os.environ | DBT_ENVIRONMENT
    # dbt-ol starts "dbt" by its name, so this environment comes first on the path.
    here = str(Path(sys.executable).parent)
    environment["PATH"] = os.pathsep.join((here, os.environ.get("PATH", "")))
    if parent:
        environment["OPENLINEAGE_PARENT_ID"] = parent.parent_id
        environment["OPENLINEAGE_ROOT_PARENT_ID"] = parent.root.parent_id
    done = subprocess.run(
        [Path(here) / program, command],
        cwd=project,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1) or "OpenLineage client failed" in done.stdout:
        raise DbtFailed(done.stdout)
    if done.returncode == 1 and not FAILED_TEST.search(done.stdout):
        raise DbtFailed(done.stdout)
    for line in done.stdout.splitlines():
        if summary := SUMMARY.search(line):
            note(f"{program} {command}: {summary[0]}")
    for name in FAILED_TEST.findall(done.stdout):
        note(f"{program} {command}: the test {name} failed, as it is meant to")
    return done.stdout


def _now() -> datetime:
    return datetime.now(UTC)
