"""Which state has a run, who contains it, and what did it read and write?"""

from hashlib import sha256

import pytest

from tests.lineage.projection.happenings import (
    GONE,
    dataset,
    event,
    job_type,
    parent,
)
from tests.lineage.projection.histories import (
    all_orders,
    check,
    fact_of,
    history,
    some_orders,
)

pytestmark = pytest.mark.django_db

STATES = [
    history(
        "a START after the COMPLETE changes no state",
        event("COMPLETE", 1),
        event("START", 2),
        runs={"j r": ("completed", 2, 1)},
    ),
    history(
        "a FAIL and a later COMPLETE is completed",
        event("FAIL", 1),
        event("COMPLETE", 2),
        runs={"j r": ("completed", 1, 2)},
    ),
    history(
        "a COMPLETE and a later FAIL is failed",
        event("START", 0, reads=["a"], writes=["b"]),
        event("COMPLETE", 1),
        event("FAIL", 2),
        runs={"j r": ("failed", 0, 2)},
        edges={"j reads a": "attempt", "j writes b": "attempt"},
        versions={"a": {"read"}},
        written={},
    ),
    history(
        "ABORT, FAIL and COMPLETE: the latest of them",
        event("FAIL", 3),
        event("COMPLETE", 1),
        event("ABORT", 2),
        runs={"j r": ("failed", 1, 3)},
    ),
    history(
        "an OTHER and an absent type change no state",
        event("START", 1),
        event("OTHER", 2),
        event("", 3),
        runs={"j r": ("running", 1, None)},
    ),
    history(
        "OTHER alone leaves the state unknown, and starts at the first event",
        event("OTHER", 2),
        event("OTHER", 1),
        runs={"j r": ("unknown", 1, None)},
    ),
    history(
        "a type that nobody knows is RUNNING",
        event("PAUSED", 1),
        runs={"j r": ("running", 1, None)},
    ),
    history(
        "a RUNNING after the ABORT is aborted",
        event("ABORT", 1),
        event("RUNNING", 2),
        runs={"j r": ("aborted", 1, 1)},
    ),
    history(
        "the earliest START starts a run, though another event came before it",
        event("RUNNING", 1),
        event("START", 3),
        event("START", 2),
        runs={"j r": ("running", 2, None)},
    ),
    history(
        "without a START a run starts with its first event",
        event("COMPLETE", 5),
        event("RUNNING", 4),
        runs={"j r": ("completed", 4, 5)},
    ),
    history(
        "one runId in two jobs is two runs",
        event("START", 1, "a"),
        event("COMPLETE", 2, "b"),
        event("FAIL", 3, "a"),
        runs={"a r": ("failed", 1, 3), "b r": ("completed", 2, 2)},
    ),
    history(
        "a runId that is no UUID is hashed and kept",
        event("START", 1, run="manual__2026-05-04"),
        event("COMPLETE", 2, run="manual__2026-05-04"),
        runs={"j manual__2026-05-04": ("completed", 1, 2)},
    ),
]

# Two terminals at one time: the digests of the events decide.
TIE = [event("COMPLETE", 1), event("FAIL", 1)]


def test_a_tie_of_terminals_goes_by_digest():
    last = max(TIE, key=lambda sent: sha256(sent).digest())
    state = "completed" if b"COMPLETE" in last else "failed"
    check(history("a tie", *TIE, runs={"j r": (state, 1, 1)}), all_orders)


ACCUMULATION = [
    history(
        "inputs and outputs accumulate over a run's events",
        event("START", 1, reads=["a"]),
        event("RUNNING", 2, reads=["b"], writes=["c"]),
        event("COMPLETE", 3, writes=["d"]),
        edges={
            "j reads a": "effective",
            "j reads b": "effective",
            "j writes c": "effective",
            "j writes d": "effective",
        },
        written={"c": 3, "d": 3},
        job_versions={"j": {"a,b > c,d"}},
    ),
    history(
        "what a late event of a completed run names counts too",
        event("COMPLETE", 3, writes=["d"]),
        event("RUNNING", 2, reads=["a"]),
        edges={"j reads a": "effective", "j writes d": "effective"},
        job_versions={"j": {"a > d"}},
    ),
    history(
        "a facet is replaced whole by the later event",
        event("START", 1, of_job={"x": {"v": 1, "w": 1}, "y": {"v": 1}}),
        event("COMPLETE", 2, of_job={"x": {"v": 2}}),
        facets={"j": {"x": {"v": 2}, "y": {"v": 1}}},
    ),
    history(
        "the code of a job version is what its run said last",
        event("START", 1, of_job={"sql": {"query": "select 1"}}, reads=["a"]),
        event("COMPLETE", 2, of_job={"sql": {"query": "select 2"}}),
        job_versions={"j": {"a >  select 2"}},
    ),
    history(
        "a job version that only an unfinished thought of a run had is gone",
        event("COMPLETE", 1, reads=["a"]),
        event("OTHER", 2, reads=["b"]),
        job_versions={"j": {"a,b >"}},
    ),
    history(
        "two runs of one definition are one job version",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("COMPLETE", 2, run="r2", reads=["a"], writes=["b"]),
        event("COMPLETE", 3, run="r3", reads=["b"], writes=["a"]),
        job_versions={"j": {"a > b", "b > a"}},
    ),
    history(
        "a run that is still going has no job version",
        event("START", 1, reads=["a"], of_job={"sql": {"query": "select 1"}}),
        job_versions={},
    ),
    history(
        "an input's facets of a run are replaced per dataset and direction",
        event("START", 1, reads=[dataset("a", io_subset={"v": 1})]),
        event("COMPLETE", 2, reads=["a"], writes=[dataset("a", io_subset={"v": 2})]),
        edges={"j reads a": "effective", "j writes a": "effective"},
    ),
]

HIERARCHY = [
    history(
        "a parent is known before its own events",
        event("START", 1, "p.t", parent=parent("dag", "p")),
        hierarchy={"p.t r": ("p dag", None)},
        stubs={"p dag": 1},
        runs={"p.t r": ("running", 1, None)},
        jobs={"p.t": (1, 1), "p": (1, 1)},
    ),
    history(
        "a stub merges with the parent's own events",
        event("START", 3, "p.t", parent=parent("dag", "p")),
        event("START", 2, "p", "dag"),
        event("COMPLETE", 4, "p", "dag"),
        hierarchy={"p.t r": ("p dag", None)},
        stubs={"p dag": 3},
        runs={"p.t r": ("running", 3, None), "p dag": ("completed", 2, 4)},
        jobs={"p.t": (3, 3), "p": (2, 4)},
    ),
    history(
        "a root is a stub, too",
        event("START", 1, "c", parent=parent("dag", "p", root=("top", "o"))),
        hierarchy={"c r": ("p dag", "o top")},
        stubs={"p dag": 1, "o top": 1},
        jobs={"c": (1, 1), "p": (1, 1), "o": (1, 1)},
    ),
    history(
        "a parent may come with a later event alone",
        event("START", 1, "c"),
        event("COMPLETE", 2, "c", parent=parent("dag")),
        hierarchy={"c r": ("p dag", None)},
        stubs={"p dag": 2},
    ),
    history(
        "the later of two parents contains the run, and both are stubs",
        event("START", 1, "c", parent=parent("one", root=("top", "o"))),
        event("COMPLETE", 2, "c", parent=parent("two")),
        hierarchy={"c r": ("p two", None)},
        stubs={"p one": 1, "p two": 2, "o top": 1},
    ),
    history(
        "an old spelling of the parent facet counts",
        event("START", 1, "c", parentRun=parent("dag")),
        hierarchy={"c r": ("p dag", None)},
    ),
    history(
        "nobody is their own parent",
        event("START", 1, "p", "dag", parent=parent("dag", "p")),
        hierarchy={},
        stubs={"p dag": 1},
    ),
    history(
        "two runs may contain each other",
        event("START", 1, "a", parent=parent("r", "b")),
        event("START", 2, "b", parent=parent("r", "a")),
        hierarchy={"a r": ("b r", None), "b r": ("a r", None)},
    ),
    history(
        "a parent without a UUID is named as it was sent",
        event("START", 1, "c", parent=parent("manual__1", "dag.task")),
        hierarchy={"c r": ("dag.task manual__1", None)},
    ),
    history(
        "a run keeps the name that it was sent under, without its secrets",
        event("START", 1, run="https://user:tacit77@host/run"),
        event("COMPLETE", 2, run="https://user:tacit77@host/run"),
        runs={"j https://user:***@host/run": ("completed", 1, 2)},
    ),
    history(
        "a tombstone of a run facet is a facet as any other",
        event("START", 1, "c", parent=parent("dag"), note={"v": 1}),
        event("COMPLETE", 2, "c", note=GONE),
        hierarchy={"c r": ("p dag", None)},
    ),
    history(
        "the streaming word of a job is taken from the run's own events",
        event("START", 1, of_job={"jobType": job_type("STREAMING")}, writes=["b"]),
        event("RUNNING", 2, of_job={"jobType": job_type("BATCH")}),
        edges={"j writes b": "attempted"},
        versions={},
        written={},
        job_versions={},
    ),
]

ALL = STATES + ACCUMULATION + HIERARCHY


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_a_run_is_told_alike_in_any_order(told):
    check(told, some_orders)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_a_run_is_told_alike_in_every_order(told):
    check(told, all_orders)
