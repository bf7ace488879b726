"""Which stranger events does a property try? What producers get wrong, or seldom say.

Runs without a UUID, parents elsewhere, facets that cannot be read, datasets that one
event names twice. The plain rules of `reference` say nothing about most of it.
"""

from typing import Any

from hypothesis import strategies as st

from tests.lineage.projection.generated import (
    COLUMNS,
    DATASET_NAMES,
    EVENT_SETS,
    FLOWS,
    LIFECYCLES,
    NOTES,
    SCHEMAS,
    SYMLINKS,
    TIMES,
    TYPES,
    some,
)
from tests.lineage.projection.happenings import (
    GONE,
    dataset,
    declared,
    described,
    event,
    identity,
    job_type,
    lifecycle,
    parent,
)

JOBS = st.sampled_from(["j", "k", "p"])
ABOVE = st.sampled_from(["p", "j", "k", "x|p"])
RUNS = st.sampled_from(["r1", "r2", "scheduled__1", "https://u:tacit77@host/run"])
OF_DATASET = some(
    schema=st.one_of(SCHEMAS, st.just({"fields": 5})),
    symlinks=st.one_of(SYMLINKS, st.just({"identifiers": 5})),
    columnLineage=st.one_of(
        COLUMNS,
        st.just({"fields": 5}),
        st.just({"fields": {}, "dataset": [{**identity("b"), "field": "y"}]}),
    ),
    lifecycleStateChange=st.one_of(
        LIFECYCLES,
        st.sampled_from([{}, lifecycle("RENAME", "x|a"), lifecycle("ALTER", "b")]),
    ),
    note=NOTES,
    io_subset=NOTES,
    lineage=FLOWS,
)
IO = st.one_of(
    st.none(),
    st.lists(
        st.builds(
            lambda name, facets: dataset(name, **facets), DATASET_NAMES, OF_DATASET
        ),
        max_size=3,
    ),
)
HOW = [
    {"type": "direct", "subtype": "identity"},
    {"type": "DIRECT", "subtype": "IDENTITY", "masking": True},
]
SOURCES = st.lists(
    st.sampled_from(
        [
            {"type": "JOB"},
            {"type": "JOB", **identity("k", "jobs")},
            {"type": "DATASET", **identity("b")},
            {
                "type": "DATASET",
                **identity("x|a"),
                "field": "x",
                "transformations": HOW,
            },
        ]
    ),
    max_size=2,
)


def _entry(kind: str, name: str | None, sources: list[Any]) -> dict[str, Any]:
    home = "jobs" if kind == "JOB" else "data"
    return {"type": kind, **(identity(name, home) if name else {}), "inputs": sources}


LINEAGE = st.lists(
    st.builds(
        _entry,
        st.sampled_from(["JOB", "DATASET"]),
        st.sampled_from([None, "a", "k", "x|a"]),
        SOURCES,
    ),
    max_size=2,
).map(lambda entries: {"entries": entries}) | st.sampled_from([GONE, {"entries": 5}])
OF_JOB = some(
    jobType=st.one_of(
        st.builds(
            lambda processing, mode: job_type(processing, snapshots=mode),
            st.sampled_from(["STREAMING", "SERVICE", "BATCH"]),
            st.booleans(),
        ),
        st.sampled_from([{}, GONE]),
    ),
    sql=st.sampled_from([{"query": "select 1"}, {"query": "select 2"}, GONE]),
    sourceCodeLocation=st.sampled_from([{"url": "one"}, {"url": "two"}, GONE]),
    lineage=LINEAGE,
    note=NOTES,
)
PARENTS = st.one_of(
    st.sampled_from([{}, {"run": {"runId": "scheduled__1"}}]),
    st.builds(parent, RUNS, ABOVE, st.one_of(st.none(), st.tuples(RUNS, ABOVE))),
    st.builds(lambda run, job: {"root": parent(run, job)}, RUNS, ABOVE),
)
OF_RUN = some(
    parent=PARENTS,
    parentRun=PARENTS,
    nominalTime=st.sampled_from([{"nominalStartTime": "2026-05-04"}, {}]),
    jobDependencies=st.sampled_from(
        [
            {"upstream": [{"job": identity("j", "jobs")}]},
            {"downstream": [{"job": identity("x|k", "jobs"), "type": "X"}]},
        ]
    ),
)
ODD_EVENTS = st.one_of(
    st.builds(
        lambda kind, at, job, run, reads, writes, of_job, of_run: event(
            kind, at, job, run, reads=reads, writes=writes, of_job=of_job, **of_run
        ),
        *(TYPES, TIMES, JOBS, RUNS, IO, IO, OF_JOB, OF_RUN),
    ),
    st.builds(
        lambda at, job, reads, writes, facets: declared(
            at, job, reads=reads, writes=writes, **facets
        ),
        *(TIMES, JOBS, IO, IO, OF_JOB),
    ),
    st.builds(
        lambda at, name, facets, sources: described(
            at, name, **{"lineage": {"inputs": sources}} | facets
        ),
        *(TIMES, DATASET_NAMES, OF_DATASET, SOURCES),
    ),
)
ANY_EVENT_SETS = st.one_of(
    EVENT_SETS, st.lists(ODD_EVENTS, min_size=2, max_size=9, unique=True)
)
