"""Small histories, and by hand from the rules what walks answer at their times.

A history's steps come in one after the other, each recorded at a time of its own. Its
answers are edges, per question and cut: `at 3` is as of minute 3, `known 0` by what the
first step had brought, `at 3 known 0` both.
"""

from typing import Any, NamedTuple

from tests.lineage.projection.happenings import (
    GONE,
    JOBS,
    dataset,
    declared,
    described,
    event,
    identity,
    job_type,
    lifecycle,
    parent,
    symlinks,
)
from tests.lineage.projection.test_lineage_histories import entries, target
from tests.lineage.then.deliveries import (
    Step,
    apart,
    merged,
    reinstate,
    retract,
    says,
    unruled,
    unsays,
)


class Then(NamedTuple):
    """What a fact is shown by; `answers` are per question, `into d` or `out of a.x`."""

    fact: str
    steps: list[Step]
    answers: dict[str, dict[str, str]]


STREAM = {"jobType": job_type("STREAMING")}
SNAPSHOTS = {"jobType": job_type("STREAMING", snapshots=True)}
DAG1, DAG2 = parent("dag1"), parent("dag2")
IDENTITY, MASKED = ("DIRECT", "IDENTITY", False), ("DIRECT", "TRANSFORMATION", True)
FILTER, COUNT = ("INDIRECT", "FILTER", False), ("DIRECT", "AGGREGATION", False)
How = tuple[str, str, bool]


def run(
    kind: str, at: float, name: str, reads: Any = (), writes: Any = (), **more: Any
) -> bytes:
    """An event of a run of `j`."""
    return event(kind, at, run=name, reads=[*reads], writes=[*writes], **more)


def made(name: str, *, whole: list[tuple[str, How]] | None = None, **columns: Any):
    """An output with columnLineage; each column by its (source, how)."""
    facet: dict[str, Any] = {
        "fields": {
            column: {"inputFields": [_field(*source) for source in sources]}
            for column, sources in columns.items()
        }
    }
    if whole:
        facet["dataset"] = [_field(*source) for source in whole]
    return dataset(name, columnLineage=facet)


def _field(text: str, how: How | None = None) -> dict[str, Any]:
    name, _, column = text.partition(".")
    told: dict[str, Any] = {**identity(name), "field": column}
    if how is not None:
        keys = ("type", "subtype", "masking")
        told["transformations"] = [dict(zip(keys, how, strict=True))]
    return told


MAPPED_TASKS = [
    Then(
        "of mapped tasks those that had completed then are united",
        [
            [run("COMPLETE", 1, "m1", "a", "d", parent=DAG1)],
            [run("COMPLETE", 2, "m2", "b", "d", parent=DAG1)],
            [run("COMPLETE", 3, "m3", "c", "d", parent=DAG2)],
        ],
        {
            "into d": {
                "at 0": "",
                "at 1": "a > j > d",
                "at 2": "a > j > d, b > j",
                "now": "c > j > d",
                "known 1": "a > j > d, b > j",
                "at 1 known 2": "a > j > d",
            },
            "out of a": {"at 2": "a > j > d", "now": ""},
        },
    ),
    Then(
        "a mapped task that is told of late is a part of what is known since",
        [
            [run("COMPLETE", 2, "m2", "b", "d", parent=DAG1)],
            [run("COMPLETE", 1, "m1", "a", "d", parent=DAG1)],
        ],
        {
            "into d": {
                "known 0": "b > j > d",
                "at 1 known 0": "",
                "at 1": "a > j > d",
                "now": "a > j > d, b > j",
            }
        },
    ),
]

RETRIES = [
    Then(
        "a failed try counts until a retry completes",
        [
            [run("FAIL", 1, "try1", "a", "d", parent=DAG1)],
            [run("COMPLETE", 2, "try2", "b", "d", parent=DAG1)],
        ],
        {
            "into d": {
                "at 1": "a > j > d",
                "now": "b > j > d",
                "known 0": "a > j > d",
            }
        },
    ),
    Then(
        "a run that completed, and then failed after all, had completed before",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [run("COMPLETE", 2, "r2", "b", "d")],
            [run("FAIL", 3, "r2")],
        ],
        {
            "into d": {
                "at 1": "a > j > d",
                "at 2": "b > j > d",
                "now": "a > j > d",
                "at 2 known 1": "b > j > d",
                "known 0": "a > j > d",
            }
        },
    ),
    Then(
        "a run counts from its completion on, with what its START told",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [run("START", 2, "r2", "b", "d")],
            [run("COMPLETE", 4, "r2")],
        ],
        {
            "into d": {
                "at 3": "a > j > d",
                "at 4": "b > j > d",
                "known 1": "a > j > d",
                "now": "b > j > d",
            }
        },
    ),
    Then(
        "a completed run without inputs and outputs ends what was",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [event("COMPLETE", 2, run="r2")],
        ],
        {"into d": {"at 1": "a > j > d", "now": "", "known 0": "a > j > d"}},
    ),
]

STREAMING = [
    Then(
        "a stream counts while it ran",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [run("START", 2, "r2", of_job=STREAM)],
            [run("RUNNING", 3, "r2", "b", "d", of_job=STREAM)],
            [run("ABORT", 5, "r2")],
        ],
        {
            "into d": {
                "at 2": "a > j > d",
                "at 3": "b > j > d",
                "at 4": "b > j > d",
                "now": "a > j > d",
                "known 2": "b > j > d",
                "known 1": "a > j > d",
            }
        },
    ),
    Then(
        "that a run streams is known from the event on that says so",
        [
            [run("START", 1, "r1", "a", "d")],
            [event("RUNNING", 3, run="r1", of_job=STREAM)],
        ],
        {
            "into d": {
                "at 2": "",
                "at 3": "a > j > d",
                "known 0": "",
                "now": "a > j > d",
            }
        },
    ),
    Then(
        "of a stream's windows the last one of then counts",
        [
            [run("START", 1, "r1", "a", "d", of_job=SNAPSHOTS)],
            [run("RUNNING", 2, "r1", "b", "d", of_job=SNAPSHOTS)],
        ],
        {"into d": {"at 1": "a > j > d", "now": "b > j > d", "known 0": "a > j > d"}},
    ),
]

LATE_PARENTS = [
    Then(
        "a parent that becomes known late unites from the event on that names it",
        [
            [run("COMPLETE", 1, "m1", "a", "d")],
            [run("COMPLETE", 2, "m2", "b", "d", parent=DAG1)],
            [run("OTHER", 3, "m1", parent=DAG1)],
        ],
        {
            "into d": {
                "at 1": "a > j > d",
                "at 2": "b > j > d",
                "now": "a > j > d, b > j",
                "known 1": "b > j > d",
            }
        },
    ),
    Then(
        "a run had its former parent until an event named another",
        [
            [run("COMPLETE", 1, "m1", "a", "d", parent=DAG1)],
            [run("COMPLETE", 2, "m2", "b", "d", parent=DAG1)],
            [run("OTHER", 3, "m2", parent=DAG2)],
        ],
        {"into d": {"at 2": "a > j > d, b > j", "now": "b > j > d"}},
    ),
    Then(
        "a parent that is told late of an early time was not known before",
        [
            [run("COMPLETE", 3, "m1", "a", "d")],
            [run("COMPLETE", 4, "m2", "b", "d", parent=DAG1)],
            [run("START", 1, "m1", parent=DAG1)],
        ],
        {
            "into d": {
                "known 1": "b > j > d",
                "at 4 known 1": "b > j > d",
                "at 4": "a > j > d, b > j",
                "now": "a > j > d, b > j",
            }
        },
    ),
]

LATE_SYMLINKS = [
    Then(
        "two names are one from the event on that says so",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [event("COMPLETE", 2, "k", reads=["e"], writes=["f"])],
            [described(3, "e", symlinks=symlinks("d"))],
        ],
        {
            "into f": {
                "at 2": "e > k > f",
                "now": "a > j > d > k > f",
                "known 1": "e > k > f",
                "at 3 known 1": "e > k > f",
            },
            "out of a": {"at 2": "a > j > d", "now": "a > j > d > k > f"},
        },
    ),
    Then(
        "a symlink that arrives late, of an early time, was not known before",
        [
            [run("COMPLETE", 2, "r1", "a", "d")],
            [event("COMPLETE", 2, "k", reads=["e"], writes=["f"])],
            [described(1, "e", symlinks=symlinks("d"))],
        ],
        {
            "into f": {
                "known 1": "e > k > f",
                "at 1": "",
                # It is called by the name that was used first: `e`, in minute 1.
                "at 2": "a > j > e > k > f",
                "now": "a > j > e > k > f",
            }
        },
    ),
    Then(
        "a tombstone of the symlinks parts the names again",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [
                event(
                    "COMPLETE",
                    2,
                    "k",
                    reads=[dataset("e", symlinks=symlinks("d"))],
                    writes=["f"],
                )
            ],
            [described(4, "e", symlinks=GONE)],
        ],
        {
            "into f": {
                "at 3": "a > j > d > k > f",
                "now": "e > k > f",
                "known 1": "a > j > d > k > f",
            }
        },
    ),
    Then(
        "a steward's rules hold from when they were made to when they ended",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [event("COMPLETE", 2, "k", reads=["e"], writes=["f"])],
            merged("e", "d"),
            apart("e"),
            unruled(),
        ],
        {
            "into f": {
                "known 1": "e > k > f",
                "known 2": "a > j > d > k > f",
                "known 3": "e > k > f",
                "now": "e > k > f",
                "at 2": "e > k > f",  # rules have no event time
                "at 2 known 2": "a > j > d > k > f",
            }
        },
    ),
]

RENAMES = [
    Then(
        "a rename is a fact of its time, and makes no lineage",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [
                event(
                    "COMPLETE",
                    2,
                    "k",
                    reads=[dataset("e", lifecycleStateChange=lifecycle("RENAME", "d"))],
                    writes=["f"],
                )
            ],
        ],
        {
            "into f": {"at 1": "", "now": "e > k > f"},
            "into d": {"at 1": "a > j > d", "now": "a > j > d"},
        },
    )
]

TOMBSTONES = [
    Then(
        "a tombstone ends columns as of its time",
        [
            [described(1, "d", **made("d", x=[("a.x",)])["facets"])],
            [described(3, "d", columnLineage=GONE)],
        ],
        {
            "into d.x": {
                "at 0": "",
                "at 2": "a.x > d.x",
                "now": "",
                "known 0": "a.x > d.x",
            }
        },
    ),
    Then(
        "a tombstone that comes late takes back what was said before it, from then on",
        [
            [run("COMPLETE", 1, "r1", writes=[made("d", x=[("a.x",)])])],
            [run("COMPLETE", 3, "r1", writes=[dataset("d", columnLineage=GONE)])],
            [run("OTHER", 2, "r1", writes=[made("d", x=[("b.x",)])])],
        ],
        {
            "into d.x": {
                "at 1": "a.x > d.x",
                "at 2": "b.x > d.x",
                "at 2 known 1": "a.x > d.x",
                "now": "",
                "known 0": "a.x > d.x",
            }
        },
    ),
    Then(
        "a tombstone of what a job stated gives its inputs and outputs their say again",
        [
            [run("COMPLETE", 1, "r1", "ab", "d", of_job=entries(target("d", "a")))],
            [run("OTHER", 2, "r1", of_job={"lineage": GONE})],
        ],
        {"into d": {"at 1": "a > j > d", "now": "a > j > d, b > j"}},
    ),
]

_STATED = declared(1, **entries(target("d", "a", x="a.x")))
_DESCRIBED = described(1, "d", lineage=target("d", "b"))
_ALIASED = run("COMPLETE", 2, "r1", "a", [dataset("d", symlinks=symlinks("e"))])
_DERIVED = run("COMPLETE", 1, "r1", "a", [made("d", x=[("a.x",)])])
_FIRST = run("COMPLETE", 1, "r1", "a", "d")
_SECOND = run("COMPLETE", 2, "r2", "b", "d")
RETRACTION = [
    Then(
        "a retraction is known from when it was made, of whatever time its event is",
        [[_FIRST], [_SECOND], retract(_SECOND), reinstate(_SECOND)],
        {
            "into d": {
                "known 1": "b > j > d",
                "known 2": "a > j > d",
                "at 2 known 2": "a > j > d",
                "at 1 known 2": "a > j > d",
                "known 3": "b > j > d",
                "now": "b > j > d",
                "at 1": "a > j > d",
            }
        },
    ),
    Then(
        "what is retracted counts as of no time, by what is known now",
        [[_FIRST], [_SECOND], retract(_FIRST), retract(_SECOND)],
        {
            "into d": {
                "now": "",
                "at 1": "",
                "known 1": "b > j > d",
                "known 2": "b > j > d",
                "at 1 known 2": "",
                "at 1 known 1": "a > j > d",
            }
        },
    ),
]

RETRACTION += [
    Then(
        "what only a retracted event stated had been known before",
        [[_STATED], [_DESCRIBED], retract(_STATED), retract(_DESCRIBED)],
        {
            "into d": {
                "known 1": "a > j > d, b > d",
                "known 2": "b > d",
                "now": "",
                "at 1": "",
            },
            "out of a": {"known 1": "a > j > d", "now": ""},
            "out of b": {"known 2": "b > d", "now": ""},
            "into d.x": {"known 1": "a.x > d.x", "known 2": "", "now": ""},
        },
    ),
    Then(
        "that names are one, as only a retracted event said, had been known before",
        [
            [event("COMPLETE", 1, "k", reads=["e"], writes=["f"])],
            [_ALIASED],
            retract(_ALIASED),
        ],
        {
            "into f": {"known 1": "a > j > e > k > f", "now": "e > k > f"},
            "out of a": {"known 1": "a > j > e > k > f", "now": ""},
            "out of d": {"known 1": "e > k > f", "now": ""},
        },
    ),
    Then(
        "columns that only a retracted event told had been known before",
        [[_DERIVED], retract(_DERIVED)],
        {
            "into d.x": {"known 0": "a.x > d.x", "now": "", "at 1": ""},
            "out of a.x": {"known 0": "a.x > d.x", "now": ""},
            "out of a": {"known 0": "a > j > d", "now": ""},
        },
    ),
]

DECLARED = [
    Then(
        "a declaration replaces what ran before it, until something completes",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [declared(2, reads=["b"], writes=["d"])],
            [run("COMPLETE", 4, "r2", "c", "d")],
        ],
        {
            "into d": {
                "at 1": "a > j > d",
                "at 3": "b > j > d",
                "now": "c > j > d",
                "known 1": "b > j > d",
            }
        },
    ),
    Then(
        "what people declare holds by when they said so, as of whatever time",
        [
            [run("COMPLETE", 2, "r1", "a", "d")],
            [described(2, "e")],
            says("d", "e"),
            says("e", "job j"),
            unsays("d", "e"),
        ],
        {
            "into e": {
                "known 1": "",
                "known 2": "a > j > d > e",
                # … and by then it is a ring.
                "known 3": "a > j > d > e > j",
                "now": "",
                "at 1 known 2": "d > e",
            },
            "into d": {"at 1": "", "now": "a > j > d, e > j"},
        },
    ),
    Then(
        "columns that people declare are beside what events tell",
        [
            [run("COMPLETE", 1, "r1", "a", [made("d", x=[("a.x",)])])],
            [described(1, "b")],
            says("b.x", "d.x"),
        ],
        {
            "into d.x": {
                "known 1": "a.x > d.x",
                "now": "a.x > d.x, b.x > d.x",
                "at 0": "b.x > d.x",
            },
            "out of b.x": {"known 1": "", "now": "b.x > d.x"},
        },
    ),
]

_K = identity("k", JOBS)
EXPLICIT = [
    Then(
        "a lineage facet is the whole truth about the targets that it names",
        [
            [run("COMPLETE", 1, "r1", "ab", "de")],
            [run("COMPLETE", 2, "r2", "ab", "de", of_job=entries(target("d", "a")))],
        ],
        {
            "into d": {"at 1": "a > j > d, b > j", "now": "a > j > d"},
            "into e": {"now": "a > j > e, b > j"},
            "out of b": {"at 1": "b > j > d, j > e", "now": "b > j > e"},
            "out of a": {"now": "a > j > d, j > e"},
        },
    ),
    Then(
        "what a facet names need not be read or written",
        [
            [event("COMPLETE", 1, of_job=entries(target("d", "a")))],
            [declared(2, lineage=entries(target("d", "b"))["lineage"])],
        ],
        {
            "into d": {"at 1": "a > j > d", "now": "b > j > d"},
            "out of a": {"at 1": "a > j > d", "now": ""},
        },
    ),
    Then(
        "a target without a source comes from its job, and from nothing through it",
        [
            [run("COMPLETE", 1, "r1", "a", "de", of_job=entries(target("d")))],
        ],
        {
            "into d": {"now": "j > d", "at 0": ""},
            "into e": {"now": "a > j > e"},
            "out of a": {"now": "a > j > e"},
        },
    ),
    Then(
        "an input that no target comes from is read all the same",
        [[run("COMPLETE", 1, "r1", "ab", "d", of_job=entries(target("d", "a")))]],
        {"out of b": {"now": "b > j"}, "into d": {"now": "a > j > d"}},
    ),
    Then(
        "what comes from a job comes from all that flows into it",
        [
            [event("COMPLETE", 1, "k", reads=["a"])],
            [described(2, "d", lineage={"inputs": [{"type": "JOB", **_K}]})],
            [run("COMPLETE", 3, "r1", "b", "e", of_job=entries(target("e", "job")))],
        ],
        {
            "into d": {"at 1": "", "now": "a > k > d", "known 0": ""},
            "out of a": {"at 1": "a > k", "now": "a > k > d"},
            "out of k": {"now": "k > d"},
            "into e": {"now": "b > j > e"},
        },
    ),
    Then(
        "what a dataset event states is beside what jobs do",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [described(2, "d", lineage=target("d", "b"))],
            [described(4, "d", lineage=target("d", "c"))],
        ],
        {
            "into d": {
                "at 1": "a > j > d",
                "at 3": "a > j > d, b > d",
                "now": "a > j > d, c > d",
                "known 1": "a > j > d, b > d",
            },
            "out of b": {"at 3": "b > d", "now": ""},
        },
    ),
    Then(
        "a facet speaks of a dataset under whichever of its names",
        [
            [
                run(
                    "COMPLETE",
                    1,
                    "r1",
                    "ab",
                    [dataset("d", symlinks=symlinks("x|d"))],
                    of_job=entries(target("x|d", "a")),
                )
            ],
        ],
        {"into d": {"now": "a > j > d"}, "out of b": {"now": "b > j"}},
    ),
    Then(
        "where a facet states columns, columnLineage is passed over",
        [
            [run("COMPLETE", 1, "r1", "a", [made("d", x=[("a.x",)])])],
            [run("OTHER", 2, "r1", of_job=entries(target("d", x="b.x")))],
        ],
        {
            "into d.x": {"at 1": "a.x > d.x", "now": "b.x > d.x"},
            "out of a.x": {"at 1": "a.x > d.x", "now": ""},
            "into d": {"at 1": "a > j > d", "now": "b > j > d"},
        },
    ),
]

COLUMNS = [
    Then(
        "columns go by the runs that counted then",
        [
            [run("COMPLETE", 1, "r1", "a", [made("d", x=[("a.x",)])])],
            [run("START", 2, "r2", "b", [made("d", x=[("b.x",)])])],
            [run("COMPLETE", 4, "r2")],
            [run("FAIL", 5, "r3", "c", [made("d", x=[("c.x",)])])],
        ],
        {
            "into d.x": {
                "at 3": "a.x > d.x",
                "at 4": "b.x > d.x",
                "now": "b.x > d.x",
                "known 1": "a.x > d.x",
            },
            "out of a.x": {"at 3": "a.x > d.x", "now": ""},
        },
    ),
    Then(
        "masking ends a walk of what is unmasked, and no other",
        [
            [
                run("COMPLETE", 1, "r1", "a", [made("d", x=[("a.x", MASKED)])]),
                event("COMPLETE", 1, "k", writes=[made("e", x=[("d.x", IDENTITY)])]),
            ],
            [run("COMPLETE", 2, "r2", "a", [made("d", x=[("a.x", IDENTITY)])])],
        ],
        {
            "into e.x": {"at 1": "a.x > d.x > e.x", "now": "a.x > d.x > e.x"},
            "unmasked into e.x": {"at 1": "d.x > e.x", "now": "a.x > d.x > e.x"},
            "unmasked out of a.x": {"at 1": "", "now": "a.x > d.x > e.x"},
        },
    ),
    Then(
        "an aggregation is direct, a filter is not, and what is unknown is direct",
        [
            [
                run(
                    "COMPLETE",
                    1,
                    "r1",
                    "a",
                    [made("d", n=[("a.x", COUNT), ("a.y", FILTER), ("a.z",)])],
                )
            ],
        ],
        {
            "into d.n": {"now": "a.x > d.n, a.y > d.n, a.z > d.n"},
            "direct into d.n": {"now": "a.x > d.n, a.z > d.n", "at 0": ""},
            "direct out of a.y": {"now": ""},
            "out of a.y": {"now": "a.y > d.n"},
        },
    ),
    Then(
        "what a dataset depends on as a whole is no column's source",
        [
            [
                run(
                    "COMPLETE",
                    1,
                    "r1",
                    "a",
                    [made("d", whole=[("a.y", FILTER)], x=[("a.x", IDENTITY)])],
                )
            ],
            [run("COMPLETE", 2, "r2", "a", [made("d", x=[("a.x", IDENTITY)])])],
        ],
        {
            "into d.x": {"at 1": "a.x > d.x", "now": "a.x > d.x"},
            "out of a.y": {"at 1": "", "now": ""},
            "whole of d": {"at 1": "a.y > d", "now": "", "known 0": "a.y > d"},
        },
    ),
]

SHAPES = [
    Then(
        "a job that reads what it writes is walked through once",
        [[run("COMPLETE", 1, "r1", "ad", "d")]],
        {
            "into d": {"now": "a > j > d > j"},
            "out of d": {"now": "d > j > d"},
            "out of a": {"now": "a > j > d > j"},
        },
    ),
    Then(
        "a ring ends where it meets itself",
        [
            [run("COMPLETE", 1, "r1", "a", "d")],
            [event("COMPLETE", 2, "k", reads=["d"], writes=["a"])],
        ],
        {
            "into d": {"at 1": "a > j > d", "now": "a > j > d > k > a"},
            "out of d": {"at 1": "", "now": "d > k > a > j > d"},
        },
    ),
    Then(
        "a job may have inputs alone, or outputs alone",
        [
            [event("COMPLETE", 1, "k", writes=["a"])],
            [event("COMPLETE", 2, reads=["a"])],
        ],
        {
            "into a": {"now": "k > a"},
            "out of a": {"at 1": "", "now": "a > j"},
            "out of k": {"at 1": "k > a", "now": "k > a > j"},
        },
    ),
]

ALL = [
    *MAPPED_TASKS,
    *RETRIES,
    *STREAMING,
    *LATE_PARENTS,
    *LATE_SYMLINKS,
    *RENAMES,
    *TOMBSTONES,
    *RETRACTION,
    *DECLARED,
    *EXPLICIT,
    *COLUMNS,
    *SHAPES,
]
