"""Who gets which report, and which file of it, by the rights of this moment?"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404

from catalog.models import Dataset, Job
from policies import audit
from policies.models import Principal
from policies.problems import Problem
from reports import rights
from reports.models import Report, ReportFile
from reports.services.requests import journal


def reportable(
    principal: Principal, kind: str, namespace: str, name: str
) -> Dataset | Job | None:
    """The dataset or job of that name, if `principal` may have reports about it.

    Any name of a dataset that they may know leads to the canonical one.
    """
    if kind == "job":
        jobs = Job.objects.visible().filter(namespace__name=namespace, name=name)
        found: Any = jobs.select_related("namespace")
    elif kind == "dataset":
        named = Dataset.objects.permitted(principal, rights.VIEW)
        named = named.filter(namespace__name=namespace, name=name)
        datasets = Dataset.objects.visible().filter(pk__in=named.values("canonical"))
        found = datasets.with_names()
    else:
        return None
    asset: Dataset | Job | None = (
        found.permitted(principal, rights.VIEW)
        .permitted(principal, rights.REPORT)
        .first()
    )
    return asset


def find_report(principal: Principal, report_id: UUID) -> Report:
    """A report that `principal` may read, all of its content included, as of now.

    What they asked for themselves and may not read any more is journaled as denied.

    Raises Http404; Problem (403) where they may know of it and not read it.
    """
    rows = Report.objects.select_related(
        "dataset__namespace", "job__namespace", "requester"
    )
    report = rows.readable(principal).filter(public_id=report_id).first()
    if report is None:
        lost = get_object_or_404(rows, public_id=report_id, requester=principal.pk)
        _journal_denial(lost, principal)
        raise Http404
    if not rights.covers(principal, report.needs):
        _journal_denial(report, principal)
        raise Problem(
            403,
            "report_rights_lost",
            "This report tells of things that you may not see, now that rights have "
            "changed. Ask for a new report: it tells what you may see.",
        )
    return report


def own_report(principal: Principal, report_id: UUID) -> Report:
    """A report that `principal` asked for, to be done away with. Raises Http404."""
    mine = Report.objects.readable(principal).filter(requester=principal.pk)
    return get_object_or_404(
        mine.select_related("dataset__namespace", "job__namespace"),
        public_id=report_id,
    )


def find_file(report: Report, name: str) -> ReportFile:
    """A file of a report. Raises Http404."""
    return get_object_or_404(report.files, name=name)


def record_download(
    report: Report, name: str, sha256: str, *, actor: Principal
) -> None:
    """Journal that a file leaves the server."""
    with transaction.atomic():
        journal(
            audit.Act.REPORT_DOWNLOADED,
            report,
            report.asset,
            actor,
            file=name,
            sha256=sha256,
        )


def bytes_of(file: ReportFile) -> Iterator[bytes]:
    """A file, chunk by chunk; each is asked for when the one before has left."""
    numbers = file.chunks.order_by("number").values_list("number", flat=True)
    for number in list(numbers):
        yield bytes(file.chunks.get(number=number).body)


def _journal_denial(report: Report, principal: Principal) -> None:
    audit.record_alone(
        audit.Act.ACCESS_DENIED,
        report,
        actor=principal,
        changes={"action": rights.REPORT},
    )
