"""Which rows of evidence are written of a story's events?

Each is a line of COPY's text format, without its end.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from hashlib import sha256
from typing import Final

import benchmarks.with_django  # noqa: F401 - before what needs it
from benchmarks.graph_events import (
    JOB_TYPE,
    LATE,
    PRODUCER,
    SCHEMAS,
    Story,
    spell,
)
from benchmarks.graph_shape import COLUMNS, DAG
from catalog.models import Facet
from lineage.models import Event, IOEvidence
from lineage.projection import PROJECTOR_VERSION
from lineage.projection.facts import FacetFact, read_facet

NULL: Final = "\\N"
INPUT, OUTPUT = int(IOEvidence.Direction.INPUT), int(IOEvidence.Direction.OUTPUT)
RUN_EVENT, DATASET_FACET = int(Event.Kind.RUN), int(Facet.Scope.DATASET)
START, COMPLETE, FAIL = Event.Type.START, Event.Type.COMPLETE, Event.Type.FAIL
LATER: Final = LATE.seconds * 1_000_000
NONE: Final = -1  # no event

type Lines = Iterator[str]


def line(*values: object) -> str:
    return "\t".join([NULL if value is None else str(value) for value in values])


def hexed(value: bytes) -> str:
    """Bytes, with the backslash that COPY wants doubled."""
    return "\\\\x" + value.hex()


def listed(*ids: int) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


def dataset_id(dataset: int) -> int:
    return dataset + 1


def job_id(job: int) -> int:
    return job + 1


def event_id(number: int) -> int:
    return number + 1


class Evidence:
    """The evidence of a story; ids of rows are places in it, from 1."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.shape = story.shape
        self.first_facet_of_parents = SCHEMAS + 2
        parents = self.shape.dags * self.shape.runs
        self.first_facet_of_columns = self.first_facet_of_parents + parents

    def at(self, number: int) -> str:
        return spell(self.story.at(number))

    def recorded(self, number: int) -> str:
        return spell(self.story.at(number) + LATER)

    def end(self, job: int, run: int) -> int:
        return self.story.number(job, run, is_end=True)

    def begin(self, job: int, run: int) -> int:
        return self.story.number(job, run, is_end=False)

    def run_pk(self, job: int, run: int) -> int:
        return run * self.shape.jobs + job + 1

    def parent_pk(self, dag: int, run: int) -> int:
        return self.shape.runs * self.shape.jobs + run * self.shape.dags + dag + 1

    def schema_facet(self, job: int) -> int:
        return 1 + job % SCHEMAS

    @property
    def job_type_facet(self) -> int:
        return SCHEMAS + 1

    def parent_facet(self, dag: int, run: int) -> int:
        return self.first_facet_of_parents + run * self.shape.dags + dag

    def column_facet(self, job: int, run: int) -> int:
        """What the run says of columns, which another job may say in the same words."""
        said = self.shape.says_of_columns(job, self.shape.read_by(job, run))
        return self.said_of_columns[said]

    @cached_property
    def said_of_columns(self) -> dict[tuple[int, ...], int]:
        """All that is said of columns, each once, and the facet that says so."""
        found: dict[tuple[int, ...], int] = {}
        for job in range(self.shape.jobs):
            for inputs in filter(
                None, (self.shape.inputs[job], self.shape.later.get(job))
            ):
                said = self.shape.says_of_columns(job, inputs)
                found.setdefault(said, self.first_facet_of_columns + len(found))
        return found

    def sayings(self) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Each facet about columns, a job that has it, and what that reads."""
        following = self.first_facet_of_columns
        for job in range(self.shape.jobs):
            for runs in self.phases(job):
                facet = self.column_facet(job, runs[0])
                if facet == following:
                    yield facet, job, self.shape.read_by(job, runs[0])
                    following += 1

    def output_facets(self, job: int, run: int) -> str:
        return listed(self.column_facet(job, run), self.schema_facet(job))

    def phases(self, job: int) -> list[range]:
        """The runs that read one thing, and those that read another."""
        shape = self.shape
        if job not in shape.later:
            return [range(shape.runs)]
        return [range(shape.changed), range(shape.changed, shape.runs)]

    def spans(self, job: int) -> dict[int, range]:
        """Each dataset that the job ever read, with the runs that did."""
        found: dict[int, range] = {}
        for runs in self.phases(job):
            for dataset in self.shape.read_by(job, runs[0]):
                before = found.get(dataset, runs)
                found[dataset] = range(before[0], runs[-1] + 1)
        return found

    def completed(self, job: int, runs: Iterable[int]) -> list[int]:
        return [run for run in runs if self.shape.completes(job, run)]

    def members(self, dag: int) -> tuple[int, int]:
        """The first and the last job of a parent."""
        return dag * DAG, min((dag + 1) * DAG, self.shape.jobs) - 1

    def producers(self) -> Lines:
        count = self.story.events
        yield line(1, PRODUCER, self.recorded(0), self.recorded(count - 1), count)

    def facets(self) -> Lines:
        for number in range(SCHEMAS):
            fact = read_facet(
                "dataset", "schema", self.story.schema(number).encode()
            ).fact
            yield self.facet(1 + number, fact.scope, "schema", fact.body, fact)
        job_scope, run_scope = int(Facet.Scope.JOB), int(Facet.Scope.RUN)
        yield self.facet(self.job_type_facet, job_scope, "jobType", JOB_TYPE)
        for run in range(self.shape.runs):
            for dag in range(self.shape.dags):
                body = self.story.parent(dag, run)
                yield self.facet(self.parent_facet(dag, run), run_scope, "parent", body)
        for pk, job, inputs in self.sayings():
            body = self.story.column_lineage(job, inputs)
            yield self.facet(pk, DATASET_FACET, "columnLineage", body)

    def facet(
        self, pk: int, scope: int, key: str, body: str, fact: FacetFact | None = None
    ) -> str:
        digest = sha256(f"{scope}\0{key}\0{body}".encode()).digest()
        definition = fact.definition if fact else None
        told = hexed(definition) if definition else None
        return line(pk, scope, key, hexed(digest), body, "f", told)

    def column_derivations(self) -> Lines:
        pk = 0
        for facet, job, inputs in self.sayings():
            for one in self.shape.derivations(job, inputs):
                pk += 1
                yield (
                    f"{pk}\t{facet}\t{COLUMNS[one.output]}\t{dataset_id(one.source)}"
                    f"\t{COLUMNS[one.column]}\t{one.type}\t{one.subtype}"
                    f"\t{'t' if one.is_masked else 'f'}\t"
                )

    def events(self) -> Lines:
        job_facets = listed(self.job_type_facet)
        for number, body in enumerate(self.story.bodies()):
            job, run, is_end = self.story.place(number)
            kind = START
            if is_end:
                kind = COMPLETE if self.shape.completes(job, run) else FAIL
            yield line(
                event_id(number),
                hexed(sha256(body).digest()),
                *(self.recorded(number), self.at(number)),
                *(RUN_EVENT, int(kind), 0, PROJECTOR_VERSION, len(body), 1),
                *(job_id(job), self.run_pk(job, run)),
                *(listed(self.parent_facet(job // DAG, run)), job_facets, ""),
            )

    def acceptances(self) -> Lines:
        for number in range(self.story.events):
            yield line(event_id(number), 0, 0, self.recorded(number))

    def io(self) -> Iterator[tuple[int, int, int, int]]:
        """Each job and run with what it reads or writes, by events."""
        for run in range(self.shape.runs):
            for job in range(self.shape.jobs):
                for dataset in self.shape.read_by(job, run):
                    yield job, run, dataset, INPUT
                yield job, run, self.shape.output(job), OUTPUT

    def io_evidence(self) -> Lines:
        for job, run, dataset, direction in self.io():
            facets = self.output_facets(job, run) if direction == OUTPUT else None
            event = event_id(self.end(job, run))
            yield line(event, dataset_id(dataset), direction, facets)
