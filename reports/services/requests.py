"""How is a report asked for, given up, asked for again and thrown away?"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from catalog.models import Dataset, Job
from policies import audit
from policies.models import Principal
from reports import rights
from reports.kinds import DEFAULT
from reports.models import Report, ReportFile

MOST_UNFINISHED = 10  # of one requester


class TooManyUnfinished(Exception):
    """The requester has enough reports on their way."""


class NotRetriable(Exception):
    """The report is on its way, or done."""


def request_report(
    asset: Dataset | Job,
    *,
    since: datetime,
    until: datetime,
    recorded_at: datetime | None = None,
    kind: str = DEFAULT,
    token_id: int | None = None,
    actor: Principal,
) -> Report:
    """Note that a report is wanted; a worker makes it. The edge sends it on its way.

    With `token_id`, the report is made with no more rights than the token leaves.

    Raises TooManyUnfinished.
    """
    with transaction.atomic():
        # One requester at a time, so that the number holds.
        Principal.objects.select_for_update().get(pk=actor.pk)
        if actor.reports.unfinished().count() >= MOST_UNFINISHED:
            raise TooManyUnfinished(str(MOST_UNFINISHED))
        report = Report.objects.create(
            kind=kind,
            dataset=asset if isinstance(asset, Dataset) else None,
            job=asset if isinstance(asset, Job) else None,
            period_from=since,
            period_to=until,
            recorded_at=recorded_at,
            requester=actor,
            token_id=token_id,
            narrowing=rights.written(actor.narrowing),
        )
        journal(audit.Act.REPORT_REQUESTED, report, asset, actor)
    return report


def retry_report(report: Report, *, actor: Principal) -> None:
    """Have a report made again that failed, was cancelled, or has expired.

    The recorded time stays: it tells what the first one would have.

    Raises NotRetriable.
    """
    again = (Report.Status.FAILED, Report.Status.CANCELLED, Report.Status.EXPIRED)
    with transaction.atomic():
        changed = Report.objects.filter(pk=report.pk, status__in=again).update(
            status=Report.Status.QUEUED,
            progress=0,
            step="",
            error="",
            attempt=0,
            alive_at=None,
            finished_at=None,
            queued_at=Now(),
        )
        if not changed:
            raise NotRetriable(report.status)
        journal(audit.Act.REPORT_REQUESTED, report, report.asset, actor)


def cancel_report(report: Report, *, actor: Principal) -> bool:
    """Give up a report that is on its way; whether it still was."""
    with transaction.atomic():
        changed = (
            Report.objects.unfinished()
            .filter(pk=report.pk)
            .update(status=Report.Status.CANCELLED, finished_at=Now(), step="")
        )
        if changed:
            journal(audit.Act.REPORT_CANCELLED, report, report.asset, actor)
    return bool(changed)


def delete_report(report: Report, *, actor: Principal) -> None:
    """Throw a report away with its files; the journal keeps that there was one."""
    with transaction.atomic():
        journal(audit.Act.REPORT_DELETED, report, report.asset, actor)
        report.delete()


def expire_reports() -> int:
    """Drop the files of old reports, and what of them is shown; how many there were.

    That there was one, with which digests, stays.
    """
    keep = timedelta(days=settings.HEADWATER_REPORT_DAYS)
    old = Report.objects.filter(
        status=Report.Status.DONE, finished_at__lt=timezone.now() - keep
    )
    count = 0
    for report in old.order_by("pk").only("pk")[:1000]:
        with transaction.atomic():
            ReportFile.objects.filter(report=report).delete()
            count += Report.objects.filter(
                pk=report.pk, status=Report.Status.DONE
            ).update(status=Report.Status.EXPIRED, preview=None)
    return count


def journal(
    act: audit.Act,
    report: Report,
    asset: Dataset | Job,
    actor: Principal,
    **facts: object,
) -> None:
    """Record an act in the trail of the asset that the report is about."""
    told = {"report": report.public_id, "kind": report.kind, **facts}
    audit.record(act, target_of(asset), actor=actor, changes=told)


def target_of(asset: Dataset | Job) -> audit.Target:
    return audit.Target(asset._meta.label_lower, (asset.namespace.name, asset.name))
