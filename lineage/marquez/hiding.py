"""How does what was deleted in Marquez stay out of sight?"""

from collections.abc import Iterator

from catalog.models import Dataset, Job, Namespace
from lineage.marquez import queries
from lineage.marquez.importing import Import
from lineage.marquez.rows import NamedRow
from lineage.services.hiding import hide_dataset, hide_job, hide_namespace

_REASON = "an import acts for the system"
HIDDEN = (
    ("namespaces hidden", queries.HIDDEN_NAMESPACES),
    ("datasets hidden", queries.HIDDEN_DATASETS),
    ("jobs hidden", queries.HIDDEN_JOBS),
)


def hide_what_is_hidden(job: Import) -> None:
    """Hide what a DELETE hides in Marquez.

    What was hidden here once is left alone: if it is seen, there was news of it.
    """
    for what, query in HIDDEN:
        tally = job.report.tally(what)
        for place, row in job.read(what, query, NamedRow):
            found = list(_found(what, row))
            if job.is_trial:
                tally.new += 1
            elif not found:
                reason = "Nothing of this name came over, so there is nothing to hide."
                job.refuse(what, place, "unknown", reason)
            elif found[0].hidden_at is not None:
                tally.known += 1
            else:
                _hide(found[0])
                tally.new += 1


def _found(what: str, row: NamedRow) -> Iterator[Namespace | Dataset | Job]:
    if what == "namespaces hidden":
        yield from Namespace.objects.unrestricted(_REASON).filter(name=row.name)
        return
    model = Dataset if what == "datasets hidden" else Job
    rows = model.objects.unrestricted(_REASON).select_related("namespace")
    yield from rows.filter(namespace__name=row.namespace, name=row.name)


def _hide(found: Namespace | Dataset | Job) -> None:
    if isinstance(found, Namespace):
        hide_namespace(found, actor=None)
    elif isinstance(found, Job):
        hide_job(found, actor=None)
    else:
        canonical = Dataset.objects.unrestricted(_REASON).select_related("namespace")
        hide_dataset(canonical.get(pk=found.canonical_id), actor=None)
