"""Which kept tags may somebody be told of, and which may they judge?"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import QuerySet

from catalog.hidden_columns import about_shown_columns
from catalog.models import ColumnTag, Dataset, Tag
from lineage.classification import seeds
from lineage.classification.rules import Rules
from lineage.classification.seeds import Put
from lineage.classification.spreading import Mark
from lineage.graph.veil import Column
from policies.access import Someone
from policies.actions import Action

STATES = ("suggested", "propagated")


def shown_to(principal: Someone, *actions: Action) -> QuerySet[ColumnTag]:
    """The tags of columns that `principal` may see, and do `actions` on the dataset."""
    datasets = Dataset.objects.visible().permitted(principal, Action.ASSET_VIEW)
    for action in actions:
        datasets = datasets.permitted(principal, action)
    rows = ColumnTag.objects.filter(dataset__in=datasets.values("pk"))
    return rows.filter(about_shown_columns(principal))


def came_along(
    principal: Someone,
    *actions: Action,
    state: str = "",
    tag: str = "",
    namespace: str = "",
) -> QuerySet[ColumnTag]:
    """Of these what came along lineage: suggested, or as it is, or both."""
    rows = shown_to(principal, *actions).filter(hops__gt=0)
    if state in STATES:
        rows = rows.filter(is_suggested=state == "suggested")
    if tag:
        rows = rows.filter(tag__in=tags_within(tag))
    if namespace:
        rows = rows.filter(dataset__namespace__name=namespace)
    return rows


def judged_by(principal: Someone, **sought: str) -> QuerySet[ColumnTag]:
    """What came along lineage and `principal` may confirm or reject."""
    return came_along(principal, Action.LINEAGE_VIEW, Action.ASSET_TAG, **sought)


def in_order(rows: QuerySet[ColumnTag]) -> QuerySet[ColumnTag]:
    """As lists have them, with what names them."""
    return rows.select_related("dataset__namespace", "tag").order_by(
        "dataset__namespace__name", "dataset__name", "column", "tag__name", "pk"
    )


def tags_within(name: str) -> QuerySet[Any, Any]:
    """The ids of a current tag and those below it."""
    current = Tag.objects.current()
    below = current.filter(name__startswith=f"{name}{Tag.SEPARATOR}")
    return (current.filter(name=name) | below).values("pk")


def put_by(
    rows: Iterable[ColumnTag], rules: Rules
) -> dict[tuple[Column, int], frozenset[Put]]:
    """Who puts tags on columns themselves, of kept ones that are put there."""
    wanted = {
        (Column(row.dataset_id, row.column), row.tag_id) for row in rows if not row.hops
    }
    own = seeds.seeds({column.dataset for column, _ in wanted}, rules) if wanted else {}
    return {
        (column, tag): frozenset(own[column][tag])
        for column, tag in wanted
        if column in own and tag in own[column]
    }


def state_of(row: ColumnTag | Mark, by: Collection[Put]) -> str:
    """One word for how a tag is at a column."""
    if row.hops:
        return "suggested" if row.is_suggested else "propagated"
    return str(Put.DECLARED if Put.DECLARED in by or not by else Put.HARVESTED)
