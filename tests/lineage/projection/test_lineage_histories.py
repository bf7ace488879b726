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
SNAPSHOTS = {"jobType": job_type("STREAMING", snapshots=True)}


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


def says(*sources: str, of: str = "d"):
    """A job's facets that say what flows into one dataset."""
    return entries(target(of, *sources))


def stated(at: float, *sources: str, of: str = "d", **io: Any):
    """A JobEvent with a `lineage` facet about one dataset."""
    return declared(at, **io, **entries(target(of, *sources)))


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
        in_force={"j: b > d"},
        facets={"j": {**entries(target("d", "b"))}},
    ),
]

DAG = {"parent": parent("dag")}

# Which of them are in force: those of the runs whose I/O is the job's.
OF_RUNS = [
    history(
        "a failed run after a completed one states nothing that is in force",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("FAIL", 2, run="r2", of_job=says("b")),
        explicit={"j: a > d", "j: b > d"},
        in_force={"j: a > d"},
    ),
    history(
        "a run that is still going states nothing that is in force",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("START", 2, run="r2", of_job=says("b")),
        in_force={"j: a > d"},
    ),
    history(
        "what a START stated is in force from the completion on",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("START", 2, run="r2", of_job=says("b")),
        event("COMPLETE", 3, run="r2"),
        in_force={"j: b > d"},
    ),
    history(
        "a completed run without the facet makes what was stated former",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("COMPLETE", 2, run="r2"),
        explicit={"j: a > d"},
        in_force=set(),
    ),
    history(
        "a run that completed and then failed gives way to what was stated before",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("COMPLETE", 2, run="r2", of_job=says("b")),
        event("FAIL", 3, run="r2"),
        in_force={"j: a > d"},
    ),
    history(
        "the latest attempt's facet is in force where nothing completed",
        event("FAIL", 1, run="r1", of_job=says("a")),
        event("ABORT", 2, run="r2", of_job=says("b")),
        event("START", 3, run="r3", of_job=says("c")),
        in_force={"j: b > d"},
    ),
    history(
        "a completion ends what attempts stated",
        event("FAIL", 2, run="r2", of_job=says("b")),
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        in_force={"j: a > d"},
    ),
    history(
        "a later event of the run replaces its facet whole",
        event("START", 1, of_job=says("a", of="e")),
        event("COMPLETE", 2, of_job=says("a")),
        event("OTHER", 3, of_job=says("b")),
        in_force={"j: b > d"},
    ),
    history(
        "a repeated facet stays in force",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("COMPLETE", 2, run="r2", of_job=says("a")),
        event("FAIL", 3, run="r3", of_job=says("a")),
        in_force={"j: a > d"},
    ),
    history(
        "of an attempt only what it does not share with its forerunner changes",
        event("FAIL", 1, run="r1", of_job=entries(target("d", "a"), target("e", "a"))),
        event("FAIL", 2, run="r2", of_job=says("a")),
        in_force={"j: a > d"},
    ),
    history(
        "a stream states what is in force while it runs, from its first I/O on",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("START", 2, run="r2", of_job=says("b") | STREAM),
        event("RUNNING", 3, run="r2", of_job=STREAM, reads=["b"]),
        event("RUNNING", 4, run="r2", of_job=says("c") | STREAM),
        in_force={"j: c > d"},
    ),
    history(
        "a stream that has named no I/O replaces nothing that was stated",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("START", 2, run="r2", of_job=says("b") | STREAM),
        in_force={"j: a > d"},
    ),
    history(
        "a stream that is aborted gives way",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("START", 2, run="r2", of_job=says("b") | STREAM, reads=["b"]),
        event("ABORT", 3, run="r2"),
        in_force={"j: a > d"},
    ),
    history(
        "a snapshot without the facet takes back what an earlier one stated",
        event("START", 1, of_job=says("a") | SNAPSHOTS, reads=["a"]),
        event("RUNNING", 2, of_job=SNAPSHOTS, reads=["b"]),
        in_force=set(),
    ),
    history(
        "an event without I/O after a snapshot takes back nothing",
        event("START", 1, of_job=says("a") | SNAPSHOTS, reads=["a"]),
        event("RUNNING", 2, of_job=SNAPSHOTS),
        in_force={"j: a > d"},
    ),
    history(
        "a facet that comes after the snapshot is in force",
        event("START", 1, of_job=says("a") | SNAPSHOTS, reads=["a"]),
        event("RUNNING", 2, of_job=says("b") | SNAPSHOTS),
        in_force={"j: b > d"},
    ),
    history(
        "a tombstone takes back what the run had stated, and what earlier runs had",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("START", 2, run="r2", of_job=says("b")),
        event("COMPLETE", 3, run="r2", of_job={"lineage": GONE}),
        explicit={"j: a > d", "j: b > d"},
        in_force=set(),
    ),
    history(
        "a facet without entries states nothing, in place of what was stated",
        event("COMPLETE", 1, run="r1", of_job=says("a")),
        event("COMPLETE", 2, run="r2", of_job=entries()),
        in_force=set(),
    ),
]

OF_SIBLINGS = [
    history(
        "mapped tasks unite what they state",
        event("COMPLETE", 1, run="m1", of_job=says("a"), **DAG),
        event("COMPLETE", 2, run="m2", of_job=says("b"), **DAG),
        event("FAIL", 3, run="m3", of_job=says("c"), **DAG),
        in_force={"j: a > d", "j: b > d"},
    ),
    history(
        "a later parent's tasks replace what earlier ones stated",
        event("COMPLETE", 1, run="m1", of_job=says("a"), **DAG),
        event("COMPLETE", 2, run="m2", of_job=says("b"), **DAG),
        event("COMPLETE", 3, run="m3", of_job=says("c"), parent=parent("dag2")),
        in_force={"j: c > d"},
    ),
    history(
        "a sibling that replaces its facet leaves what the other stated",
        event("COMPLETE", 1, run="m1", of_job=says("a"), **DAG),
        event("COMPLETE", 2, run="m2", of_job=says("b"), **DAG),
        event("OTHER", 3, run="m2", of_job=says("c"), **DAG),
        in_force={"j: a > d", "j: c > d"},
    ),
    history(
        "a sibling's tombstone takes back its own facet alone",
        event("COMPLETE", 1, run="m1", of_job=says("a"), **DAG),
        event("COMPLETE", 2, run="m2", of_job=says("b"), **DAG),
        event("OTHER", 3, run="m2", of_job={"lineage": GONE}),
        in_force={"j: a > d"},
    ),
    history(
        "a run that moves to another parent leaves what its siblings state",
        event("COMPLETE", 1, run="m1", of_job=says("a"), **DAG),
        event("COMPLETE", 2, run="m2", of_job=says("b"), **DAG),
        event("OTHER", 3, run="m2", parent=parent("other")),
        in_force={"j: b > d"},
    ),
    history(
        "that nothing flows in, and what a sibling says flows in, both stand",
        event("COMPLETE", 1, run="m1", of_job=says(), **DAG),
        event("COMPLETE", 2, run="m2", of_job=says("b"), **DAG),
        in_force={"j: nothing > d", "j: b > d"},
    ),
]

OF_DECLARATIONS = [
    history(
        "a newer JobEvent is the whole truth about the targets that it names",
        event("COMPLETE", 1, of_job=entries(target("d", "a"), target("e", "a"))),
        stated(2, "b"),
        in_force={"j: b > d", "j: a > e"},
    ),
    history(
        "an older JobEvent holds for the targets that no run names",
        declared(1, **entries(target("d", "b"), target("e", "b"))),
        event("COMPLETE", 2, of_job=says("a")),
        in_force={"j: a > d", "j: b > e"},
    ),
    history(
        "a JobEvent is older or newer than when the run was decided",
        event("START", 1, of_job=says("a")),
        stated(2, "b"),
        event("COMPLETE", 3),
        in_force={"j: a > d"},
    ),
    history(
        "a sibling that completes later is newer than the JobEvent, for all",
        event("COMPLETE", 1, run="m1", of_job=says("a"), **DAG),
        stated(2, "b"),
        event("COMPLETE", 3, run="m2", **DAG),
        in_force={"j: a > d"},
    ),
    history(
        "a JobEvent with I/O leaves nothing of what runs stated",
        event("COMPLETE", 1, of_job=says("a", of="e")),
        stated(2, "b", reads=["b"]),
        in_force={"j: b > d"},
    ),
    history(
        "declared I/O ends what runs stated, also without the facet",
        event("COMPLETE", 1, of_job=says("a")),
        declared(2, reads=["b"]),
        in_force=set(),
    ),
    history(
        "of the JobEvents with the facet the latest holds, whole",
        declared(1, **entries(target("d", "a"), target("e", "a"))),
        stated(2, "b"),
        declared(3, reads=["c"]),
        explicit={"j: a > d", "j: a > e", "j: b > d"},
        in_force={"j: b > d"},
    ),
    history(
        "a run that fails takes nothing from a JobEvent",
        stated(1, "b"),
        event("FAIL", 2, of_job=entries(target("d", "a"), target("e", "a"))),
        in_force={"j: b > d", "j: a > e"},
    ),
    history(
        "a JobEvent's tombstone takes back what JobEvents and runs stated before",
        event("COMPLETE", 1, of_job=says("a")),
        stated(2, "b", of="e"),
        declared(3, lineage=GONE),
        in_force=set(),
    ),
    history(
        "a run that completes after a JobEvent's tombstone states again",
        stated(1, "b", of="e"),
        declared(2, lineage=GONE),
        event("COMPLETE", 3, of_job=says("a")),
        in_force={"j: a > d"},
    ),
    history(
        "a run's tombstone takes back what an older JobEvent stated",
        stated(1, "b"),
        event("COMPLETE", 2, of_job={"lineage": GONE}),
        in_force=set(),
    ),
    history(
        "what a JobEvent stated alone is in force",
        stated(1, "b"),
        event("START", 2, of_job=says("a")),
        in_force={"j: b > d"},
    ),
]


def _flows(*names: str):
    return {"inputs": [_source(name) for name in names]}


OF_DATASETS = [
    history(
        "of what static events state of a dataset the latest is in force",
        described(1, lineage=_flows("a")),
        described(2, lineage=_flows("b")),
        described(3),
        explicit={"-: a > d", "-: b > d"},
        in_force={"-: b > d"},
    ),
    history(
        "a static event's tombstone takes back what others stated before",
        described(1, lineage=_flows("a")),
        described(2, lineage=GONE),
        explicit={"-: a > d"},
        in_force=set(),
    ),
    history(
        "what a run's output shows replaces nothing that a static event stated",
        described(1, lineage=_flows("a")),
        event("FAIL", 2, writes=[dataset("d", lineage=_flows("b"))]),
        event("COMPLETE", 3, run="r2", writes=[dataset("d", lineage=_flows("c"))]),
        in_force={"-: a > d"},
    ),
    history(
        "nor does what a reader shows, or an output's tombstone",
        described(1, lineage=_flows("a")),
        event("COMPLETE", 2, reads=[dataset("d", lineage=_flows("b"))]),
        event("COMPLETE", 3, run="r2", writes=[dataset("d", lineage=GONE)]),
        in_force={"-: a > d"},
    ),
    history(
        "jobs and static events state beside each other",
        described(2, lineage=_flows("a")),
        event("COMPLETE", 1, of_job=says("b")),
        in_force={"-: a > d", "j: b > d"},
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

ALL = [
    *COLUMNS,
    *EXPLICIT,
    *OF_RUNS,
    *OF_SIBLINGS,
    *OF_DECLARATIONS,
    *OF_DATASETS,
    *CONTROL,
]


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_lineage_is_told_alike_in_any_order(told):
    check(told, some_orders)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_lineage_is_told_alike_in_every_order(told):
    check(told, all_orders)
