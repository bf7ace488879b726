"""By which events is an edge asserted: the first, the last, and whose are they?

An edge is known by its ends, as data flows; both are canonical. Of a past instant only
those events count that lie before it, and names are as they were then.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, LiteralString, NamedTuple

from lineage.graph import assertions_sql as sql
from lineage.graph.cut import Cut
from lineage.graph.links import EFFECTIVE, fetch
from lineage.graph.question import Kind
from lineage.graph.then.past import Past
from lineage.graph.veil import NO_VEIL, Column, Node, Veil

type Edge = tuple[Node, Node]
type ColumnEdge = tuple[Column, Column]
type Ends = tuple[int, int]

# So many edges are asked about at once.
PORTION = 2_000
NO_JOB = 0


class Assertion(NamedTuple):
    """One word for an edge: by which job, and in which events (Event ids)."""

    kind: Kind
    job: int | None
    first_event: int
    last_event: int


class _Fact(NamedTuple):
    """What one facet says of an edge, or several of the same ends."""

    number: int
    kind: Kind
    job: int | None
    facet: int
    first_event: int
    last_event: int
    is_effective: bool
    target_dataset: int | None
    target_job: int | None
    source_dataset: int | None
    source_job: int | None

    @property
    def ends(self) -> tuple[int | None, ...]:
        return self[7:]


def of_flow(
    edges: Collection[Edge],
    cut: Cut,
    statuses: Collection[int] = EFFECTIVE,
    veil: Veil = NO_VEIL,
) -> dict[Edge, list[Assertion]]:
    """What events say of edges between jobs and datasets.

    Facets that say it by way of something hidden alone are passed over.
    """
    asking = _Asking(cut, statuses, veil)
    found: dict[Edge, list[Assertion]] = defaultdict(list)
    groups: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        groups[edge[0].is_job + edge[1].is_job].append(edge)
    asked: dict[int, Callable[[Sequence[Edge]], Iterable[tuple[int, Assertion]]]] = {
        0: asking.of_pairs, 1: asking.of_jobs, 2: asking.of_job_pairs,
    }  # fmt: skip
    for count, group in groups.items():
        for some in _portions(group):
            for number, one in asked[count](some):
                found[some[number - 1]].append(one)
    return found


def of_columns(
    edges: Collection[ColumnEdge], cut: Cut
) -> dict[ColumnEdge, list[Assertion]]:
    """What events say of edges between columns."""
    asking = _Asking(cut, EFFECTIVE, NO_VEIL)
    found: dict[ColumnEdge, list[Assertion]] = defaultdict(list)
    for some in _portions(edges):
        for number, one in asking.of_columns(some):
            found[some[number - 1]].append(one)
    return found


class _Asking:
    """Questions as of one cut."""

    def __init__(self, cut: Cut, statuses: Collection[int], veil: Veil) -> None:
        self.veil = veil
        self.past = None if cut.is_now else Past(cut)
        self.statuses = sorted(statuses)
        self.also_former = not set(statuses) <= set(EFFECTIVE)

    def of_jobs(self, edges: Sequence[Edge]) -> Iterable[tuple[int, Assertion]]:
        """Of edges between a job and a dataset; their numbers count from 1."""
        jobs = [source.id if source.is_job else target.id for source, target in edges]
        sets = [target.id if source.is_job else source.id for source, target in edges]
        ways = [2 if source.is_job else 1 for source, _ in edges]
        asked = {"jobs": jobs, "datasets": sets, "directions": ways}
        rows: Iterable[tuple[Any, ...]]
        if self.past is None:
            rows = fetch(sql.IO_NOW, {**asked, "statuses": self.statuses})
            facts = self._facts(sql.JOBS_NOW, sql.OF_JOBS, asked)
        else:
            names = self._members(sets)
            many = [(i, name) for i, one in enumerate(sets) for name in names[one]]
            asked = {
                "numbers": [i + 1 for i, _ in many],
                "jobs": [jobs[i] for i, _ in many],
                "directions": [ways[i] for i, _ in many],
                "names": [name for _, name in many],
            }
            rows = self.past.counting.fetch(sql.IO_THEN, **asked)
            facts = self._facts(sql.JOBS_THEN, sql.OF_JOBS, asked)
        for number, job, first, last in rows:
            yield number, Assertion(Kind.IO, job, first, last)
        yield from self._told(facts)

    def of_pairs(self, edges: Sequence[Edge]) -> Iterable[tuple[int, Assertion]]:
        """Of edges between datasets."""
        sources, targets = ([edge[i].id for edge in edges] for i in (0, 1))
        if self.past is None:
            asked = {"sources": sources, "targets": targets}
            return self._told(self._facts(sql.PAIRS_NOW, sql.OF_PAIRS, asked))
        many = self._products(zip(targets, sources, strict=True))
        asked = {
            "numbers": [i + 1 for i, _ in many],
            "sources": [source for _, (_, source) in many],
            "targets": [target for _, (target, _) in many],
        }
        return self._told(self._facts(sql.PAIRS_THEN, sql.OF_PAIRS, asked))

    def of_job_pairs(self, edges: Sequence[Edge]) -> Iterable[tuple[int, Assertion]]:
        """Of edges between jobs."""
        sources, targets = ([edge[i].id for edge in edges] for i in (0, 1))
        asked = {"sources": sources, "targets": targets}
        return self._told(self._facts(sql.JOB_PAIRS, sql.OF_JOB_PAIRS, asked))

    def of_columns(
        self, edges: Sequence[ColumnEdge]
    ) -> Iterable[tuple[int, Assertion]]:
        """Of edges between columns."""
        pairs = [(target.dataset, source.dataset) for source, target in edges]
        many = [(i, pair) for i, pair in enumerate(pairs)]
        if self.past is not None:
            many = self._products(pairs)
        asked = {
            "ids": [target for _, (target, _) in many],
            "fields": [edges[i][1].field for i, _ in many],
            "source_ids": [source for _, (_, source) in many],
            "source_fields": [edges[i][0].field for i, _ in many],
        }
        if self.past is None:
            return self._told(self._facts(sql.COLUMNS_NOW, sql.OF_COLUMNS, asked))
        asked["numbers"] = [i + 1 for i, _ in many]
        return self._told(self._facts(sql.COLUMNS_THEN, sql.OF_COLUMNS, asked))

    def _members(self, datasets: Collection[int]) -> dict[int, list[int]]:
        """All names that each dataset had then."""
        assert self.past is not None
        members = self.past.names.members(datasets)
        canonical = self.past.names.canonical(datasets)
        return {one: members[canonical[one]] for one in datasets}

    def _products(self, pairs: Iterable[Ends]) -> list[tuple[int, Ends]]:
        """Each pair of datasets (numbered) under all names that they had then."""
        known = list(pairs)
        names = self._members({one for pair in known for one in pair})
        return [
            (i, (one, other))
            for i, pair in enumerate(known)
            for one in names[pair[0]]
            for other in names[pair[1]]
        ]

    def _facts(
        self, names: LiteralString, facts: LiteralString, asked: dict[str, Any]
    ) -> list[_Fact]:
        rows = fetch(f"{names} {facts}", asked)
        found = [
            _Fact(number, Kind(kind), job or None, *more)
            for number, kind, job, *more in rows
        ]
        if self.veil.hides_nothing or not found:
            return found
        facets = sorted({one.facet for one in found if one.kind is Kind.COLUMN})
        lines = (
            fetch(f"{names} {sql.LINES}", {**asked, "facets": facets}) if facets else []
        )
        return self._as_told(found, lines)

    def _as_told(self, facts: list[_Fact], lines: list[tuple[Any, ...]]) -> list[_Fact]:
        """Those that a reader may know of: by ends, or by any columns, told to them."""
        raw = {pk for one in facts for pk in (one[7], one[9]) if pk is not None}
        names = dict(fetch(sql.CANONICAL, {"ids": sorted(raw)}))
        ends = {
            one: [Node(False, names[pk]) for pk in (one[7], one[9]) if pk is not None]
            + [Node(True, pk) for pk in (one[8], one[10]) if pk is not None]
            for one in facts
        }
        hidden = self.veil.hidden_nodes(
            {node for some in ends.values() for node in some}
        )
        ways = {line: (Column(*line[2:4]), Column(*line[4:6])) for line in lines}
        unseen = self.veil.hidden_columns({c for both in ways.values() for c in both})
        told = {line[:2] for line, both in ways.items() if unseen.isdisjoint(both)}
        return [
            one
            for one, nodes in ends.items()
            if hidden.isdisjoint(nodes)
            and (one.kind is not Kind.COLUMN or (one.number, one.facet) in told)
        ]

    def _told(self, facts: list[_Fact]) -> Iterable[tuple[int, Assertion]]:
        """What facets say, of those edges that one in force says anything of.

        Since when, is since the first that said so, in force or not.
        """
        in_force = self._in_force(facts)
        told = {(one.number, one.kind, one.job) for one in in_force}
        facts = [one for one in facts if (one.number, one.kind, one.job) in told]
        if self.past is None:
            for one in facts:
                yield one.number, Assertion(one.kind, one.job, *one[4:6])
            return
        carrying = self._carrying(facts)
        for one in facts:
            ends = carrying.get((one.job or NO_JOB, one.facet))
            if ends is not None:
                yield one.number, Assertion(one.kind, one.job, *ends)

    def _in_force(self, facts: list[_Fact]) -> list[_Fact]:
        if self.also_former:
            return facts
        if self.past is None:
            return [one for one in facts if one.is_effective]
        jobs = {one.job for one in facts if one.job is not None}
        columns = {
            (job, *pair)
            for job, then in self.past.effective.of(jobs, columns=True).items()
            for pair in then.columns
        }
        stated: set[tuple[int | None, ...]] = {
            (job, one[1], one[2], one[4], one[5])
            for job, some in self.past.explicit.of_jobs(jobs).items()
            for one in some
        }
        targets = {one.target_dataset for one in facts if one.job is None}
        told = self.past.explicit.of_datasets(one for one in targets if one is not None)
        stated |= {
            (None, one[1], one[2], one[4], one[5])
            for some in told.values()
            for one in some
        }
        return [
            one
            for one in facts
            if (
                (one.job, *one.ends) in stated
                if one.kind is Kind.EXPLICIT
                else one.job is None
                or (one.job, one.target_dataset, one.facet) in columns
            )
        ]

    def _carrying(self, facts: list[_Fact]) -> dict[tuple[int, int], Ends]:
        """The first and last event that counts, of each facet of a job."""
        assert self.past is not None
        asked = {(one.job or NO_JOB, one.facet, one.target_dataset) for one in facts}
        ordered = sorted(asked, key=lambda one: (one[0], one[1], one[2] or 0))
        if not ordered:
            return {}
        rows = self.past.counting.fetch(
            sql.CARRYING,
            jobs=[job for job, _, _ in ordered],
            facets=[facet for _, facet, _ in ordered],
            datasets=[dataset for _, _, dataset in ordered],
        )
        return {(job, facet): (first, last) for job, facet, first, last in rows}


def _portions[E](edges: Collection[E]) -> Iterable[list[E]]:
    ordered = sorted(edges)  # type: ignore[type-var]
    for start in range(0, len(ordered), PORTION):
        yield ordered[start : start + PORTION]
