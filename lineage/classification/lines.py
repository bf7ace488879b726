"""Which lines lead into columns and out of them, of all that says so?

A line out of a nested column is one out of those that it lies in, too: what is said of
a structure is said of its parts.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from itertools import batched
from typing import Any, LiteralString, NamedTuple

from lineage.column_sources import Transformation
from lineage.graph import asserting, columns
from lineage.graph.columns import ColumnWalk
from lineage.graph.cut import NOW, Cut
from lineage.graph.links import IN_FORCE, fetch
from lineage.graph.then.past import Past
from lineage.graph.veil import Column

AT_ONCE = 5000  # columns of one question
ALL = 10**9
HOW_MAX = 200
UNKNOWN = Transformation("", "", "", None)

# The columns inside of others that something comes from. By the indexes of derivations
# over (dataset, start of in_field), of the datasets that explicit edges come from, and
# of those that manual ones do.
NESTED: LiteralString = f"""
WITH f AS (
  SELECT w.id, w.field, d.id AS name
  FROM unnest(%(ids)b::bigint[], %(fields)b::text[]) AS w(id, field)
  JOIN catalog_dataset d ON d.canonical_id = w.id
), n AS (SELECT DISTINCT name FROM f), nested AS (
  SELECT v.dataset_id, v.in_field FROM n
  JOIN lineage_columnderivation v ON v.dataset_id = n.name
  WHERE position('.' IN v.in_field) > 0
  UNION
  SELECT x.source_dataset_id, x.source_field FROM n
  JOIN lineage_explicitedge x ON x.source_dataset_id = n.name
  WHERE position('.' IN x.source_field) > 0
  UNION
  SELECT m.source_dataset_id, m.source_field FROM n
  JOIN lineage_manualedge m ON m.source_dataset_id = n.name AND {IN_FORCE}
  WHERE position('.' IN m.source_field) > 0
)
SELECT DISTINCT f.id, f.field, nested.in_field
FROM f JOIN nested ON nested.dataset_id = f.name
  AND starts_with(nested.in_field, f.field || '.')
"""
# The columns of datasets that come from something. By the indexes of the datasets that
# column sources are of, and that explicit and manual edges lead to.
MADE: LiteralString = f"""
WITH n AS (
  SELECT id, canonical_id FROM catalog_dataset
  WHERE canonical_id = ANY(%(ids)b::bigint[])
)
SELECT n.canonical_id, v.out_field
FROM n JOIN lineage_columnsource s ON s.dataset_id = n.id AND s.is_effective
JOIN lineage_columnderivation v ON v.facet_id = s.facet_id
UNION
SELECT n.canonical_id, x.target_field
FROM n JOIN lineage_explicitedge x ON x.target_dataset_id = n.id AND x.is_effective
WHERE x.source_field <> ''
UNION
SELECT n.canonical_id, m.target_field
FROM n JOIN lineage_manualedge m ON m.target_dataset_id = n.id AND {IN_FORCE}
WHERE m.target_field <> ''
"""


class Line(NamedTuple):
    """A column comes from another, in one way; a target without a name is a whole.

    `is_manual` says that people declare it; then nothing is known of the way.
    """

    source: Column
    target: Column
    way: Transformation
    is_manual: bool

    @property
    def how(self) -> str:
        """What tells its way from others between the same columns, but for words."""
        way = self.way
        told = "/".join(
            (way.type.upper(), way.subtype.upper(), "masked" if way.masking else "")
        )
        if len(told) > HOW_MAX:
            return hashlib.sha256(told.encode()).hexdigest()
        return told


type Step = Callable[[list[Column], Cut], Iterable[Line]]


def into(targets: Collection[Column], cut: Cut = NOW) -> list[Line]:
    """The lines that lead to columns, and to wholes."""
    named = [one for one in targets if one.field]
    wholes = [one for one in targets if not one.field]
    found = _each(named, cut, _above) + _each(wholes, cut, _of_wholes)
    return [*found, *(each for line in found for each in _out_of_holders(line))]


def out_of(sources: Collection[Column], cut: Cut = NOW) -> list[Line]:
    """The lines that lead on from columns, and from what is nested in them."""
    named = [one for one in sources if one.field]
    within = _within(named)
    found = _each({*named, *within}, cut, _below)
    wanted = set(named)
    own = [line for line in found if line.source in wanted]
    return own + [
        line._replace(source=holder)
        for line in found
        for holder in within.get(line.source, ())
    ]


def named(some: Collection[Column], cut: Cut) -> dict[Column, Column]:
    """Columns under the names that their datasets had at a cut."""
    if cut.is_now:
        return {one: one for one in some}
    names = Past(cut).names.canonical({one.dataset for one in some})
    return {one: Column(names[one.dataset], one.field) for one in some}


def made(datasets: Collection[int]) -> set[Column]:
    """The columns of datasets that come from something; "" for the wholes."""
    return {Column(*row) for row in fetch(MADE, {"ids": list(datasets)})}


def _each(some: Collection[Column], cut: Cut, step: Step) -> list[Line]:
    found: list[Line] = []
    for part in batched(sorted(some), AT_ONCE):
        found += step(list(part), cut)
    return found


def _above(some: list[Column], cut: Cut) -> Iterable[Line]:
    return _lines(columns.walk(some, max_hops=1, max_columns=ALL, **at(cut)))


def _of_wholes(some: list[Column], cut: Cut) -> Iterable[Line]:
    datasets = [one.dataset for one in some]
    walk = columns.of_whole(datasets, max_columns=ALL, **at(cut))
    # What it makes of itself says nothing new of it; `to_wholes` has none, either.
    return [one for one in _lines(walk) if one.source.dataset != one.target.dataset]


def _below(some: list[Column], cut: Cut) -> Iterable[Line]:
    walk = columns.walk(
        some, max_hops=1, max_columns=ALL, is_upstream=False, is_downstream=True,
        **at(cut),
    )  # fmt: skip
    yield from _lines(walk)
    for step in asserting.to_wholes(some, ALL, **at(cut)):
        way, is_manual = step.what
        yield Line(step.before, step.node, way, is_manual)


def at(cut: Cut) -> dict[str, Any]:
    """How a walk is asked for a cut."""
    return {} if cut.is_now else {"cut": cut}


def _lines(walk: ColumnWalk) -> Iterable[Line]:
    """The lines of a walk; its links are (column, what it comes from)."""
    for (target, source), ways in walk.links.items():
        for way in ways:
            yield Line(source, target, way, False)
        if (target, source) in walk.manual:
            yield Line(source, target, UNKNOWN, True)


def _out_of_holders(line: Line) -> Iterable[Line]:
    """The same line, out of what its source is nested in."""
    dataset, field = line.source
    while "." in field:
        field = field.rpartition(".")[0]
        if field:
            yield line._replace(source=Column(dataset, field))


def _within(some: Collection[Column]) -> dict[Column, list[Column]]:
    """What is nested in columns and leads on, each with those that it lies in."""
    found: dict[Column, list[Column]] = defaultdict(list)
    for part in batched(sorted(some), AT_ONCE):
        asked = {
            "ids": [one.dataset for one in part],
            "fields": [one.field for one in part],
        }
        for dataset, holder, field in fetch(NESTED, asked):
            found[Column(dataset, field)].append(Column(dataset, holder))
    return found
