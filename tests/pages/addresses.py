"""Where the pages about the harbour's data are."""

from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Count
from django.utils import timezone

from catalog.models import Change, Dataset
from catalog.paths import escape
from lineage.models import Event, Run
from policies.models import Principal
from reports.services import produce_report, request_report
from tests.pages import story
from tests.pages.asking import asking_pages
from tests.pages.granting import granting_pages

STAGED = f"/datasets/{escape(story.WAREHOUSE)}/{escape(story.STAGED)}"
MART = f"/datasets/{escape(story.WAREHOUSE)}/{escape(story.MART)}"
CREW = f"/datasets/{escape(story.WAREHOUSE)}/{escape(story.CREW)}"
TERMINALS = f"/datasets/{escape(story.LAKE)}/{escape(story.TERMINALS)}"
STAGING_JOB = f"/jobs/{story.MODELS}/{story.STAGING_JOB}"
FAILING_JOB = f"/jobs/{story.FLOWS}/{story.FAILING_JOB}"
REPORTED = {"type": "dataset", "namespace": story.WAREHOUSE, "name": story.STAGED}
NODE = f"dataset:{story.WAREHOUSE}:{story.STAGED}"
THEN = {"nodeId": NODE, "asOf": "2100-01-01", "maxHops": 1, "controlFlow": 1}
BETWEEN = {"from": NODE, "to": f"dataset:{story.WAREHOUSE}:{story.MART}"}
DAG = f"/jobs/{story.FLOWS}/{story.DAG}"


def last_run(job):
    """The address of a job's last run."""
    runs = Run.objects.unrestricted("test").filter(job__name=job)
    run = runs.select_related("job__namespace").order_by("-started_at")[0]
    return f"/jobs/{run.job.namespace.name}/{escape(job)}/runs/{run.run_id}"


def event_with_warnings():
    warned = Event.objects.annotate(found=Count("warnings")).filter(found__gt=0)
    return f"/events/{bytes(warned[0].digest).hex()}"


def last_event(job):
    event = Event.objects.filter(job__name=job).order_by("-event_time")[0]
    return f"/events/{bytes(event.digest).hex()}"


def made_report(*, is_made=True):
    """The address of a report about the mart, asked for by the admin."""
    datasets = Dataset.objects.unrestricted("test").with_names()
    now = timezone.now()
    report = request_report(
        datasets.get(name=story.MART),
        since=now - timedelta(days=30),
        until=now,
        actor=Principal.objects.get(username="ada"),
    )
    if is_made:
        assert produce_report(report.pk) == "done"
    return f"/reports/{report.public_id}"


def last_change():
    """The address of what a steward did last; pages of curation need `looked_after`."""
    return f"/changes/{Change.objects.latest('pk').public_id}"


def every_page():
    """Each kind of page, by a short name."""
    return {
        "home": "/",
        "datasets": "/datasets",
        "jobs": "/jobs",
        "namespaces": "/namespaces",
        "find": "/find?q=port",
        "columns": STAGED,
        "versions": f"{STAGED}/versions",
        "flow": f"{STAGED}/jobs",
        "dataset-runs": f"{STAGED}/runs",
        "unknown-columns": CREW,
        "lineage": f"/lineage?nodeId=dataset:{story.WAREHOUSE}:{story.STAGED}",
        "lineage-then": f"/lineage?{urlencode(THEN)}",
        "lineage-of-columns": f"{STAGED}/lineage?level=column",
        "lineage-amiss": f"{STAGED}/lineage?asOf=yesterday",
        "lineage-paths": f"/lineage/paths?{urlencode(BETWEEN)}",
        "lineage-paths-pick": f"/lineage/paths?{urlencode({'from': NODE})}",
        "lineage-ends": f"/lineage/ends?{urlencode({'nodeId': NODE})}",
        "lineage-of-dataset": f"{STAGED}/lineage",
        "lineage-of-job": f"{STAGING_JOB}/lineage",
        "job": STAGING_JOB,
        "job-failing": FAILING_JOB,
        "job-versions": f"{STAGING_JOB}/versions",
        "job-runs": f"{FAILING_JOB}/runs",
        "run": last_run(story.MART_JOB),
        "run-failed": last_run(story.FAILING_JOB),
        "run-dag": last_run(story.DAG),
        "account": "/account",
        "account-password": "/account/password",
        "account-second-factor": "/account/second-factor",
        "account-sessions": "/account/sessions",
        "account-tokens": "/account/tokens",
        "journal": "/journal",
        "journal-filtered": "/journal?act=session&kind=principal&by=me",
        "dataset-trail": f"{STAGED}/trail",
        "job-trail": f"{STAGING_JOB}/trail",
        "impact": f"{STAGED}/impact",
        "impact-of-column": f"{STAGED}/impact?column=vessel_imo",
        "impact-none": f"{CREW}/impact",
        "impact-of-job": f"{STAGING_JOB}/impact",
        "impact-drop": f"{STAGED}/impact?change=drop",
        "impact-erase": f"{STAGED}/impact?change=erase&column=vessel_imo",
        "impact-unclear": f"{STAGED}/impact?change=retype",
        "impact-stop": f"{STAGING_JOB}/impact?change=stop",
        "quality": f"{STAGED}/quality",
        "quality-none": f"{CREW}/quality",
        "job-quality": f"{FAILING_JOB}/quality",
        "incidents": "/quality",
        "declared": "/lineage/manual",
        "declare": "/lineage/manual/declare",
        "reports": "/reports",
        "report-new": f"/reports/new?{urlencode(REPORTED)}",
        "report": made_report(),
        "report-waiting": made_report(is_made=False),
        "dataset-governance": f"{STAGED}/governance",
        "dataset-governance-inherited": f"{CREW}/governance",
        "column-governance": f"{STAGED}/governance?column=vessel_imo",
        "job-governance": f"{STAGING_JOB}/governance",
        "deprecated": MART,
        "namespace": f"/namespaces/{escape(story.WAREHOUSE)}",
        "governance": "/governance",
        "domains": "/domains",
        "domain": "/domains/Harbour~2FOperations",
        "domain-new": "/define/domains",
        "tags": "/tags",
        "tag": "/tags/PII",
        "tag-retire": "/tags/PII.name/retire",
        "terms": "/glossary",
        "term": "/glossary/Port call",
        "term-edit": "/glossary/Port call/edit",
        "products": "/products",
        "product": "/products/Berth occupancy",
        "properties": "/properties",
        "property": "/properties/Sensitivity",
        "property-new": "/define/properties",
        "changes": "/changes",
        "change": last_change(),
        "proposals": "/proposals",
        "followed-tags": "/classification",
        "classification": f"{MART}/classification",
        "tag-reach": "/classification/tags/PII",
        "datasets-by-governance": "/datasets?tag=PII&lifecycle=active",
        "curation-import": "/governance/import",
        "ingestion": "/ingestion",
        "events": "/ingestion/events",
        "event": event_with_warnings(),
        "event-run": last_event(story.MART_JOB),
        **asking_pages(),
        **granting_pages(),
    }
