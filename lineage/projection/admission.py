"""How does an event get its rows, and its evidence?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from lineage import openlineage
from lineage.conformance import Conformance
from lineage.openlineage import DatasetRef, Facet, Scope
from lineage.projection import PROJECTOR_VERSION, aliases, columns, explicit, tags
from lineage.projection.evidence import (
    DATASET,
    INPUT,
    JOB,
    OUTPUT,
    RUN,
    STATIC,
    Evidence,
)
from lineage.projection.facts import FacetFact, FacetReading, Moment, read_facet
from lineage.projection.registry import Name, Registry
from lineage.projection.rows import transpose

KINDS = {"run": RUN, "job": JOB, "dataset": DATASET}
TYPES = {
    "": 0,
    "START": 1,
    "RUNNING": 2,
    "COMPLETE": 3,
    "ABORT": 4,
    "FAIL": 5,
    "OTHER": 6,
}

CLOCK_TOLERANCE = timedelta(minutes=5)

ADD_EVENTS = """
INSERT INTO lineage_event (id, digest, recorded_at, event_time, kind, type, status,
  projector, size_bytes, producer_id, job_id, run_id, dataset_id, run_facets,
  job_facets, error)
SELECT id, digest, recorded_at, event_time, kind, type, 0, projector, size_bytes,
  producer_id, job_id, run_id, dataset_id, run_facets::bigint[],
  job_facets::bigint[], ''
FROM unnest(%s::bigint[], %s::bytea[], %s::timestamptz[], %s::timestamptz[],
  %s::smallint[], %s::smallint[], %s::smallint[], %s::int[], %s::bigint[], %s::bigint[],
  %s::bigint[], %s::bigint[], %s::text[], %s::text[])
  AS w(id, digest, recorded_at, event_time, kind, type, projector, size_bytes,
       producer_id, job_id, run_id, dataset_id, run_facets, job_facets)
"""
# By primary key.
SAVE_EVENTS = """
UPDATE lineage_event AS e SET status = 0, projector = w.projector, job_id = w.job_id,
  run_id = w.run_id, dataset_id = w.dataset_id, run_facets = w.run_facets::bigint[],
  job_facets = w.job_facets::bigint[], error = ''
FROM unnest(%s::bigint[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::text[], %s::text[])
  AS w(id, projector, job_id, run_id, dataset_id, run_facets, job_facets)
WHERE e.id = w.id
"""
ADD_IO = """
INSERT INTO lineage_ioevidence (event_id, dataset_id, direction, facets)
SELECT event_id, dataset_id, direction, facets::bigint[]
FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[])
  AS w(event_id, dataset_id, direction, facets)
"""
ADD_WARNINGS = """
INSERT INTO lineage_conformance (event_id, pointer, code, message)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
"""
# By primary key.
COUNT_EVENTS = """
UPDATE lineage_producer AS p SET last_seen = %s, event_count = event_count + w.events
FROM unnest(%s::bigint[], %s::bigint[]) AS w(id, events) WHERE p.id = w.id
"""

Pointer = str
Read = tuple[Pointer, FacetReading]


@dataclass(slots=True)
class Admitted:
    """An event that has an id; what is inert in it is known."""

    id: int
    digest: bytes
    event: openlineage.Event
    recorded_at: datetime
    size_bytes: int
    inert: frozenset[str] = frozenset()
    warnings: tuple[Conformance, ...] = ()
    is_stored: bool = False  # it has its row in lineage_event already
    run_facets: list[Read] = field(default_factory=list)
    job_facets: list[Read] = field(default_factory=list)
    io: list[tuple[DatasetRef, int, list[Read]]] = field(default_factory=list)

    def read(self) -> None:
        """Read the facets."""
        event = self.event
        self.run_facets = list(_read("run", event.run_facets, "/run/facets"))
        self.job_facets = list(_read("job", event.job_facets, "/job/facets"))
        for index, ref in enumerate(event.inputs):
            self._read_dataset(ref, INPUT, f"/inputs/{index}")
        for index, ref in enumerate(event.outputs):
            self._read_dataset(ref, OUTPUT, f"/outputs/{index}")
        if event.dataset is not None:
            self._read_dataset(event.dataset, STATIC, "/dataset")

    def _read_dataset(self, ref: DatasetRef, direction: int, at: str) -> None:
        if direction == INPUT and self.is_inert("dataset", ref.namespace, ref.name):
            self.io.append((ref, direction, []))  # read it may be, described it may not
            return
        facets = list(_read("dataset", ref.facets, f"{at}/facets"))
        if direction == INPUT:
            facets += _read("input", ref.io_facets, f"{at}/inputFacets")
        elif direction == OUTPUT:
            facets += _read("output", ref.io_facets, f"{at}/outputFacets")
        self.io.append((ref, direction, facets))

    def is_inert(self, kind: str, namespace: str, name: str) -> bool:
        return bool(self.inert) and f"{kind} {namespace} {name}" in self.inert

    def readings(self) -> Iterator[Read]:
        yield from self.run_facets
        yield from self.job_facets
        for _, _, facets in self.io:
            yield from facets

    def evidence(self, registry: Registry) -> Evidence:
        """The same in ids; every name is resolved."""
        event = self.event
        job = run = dataset = None
        if event.job_namespace is not None and event.job_name is not None:
            job = registry.job((event.job_namespace, event.job_name))
        if job is not None and event.run_id is not None:
            run = registry.run((job, event.run_id))
        if event.dataset is not None:
            dataset = registry.dataset((event.dataset.namespace, event.dataset.name))
        return Evidence(
            event=self.id,
            moment=Moment(event.event_time, self.digest),
            kind=KINDS[event.kind],
            type=TYPES[event.event_type],
            job=job,
            run=run,
            dataset=dataset,
            run_facets=_ids(registry, self.run_facets),
            job_facets=_ids(registry, self.job_facets),
            recorded_at=self.recorded_at,
            io=self._io(registry),
            inert=self.inert,
            external_run_id=event.external_run_id or "",
        )

    def _io(self, registry: Registry) -> list[tuple[int, int, list[int]]]:
        """Each dataset once a direction, though an event may name it twice."""
        merged: dict[tuple[int, int], dict[tuple[int, str], int]] = {}
        for ref, direction, facets in self.io:
            dataset = registry.dataset((ref.namespace, ref.name))
            held = merged.setdefault((dataset, direction), {})
            for _, reading in facets:
                fact = reading.fact
                held[fact.scope, fact.key] = registry.facet(fact.digest)
        return [(*key, list(held.values())) for key, held in merged.items()]


def _ids(registry: Registry, facets: Iterable[Read]) -> list[int]:
    return [registry.facet(reading.fact.digest) for _, reading in facets]


def _read(scope: Scope, facets: Iterable[Facet], at: str) -> Iterator[Read]:
    for facet in facets:
        yield f"{at}/{facet.key}", read_facet(scope, facet.key, facet.body)


def resolve_names(
    registry: Registry,
    facts: Iterable[FacetFact],
    own_runs: Iterable[tuple[Name, UUID]] = (),
) -> None:
    """Give every job, run and dataset that facets name its id, and the runs given."""
    facts = list(facts)
    parents = [
        named
        for fact in facts
        if fact.key == "parent" and fact.value is not None
        for named in fact.value.ancestors
    ]
    registry.resolve_jobs(
        [(named.job_namespace, named.job_name) for named in parents]
        + [name for fact in facts for name in explicit.named_jobs(fact)]
    )
    named_runs = [((one.job_namespace, one.job_name), one.run_id) for one in parents]
    registry.resolve_runs(
        (registry.job(job), run_id) for job, run_id in [*named_runs, *own_runs]
    )
    registry.resolve_datasets(
        name
        for fact in facts
        for names in (aliases.named_datasets, explicit.named_datasets)
        for name in names(fact)
    )


def admit(
    registry: Registry, admitted: list[Admitted]
) -> tuple[list[Evidence], dict[int, FacetFact]]:
    """Write what events assert, in a fixed number of statements; no folds yet.

    Returns the evidence, and the facets in it by id.
    """
    for one in admitted:
        one.read()
    facts = {
        reading.fact.digest: reading.fact
        for one in admitted
        for _, reading in one.readings()
    }
    registry.resolve_producers(one.event.producer for one in admitted)
    own_runs = _resolve_own_names(registry, admitted)
    resolve_names(registry, facts.values(), own_runs)
    new = registry.resolve_facets(facts)
    registry.resolve_datasets(
        name for fact in new for name in columns.named_datasets(fact)
    )
    columns.add_derivations(registry, new)
    tags.add_tags(registry, new)
    aliases.apply_rules(registry)
    evidence = [one.evidence(registry) for one in admitted]
    _write(registry, admitted, evidence)
    return evidence, {registry.facet(digest): fact for digest, fact in facts.items()}


def _resolve_own_names(
    registry: Registry, admitted: list[Admitted]
) -> list[tuple[Name, UUID]]:
    """Resolve the events' own jobs and datasets; returns the runs that they are of."""
    jobs: set[Name] = set()
    runs: list[tuple[Name, UUID]] = []
    for event in (one.event for one in admitted):
        if event.job_namespace is not None and event.job_name is not None:
            name = (event.job_namespace, event.job_name)
            jobs.add(name)
            if event.run_id is not None:
                runs.append((name, event.run_id))
    registry.resolve_jobs(jobs)
    registry.resolve_datasets(
        (ref.namespace, ref.name) for one in admitted for ref, _, _ in one.io
    )
    return runs


def _write(
    registry: Registry, admitted: list[Admitted], evidence: list[Evidence]
) -> None:
    pairs = list(zip(admitted, evidence, strict=True))
    fresh = [(one, e) for one, e in pairs if not one.is_stored]
    if fresh:
        rows = [
            (
                one.id, one.digest, one.recorded_at, e.moment.at, e.kind, e.type,
                PROJECTOR_VERSION, one.size_bytes,
                registry.producer(one.event.producer), e.job, e.run, e.dataset,
                _spell(e.run_facets), _spell(e.job_facets),
            )
            for one, e in fresh
        ]  # fmt: skip
        registry.cursor.write(ADD_EVENTS, *transpose(rows, 14))
        count_events(registry, (one.event.producer for one, _ in fresh))
    stored = [
        (
            e.event, PROJECTOR_VERSION, e.job, e.run, e.dataset,
            _spell(e.run_facets), _spell(e.job_facets),
        )
        for one, e in pairs
        if one.is_stored
    ]  # fmt: skip
    if stored:
        registry.cursor.write(SAVE_EVENTS, *transpose(stored, 7))
    io = [
        (e.event, dataset, direction, _spell(facets))
        for e in evidence
        for dataset, direction, facets in e.io
    ]
    if io:
        registry.cursor.write(ADD_IO, *transpose(io, 4))
    warnings = list(_warnings(admitted))
    if warnings:
        registry.cursor.write(ADD_WARNINGS, *transpose(warnings, 4))


def _spell(ids: list[int]) -> str | None:
    return "{" + ",".join(map(str, ids)) + "}" if ids else None


def count_events(registry: Registry, producers: Iterable[str]) -> None:
    """Note that producers were heard."""
    counts: dict[int, int] = {}
    for uri in producers:
        i = registry.producer(uri)
        counts[i] = counts.get(i, 0) + 1
    if counts:
        registry.cursor.write(
            COUNT_EVENTS,
            registry.recorded_at,
            *transpose(sorted(counts.items()), 2),
        )


def _warnings(admitted: list[Admitted]) -> Iterator[tuple[int, str, str, str]]:
    for one in admitted:
        for warning in (*one.event.warnings, *one.warnings, *_of_time(one)):
            yield one.id, warning.pointer, warning.code, warning.message
        for at, reading in one.readings():
            for warning in reading.warnings:
                yield one.id, at + warning.pointer, warning.code, warning.message


def _of_time(one: Admitted) -> Iterator[Conformance]:
    """Warn of a time to come: until then, it decides over all that is told meanwhile.

    By the time of its arrival, so that a replay says the same.
    """
    if one.event.event_time > one.recorded_at + CLOCK_TOLERANCE:
        yield Conformance(
            "/eventTime",
            "time_in_future",
            "The time was still to come when the event arrived; it was used as it is.",
        )


def inert_hash(inert: Iterable[str]) -> int:
    """A bigint that stands for a set of inert identities; 0 for none."""
    joined = "\n".join(sorted(inert)).encode()
    if not joined:
        return 0
    return int.from_bytes(sha256(joined).digest()[:8], signed=True) or 1
