"""How is a dataset, job or namespace taken out of sight until something new is heard?

The events stay, and so does all that they assert. Only what arrives after the DELETE
brings a thing back.
"""

from datetime import datetime, timedelta

from catalog.models import Dataset, Job, Namespace
from lineage.writing import writing
from policies import audit
from policies.access import Someone

_REASON = "a service acts on what the edge has permitted"


def hide_dataset(dataset: Dataset, *, actor: Someone | None) -> None:
    """Hide a canonical dataset under all of its names. Repeating it moves the time."""
    with writing() as writer:
        names = Dataset.objects.unrestricted(_REASON).filter(canonical=dataset)
        names.update(hidden_at=_just_before(writer.recorded_at))
        target = audit.Target("catalog.dataset", (dataset.namespace.name, dataset.name))
        audit.record(audit.Act.DATASET_HIDDEN, target, actor=actor)


def hide_job(job: Job, *, actor: Someone | None) -> None:
    """Hide a job, and with it its runs. Repeating it moves the time."""
    with writing() as writer:
        rows = Job.objects.unrestricted(_REASON).filter(pk=job.pk)
        rows.update(hidden_at=_just_before(writer.recorded_at))
        target = audit.Target("catalog.job", (job.namespace.name, job.name))
        audit.record(audit.Act.JOB_HIDDEN, target, actor=actor)


def hide_namespace(namespace: Namespace, *, actor: Someone | None) -> None:
    """Hide a namespace with its jobs and datasets. Repeating it moves the time."""
    with writing() as writer:
        at = _just_before(writer.recorded_at)
        Namespace.objects.unrestricted(_REASON).filter(pk=namespace.pk).update(
            hidden_at=at
        )
        jobs = (
            Job.objects.unrestricted(_REASON)
            .filter(namespace=namespace)
            .update(hidden_at=at)
        )
        names = Dataset.objects.unrestricted(_REASON).filter(
            canonical__namespace=namespace
        )
        datasets = names.update(hidden_at=at)
        audit.record(
            audit.Act.NAMESPACE_HIDDEN,
            audit.Target("catalog.namespace", (namespace.name,)),
            actor=actor,
            changes={"jobs": jobs, "dataset_names": datasets},
        )


def _just_before(next_stamp: datetime) -> datetime:
    """The last instant before any event that is yet to be recorded."""
    return next_stamp - timedelta(microseconds=1)
