"""Whose I/O is a job's own now, and what became of the rest?"""

import pytest

from tests.lineage.projection.happenings import (
    dataset,
    declared,
    derived,
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

STREAM = {"jobType": job_type("STREAMING")}
SNAPSHOTS = {"jobType": job_type("STREAMING", snapshots=True)}

COMPLETED = [
    history(
        "the latest completed run is the job's I/O, earlier edges are former",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("COMPLETE", 2, run="r2", reads=["c"], writes=["b"]),
        edges={
            "j reads a": "former",
            "j reads c": "effective",
            "j writes b": "effective",
        },
    ),
    history(
        "a completed run without I/O makes earlier edges former",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("COMPLETE", 2, run="r2"),
        edges={"j reads a": "former", "j writes b": "former"},
    ),
    history(
        "a later run that is still going clears nothing",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("START", 2, run="r2"),
        event("START", 3, run="r3", reads=["c"]),
        edges={
            "j reads a": "effective",
            "j writes b": "effective",
            "j reads c": "attempted",
        },
    ),
    history(
        "a later failed run clears nothing",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("FAIL", 2, run="r2", reads=["c"]),
        edges={
            "j reads a": "effective",
            "j writes b": "effective",
            "j reads c": "attempted",
        },
    ),
    history(
        "runs that complete at one time go by runId",
        event("COMPLETE", 1, run="r2", reads=["a"]),
        event("COMPLETE", 1, run="r1", reads=["b"]),
        edges={"j reads a": "effective", "j reads b": "former"},
    ),
    history(
        "the order is that of completion, not of start",
        event("START", 1, run="long", reads=["a"]),
        event("START", 2, run="short", reads=["b"]),
        event("COMPLETE", 3, run="short"),
        event("COMPLETE", 4, run="long"),
        edges={"j reads a": "effective", "j reads b": "former"},
    ),
    history(
        "a run that completed and then failed gives way to the one before",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("COMPLETE", 2, run="r2", reads=["c"], writes=["d"]),
        event("FAIL", 3, run="r2"),
        edges={
            "j reads a": "effective",
            "j writes b": "effective",
            "j reads c": "attempted",
            "j writes d": "attempted",
        },
        versions={"a": {"read"}, "b": {"written"}, "c": {"read"}},
        written={"b": 1},
    ),
]

MAPPED = [
    history(
        "mapped tasks: the runs under the latest parent unite",
        event("COMPLETE", 1, run="old", reads=["z"], parent=parent("dag1")),
        event("COMPLETE", 2, run="m1", reads=["a"], parent=parent("dag2")),
        event("COMPLETE", 4, run="m2", reads=["b"], parent=parent("dag2")),
        event("FAIL", 3, run="m3", reads=["c"], parent=parent("dag2")),
        edges={
            "j reads z": "former",
            "j reads a": "effective",
            "j reads b": "effective",
            "j reads c": "attempted",
        },
    ),
    history(
        "a sibling that completes after its START was told adds its I/O",
        event("COMPLETE", 1, run="m1", writes=["a"], parent=parent("dag")),
        event(
            "START",
            2,
            run="m2",
            writes=[dataset("b", columnLineage=derived(x="s.y"))],
            parent=parent("dag"),
        ),
        event("COMPLETE", 3, run="m2"),
        edges={"j writes a": "effective", "j writes b": "effective"},
        columns={"j: s.y > b.x"},
    ),
    history(
        "a late sibling that completed long before is united, too",
        event("COMPLETE", 5, run="m1", reads=["a"], parent=parent("dag")),
        event("COMPLETE", 1, run="m2", reads=["b"], parent=parent("dag")),
        edges={"j reads a": "effective", "j reads b": "effective"},
    ),
    history(
        "a parent that becomes known late unites its runs",
        event("COMPLETE", 1, run="m1", reads=["a"]),
        event("COMPLETE", 2, run="m2", reads=["b"], parent=parent("dag")),
        event("OTHER", 3, run="m1", parent=parent("dag")),
        edges={"j reads a": "effective", "j reads b": "effective"},
    ),
    history(
        "a run that moves to another parent leaves its siblings",
        event("COMPLETE", 1, run="m1", reads=["a"], parent=parent("dag")),
        event("COMPLETE", 2, run="m2", reads=["b"], parent=parent("dag")),
        event("OTHER", 3, run="m2", parent=parent("other")),
        edges={"j reads a": "former", "j reads b": "effective"},
    ),
    history(
        "a parent of the same runId in another job is another parent",
        event("COMPLETE", 1, run="m1", reads=["a"], parent=parent("dag", "p")),
        event("COMPLETE", 2, run="m2", reads=["b"], parent=parent("dag", "q")),
        edges={"j reads a": "former", "j reads b": "effective"},
    ),
    history(
        "a retry under the same parent unites with what completed",
        event("FAIL", 1, run="try1", reads=["a"], parent=parent("dag")),
        event("COMPLETE", 2, run="try2", reads=["b"], parent=parent("dag")),
        edges={"j reads a": "attempted", "j reads b": "effective"},
    ),
    history(
        "a retry under another parent stands alone",
        event("COMPLETE", 1, run="try1", reads=["a"], parent=parent("dag1")),
        event("COMPLETE", 2, run="try2", reads=["b"], parent=parent("dag2")),
        edges={"j reads a": "former", "j reads b": "effective"},
    ),
    history(
        "the latest parent whose runs all failed does not count",
        event("COMPLETE", 1, run="r1", reads=["a"], parent=parent("dag1")),
        event("FAIL", 2, run="r2", reads=["b"], parent=parent("dag2")),
        edges={"j reads a": "effective", "j reads b": "attempted"},
    ),
]

ATTEMPTS = [
    history(
        "a job that never completed has its latest attempt's I/O",
        event("FAIL", 1, run="r1", reads=["a"]),
        event("ABORT", 2, run="r2", reads=["b"]),
        event("START", 3, run="r3", reads=["c"]),
        edges={
            "j reads a": "attempted",
            "j reads b": "attempt",
            "j reads c": "attempted",
        },
    ),
    history(
        "an attempt takes what its START said",
        event("START", 1, reads=["a"], writes=["b"]),
        event("FAIL", 2),
        edges={"j reads a": "attempt", "j writes b": "attempt"},
        versions={"a": {"read"}},
        written={},
    ),
    history(
        "a first run that is still going is attempted only",
        event("START", 1, reads=["a"], writes=["b"]),
        edges={"j reads a": "attempted", "j writes b": "attempted"},
    ),
    history(
        "attempts under one parent do not unite",
        event("FAIL", 1, run="r1", reads=["a"], parent=parent("dag")),
        event("FAIL", 2, run="r2", reads=["b"], parent=parent("dag")),
        edges={"j reads a": "attempted", "j reads b": "attempt"},
    ),
    history(
        "a completion ends the time of attempts",
        event("FAIL", 2, run="r2", reads=["b"]),
        event("COMPLETE", 1, run="r1", reads=["a"]),
        edges={"j reads a": "effective", "j reads b": "attempted"},
    ),
]

DECLARED = [
    history(
        "a newer declaration replaces the runs' I/O",
        event("COMPLETE", 1, reads=["a"], writes=["b"]),
        declared(2, reads=["c"]),
        edges={
            "j reads a": "former",
            "j writes b": "former",
            "j reads c": "effective",
        },
    ),
    history(
        "an older declaration is former",
        event("COMPLETE", 2, reads=["a"]),
        declared(1, reads=["c"]),
        edges={"j reads a": "effective", "j reads c": "former"},
    ),
    history(
        "of two declarations the newer counts",
        declared(1, reads=["a"]),
        declared(2, reads=["b"]),
        edges={"j reads a": "former", "j reads b": "effective"},
        job_versions={"j": {"a >", "b >"}},
    ),
    history(
        "a declaration without I/O says nothing about I/O",
        declared(1, reads=["a"]),
        declared(2, sql={"query": "select 1"}),
        edges={"j reads a": "effective"},
        job_versions={"j": {"a >", ">  select 1"}},
    ),
    history(
        "a declaration is more than an attempt",
        declared(1, reads=["a"]),
        event("FAIL", 2, reads=["b"]),
        edges={"j reads a": "effective", "j reads b": "attempted"},
    ),
    history(
        "a run that completes after the declaration replaces it",
        declared(2, reads=["a"]),
        event("START", 1, reads=["b"]),
        event("COMPLETE", 3),
        edges={"j reads a": "former", "j reads b": "effective"},
    ),
    history(
        "a declaration writes its outputs, like any static event",
        declared(1, writes=["b"]),
        versions={"b": {"written"}},
        written={"b": 1},
    ),
]

STREAMING = [
    history(
        "a streaming run counts while it runs",
        event("START", 1, of_job=STREAM, reads=["a"], writes=["b"]),
        edges={"j reads a": "effective", "j writes b": "effective"},
        versions={"a": {"read"}, "b": {"written"}},
        written={"b": 1},
        job_versions={"j": {"a > b"}},
    ),
    history(
        "a streaming run that is aborted counts no longer",
        event("COMPLETE", 1, run="r1", of_job=STREAM, reads=["a"]),
        event("RUNNING", 2, run="r2", of_job=STREAM, reads=["b"], writes=["c"]),
        event("ABORT", 3, run="r2"),
        edges={
            "j reads a": "effective",
            "j reads b": "former",
            "j writes c": "former",
        },
        versions={"a": {"read"}, "b": {"read"}, "c": {"written"}},
        written={"c": 3},
    ),
    history(
        "a streaming run that fails is an attempt if it is all there is",
        event("RUNNING", 1, of_job=STREAM, reads=["a"]),
        event("FAIL", 2),
        edges={"j reads a": "attempt"},
    ),
    history(
        "that it streams may become known late",
        event("START", 1, reads=["a"], writes=["b"]),
        event("RUNNING", 2, of_job=STREAM),
        edges={"j reads a": "effective", "j writes b": "effective"},
        versions={"a": {"read"}, "b": {"written"}},
        written={"b": 2},
    ),
    history(
        "a stream that completes is as late as its COMPLETE, not as its last RUNNING",
        event("RUNNING", 5, run="r1", of_job=STREAM, reads=["a"], writes=["x"]),
        event("COMPLETE", 2, run="r1"),
        event("COMPLETE", 3, run="r2", reads=["b"]),
        edges={
            "j reads a": "former",
            "j writes x": "former",
            "j reads b": "effective",
        },
        written={"x": 2},
    ),
    history(
        "a stream that has named no I/O yet makes nobody's former",
        event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"]),
        event("START", 2, run="r2", of_job=STREAM),
        edges={"j reads a": "effective", "j writes b": "effective"},
    ),
    history(
        "a stream that has named no I/O yet replaces no declaration",
        declared(1, reads=["a"]),
        event("RUNNING", 2, of_job=STREAM),
        edges={"j reads a": "effective"},
    ),
    history(
        "a stream that has named no I/O yet is no reason to forget an attempt",
        event("FAIL", 1, run="r1", reads=["a"]),
        event("START", 2, run="r2", of_job=STREAM),
        edges={"j reads a": "attempt"},
    ),
    history(
        "a stream takes over with the first I/O that it names",
        event("COMPLETE", 1, run="r1", reads=["a"]),
        event("START", 2, run="r2", of_job=STREAM),
        event("RUNNING", 3, run="r2", reads=["b"]),
        edges={"j reads a": "former", "j reads b": "effective"},
    ),
    history(
        "a stream that completes without I/O makes what was before it former",
        event("COMPLETE", 1, run="r1", reads=["a"]),
        event("START", 2, run="r2", of_job=STREAM),
        event("COMPLETE", 3, run="r2"),
        edges={"j reads a": "former"},
    ),
    history(
        "a SERVICE is a stream",
        event("RUNNING", 1, of_job={"jobType": job_type("SERVICE")}, reads=["a"]),
        edges={"j reads a": "effective"},
    ),
    history(
        "a stream that aborts leaves nothing written that a BATCH says it was",
        event("RUNNING", 1, of_job=STREAM, reads=["a"], writes=["b"]),
        event("ABORT", 2),
        event("OTHER", 3, of_job={"jobType": job_type("BATCH")}),
        edges={"j reads a": "attempt", "j writes b": "attempt"},
        versions={"a": {"read"}},
        written={},
    ),
    history(
        "an aborted stream of another run leaves former edges, of a batch attempted",
        event("COMPLETE", 9, run="done"),
        event("RUNNING", 1, of_job=STREAM, reads=["a"]),
        event("ABORT", 2),
        event("OTHER", 3, of_job={"jobType": job_type("BATCH")}),
        edges={"j reads a": "attempted"},
    ),
]

WINDOWS = [
    history(
        "a snapshot stands alone for its window",
        event("START", 1, of_job=SNAPSHOTS, reads=["a"], writes=["b"]),
        event("RUNNING", 2, of_job=SNAPSHOTS, reads=["c"]),
        edges={
            "j reads a": "former",
            "j writes b": "former",
            "j reads c": "effective",
        },
    ),
    history(
        "an event without I/O is no snapshot",
        event("START", 1, of_job=SNAPSHOTS, reads=["a"]),
        event("RUNNING", 2, of_job=SNAPSHOTS),
        edges={"j reads a": "effective"},
    ),
    history(
        "a snapshot that arrives late changes nothing",
        event("RUNNING", 2, of_job=SNAPSHOTS, reads=["a"]),
        event("RUNNING", 1, reads=["b"]),
        event("COMPLETE", 3),
        edges={"j reads a": "effective", "j reads b": "former"},
    ),
    history(
        "that it sends snapshots may become known late",
        event("START", 1, of_job=STREAM, reads=["a"]),
        event("RUNNING", 2, reads=["b"]),
        event("RUNNING", 3, of_job=SNAPSHOTS),
        edges={"j reads a": "former", "j reads b": "effective"},
    ),
    history(
        "that it sends none after all may become known late",
        event("START", 1, of_job=SNAPSHOTS, reads=["a"]),
        event("RUNNING", 2, reads=["b"]),
        event("RUNNING", 3, of_job=STREAM),
        edges={"j reads a": "effective", "j reads b": "effective"},
    ),
    history(
        "the columns of a snapshot are those of its window",
        event(
            "START",
            1,
            of_job=SNAPSHOTS,
            writes=[dataset("b", columnLineage=derived(x="a.x"))],
        ),
        event("RUNNING", 2, writes=[dataset("b", columnLineage=derived(y="a.y"))]),
        columns={"j: a.y > b.y"},
    ),
]

ALL = COMPLETED + MAPPED + ATTEMPTS + DECLARED + STREAMING + WINDOWS


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_effective_io_is_told_alike_in_any_order(told):
    check(told, some_orders)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_effective_io_is_told_alike_in_every_order(told):
    check(told, all_orders)
