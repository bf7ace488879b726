"""Runs that wrote and checked datasets, told as producers tell them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from catalog.models import Dataset, Job
from lineage.ingest import ingest
from lineage.quality.of_dataset import of_dataset
from lineage.quality.of_job import of_job
from lineage.reader import Reader
from tests.lineage.conftest import SCHEMA, run_event

DATA, JOBS = "data", "jobs"
START = datetime(2026, 5, 1, tzinfo=UTC)


def hour(number):
    """So many hours after the first of May."""
    return START + timedelta(hours=number)


def facet(**members):
    return {
        "_producer": "https://example.org/p",
        "_schemaURL": "https://example.org/facet.json",
        **members,
    }


def columns(*names):
    return {"schema": facet(fields=[{"name": n, "type": "text"} for n in names])}


def counted(rows=None, size=None):
    told = {"rowCount": rows, "size": size}
    told = {name: number for name, number in told.items() if number is not None}
    return {"outputStatistics": facet(**told)}


def checked(*assertions):
    """Assertions as (assertion, success) with what else is said of them."""
    return {
        "dataQualityAssertions": facet(
            assertions=[
                {"assertion": name, "success": success, **more}
                for name, success, more in assertions
            ]
        )
    }


def place(name, facets=None, **more):
    return {"namespace": DATA, "name": name, "facets": facets or {}, **more}


def event(job, at, kind, run=None, *, facets=None, job_facets=None, **io):
    """One event of a run of a job; without a run's word each time is a run."""
    named = str(uuid5(NAMESPACE_URL, f"{job} {run or at}"))
    return run_event(
        eventTime=at.isoformat(),
        eventType=kind,
        run={"runId": named, "facets": facets or {}},
        job={"namespace": JOBS, "name": job, "facets": job_facets or {}},
        **io,
    )


def wrote(
    job, dataset, at, *, rows=None, size=None, run=None, state="COMPLETE", **more
):
    """The last event of a run that wrote a dataset."""
    stats = counted(rows, size) if rows is not None or size is not None else {}
    output = place(dataset, more.pop("shows", None), outputFacets=stats)
    return event(job, at, state, run, outputs=[output], **more)


def checks(job, dataset, at, *assertions, state="COMPLETE"):
    """The last event of a run that checked a dataset."""
    read = place(dataset, checked(*assertions))
    return event(job, at, state, inputs=[read])


def described(dataset, at, facets):
    """A dataset event."""
    return {
        "eventTime": at.isoformat(),
        "producer": "https://example.org/producer",
        "schemaURL": f"{SCHEMA}/DatasetEvent",
        "dataset": place(dataset, facets),
    }


def under(parent):
    """The facet that names a parent run."""
    return {
        "parent": facet(
            run={"runId": str(uuid5(NAMESPACE_URL, parent))},
            job={"namespace": JOBS, "name": "dag"},
        )
    }


STREAMS = {
    "jobType": facet(processingType="STREAMING", integration="FLINK", jobType="JOB")
}


def send(*events):
    for outcome in ingest([json.dumps(event).encode() for event in events]):
        assert outcome.status == 201


def dataset(name):
    return Dataset.objects.unrestricted("test").with_names().get(name=name)


def job(name):
    return Job.objects.unrestricted("test").select_related("namespace").get(name=name)


def quality(name, principal, **cut):
    return of_dataset(dataset(name), Reader(principal), **cut)


def reliability(name, principal, **cut):
    return of_job(job(name), Reader(principal), **cut)
