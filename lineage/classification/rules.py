"""What does a line of lineage make of a tag?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from catalog.models import Revision, Tag
from lineage.column_sources import Transformation
from lineage.models import TagRule

INDIRECT = "INDIRECT"
# What OpenLineage itself calls the subtypes of direct lines; other words are functions.
GENERAL = frozenset({"", "IDENTITY", "TRANSFORMATION", "AGGREGATION"})
COUNTS = frozenset(
    {
        *("COUNT", "COUNT_DISTINCT", "COUNT_IF", "COUNTIF", "COUNT_BIG"),
        "APPROX_COUNT_DISTINCT",
    }
)
# They show single values of the column, or a list of them.
SHOWING = frozenset(
    {
        *("MAX", "MIN", "MAX_BY", "MIN_BY", "FIRST", "LAST", "MODE", "ANY"),
        *("FIRST_VALUE", "LAST_VALUE", "NTH_VALUE", "ANY_VALUE", "ARBITRARY"),
        *("ARRAY_AGG", "STRING_AGG", "LISTAGG", "GROUP_CONCAT"),
        *("COLLECT_LIST", "COLLECT_SET"),
    }
)
SUMMING = frozenset(
    {
        *("SUM", "AVG", "MEAN", "MEDIAN", "PERCENTILE", "APPROX_PERCENTILE"),
        *("STDDEV", "STDDEV_POP", "STDDEV_SAMP"),
        *("VARIANCE", "VAR_POP", "VAR_SAMP"),
    }
)
# A description that is one call of a function and nothing else.
CALL = re.compile(r"\s*(\w+)\s*\([^()]*\)\s*", re.ASCII)


class Ruling(NamedTuple):
    """How one tag follows the data, all told; masked it is another one, or none."""

    follows: bool = True
    aggregation: str = TagRule.Aggregation.KEEPS
    masked_as: int | None = None


class Carried(NamedTuple):
    """What arrives of a tag, and whether only as a suggestion."""

    tag: int
    is_suggested: bool


@dataclass(frozen=True)
class Rules:
    """The tags in use, by id, and how each follows the data."""

    names: Mapping[int, str]
    rulings: Mapping[int, Ruling]
    ids: Mapping[str, int]

    def carried(self, tag: int, way: Transformation) -> Carried | None:
        """What of a tag comes over by one line; None where nothing does.

        A line of which nothing is known is direct, and shows the value as it is.
        """
        ruling = self.rulings.get(tag)
        if ruling is None or not ruling.follows or is_stopped(way, ruling.aggregation):
            return None
        arrives = ruling.masked_as if way.masking else tag
        if arrives is None or arrives not in self.rulings:
            return None
        return Carried(arrives, way.type.upper() == INDIRECT)

    def tag_named(self, name: str) -> int | None:
        """The tag that a producer means: of this name, or the nearest above it."""
        while name:
            if name in self.ids:
                return self.ids[name]
            name = name.rpartition(Tag.SEPARATOR)[0]
        return None

    def below(self, tag: int, name: str) -> set[int]:
        """A tag and those in use below it."""
        begins = f"{name}{Tag.SEPARATOR}"
        return {tag} | {pk for pk, one in self.names.items() if one.startswith(begins)}


def is_stopped(way: Transformation, aggregation: str) -> bool:
    """Whether an aggregation shows nothing that a tag with this setting is about."""
    function = function_of(way)
    if function in COUNTS:
        return True
    if function not in SHOWING | SUMMING | {"AGGREGATION"}:
        return False
    if aggregation == TagRule.Aggregation.VALUES:
        return function not in SHOWING
    return aggregation == TagRule.Aggregation.STOPS


def function_of(way: Transformation) -> str:
    """Which function makes the value, where a line tells one; or what kind it is of."""
    subtype = way.subtype.upper()
    if subtype not in GENERAL:
        return subtype
    if subtype == "AGGREGATION" and (call := CALL.fullmatch(way.description)):
        return call[1].upper()
    return subtype


def read(recorded_at: datetime | None = None) -> Rules:
    """The rules in force, or those at a moment of recorded time."""
    names = _names(recorded_at)
    rows = TagRule.objects.standing()
    if recorded_at is not None:
        rows = TagRule.objects.as_recorded_at(recorded_at)
    said = {row.tag_id: row for row in rows}
    ids = {name: pk for pk, name in names.items()}
    rulings = {
        pk: _ruling(said.get(one) for one in _upward(name, ids))
        for pk, name in names.items()
    }
    return Rules(names, rulings, ids)


def _names(recorded_at: datetime | None) -> dict[int, str]:
    if recorded_at is None:
        return dict(Tag.objects.current().values_list("pk", "name"))
    told = Revision.objects.filter(kind=Revision.Kind.TAG)
    bodies = told.as_recorded_at(recorded_at).values_list("entry_id", "body")
    names = {pk: body["name"] for pk, body in bodies if not body["is_retired"]}
    untold = Tag.objects.current().exclude(pk__in=told.values("entry_id"))
    return names | dict(untold.values_list("pk", "name"))


def _upward(name: str, ids: Mapping[str, int]) -> Iterable[int]:
    """The tag of this name, and those that it is a kind of, outwards."""
    while name:
        if name in ids:
            yield ids[name]
        name = name.rpartition(Tag.SEPARATOR)[0]


def _ruling(said: Iterable[Any]) -> Ruling:
    """What the nearest word above says, of each setting by itself."""
    rules = [one for one in said if one is not None]
    first = next((one for one in rules if one.masking), None)
    propagation = next((one.propagation for one in rules if one.propagation), "")
    kept = next((one.aggregation for one in rules if one.aggregation), "")
    return Ruling(
        propagation != TagRule.Propagation.STAYS,
        kept or TagRule.Aggregation.KEEPS,
        first.masked_as_id if first else None,
    )
