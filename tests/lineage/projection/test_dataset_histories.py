"""How was a dataset defined, what is said of it, and when was it written?"""

import pytest

from tests.lineage.projection.happenings import (
    GONE,
    dataset,
    declared,
    described,
    event,
    job_type,
    lifecycle,
    schema,
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
A, AB = schema("a"), schema("a", "b")

VERSIONS = [
    history(
        "a version exists from the COMPLETE on, with the schema that came with START",
        event("START", 1, writes=[dataset("d", schema=A)]),
        event("COMPLETE", 2),
        versions={"d": {"written a"}},
        written={"d": 2},
    ),
    history(
        "a run that is still going makes no version",
        event("START", 1, writes=[dataset("d", schema=A)]),
        versions={},
        written={},
    ),
    history(
        "a failed run makes no version",
        event("COMPLETE", 1, run="r1", writes=[dataset("d", schema=A)]),
        event("FAIL", 2, run="r2", writes=[dataset("d", schema=AB)]),
        versions={"d": {"written a"}},
        written={"d": 1},
    ),
    history(
        "a run that completed and then failed makes no version",
        event("COMPLETE", 1, writes=[dataset("d", schema=A)]),
        event("FAIL", 2),
        versions={},
        written={},
    ),
    history(
        "what is read is a version apart from what is written",
        event("COMPLETE", 1, "w", writes=[dataset("d", schema=AB)]),
        event("START", 2, "r", reads=[dataset("d", schema=A)]),
        versions={"d": {"written a,b", "read a"}},
        facets={"d": {"schema": AB}},
    ),
    history(
        "what a reader shows never defines the dataset",
        event("COMPLETE", 2, reads=[dataset("d", schema=A, note={"v": 1})]),
        versions={"d": {"read a"}},
        facets={"d": {"note": {"v": 1}}},
    ),
    history(
        "a write without a schema is the empty definition",
        event("COMPLETE", 1, writes=["d"]),
        versions={"d": {"written"}},
    ),
    history(
        "the same columns in another order, with other words, are one definition",
        event("COMPLETE", 1, run="r1", writes=[dataset("d", schema=AB)]),
        event("COMPLETE", 2, run="r2", writes=[dataset("d", schema=schema("b", "a"))]),
        versions={"d": {"written b,a"}},
    ),
    history(
        "another type is another definition",
        event("COMPLETE", 1, run="r1", writes=[dataset("d", schema=schema("a:int"))]),
        event("COMPLETE", 2, run="r2", writes=[dataset("d", schema=schema("a:text"))]),
        versions={"d": {"written a:int", "written a:text"}},
    ),
    history(
        "a stream makes a version with every schema it shows",
        event("START", 1, of_job=STREAM, writes=[dataset("d", schema=A)]),
        event("RUNNING", 2, writes=[dataset("d", schema=AB)]),
        versions={"d": {"written a", "written a,b"}},
        written={"d": 2},
    ),
    history(
        "a static event makes a version",
        described(1, schema=A),
        declared(2, writes=[dataset("d", schema=AB)]),
        declared(3, "k", reads=[dataset("d", schema=A)]),
        versions={"d": {"written a", "written a,b", "read a"}},
        written={"d": 2},
    ),
    history(
        "a tombstone of the schema leaves the empty definition",
        described(1, schema=A),
        described(2, schema=GONE),
        versions={"d": {"written a", "written"}},
        facets={"d": {"schema": None}},
    ),
    history(
        "a dataset that is input and output of one run is both",
        event(
            "COMPLETE",
            1,
            reads=[dataset("d", schema=A)],
            writes=[dataset("d", schema=AB)],
        ),
        versions={"d": {"written a,b", "read a"}},
        edges={"j reads d": "effective", "j writes d": "effective"},
        facets={"d": {"schema": AB}},
    ),
]

FACETS = [
    history(
        "the later facet of a key holds, each key by itself",
        described(1, x={"v": 1}, y={"v": 1}),
        event("START", 2, writes=[dataset("d", x={"v": 2})]),
        event("START", 3, "k", reads=[dataset("d", z={"v": 3})]),
        facets={"d": {"x": {"v": 2}, "y": {"v": 1}, "z": {"v": 3}}},
    ),
    history(
        "of one event the output says it, not the input",
        event(
            "START",
            1,
            run="r1",
            reads=[dataset("d", x={"v": 1})],
            writes=[dataset("d", x={"v": 2})],
        ),
        # The same facets, known before under other numbers.
        described(0, "e", x={"v": 2}),
        described(0, "f", x={"v": 1}),
        facets={"d": {"x": {"v": 2}}, "e": {"x": {"v": 2}}, "f": {"x": {"v": 1}}},
    ),
    history(
        "a tombstone takes a facet away",
        described(1, x={"v": 1}, y={"v": 1}),
        described(2, x=GONE),
        facets={"d": {"x": None, "y": {"v": 1}}},
    ),
    history(
        "a tombstone of earlier time takes nothing away",
        described(2, x={"v": 1}),
        described(1, x=GONE),
        facets={"d": {"x": {"v": 1}}},
    ),
    history(
        "a facet may come back after its tombstone",
        described(1, x={"v": 1}),
        described(2, x=GONE),
        described(3, x={"v": 1}),
        facets={"d": {"x": {"v": 1}}},
    ),
    history(
        "a job's facets have tombstones as well",
        declared(1, x={"v": 1}, sql={"query": "select 1"}),
        event("START", 2, of_job={"x": GONE}),
        facets={"j": {"x": None, "sql": {"query": "select 1"}}},
    ),
    history(
        "facets of one input or output are not the dataset's",
        event("START", 1, reads=[dataset("d", io_inputStatistics={"rowCount": 1})]),
        facets={},
    ),
]

LIFECYCLE = [
    history(
        "a DROP writes nothing, and is a fact of its time",
        event("COMPLETE", 1, run="r1", writes=["d"]),
        event(
            "COMPLETE",
            2,
            run="r2",
            writes=[dataset("d", lifecycleStateChange=lifecycle("DROP"))],
        ),
        written={"d": 1},
        facets={"d": {"lifecycleStateChange": lifecycle("DROP")}},
    ),
    history(
        "a write after the DROP revives",
        described(2, lifecycleStateChange=lifecycle("DROP")),
        event("COMPLETE", 3, run="r2", writes=["d"]),
        event("COMPLETE", 1, run="r1", writes=["d"]),
        written={"d": 3},
    ),
    history(
        "a write before the DROP that ends after it revives",
        described(2, lifecycleStateChange=lifecycle("DROP")),
        event("START", 1, writes=["d"]),
        event("COMPLETE", 3),
        written={"d": 3},
    ),
    history(
        "a stream that drops what it wrote wrote nothing",
        event("START", 1, of_job=STREAM, writes=["d"]),
        event(
            "RUNNING",
            2,
            writes=[dataset("d", lifecycleStateChange=lifecycle("DROP"))],
        ),
        written={},
    ),
    history(
        "that a completed run dropped may become known late",
        event("COMPLETE", 1, writes=["d"]),
        event(
            "OTHER",
            2,
            writes=[dataset("d", lifecycleStateChange=lifecycle("DROP"))],
        ),
        written={},
    ),
    history(
        "a failed run drops nothing that it says it wrote",
        event("FAIL", 1, writes=["d"]),
        written={},
    ),
    history(
        "a rename is a dated fact, and merges nothing",
        event("COMPLETE", 1, run="r1", writes=["old"]),
        event(
            "COMPLETE",
            2,
            run="r2",
            writes=[dataset("new", lifecycleStateChange=lifecycle("RENAME", "old"))],
        ),
        names={"old": "old", "new": "new"},
        renames={"new": "old"},
        written={"old": 1, "new": 2},
    ),
    history(
        "a rename from a name that nobody uses is kept",
        described(1, "new", lifecycleStateChange=lifecycle("RENAME", "old")),
        names={"new": "new"},
        renames={"new": "old"},
    ),
]

ALL = VERSIONS + FACETS + LIFECYCLE


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_a_dataset_is_told_alike_in_any_order(told):
    check(told, some_orders)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_a_dataset_is_told_alike_in_every_order(told):
    check(told, all_orders)
