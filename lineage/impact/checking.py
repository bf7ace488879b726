"""Which checks that producers run would catch what becomes of a hit?

The last runs that read a dataset tell which assertions they tested on it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, LiteralString

from django.db import connection

from catalog.models import Facet
from lineage.checks import checks_of
from lineage.graph.cut import Cut
from lineage.impact.answers import QualityCheck
from lineage.reader import Reader
from policies.actions import Action

ASSERTIONS = "dataQualityAssertions"
# A dataset is tested by few of those that read it; of each the last runs tell.
RUNS = 2
# By edge_reverse.
READERS: LiteralString = """
SELECT n.canonical_id, n.id, e.job_id
FROM catalog_dataset n JOIN lineage_edge e ON e.dataset_id = n.id
WHERE n.canonical_id = ANY(%(datasets)s::bigint[])
"""
# By run_of_job, the primary keys of run datasets and facets.
TESTED: LiteralString = """
SELECT w.canonical, f.id
FROM unnest(%(canonical)s::bigint[], %(names)s::bigint[], %(jobs)s::bigint[])
  AS w(canonical, name, job)
CROSS JOIN LATERAL (
  SELECT r.id, r.started_at, o.facets FROM lineage_run r
  JOIN lineage_rundataset o ON o.run_id = r.id AND o.dataset_id = w.name
    AND o.facets IS NOT NULL
  WHERE r.job_id = w.job AND r.started_at IS NOT NULL
    AND (%(as_of)s::timestamptz IS NULL OR r.started_at <= %(as_of)s)
    AND (%(recorded_at)s::timestamptz IS NULL OR r.created_at <= %(recorded_at)s)
  ORDER BY r.started_at DESC LIMIT %(most)s
) AS o
JOIN catalog_facet f ON f.id = ANY(o.facets) AND f.key = %(key)s
ORDER BY w.canonical, o.started_at DESC, f.id
"""

type Checks = dict[int, list[QualityCheck]]


def of_datasets(datasets: Collection[int], reader: Reader, cut: Cut) -> Checks:
    """The checks of canonical datasets (by id) by the last runs that may be seen."""
    with connection.cursor() as cursor:
        cursor.execute(READERS, {"datasets": list(datasets)})
        reading: list[tuple[int, int, int]] = cursor.fetchall()
    shown = reader.linked_jobs.permitted(reader.principal, Action.RUN_VIEW)
    jobs = set(
        shown.filter(pk__among={job for _, _, job in reading}).values_list(
            "pk", flat=True
        )
        if reading
        else ()
    )
    reading = sorted({row for row in reading if row[2] in jobs})
    if not reading:
        return {}
    canonical, names, by = (list(column) for column in zip(*reading, strict=True))
    asked: dict[str, Any] = {
        "canonical": canonical,
        "names": names,
        "jobs": by,
        "most": RUNS,
    }
    with connection.cursor() as cursor:
        cursor.execute(TESTED, asked | cut._asdict() | {"key": ASSERTIONS})
        found: list[tuple[int, int]] = cursor.fetchall()
    return _told(found, reader)


def _told(found: Sequence[tuple[int, int]], reader: Reader) -> Checks:
    """Each check once, as it went last, of columns that the reader may know."""
    if not found:
        return {}
    rows = {f.pk: f for f in Facet.objects.filter(pk__among={pk for _, pk in found})}
    hidden = reader.hidden_columns({dataset for dataset, _ in found}, lineage=True)
    checks: defaultdict[int, dict[tuple[str, str], QualityCheck]] = defaultdict(dict)
    for dataset, facet in found:
        shown = reader.readable([rows[facet]], hidden=hidden.of.get(dataset, ()))
        for one in checks_of(_with_body(facet, body) for facet, body in shown):
            if not hidden.hides(dataset, one.column):
                check = QualityCheck(one.name, one.column, one.outcome)
                checks[dataset].setdefault((one.column, one.name), check)
    return {dataset: list(named.values()) for dataset, named in checks.items()}


def _with_body(facet: Facet, body: str) -> Facet:
    if body != facet.body:
        facet = Facet(pk=facet.pk, scope=facet.scope, key=facet.key, body=body)
    return facet


def catching(
    checks: Mapping[int, list[QualityCheck]], dataset: int, column: str
) -> list[QualityCheck]:
    """Of a dataset's checks those that test a column of it; all, of the dataset."""
    return [
        one for one in checks.get(dataset, ()) if not column or one.column == column
    ]
