"""Which tags do `tags` facets hold, and which facet says those of an asset now?"""

from collections.abc import Iterable

from catalog.harvesting import tags_said
from lineage.projection.facts import SCOPES, FacetFact
from lineage.projection.merging import FacetFold
from lineage.projection.registry import Registry
from lineage.projection.rows import transpose

JOB_TAGS = (SCOPES["job"], "tags")
DATASET_TAGS = (SCOPES["dataset"], "tags")

ADD_TAGS = """
INSERT INTO catalog_facettag (facet_id, "column", name)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])
"""


def add_tags(registry: Registry, new: Iterable[FacetFact]) -> None:
    """Write the tags of facets that are seen for the first time."""
    rows = [
        (registry.facet(fact.digest), column, name)
        for fact in new
        if (fact.scope, fact.key) in (JOB_TAGS, DATASET_TAGS) and not fact.is_deleted
        for column, name in sorted(tags_said(fact.body))
    ]
    if rows:
        registry.cursor.write(ADD_TAGS, *transpose(rows, 3))


def holder(
    fold: FacetFold, key: tuple[int, str], facts: dict[int, FacetFact]
) -> int | None:
    """The facet of a key that is in force, unless a tombstone took it back."""
    return fold.held[key].facet if fold.facet(key, facts) is not None else None
