"""Whose SQL names a column that their column lineage does not tell of?

Producers report what values are computed from, and often not what rows are filtered or
joined by. A statement that names the column of a table that it reads depends on it all
the same. Words are compared, outside of texts and comments; where a statement reads one
table only, there is no other that the column could be of.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from catalog import facets
from catalog.models import Facet, Job
from lineage.graph import flow
from lineage.graph.columns import Column
from lineage.graph.cut import Cut
from lineage.graph.veil import Node
from lineage.impact.answers import Hit
from lineage.impact.proposals.sql import DIALECTS
from lineage.impact.severities import Carry, Kind, Rule, effect
from lineage.reader import Reader

MAX_JOBS = 2_000
SILENT_PARTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
WORD = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True, slots=True)
class Using:
    """A job that uses a column, or may; `way` is how that one is hit."""

    job: Job
    way: Hit
    rule: Rule


def naming_jobs(
    kind: Kind,
    ways: Mapping[Column, Hit],
    explained: Collection[tuple[int, Column]],
    reader: Reader,
    cut: Cut,
) -> list[Using]:
    """Each job once, by the nearest of the columns that its SQL names.

    `ways` are the columns that a walk met, its starts among them with no steps;
    `explained` are those of which column lineage tells, by job.
    """
    reading = _reading({column.dataset for column in ways}, reader, cut)
    jobs = _with_code({job for _, job in reading}, reader)
    words = {pk: _words(code.query) for pk, (_, code) in jobs.items()}
    nearest = sorted(ways.items(), key=lambda one: (len(one[1].path), one[1].order))
    readers: defaultdict[int, list[int]] = defaultdict(list)
    for dataset, job in sorted(reading):
        readers[dataset].append(job)
    found: dict[int, Using] = {}
    for column, way in nearest:
        for pk in readers[column.dataset]:
            is_named = column.field.lower() in words.get(pk, ())
            if pk in found or not is_named or (pk, column) in explained:
                continue
            reading_job, code = jobs[pk]
            found[pk] = Using(reading_job, way, _rule(kind, way, code))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Code:
    query: str
    dialect: str


def _rule(kind: Kind, way: Hit, code: _Code) -> Rule:
    if not _reads_one_table(code):
        return Rule.NAMED
    rule = effect(kind, [Carry.INDIRECT], is_first=not way.path)
    before = way.rule
    if before is not None and before.weakness > rule.weakness:
        return before
    return rule


def _reading(
    datasets: Collection[int], reader: Reader, cut: Cut
) -> set[tuple[int, int]]:
    """Which jobs read the datasets, as (dataset, job) by id."""
    starts = [Node(False, dataset) for dataset in sorted(datasets)]
    met = flow.downstream(
        starts, max_hops=1, max_nodes=MAX_JOBS, veil=reader.veil, cut=cut
    )
    return {
        (source.id, target.id)
        for source, target in met.edges
        if target.is_job and not source.is_job
    }


def _with_code(jobs: Collection[int], reader: Reader) -> dict[int, tuple[Job, _Code]]:
    """Those of the jobs whose SQL there is, and may be seen."""
    readable = reader.code_of(jobs) if jobs else set()
    if not readable:
        return {}
    rows = reader.linked_jobs.filter(pk__among=readable).select_related("namespace")
    shown = {job.pk: job for job in rows}
    folds = {pk: [(job.facets, job.facet_events)] for pk, job in shown.items()}
    held = facets.by_key(folds, ["sql"])
    found = {}
    for pk, job in shown.items():
        if code := _code(held[pk].get("sql")):
            found[pk] = job, code
    return found


def _code(facet: Facet | None) -> _Code | None:
    query = facets.text(facet, "query")
    if not query:
        return None
    return _Code(query, facets.text(facet, "dialect") or "")


def _words(query: str) -> set[str]:
    return {word.lower() for word in WORD.findall(SILENT_PARTS.sub(" ", query))}


def _reads_one_table(code: _Code) -> bool:
    try:
        dialect = code.dialect if code.dialect in DIALECTS else None
        read = sqlglot.parse_one(code.query, read=dialect)
    except (SqlglotError, ValueError, RecursionError):
        return False
    return len(set(_tables(read))) == 1


def _tables(read: exp.Expr) -> Iterator[str]:
    own = {one.alias for one in read.find_all(exp.CTE)}
    for table in read.find_all(exp.Table):
        if table.name not in own:
            yield ".".join(part.name for part in table.parts)
