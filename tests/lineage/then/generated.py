"""Which histories does a property of walks try? Chains and rings of a few datasets."""

from typing import Any

from hypothesis import strategies as st

from tests.lineage.projection.generated import (
    DATASET_NAMES,
    EVENTS,
    NAMES,
    STATEMENTS,
    SYMLINKS,
    TIMES,
    some,
)
from tests.lineage.projection.happenings import (
    GONE,
    JOBS,
    dataset,
    declared,
    described,
    event,
    identity,
    job_type,
    parent,
)

COLUMN_NAMES = ["x", "y"]
HOWS = st.sampled_from(
    [
        None,
        [],
        [{"type": "DIRECT", "subtype": "IDENTITY"}],
        [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": True}],
        [{"type": "INDIRECT", "subtype": "FILTER"}],
        [
            {"type": "DIRECT", "subtype": "AGGREGATION", "masking": True},
            {"type": "INDIRECT", "subtype": "JOIN"},
        ],
    ]
)


def _column(name: str, column: str, how: list[Any] | None) -> dict[str, Any]:
    told: dict[str, Any] = {**identity(name), "field": column}
    return told if how is None else {**told, "transformations": how}


FIELDS = st.lists(
    st.builds(_column, DATASET_NAMES, st.sampled_from(COLUMN_NAMES), HOWS), max_size=2
)
DERIVED = st.one_of(
    st.just(GONE),
    *[
        st.builds(
            lambda fields, whole: (
                {
                    "fields": {
                        name: {"inputFields": some} for name, some in fields.items()
                    }
                }
                | ({"dataset": whole} if whole else {})
            ),
            st.dictionaries(st.sampled_from(COLUMN_NAMES), FIELDS, max_size=2),
            st.one_of(st.just([]), FIELDS),
        )
    ]
    * 5,
)


def _source(kind: str, name: str, column: str, how: list[Any] | None) -> dict[str, Any]:
    if kind == "own":
        return {"type": "JOB"}
    if kind == "job":
        return {"type": "JOB", **identity("k", JOBS)}
    told: dict[str, Any] = {"type": "DATASET", **identity(name)}
    told |= {"field": column} if column else {}
    return told if how is None else {**told, "transformations": how}


SOURCES = st.lists(
    st.builds(
        _source,
        st.sampled_from(["dataset"] * 5 + ["own", "job"]),
        DATASET_NAMES,
        st.sampled_from(["", "x", "y"]),
        HOWS,
    ),
    max_size=2,
)


def _flows(inputs: list[Any], fields: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "inputs": inputs,
        "fields": {name: {"inputs": sources} for name, sources in fields.items()},
    }


def _entry(target: str, flows: dict[str, Any]) -> dict[str, Any]:
    if target == "own":
        return {"type": "JOB", **flows, "fields": {}}
    return {"type": "DATASET", **identity(target), **flows}


INFLOWS = st.builds(
    _flows,
    SOURCES,
    st.dictionaries(st.sampled_from(COLUMN_NAMES), SOURCES, max_size=1),
)
STATED = st.one_of(
    st.just(GONE),
    *[
        st.lists(
            st.builds(_entry, st.sampled_from([*NAMES, *NAMES, "own"]), INFLOWS),
            max_size=2,
        ).map(lambda entries: {"entries": entries})
    ]
    * 5,
)
INPUTS = st.lists(
    st.builds(
        lambda name, facets: dataset(name, **facets),
        DATASET_NAMES,
        some(symlinks=SYMLINKS),
    ),
    max_size=2,
    unique_by=lambda one: one["name"],
)
OUTPUTS = st.lists(
    st.builds(
        lambda name, facets: dataset(name, **facets),
        DATASET_NAMES,
        some(symlinks=SYMLINKS, columnLineage=DERIVED),
    ),
    max_size=2,
    unique_by=lambda one: one["name"],
)
JOB_FACETS = some(
    lineage=STATED,
    jobType=st.builds(
        lambda mode: job_type("STREAMING", snapshots=mode), st.booleans()
    ),
)
FLOWING = st.one_of(
    *[
        st.builds(
            lambda kind, at, job, run, reads, writes, of_job, of_run: event(
                kind, at, job, run, reads=reads, writes=writes, of_job=of_job, **of_run
            ),
            st.sampled_from(["COMPLETE", "COMPLETE", "COMPLETE", "START", "FAIL"]),
            TIMES,
            st.sampled_from(["j", "k"]),
            st.sampled_from(["r1", "r2"]),
            INPUTS,
            OUTPUTS,
            JOB_FACETS,
            some(parent=st.sampled_from([parent("r1"), parent("r2")])),
        )
    ]
    * 4,
    st.builds(
        lambda at, job, reads, writes, facets: declared(
            at, job, reads=reads, writes=writes, **facets
        ),
        *(TIMES, st.sampled_from(["j", "k"]), INPUTS, OUTPUTS),
        some(lineage=STATED),
    ),
    st.builds(
        lambda at, name, facets: described(at, name, **facets),
        TIMES,
        DATASET_NAMES,
        some(
            columnLineage=DERIVED,
            lineage=st.one_of(st.just(GONE), INFLOWS, INFLOWS),
            symlinks=SYMLINKS,
        ),
    ),
)
HISTORIES = st.one_of(
    st.lists(EVENTS, min_size=2, max_size=9, unique=True),
    st.lists(STATEMENTS, min_size=2, max_size=9, unique=True),
    *[st.lists(FLOWING, min_size=2, max_size=8, unique=True)] * 3,
)
