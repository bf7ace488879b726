"""Which jobs wait for which? No data flows along this, and no walk goes along it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lineage import nodeids
from lineage.graph.cut import Cut
from lineage.models import JobDependency
from lineage.reader import Reader

MAX_DEPENDENCIES = 10_000


@dataclass(frozen=True, slots=True)
class Dependency:
    """One job waits for another, by nodeIds; `kind` is the producer's word for how."""

    upstream: str
    downstream: str
    kind: str
    first_at: datetime
    last_at: datetime


def dependencies(jobs: Collection[int], cut: Cut, reader: Reader) -> list[Dependency]:
    """What jobs wait for and what waits for them, as far as both may be told.

    By event time alone: when it was recorded is not kept.
    """
    if not jobs:
        return []
    ids = sorted(jobs)
    linked = reader.linked_jobs.values("pk")
    rows = JobDependency.objects.filter(
        Q(upstream__among=ids) | Q(downstream__among=ids),
        upstream__in=linked,
        downstream__in=linked,
    )
    if cut.as_of is not None:
        rows = rows.filter(first_at__lte=cut.as_of)
    found = rows.order_by(
        *("upstream__namespace__name", "upstream__name"),
        *("downstream__namespace__name", "downstream__name", "kind"),
    ).values_list(
        *("upstream__namespace__name", "upstream__name"),
        *("downstream__namespace__name", "downstream__name"),
        *("kind", "first_at", "last_at"),
    )
    return [
        Dependency(nodeids.of_job(*row[:2]), nodeids.of_job(*row[2:4]), *row[4:])
        for row in found[:MAX_DEPENDENCIES]
    ]
