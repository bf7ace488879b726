"""Which edges does the `lineage` facet state, and which jobs wait for which?

Which of the edges are in force is judged afterwards, by `explicit_force`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lineage.facets.explicit import DatasetLineage, JobLineage, Source, Target
from lineage.projection.edges import Span
from lineage.projection.evidence import STATIC, Evidence
from lineage.projection.facts import SCOPES, FacetFact
from lineage.projection.registry import Name
from lineage.projection.rows import fetch, transpose
from lineage.projection.runs import DATASET_LINEAGE, JOB_LINEAGE, is_inert
from lineage.projection.work import Work

DEPENDENCIES = (SCOPES["run"], "jobDependencies")

# By the unique index explicit_edge_identity; facets of this kind are few.
LOAD_EDGES = """
SELECT id, job_id, target_dataset_id, target_job_id, target_field, source_dataset_id,
       source_job_id, source_field, type, subtype, facet_id, first_event, last_event
FROM lineage_explicitedge WHERE facet_id = ANY(%s)
"""
ADD_EDGES = """
INSERT INTO lineage_explicitedge (job_id, target_dataset_id, target_job_id,
  target_field, source_dataset_id, source_job_id, source_field, type, subtype, facet_id,
  masking, description, first_event, last_event, first_at, last_at, is_effective)
SELECT *, false
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[],
  %s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::boolean[],
  %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
"""
# By primary key.
SAVE_EDGES = """
UPDATE lineage_explicitedge AS e SET first_event = w.first_event,
  last_event = w.last_event, first_at = w.first_at, last_at = w.last_at
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[],
            %s::timestamptz[]) AS w(id, first_event, last_event, first_at, last_at)
WHERE e.id = w.id
"""
# By primary key.
MERGE_DEPENDENCIES = """
INSERT INTO lineage_jobdependency AS d
  (upstream_id, downstream_id, kind, first_at, last_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[],
                     %s::timestamptz[]) ORDER BY 1, 2, 3
ON CONFLICT (upstream_id, downstream_id, kind) DO UPDATE
SET first_at = least(d.first_at, excluded.first_at),
    last_at = greatest(d.last_at, excluded.last_at)
"""

# job, target dataset, target job, target field, source dataset, source job, source
# field, type, subtype, facet
Key = tuple[int | None, int | None, int | None, str, int | None, int | None, str, str,
            str, int]  # fmt: skip


def named_datasets(fact: FacetFact) -> Iterable[Name]:
    """The datasets that a `lineage` facet names."""
    return (name for kind, name in _named(fact) if kind == "DATASET")


def named_jobs(fact: FacetFact) -> Iterable[Name]:
    """The jobs that a `lineage` or jobDependencies facet names."""
    if (fact.scope, fact.key) == DEPENDENCIES and fact.value is not None:
        for one in fact.value.dependencies:
            yield one.job_namespace, one.job_name
    yield from (name for kind, name in _named(fact) if kind == "JOB")


def _named(fact: FacetFact) -> Iterator[tuple[str, Name]]:
    if (fact.scope, fact.key) not in (JOB_LINEAGE, DATASET_LINEAGE):
        return
    for target in _targets(fact):
        if target.namespace is not None and target.name is not None:
            yield target.type, (target.namespace, target.name)
        for source in _all_sources(target):
            if source.namespace is not None and source.name is not None:
                yield source.type, (source.namespace, source.name)


def _targets(fact: FacetFact) -> Iterable[Target]:
    match fact.value:
        case JobLineage(targets=targets):
            return targets
        case DatasetLineage(sources=sources, has_sources=has_sources, fields=fields):
            return [Target("DATASET", None, None, None, sources, has_sources, fields)]
    return []


def _all_sources(target: Target) -> Iterator[Source]:
    yield from target.sources
    for field in target.fields:
        yield from field.sources


def fold_explicit_edges(work: Work) -> None:
    """Merge the edges that `lineage` facets state."""
    spans: dict[Key, Span] = {}
    described: dict[Key, tuple[bool | None, str]] = {}
    for evidence in work.evidence:
        for facet, carrier in carried(work, evidence):
            for key, *description in stated_by(work, evidence, facet, carrier):
                moment, event = evidence.moment, evidence.event
                described[key] = (description[0], description[1])
                if key in spans:
                    spans[key].stretch(moment, event)
                else:
                    spans[key] = Span(moment, event, moment, event)
    if not spans:
        return
    known = fetch(work.cursor, LOAD_EDGES, sorted({key[9] for key in spans}))
    work.need_moments(event for row in known for event in row[11:13])
    old = []
    for i, *rest in known:
        *identity, first, last = rest
        known_key: Any = tuple(identity)
        span = spans.pop(known_key, None)
        if span is not None:
            span.stretch(work.moments[first], first)
            span.stretch(work.moments[last], last)
            old.append((i, *_columns(span)))
    if old:
        work.cursor.write(SAVE_EDGES, *transpose(old, 5))
    if spans:
        new = [(*key, *described[key], *_columns(span)) for key, span in spans.items()]
        work.cursor.write(ADD_EDGES, *transpose(new, 16))


def _columns(span: Span) -> tuple[object, ...]:
    return span.first_event, span.last_event, span.first.at, span.last.at


def carried(work: Work, evidence: Evidence) -> Iterator[tuple[int, int | None]]:
    """The `lineage` facets of an event, each with the dataset that carries it."""
    for facet in evidence.job_facets:
        if (work.facts[facet].scope, work.facts[facet].key) == JOB_LINEAGE:
            yield facet, None
    for dataset, direction, facets in evidence.io:
        for facet in facets:
            key = (work.facts[facet].scope, work.facts[facet].key)
            if direction == STATIC and key == DATASET_LINEAGE:
                yield facet, dataset


def stated_by(
    work: Work, evidence: Evidence, facet: int, carrier: int | None
) -> Iterator[tuple[Any, ...]]:
    """The (key, masking, description) of each edge that the facet states.

    Of a target into which nothing flows, one without a source.
    """
    for target in _targets(work.facts[facet]):
        if target.namespace is not None and is_inert(
            evidence, target.type.lower(), target.namespace, target.name or ""
        ):
            continue
        end = (carrier, None) if carrier else _end(work, evidence, target)
        if not any(_lines(target)):
            nothing = (None, None, "", "", "")
            yield (evidence.job, *end, "", *nothing, facet), None, ""
        for field, source in _lines(target):
            start = _end(work, evidence, source)
            for how in source.transformations or (None,):
                yield (
                    (
                        evidence.job, *end, field, *start, source.field,
                        how.type.upper() if how else "",
                        how.subtype.upper() if how else "", facet,
                    ),
                    how.masking if how else None,
                    how.description if how else "",
                )  # fmt: skip


def _lines(target: Target) -> Iterator[tuple[str, Source]]:
    for source in target.sources:
        yield "", source
    for field in target.fields:
        for source in field.sources:
            yield field.field, source


def _end(
    work: Work, evidence: Evidence, node: Source | Target
) -> tuple[int | None, int | None]:
    """(dataset, job) of one end; a JOB without a name is the event's own."""
    if node.namespace is None or node.name is None:
        return None, evidence.job
    name = (node.namespace, node.name)
    if node.type == "DATASET":
        return work.registry.dataset(name), None
    return None, work.registry.job(name)


def fold_dependencies(work: Work) -> None:
    """Merge which jobs wait for which."""
    spans: dict[tuple[int, int, str], tuple[Any, Any]] = {}
    for evidence in work.evidence:
        for facet in evidence.run_facets:
            fact = work.facts[facet]
            if (fact.scope, fact.key) != DEPENDENCIES or fact.value is None:
                continue
            assert evidence.job is not None  # run facets come with a run of a job
            for one in fact.value.dependencies:
                name = (one.job_namespace, one.job_name)
                upstream, downstream = work.registry.job(name), evidence.job
                if one.direction == "downstream":
                    if is_inert(evidence, "job", *name):
                        continue
                    upstream, downstream = downstream, upstream
                key = (upstream, downstream, one.dependency_type)
                at = evidence.moment.at
                first, last = spans.get(key, (at, at))
                spans[key] = (min(first, at), max(last, at))
    rows = [(*key, *span) for key, span in sorted(spans.items())]
    if rows:
        work.cursor.write(MERGE_DEPENDENCIES, *transpose(rows, 5))
