"""Which events does a property try? Few names, few times, everything that meets."""

from typing import Any

from hypothesis import strategies as st

from tests.lineage.projection.happenings import (
    GONE,
    dataset,
    declared,
    derived,
    described,
    event,
    identity,
    job_type,
    lifecycle,
    parent,
    schema,
    symlinks,
)

TIMES = st.integers(0, 6)
JOB_NAMES = st.sampled_from(["j", "k"])
RUN_NAMES = st.sampled_from(["r1", "r2", "r3"])
NAMES = ["a", "b", "c", "x|a"]
DATASET_NAMES = st.sampled_from(NAMES)
TYPES = st.sampled_from(
    ["START", "RUNNING", "COMPLETE", "COMPLETE", "FAIL", "ABORT", "OTHER", "", "ODD"]
)


def some(**facets: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Few of these facets: most events have none or one."""
    one = st.sampled_from(sorted(facets)).flatmap(
        lambda key: facets[key].map(lambda facet: {key: facet})
    )
    return st.one_of(st.just({}), one, one, st.fixed_dictionaries({}, optional=facets))


SCHEMAS = st.sampled_from(
    [schema("a"), schema("a", "b"), schema("b", "a"), schema(), GONE]
)
SYMLINKS = st.one_of(
    st.just(GONE),
    st.builds(
        lambda names, kind: symlinks(*names, kind=kind),
        st.lists(DATASET_NAMES, min_size=1, max_size=2, unique=True),
        st.sampled_from(["TABLE", "LOCATION"]),
    ),
)
COLUMNS = st.one_of(
    st.just(GONE),
    st.builds(lambda x, y: derived(x=x, y=y), *[st.sampled_from(["a.x", "b.y"])] * 2),
)
LIFECYCLES = st.sampled_from(
    [lifecycle("DROP"), lifecycle("CREATE"), lifecycle("RENAME", "a"), GONE]
)
NOTES = st.sampled_from([{"v": 1}, {"v": 2}, GONE])
FLOWS = st.one_of(
    st.just(GONE),
    st.lists(DATASET_NAMES, max_size=2).map(
        lambda names: {"inputs": [{"type": "DATASET", **identity(n)} for n in names]}
    ),
)
DATASETS = st.builds(
    lambda name, facets: dataset(name, **facets),
    DATASET_NAMES,
    some(
        schema=SCHEMAS,
        symlinks=SYMLINKS,
        columnLineage=COLUMNS,
        lifecycleStateChange=LIFECYCLES,
        note=NOTES,
        io_subset=NOTES,
        lineage=FLOWS,
    ),
)
IO = st.one_of(
    st.none(), st.lists(DATASETS, max_size=2, unique_by=lambda one: one["name"])
)


def _entry(target: str | None, sources: list[str], field: str) -> dict[str, Any]:
    inputs: list[dict[str, Any]] = [
        {"type": "DATASET", **identity(name)} for name in sources
    ]
    if target is None:
        return {"type": "JOB", "inputs": inputs}
    fields = {field: {"inputs": [{**one, "field": "f"} for one in inputs]}}
    entry = {"type": "DATASET", **identity(target), "inputs": inputs}
    return {**entry, "fields": fields if field else {}}


LINEAGE = st.one_of(
    st.just(GONE),
    *[
        st.lists(
            st.builds(
                _entry,
                st.one_of(st.none(), DATASET_NAMES),
                st.lists(DATASET_NAMES, max_size=2),
                st.sampled_from(["", "x"]),
            ),
            max_size=2,
        ).map(lambda entries: {"entries": entries})
    ]
    * 4,
)
OF_JOB = some(
    jobType=st.builds(
        lambda processing, mode: job_type(processing, snapshots=mode),
        st.sampled_from(["STREAMING", "BATCH"]),
        st.booleans(),
    ),
    sql=st.sampled_from([{"query": "select 1"}, {"query": "select 2"}, GONE]),
    lineage=LINEAGE,
    note=NOTES,
)
PARENTS = st.builds(
    lambda run, job, root: parent(run, job, root),
    RUN_NAMES,
    st.sampled_from(["p", "j"]),
    st.one_of(st.none(), st.tuples(RUN_NAMES, st.just("p"))),
)
OF_RUN = some(
    parent=PARENTS,
    nominalTime=st.sampled_from([{"nominalStartTime": "2026-05-04"}, {}]),
    jobDependencies=st.sampled_from(
        [
            {"upstream": [{"job": identity("k", "jobs")}]},
            {"downstream": [{"job": identity("k", "jobs"), "type": "X"}]},
        ]
    ),
)
RUN_EVENTS = st.builds(
    lambda kind, at, job, run, reads, writes, of_job, of_run: event(
        kind, at, job, run, reads=reads, writes=writes, of_job=of_job, **of_run
    ),
    *(TYPES, TIMES, JOB_NAMES, RUN_NAMES, IO, IO, OF_JOB, OF_RUN),
)
PARENT_EVENTS = st.builds(
    lambda kind, at, run: event(kind, at, "p", run), TYPES, TIMES, RUN_NAMES
)
JOB_EVENTS = st.builds(
    lambda at, job, reads, writes, facets: declared(
        at, job, reads=reads, writes=writes, **facets
    ),
    *(TIMES, JOB_NAMES, IO, IO, OF_JOB),
)
DATASET_EVENTS = st.builds(
    lambda at, name, facets: described(at, name, **facets),
    TIMES,
    DATASET_NAMES,
    some(
        schema=SCHEMAS,
        symlinks=SYMLINKS,
        columnLineage=COLUMNS,
        lifecycleStateChange=LIFECYCLES,
        note=NOTES,
        lineage=FLOWS,
    ),
)
EVENTS = st.one_of(
    RUN_EVENTS, RUN_EVENTS, RUN_EVENTS, PARENT_EVENTS, JOB_EVENTS, DATASET_EVENTS
)
# Mostly of what `lineage` facets state: runs of one job, declarations, descriptions.
STATING = {"lineage": LINEAGE}
STATEMENTS = st.one_of(
    *[
        st.builds(
            lambda kind, at, run, reads, of_job, of_run: event(
                kind, at, "j", run, reads=reads, of_job=of_job, **of_run
            ),
            *(TYPES, TIMES, RUN_NAMES, st.sampled_from([None, None, ["a"]])),
            some(**STATING, jobType=st.just(job_type("STREAMING", snapshots=True))),
            some(parent=st.sampled_from([parent("r1"), parent("r2")])),
        )
    ]
    * 3,
    st.builds(
        lambda at, reads, lineage: declared(at, "j", reads=reads, **lineage),
        *(TIMES, st.sampled_from([None, None, ["a"]]), some(**STATING)),
    ),
    st.builds(
        lambda at, name, lineage: described(at, name, lineage=lineage),
        *(TIMES, DATASET_NAMES, FLOWS),
    ),
)
EVENT_SETS = st.one_of(
    st.lists(EVENTS, min_size=2, max_size=9, unique=True),
    st.lists(STATEMENTS, min_size=2, max_size=9, unique=True),
)
