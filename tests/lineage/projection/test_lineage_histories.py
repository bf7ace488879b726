"""Which columns come from which, by whose word, and which jobs wait for which?"""

from typing import Any

import pytest

from tests.lineage.projection.happenings import (
    DATA,
    GONE,
    JOBS,
    dataset,
    declared,
    derived,
    described,
    event,
    identity,
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


def into(name: str, **columns: str):
    return dataset(name, columnLineage=derived(**columns))


def target(name: str | None, *sources: str, kind: str = "DATASET", **fields: str):
    """An entry of a `lineage` facet; a source `job` is the event's own job."""
    entry: dict[str, Any] = {
        "type": kind,
        "inputs": [_source(text) for text in sources],
    }
    if name is not None:
        entry |= identity(name, DATA if kind == "DATASET" else JOBS)
    if fields:
        entry["fields"] = {
            field: {"inputs": [_source(text) for text in words.split()]}
            for field, words in fields.items()
        }
    return entry


def _source(text: str):
    if text == "job":
        return {"type": "JOB"}
    name, _, field = text.partition(".")
    source = {"type": "DATASET", **identity(name)}
    return source | {"field": field} if field else source


def entries(*targets):
    return {"lineage": {"entries": list(targets)}}


def waits(**jobs: list[str]):
    return {
        side: [{"job": identity(job, JOBS), "dependency_type": "X"} for job in named]
        for side, named in jobs.items()
    }


COLUMNS = [
    history(
        "what two writers say of a dataset's columns is united",
        event("COMPLETE", 1, "j1", writes=[into("d", x="a.x")]),
        event("COMPLETE", 2, "j2", writes=[into("d", x="b.x", y="b.y")]),
        columns={"j1: a.x > d.x", "j2: b.x > d.x", "j2: b.y > d.y"},
    ),
    history(
        "a writer's later run replaces what it said",
        event("COMPLETE", 1, run="r1", writes=[into("d", x="a.x")]),
        event("COMPLETE", 2, run="r2", writes=[into("d", x="b.x")]),
        columns={"j: b.x > d.x"},
    ),
    history(
        "a later event of the run replaces the facet whole",
        event("START", 1, writes=[into("d", x="a.x", y="a.y")]),
        event("COMPLETE", 2, writes=[into("d", x="b.x")]),
        columns={"j: b.x > d.x"},
    ),
    history(
        "an event after the COMPLETE replaces it, too",
        event("COMPLETE", 1, writes=[into("d", x="a.x")]),
        event("OTHER", 2, writes=[into("d", x="b.x")]),
        columns={"j: b.x > d.x"},
    ),
    history(
        "a stream's later event replaces it",
        event("START", 1, of_job=STREAM, writes=[into("d", x="a.x")]),
        event("RUNNING", 2, of_job=STREAM, writes=[into("d", x="b.x")]),
        columns={"j: b.x > d.x"},
    ),
    history(
        "mapped tasks unite what they say",
        event("COMPLETE", 1, run="m1", writes=[into("d", x="a.x")], parent=parent("p")),
        event("COMPLETE", 2, run="m2", writes=[into("d", x="b.x")], parent=parent("p")),
        columns={"j: a.x > d.x", "j: b.x > d.x"},
    ),
    history(
        "a sibling that replaces what it said leaves what the other said",
        event("COMPLETE", 1, run="m1", writes=[into("d", x="a.x")], parent=parent("p")),
        event("COMPLETE", 2, run="m2", writes=[into("d", x="a.x")], parent=parent("p")),
        event("OTHER", 3, run="m2", writes=[into("d", x="b.x")], parent=parent("p")),
        columns={"j: a.x > d.x", "j: b.x > d.x"},
    ),
    history(
        "a failed run after a completed one says nothing that is in force",
        event("COMPLETE", 1, run="r1", writes=[into("d", x="a.x")]),
        event("FAIL", 2, run="r2", writes=[into("d", x="b.x")]),
        columns={"j: a.x > d.x"},
    ),
    history(
        "of static events the latest is in force, beside the jobs",
        described(1, columnLineage=derived(x="a.x")),
        described(2, columnLineage=derived(x="b.x")),
        event("COMPLETE", 0, writes=[into("d", x="c.x")]),
        columns={"-: b.x > d.x", "j: c.x > d.x"},
    ),
    history(
        "a tombstone ends what static events said",
        described(1, columnLineage=derived(x="a.x")),
        described(2, columnLineage=GONE),
        columns=set(),
    ),
    history(
        "a declaration says it for its job",
        declared(2, writes=[into("d", x="a.x")]),
        event("COMPLETE", 1, writes=[into("d", x="b.x")]),
        columns={"j: a.x > d.x"},
    ),
    history(
        "an input's column lineage is nobody's word on how it was made",
        event("COMPLETE", 1, reads=[into("d", x="a.x")]),
        columns=set(),
    ),
    history(
        "one facet of two datasets is in force for each by itself",
        event("COMPLETE", 1, "j1", writes=[into("d", x="a.x")]),
        event("START", 2, "j2", writes=[into("e", x="a.x")]),
        columns={"j1: a.x > d.x"},
    ),
]

EXPLICIT = [
    history(
        "a job's lineage facet states edges of datasets and columns",
        event("COMPLETE", 1, of_job=entries(target("d", "a", "b.x", y="a.y"))),
        explicit={"j: a > d", "j: b.x > d", "j: a.y > d.y"},
        edges={},
    ),
    history(
        "a JOB without a name is the event's own",
        event(
            "COMPLETE",
            1,
            of_job=entries(target("d", "job"), target(None, "a", kind="JOB")),
        ),
        explicit={"j: job j > d", "j: a > job j"},
    ),
    history(
        "a target without inputs is known to have none",
        event("COMPLETE", 1, of_job=entries(target("d"))),
        explicit={"j: nothing > d"},
    ),
    history(
        "a dataset's lineage facet states edges into it, if the event is about it",
        described(1, lineage={"inputs": [_source("a")], "fields": {}}),
        event("COMPLETE", 2, writes=[dataset("e", lineage={"inputs": [_source("a")]})]),
        explicit={"-: a > d"},
    ),
    history(
        "a dataset's lineage facet without inputs says that it has none",
        described(1, lineage={"inputs": []}),
        explicit={"-: nothing > d"},
    ),
    history(
        "the same edge, stated twice, is one",
        event("START", 1, of_job=entries(target("d", "a"))),
        event("COMPLETE", 2, of_job=entries(target("d", "a"))),
        explicit={"j: a > d"},
    ),
    history(
        "a later facet holds, and the edges of both are kept",
        event("COMPLETE", 1, of_job=entries(target("d", "a"))),
        event("COMPLETE", 2, run="r2", of_job=entries(target("d", "b"))),
        explicit={"j: a > d", "j: b > d"},
        facets={"j": {**entries(target("d", "b"))}},
    ),
]

CONTROL = [
    history(
        "dependencies run from the upstream job to the downstream job",
        event("START", 1, jobDependencies=waits(upstream=["a", "b"], downstream=["c"])),
        event("START", 2, "a", jobDependencies=waits(downstream=["j"])),
        dependencies={"a before j X", "b before j X", "j before c X"},
        jobs={"j": (1, 1), "a": (2, 2)},
    ),
]

ALL = COLUMNS + EXPLICIT + CONTROL


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_lineage_is_told_alike_in_any_order(told):
    check(told, some_orders)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_lineage_is_told_alike_in_every_order(told):
    check(told, all_orders)
