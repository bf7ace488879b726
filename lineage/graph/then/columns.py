"""Which columns came from which, by what was said then?"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, LiteralString, NamedTuple

from django.utils import timezone

from lineage.column_sources import Transformation
from lineage.graph.columns_now import More, Passes, Step, passing
from lineage.graph.layers import Link
from lineage.graph.then.evidence import COUNTS, grouped
from lineage.graph.then.explicit import Stated
from lineage.graph.then.past import Past
from lineage.graph.veil import Column, Veil

NO_JOB = 0

# Who may have said what of these names. By the index of the datasets that column
# sources are of, and few events.
SAID_OF: LiteralString = """
SELECT s.job_id, s.dataset_id, s.facet_id FROM lineage_columnsource s
WHERE s.dataset_id = ANY(%(names)b::bigint[]) AND s.first_at <= %(as_of)b
UNION
SELECT coalesce(e.job_id, 0), i.dataset_id, f.id
FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
JOIN catalog_facet f ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'columnLineage'
WHERE e.id = ANY(%(believed)b::bigint[]) AND i.dataset_id = ANY(%(names)b::bigint[])
"""
# Who may have shown these facets. By the unique index over facets of column sources'
# key, and few events.
SHOWN: LiteralString = """
SELECT s.job_id, s.dataset_id, s.facet_id FROM lineage_columnsource s
WHERE s.facet_id = ANY(%(facets)b::bigint[]) AND s.first_at <= %(as_of)b
UNION
SELECT coalesce(e.job_id, 0), i.dataset_id, f.facet
FROM lineage_event e JOIN lineage_ioevidence i ON i.event_id = e.id
CROSS JOIN LATERAL unnest(i.facets) AS f(facet)
WHERE e.id = ANY(%(believed)b::bigint[]) AND f.facet = ANY(%(facets)b::bigint[])
"""
# The columnLineage of the latest dataset event that has it. By event_of_dataset.
STATIC: LiteralString = f"""
SELECT w.id, latest.facet
FROM unnest(%(datasets)b::bigint[]) AS w(id)
CROSS JOIN LATERAL (
  SELECT f.id AS facet FROM lineage_event e
  JOIN lineage_ioevidence i
    ON i.event_id = e.id AND i.dataset_id = e.dataset_id AND i.direction = 3
  JOIN catalog_facet f
    ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'columnLineage'
  WHERE e.dataset_id = w.id AND e.kind = 3 AND {COUNTS}
  ORDER BY e.event_time DESC, e.digest DESC LIMIT 1
) AS latest
"""
# By the index of derivations over (facet, start of out_field).
LINES_INTO: LiteralString = """
SELECT w.number, v.dataset_id, v.in_field, v.type, v.subtype, v.description, v.masking
FROM unnest(%(facets)b::bigint[], %(fields)b::text[]) WITH ORDINALITY
  AS w(facet, field, number)
JOIN lineage_columnderivation v ON v.facet_id = w.facet
  AND left(v.out_field, 64) = left(w.field, 64) AND v.out_field = w.field
"""
# By the index of derivations over (dataset, start of in_field).
LINES_FROM: LiteralString = """
SELECT w.number, v.facet_id, v.out_field, v.type, v.subtype, v.description, v.masking
FROM unnest(%(names)b::bigint[], %(fields)b::text[]) WITH ORDINALITY
  AS w(name, field, number)
JOIN lineage_columnderivation v ON v.dataset_id = w.name
  AND left(v.in_field, 64) = left(w.field, 64) AND v.in_field = w.field
"""
# By the indexes of the datasets that explicit edges come from and lead to, and few
# events.
STATED_BY: LiteralString = """
SELECT x.job_id FROM lineage_explicitedge x
WHERE x.{end}_dataset_id = ANY(%(names)b::bigint[]) AND x.job_id IS NOT NULL
UNION
SELECT e.job_id FROM lineage_event e
WHERE e.id = ANY(%(believed)b::bigint[]) AND e.job_id IS NOT NULL
"""
# By the partial indexes of manual edges, or by those of its ends.
DECLARED: LiteralString = """
SELECT m.source_dataset_id, m.source_field, m.target_dataset_id, m.target_field
FROM lineage_manualedge m
WHERE m.{near}_dataset_id = ANY(%(names)b::bigint[]) AND m.source_field <> ''
  AND m.recorded_from <= %(at)b AND (m.recorded_to IS NULL OR m.recorded_to > %(at)b)
  AND (m.expires_at IS NULL OR m.expires_at > %(at)b)
"""


class Line(NamedTuple):
    """One line of column lineage; `how` is None where people declare it.

    `job` is 0 where none says so.
    """

    job: int
    source: Column
    output: Column
    how: Transformation | None


type Source = tuple[int, int, int]  # job, raw dataset, columnLineage facet


class ColumnLines:
    """The lines in force at one cut, of all writers together."""

    def __init__(self, past: Past) -> None:
        self.past = past

    def into(self, columns: Collection[Column], *, manual: bool = True) -> list[Line]:
        """What columns come from; a column of no name is its whole dataset."""
        names = self._names(columns)
        fields = grouped(columns)
        rows = self.past.counting.fetch(SAID_OF, names=sorted(names))
        asked = [
            (source, Column(names[source[1]], field))
            for source in self._in_force(rows)
            for field in fields[names[source[1]]]
        ]
        found = self._lines_into(asked)
        found += [
            line for line in self._explicit(names, "target") if line.output in columns
        ]
        if manual:
            found += [
                line for line in self._declared(names, "target")
                if line.output in columns
            ]  # fmt: skip
        return found

    def out_of(
        self, columns: Collection[Column], *, manual: bool = True, wholes: bool = False
    ) -> list[Line]:
        """What comes from columns; with `wholes`, the datasets that depend on them."""
        names = self._names(columns)
        raws = grouped((one, raw) for raw, one in names.items())
        asked = [(raw, column) for column in columns for raw in raws[column.dataset]]
        found = self._lines_out_of(asked)
        found += [
            line for line in self._explicit(names, "source") if line.source in columns
        ]
        if manual:
            found += [
                line for line in self._declared(names, "source")
                if line.source in columns
            ]  # fmt: skip
        return [
            line for line in found
            if (not line.output.field) is wholes
            and not (wholes and line.output.dataset == line.source.dataset)
        ]  # fmt: skip

    def _names(self, columns: Collection[Column]) -> dict[int, int]:
        """Each raw name of the columns' datasets, with the canonical one."""
        members = self.past.names.members({column.dataset for column in columns})
        return {raw: one for one, raws in members.items() for raw in raws}

    def _in_force(self, rows: Iterable[Any]) -> list[Source]:
        """Those who said it for good, and not by a lineage facet, too."""
        sources: list[Source] = [tuple(row) for row in rows]
        jobs = {job for job, _, _ in sources if job != NO_JOB}
        effective = self.past.effective.of(jobs, columns=True)
        plain = {dataset for job, dataset, _ in sources if job == NO_JOB}
        static = set(self.past.counting.fetch(STATIC, datasets=sorted(plain)))
        told = self._told(jobs, plain)
        canonical = self.past.names.canonical({dataset for _, dataset, _ in sources})
        return [
            (job, dataset, facet)
            for job, dataset, facet in sources
            if (job, canonical[dataset]) not in told
            and (dataset, facet)
            in (static if job == NO_JOB else effective[job].columns)
        ]

    def _told(
        self, jobs: Iterable[int], datasets: Iterable[int]
    ) -> set[tuple[int, int]]:
        """The (job, canonical dataset) of which a lineage facet is the whole truth."""
        stated = self.past.explicit.of_jobs(jobs)
        members = self.past.names.members(datasets)
        of_datasets = self.past.explicit.of_datasets(
            raw for raws in members.values() for raw in raws
        )
        every = [x for some in (*stated.values(), *of_datasets.values()) for x in some]
        canonical = self.past.names.canonical(
            {x.target_dataset for x in every if x.target_dataset is not None}
        )
        return {
            (x.job or NO_JOB, canonical[x.target_dataset])
            for x in every
            if x.target_dataset is not None
        }

    def _lines_into(self, asked: list[tuple[Source, Column]]) -> list[Line]:
        if not asked:
            return []
        rows = self.past.counting.fetch(
            LINES_INTO,
            facets=[source[2] for source, _ in asked],
            fields=[column.field for _, column in asked],
        )
        canonical = self.past.names.canonical({row[1] for row in rows})
        found = []
        for number, dataset, field, *how in rows:
            (job, _, _), output = asked[number - 1]
            source = Column(canonical[dataset], field)
            found.append(Line(job, source, output, Transformation(*how)))
        return found

    def _lines_out_of(self, asked: list[tuple[int, Column]]) -> list[Line]:
        if not asked:
            return []
        rows = self.past.counting.fetch(
            LINES_FROM,
            names=[raw for raw, _ in asked],
            fields=[column.field for _, column in asked],
        )
        facets = sorted({row[1] for row in rows})
        shown = self.past.counting.fetch(SHOWN, facets=facets) if facets else []
        in_force = grouped((source[2], source) for source in self._in_force(shown))
        canonical = self.past.names.canonical(
            {dataset for some in in_force.values() for _, dataset, _ in some}
        )
        return [
            Line(
                job,
                asked[number - 1][1],
                Column(canonical[dataset], field),
                Transformation(*how),
            )
            for number, facet, field, *how in rows
            for job, dataset, _ in in_force[facet]
        ]

    def _explicit(self, names: dict[int, int], end: str) -> Iterator[Line]:
        """What lineage facets say, by one of its ends."""
        rows = self.past.counting.fetch(
            STATED_BY.replace("{end}", end), names=sorted(names)
        )
        stated = self.past.explicit.of_jobs(job for (job,) in rows)
        every = [x for some in stated.values() for x in some]
        if end == "source":
            every += self.past.explicit.from_datasets(names.keys())
        else:
            told = self.past.explicit.of_datasets(names)
            every += [x for some in told.values() for x in some]
        wanted = [
            x for x in every
            if x.source_field and x.target_dataset and x.source_dataset
            and (x.source_dataset if end == "source" else x.target_dataset) in names
        ]  # fmt: skip
        yield from self._as_lines(wanted)

    def _as_lines(self, stated: list[Stated]) -> Iterator[Line]:
        ends = {one for x in stated for one in (x.source_dataset, x.target_dataset)}
        canonical = self.past.names.canonical(one for one in ends if one is not None)
        for x in stated:
            assert x.source_dataset is not None
            assert x.target_dataset is not None
            yield Line(
                x.job or NO_JOB,
                Column(canonical[x.source_dataset], x.source_field),
                Column(canonical[x.target_dataset], x.target_field),
                Transformation(x.type, x.subtype, x.description, x.masking),
            )

    def _declared(self, names: dict[int, int], near: str) -> Iterator[Line]:
        rows = self.past.counting.fetch(
            DECLARED.replace("{near}", near),
            names=sorted(names),
            at=self.past.counting.cut.recorded_at or timezone.now(),
        )
        canonical = self.past.names.canonical({i for row in rows for i in row[::2]})
        for source, source_field, target, target_field in rows:
            yield Line(
                NO_JOB,
                Column(canonical[source], source_field),
                Column(canonical[target], target_field),
                None,
            )


class ColumnsThen:
    """Columns, one way, as they stood at a cut. As `ColumnsNow`."""

    def __init__(
        self,
        past: Past,
        veil: Veil,
        *,
        is_downstream: bool,
        with_manual: bool = True,
        also: More | None = None,
        passes: Passes | None = None,
    ) -> None:
        self.lines = ColumnLines(past)
        self.veil = veil
        self.is_downstream = is_downstream
        self.with_manual = with_manual
        self.also, self.passes = also, passes

    def starts(self, columns: Collection[Column]) -> list[Column]:
        names = self.lines.past.names.canonical(column.dataset for column in columns)
        return sorted({Column(names[one.dataset], one.field) for one in columns})

    def links(self, frontier: list[Column], limit: int) -> list[Step]:
        ask = self.lines.out_of if self.is_downstream else self.lines.into
        lines = ask(set(frontier), manual=self.with_manual)
        found = steps_of(lines, is_downstream=self.is_downstream)[:limit]
        found += self.also(frontier, limit) if self.also else []
        return passing(found, self.passes)

    def hidden(self, nodes: Collection[Column]) -> set[Column]:
        return self.veil.hidden_columns(nodes)

    def is_long(self, link: Step) -> bool:
        return False

    def is_last(self, node: Column) -> bool:
        return True


def steps_of(lines: Iterable[Line], *, is_downstream: bool) -> list[Step]:
    """Lines as steps of a walk, ordered; what several jobs say alike is said once."""
    said = {
        (line.source, line.output, line.how or UNSAID, line.how is None)
        for line in lines
    }
    return [
        Link(
            *((source, output) if is_downstream else (output, source)),
            (how, is_manual),
        )
        for source, output, how, is_manual in sorted(said, key=_order)
    ]


UNSAID = Transformation("", "", "", None)


def _order(one: tuple[Column, Column, Transformation, bool]) -> tuple[Any, ...]:
    source, output, how, is_manual = one
    return source, output, is_manual, [str(word) for word in how]
