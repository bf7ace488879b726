"""Where are tags put, by people and by producers, now and at a past time?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

from catalog.models import (
    Dataset,
    FacetTag,
    HarvestedOnDataset,
    ProposalVerdict,
    TagAssignment,
)
from lineage.classification.rules import Rules
from lineage.graph.cut import NOW, Cut
from lineage.graph.then.evidence import ABOUT, COUNTS, Counting
from lineage.graph.then.past import Past
from lineage.graph.veil import Column
from lineage.models import PathRejection


class Put(StrEnum):
    """By whom a tag is put on a column."""

    DECLARED = "declared"
    HARVESTED = "harvested"


WHY = "tags follow the data for the system, and are told by rights"

type Seeds = dict[Column, dict[int, set[Put]]]
# A line by which a tag does not come, as said: target, tag, source, how.
type Rejected = frozenset[tuple[Column, int, Column, str]]

# The `tags` facet that held of each dataset, of those that ever had one. By the indexes
# run_dataset_reverse, edge_reverse, event_declarations and event_of_dataset, and the
# primary key of evidence.
TAGS_THEN: LiteralString = f"""
WITH {ABOUT}
SELECT DISTINCT ON (a.dataset_id) a.dataset_id, f.id
FROM about a JOIN lineage_event e ON e.id = a.id
JOIN lineage_ioevidence i ON i.event_id = e.id AND i.dataset_id = a.dataset_id
JOIN catalog_facet f ON f.id = ANY(i.facets) AND f.scope = 3 AND f.key = 'tags'
WHERE {COUNTS}
ORDER BY a.dataset_id, e.event_time DESC, e.digest DESC
"""
# By primary keys.
EVER_TAGGED: LiteralString = """
SELECT d.id FROM catalog_dataset d WHERE d.canonical_id = ANY(%(ids)b::bigint[])
AND EXISTS (
  SELECT FROM catalog_facet f
  WHERE f.id = ANY(d.facets) AND f.scope = 3 AND f.key = 'tags'
)
"""


def seeds(datasets: Collection[int] | None, rules: Rules, cut: Cut = NOW) -> Seeds:
    """The tags that are put on columns of canonical datasets (None: of all).

    "" is a dataset as a whole. What a producer says counts as the nearest tag in use.
    Of a past time, datasets are those that were canonical then.
    """
    around = _canonical_now(datasets) if datasets is not None else None
    declared = list(_declared(around, cut.recorded_at))
    said = list(_harvested(around) if cut.is_now else _harvested_then(around, cut))
    homes = _homes({row[0] for row in (*declared, *said)}, cut)
    found: Seeds = defaultdict(lambda: defaultdict(set))

    def put(name: int, column: str, tag: int | None, by: Put) -> None:
        if tag in rules.rulings and (datasets is None or homes[name] in datasets):
            assert tag is not None
            found[Column(homes[name], column)][tag].add(by)

    for name, column, tag in declared:
        put(name, column, tag, Put.DECLARED)
    for name, column, word in said:
        put(name, column, rules.tag_named(word), Put.HARVESTED)
    return found


def rejected(cut: Cut = NOW) -> Rejected:
    """All lines by which a tag does not come into a column, as stewards say."""
    rows = _recorded(PathRejection.objects, cut.recorded_at).values_list(
        "dataset", "column", "tag", "source", "source_column", "how"
    )
    told = list(rows)
    homes = _homes({end for row in told for end in (row[0], row[3])}, cut)
    return frozenset(
        (Column(homes[dataset], column), tag, Column(homes[source], field), how)
        for dataset, column, tag, source, field, how in told
    )


def _canonical_now(datasets: Collection[int]) -> set[int]:
    """The canonical ones of today, of which these are names."""
    return set(_homes(set(datasets), NOW).values())


def _homes(names: set[int], cut: Cut) -> dict[int, int]:
    """The canonical dataset of each name, as of a cut."""
    if not cut.is_now:
        return Past(cut).names.canonical(names) if names else {}
    rows = Dataset.objects.unrestricted(WHY).filter(pk__among=list(names))
    return dict(rows.values_list("pk", "canonical"))


def _declared(
    datasets: Collection[int] | None, recorded_at: datetime | None
) -> Iterable[tuple[int, str, int]]:
    rows = _recorded(TagAssignment.objects, recorded_at).filter(dataset__isnull=False)
    found: Iterable[tuple[int, str, int]] = _of(datasets, rows).values_list(
        "dataset", "column", "tag"
    )
    return found


def _harvested(datasets: Collection[int] | None) -> Iterable[tuple[int, str, str]]:
    rows = HarvestedOnDataset.objects.filter(is_propagated=False)
    found: Iterable[tuple[int, str, str]] = _of(datasets, rows).values_list(
        "dataset", "column", "name"
    )
    return found


def _harvested_then(
    datasets: Collection[int] | None, cut: Cut
) -> Iterable[tuple[int, str, str]]:
    """What the facets said that were in force then, but for what was rejected."""
    counting = Counting(cut)
    if datasets is None:
        everything = Dataset.objects.unrestricted(WHY)
        datasets = set(everything.values_list("canonical", flat=True))
    ids = [pk for (pk,) in counting.fetch(EVER_TAGGED, ids=list(datasets))]
    held = dict(counting.fetch(TAGS_THEN, ids=ids)) if ids else {}
    verdicts = _recorded(ProposalVerdict.objects, cut.recorded_at).filter(
        aspect=ProposalVerdict.Aspect.TAG, is_accepted=False
    )
    judged = set(
        _of(datasets, verdicts).values_list("dataset__canonical", "column", "content")
    )
    home = _homes(set(held), NOW)
    said: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = FacetTag.objects.filter(facet__among=list(set(held.values())))
    for facet, column, word in rows.values_list("facet", "column", "name"):
        said[facet].append((column, word))
    return [
        (name, column, word)
        for name, facet in held.items()
        for column, word in said[facet]
        if (home[name], column, word) not in judged
    ]


def _recorded(rows: Any, recorded_at: datetime | None) -> Any:
    return rows.as_recorded_at(recorded_at) if recorded_at else rows.standing()


def _of(datasets: Collection[int] | None, rows: Any) -> Any:
    if datasets is None:
        return rows
    return rows.filter(dataset__canonical__among=list(datasets))
