"""Which jobs contain a job, and which does it contain, going by its last runs?"""

from dataclasses import dataclass

from catalog.models import Job
from catalog.models.jobs import JobQuerySet
from lineage import runs
from lineage.models import Run
from lineage.models.runs import RunQuerySet

LAST_RUNS = 10
MOST_CHILDREN = 100


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Jobs by (namespace, name). `has_more` tells that not all children are listed."""

    parents: list[Job]
    children: list[Job]
    has_more: bool


def of_job(job: Job, jobs: JobQuerySet, shown: RunQuerySet) -> Hierarchy:
    """The job's parents and children among `jobs`, by its last runs among `shown`."""
    last = runs.latest([job.pk], shown, limit=LAST_RUNS).get(job.pk, [])
    above = {run.parent_id for run in last if run.parent_id}
    within = Run.objects.unrestricted("only a frame: the jobs are the caller's")
    named = jobs.select_related("namespace").order_by("namespace__name", "name")
    parents = named.filter(pk__in=within.filter(pk__in=above).values("job"))
    children = named.filter(pk__in=within.filter(parent__in=last).values("job"))
    first = list(children[: MOST_CHILDREN + 1])
    return Hierarchy(
        parents=list(parents) if above else [],
        children=first[:MOST_CHILDREN],
        has_more=len(first) > MOST_CHILDREN,
    )
