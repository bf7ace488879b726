"""Of which rows of Marquez has an event told already?

Asked of rows that say little more than that there is something of a name.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from catalog.models import Dataset, Job
from lineage.marquez.rows import DatasetRow
from lineage.models import DatasetAlias

_REASON = "an import acts for the system"
MERGING = (DatasetAlias.Kind.NAME, DatasetAlias.Kind.LOCATION)


def none(rows: Sequence[Any]) -> list[bool]:
    """These say more than their name: their events tell whether they are known."""
    return [False] * len(rows)


def datasets(rows: Sequence[Any]) -> list[bool]:
    return _seen(Dataset.objects.unrestricted(_REASON), rows)


def jobs(rows: Sequence[Any]) -> list[bool]:
    return _seen(Job.objects.unrestricted(_REASON), rows)


def aliases(rows: Sequence[DatasetRow]) -> list[bool]:
    """Whether all of a dataset's other names are known as such."""
    found = DatasetAlias.objects.filter(
        dataset__namespace__name__in={row.namespace for row in rows},
        dataset__name__in={row.name for row in rows},
        kind__in=MERGING,
    )
    known = set(
        found.values_list(
            "dataset__namespace__name",
            "dataset__name",
            "alias__namespace__name",
            "alias__name",
        )
    )
    return [
        {(row.namespace, row.name, s.namespace, s.name) for s in row.symlinks} <= known
        for row in rows
    ]


def _seen(assets: Any, rows: Iterable[Any]) -> list[bool]:
    names = [(row.namespace, row.name) for row in rows]
    found = assets.filter(
        first_seen__isnull=False,
        namespace__name__in={namespace for namespace, _ in names},
        name__in={name for _, name in names},
    )
    seen = set(found.values_list("namespace__name", "name"))
    return [name in seen for name in names]
