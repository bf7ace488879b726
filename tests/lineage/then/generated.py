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
from tests.lineage.projection.reference import Sent
from tests.lineage.then.deliveries import Act, Step

DECLARED = st.sampled_from(
    [
        *[("a", "b"), ("b", "c"), ("c", "a"), ("a.x", "b.x"), ("b.y", "c.x")],
        *[("a", "job j"), ("job j", "c"), ("b", "job k"), ("job k", "a")],
    ]
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


@st.composite
def deliveries(draw: st.DrawFn) -> list[Step]:
    """A history in some order, in some batches, with a steward's acts between."""
    steps: list[Step] = []
    steward = Steward(draw)
    for one in draw(st.permutations(draw(HISTORIES))):
        batch = steps[-1] if steps else None
        if isinstance(batch, list) and draw(st.booleans()):
            batch.append(one)
        else:
            steps.append([one])
        steward.sent.append(one)
        if draw(st.integers(0, 4)) == 0:
            steps.append(steward.act())
    return steps


class Steward:
    """Who does one thing or another that can be done."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.sent: list[bytes] = []
        self.retracted: list[bytes] = []
        self.rules = 0
        self.said: list[tuple[str, str]] = []

    def act(self) -> Act:
        can = ["retract", "declare", "rule"]
        can += ["reinstate"] * 2 if self.retracted else []
        can += ["unrule"] if self.rules else []
        can += ["end"] if self.said else []
        act: Act = getattr(self, self.draw(st.sampled_from(can)))()
        return act

    def retract(self) -> Act:
        one = self.draw(st.sampled_from(self.sent))
        self.sent.remove(one)
        self.retracted.append(one)
        return Act("retract", (one,))

    def reinstate(self) -> Act:
        one = self.retracted.pop()
        self.sent.append(one)
        return Act("reinstate", (one,))

    def declare(self) -> Act:
        self.said.append(self.draw(DECLARED))
        return Act("declare", self.said[-1])

    def end(self) -> Act:
        return Act("end", self.said.pop())

    def rule(self) -> Act:
        self.rules += 1
        # A rule makes something of names that are there, or come to be used.
        sent = [*self.sent, *self.retracted]
        used = sorted({name for body in sent for _, name, _ in Sent(body).io})
        if len(used) < 2 or self.draw(st.booleans()):
            return Act("split", (self.draw(DATASET_NAMES),))
        pairs = st.lists(st.sampled_from(used), min_size=2, max_size=2, unique=True)
        return Act("merge", tuple(self.draw(pairs)))

    def unrule(self) -> Act:
        self.rules -= 1
        return Act("unrule", ())
