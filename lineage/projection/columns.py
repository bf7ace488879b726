"""Which column derives from which, and which assertion of it is in force?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lineage.projection.edges import Span
from lineage.projection.effective import EffectiveIO
from lineage.projection.evidence import INPUT, Evidence
from lineage.projection.facts import FacetFact
from lineage.projection.registry import Name, Registry
from lineage.projection.rows import fetch, transpose
from lineage.projection.runs import COLUMN_LINEAGE
from lineage.projection.work import Work

# By primary key.
LOAD_SOURCES = """
SELECT s.job_id, s.dataset_id, s.facet_id, s.is_effective, s.first_event, s.last_event
FROM unnest(%s::bigint[], %s::bigint[]) AS w(job_id, dataset_id)
JOIN lineage_columnsource s ON s.job_id = w.job_id AND s.dataset_id = w.dataset_id
"""
# By primary key.
SOURCES_OF_JOBS = """
SELECT job_id, dataset_id, facet_id, is_effective, first_event, last_event
FROM lineage_columnsource WHERE job_id = ANY(%s)
"""
ADD_SOURCES = """
INSERT INTO lineage_columnsource (job_id, dataset_id, facet_id, is_effective,
                                  first_event, last_event, first_at, last_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[],
  %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
"""
# By primary key.
SAVE_SOURCES = """
UPDATE lineage_columnsource AS s SET is_effective = w.is_effective,
  first_event = w.first_event, last_event = w.last_event, first_at = w.first_at,
  last_at = w.last_at
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::boolean[], %s::bigint[],
            %s::bigint[], %s::timestamptz[], %s::timestamptz[])
  AS w(job_id, dataset_id, facet_id, is_effective, first_event, last_event, first_at,
       last_at)
WHERE s.job_id = w.job_id AND s.dataset_id = w.dataset_id AND s.facet_id = w.facet_id
"""
ADD_DERIVATIONS = """
INSERT INTO lineage_columnderivation (facet_id, out_field, dataset_id, in_field, type,
                                      subtype, masking, description)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[],
                     %s::text[], %s::boolean[], %s::text[])
"""
NO_JOB = 0


def named_datasets(fact: FacetFact) -> Iterable[Name]:
    """The datasets that a columnLineage facet refers to."""
    if (fact.scope, fact.key) == COLUMN_LINEAGE and fact.value is not None:
        for edge in fact.value.edges:
            yield edge.input.namespace, edge.input.name
        for one in fact.value.dataset:
            yield one.namespace, one.name


def add_derivations(registry: Registry, new: Iterable[FacetFact]) -> None:
    """Write the lines of columnLineage facets that are seen for the first time."""
    rows: list[tuple[Any, ...]] = []
    for fact in new:
        if (fact.scope, fact.key) != COLUMN_LINEAGE or fact.value is None:
            continue
        facet = registry.facet(fact.digest)
        lines = [(edge.output, edge.input) for edge in fact.value.edges]
        lines += [("", one) for one in fact.value.dataset]
        rows += [
            (
                facet, output, registry.dataset((one.namespace, one.name)), one.field,
                one.type, one.subtype, one.masking, one.description,
            )
            for output, one in lines
        ]  # fmt: skip
    if rows:
        registry.cursor.write(ADD_DERIVATIONS, *transpose(rows, 8))


@dataclass(slots=True)
class SourceFold:
    span: Span
    is_effective: bool
    is_new: bool
    changed: bool = False


Key = tuple[int, int, int]  # job or NO_JOB, dataset, facet


def fold_column_sources(work: Work, effective: dict[int, EffectiveIO]) -> None:
    """Merge who asserts which columnLineage facet, and which of them are in force."""
    asserted = [
        (evidence, dataset, facet)
        for evidence in work.evidence
        for dataset, direction, facets in evidence.io
        if direction != INPUT
        for facet in facets
        if (work.facts[facet].scope, work.facts[facet].key) == COLUMN_LINEAGE
    ]
    replaced = sorted(i for i, answer in effective.items() if answer.replaces)
    # What becomes effective may have been asserted long before.
    pairs = {(e.job or NO_JOB, dataset) for e, dataset, _ in asserted}
    pairs |= {
        (job, dataset)
        for job, answer in effective.items()
        if not answer.replaces
        for dataset, _ in answer.columns
    }
    rows = (
        fetch(work.cursor, LOAD_SOURCES, *transpose(sorted(pairs), 2)) if pairs else []
    )
    rows += fetch(work.cursor, SOURCES_OF_JOBS, replaced) if replaced else []
    work.need_moments(event for row in rows for event in row[4:6])
    sources: dict[Key, SourceFold] = {
        (row[0], row[1], row[2]): SourceFold(
            Span(work.moments[row[4]], row[4], work.moments[row[5]], row[5]),
            row[3],
            is_new=False,
        )
        for row in rows
    }
    for evidence, dataset, facet in asserted:
        _assert(sources, (evidence.job or NO_JOB, dataset, facet), evidence)
    for (job, dataset, facet), source in sources.items():
        answer = effective.get(job)
        if answer is not None:
            chosen = (dataset, facet) in answer.columns
            _choose(source, chosen or (source.is_effective and not answer.replaces))
    _choose_static(sources)
    _save(work, sources)


def _assert(sources: dict[Key, SourceFold], key: Key, evidence: Evidence) -> None:
    source = sources.get(key)
    if source is None:
        moment, event = evidence.moment, evidence.event
        span = Span(moment, event, moment, event)
        sources[key] = SourceFold(span, is_effective=False, is_new=True)
    else:
        source.changed |= source.span.stretch(evidence.moment, evidence.event)


def _choose(source: SourceFold, is_effective: bool) -> None:
    source.changed |= source.is_effective != is_effective
    source.is_effective = is_effective


def _choose_static(sources: dict[Key, SourceFold]) -> None:
    """Of what static events say about a dataset, the latest is in force."""
    latest: dict[int, SourceFold] = {}
    for (job, dataset, _), source in sources.items():
        if job == NO_JOB:
            held = latest.get(dataset)
            if held is None or source.span.last > held.span.last:
                latest[dataset] = source
    for (job, dataset, _), source in sources.items():
        if job == NO_JOB:
            _choose(source, source is latest[dataset])


def _save(work: Work, sources: dict[Key, SourceFold]) -> None:
    rows = [
        (
            s, (*key, s.is_effective, s.span.first_event, s.span.last_event,
                s.span.first.at, s.span.last.at),
        )
        for key, s in sorted(sources.items(), key=lambda item: item[0])
    ]  # fmt: skip
    new = [row for s, row in rows if s.is_new]
    old = [row for s, row in rows if s.changed and not s.is_new]
    if new:
        work.cursor.write(ADD_SOURCES, *transpose(new, 8))
    if old:
        work.cursor.write(SAVE_SOURCES, *transpose(old, 8))
