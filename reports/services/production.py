"""How does a worker make the reports that wait, and find those that were left?"""

import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone

from policies import audit
from policies.models import Token
from reports import rights
from reports.asking import Asking
from reports.models import Report, ReportChunk, ReportFile, ReportQuerySet
from reports.producing import Advance, Made, MadeFile, make
from reports.services.requests import target_of
from reports.writers.paper import PaperRefused

CHUNK_BYTES = 1 << 20
MOST_ATTEMPTS = 3
# A worker tells that it lives this often at most; silent for a lease, it is dead.
BEAT_SECONDS = 1.0
# A message that was not taken up by then may be lost.
LOST_SECONDS = 60
MOST_TAKEN_UP = 100  # at once

logger = logging.getLogger(__name__)


class NotWanted(Exception):
    """The report was cancelled or deleted, or another worker has taken it up."""


class RightsLost(Exception):
    """The requester may not have this report any more."""


def produce_report(pk: int) -> str | None:
    """Make a report that waits, or whose worker died; its status, None if not ours.

    Whoever claims it first makes it: calling this twice makes no second one.
    """
    report = _claim(pk)
    if report is None:
        return None
    try:
        with tempfile.TemporaryDirectory(prefix="headwater-report-") as folder:
            asking = _ask(report)
            made = make(report, asking, Path(folder), _advance(report))
            _finish(report, made)
    except NotWanted:
        return None
    except (RightsLost, Http404):
        return _fail(
            report,
            "The asset is gone, or the right to it was taken away. Whoever has "
            "report.create on it can ask for the report.",
        )
    except SoftTimeLimitExceeded:
        return _fail(
            report,
            f"It took longer than {settings.CELERY_TASK_SOFT_TIME_LIMIT} seconds. "
            "Ask for a shorter period, or have HEADWATER_TASK_LEASE_SECONDS raised.",
        )
    except PaperRefused as refusal:
        logger.error("Report %s: no PDF could be made: %s", report.public_id, refusal)
        return _fail(report, f"The PDF could not be made: {refusal}")
    except OSError as error:
        logger.exception("Report %s could not be written", report.public_id)
        return _fail(
            report,
            f"The worker could not write its files ({error.strerror or error}). An "
            "administrator can make room on its disk; then try again.",
        )
    except Exception:
        # The database may be what failed: then the sweep finds the report again.
        logger.exception("Report %s failed", report.public_id)
        return _fail(
            report,
            "This is a fault of the server. Its log has it under the id of the "
            "report; try again, and tell an administrator if it fails once more.",
        )
    return Report.Status.DONE


def left_behind() -> list[int]:
    """The reports whose message was lost or whose worker died, by id."""
    silent = timezone.now() - timedelta(seconds=settings.HEADWATER_TASK_LEASE_SECONDS)
    late = timezone.now() - timedelta(seconds=LOST_SECONDS)
    lost = Q(status=Report.Status.QUEUED, queued_at__lt=late)
    dead = Q(status=Report.Status.RUNNING, alive_at__lt=silent)
    found = Report.objects.filter(lost | dead).order_by("queued_at")
    waiting = list(found.values_list("pk", flat=True)[:MOST_TAKEN_UP])
    # Their messages are sent anew: no need to do so again in a minute.
    Report.objects.filter(pk__among=waiting).update(queued_at=Now())
    return waiting


def _claim(pk: int) -> Report | None:
    """Take a report up, unless another worker has it; fail it after too many tries."""
    silent = timezone.now() - timedelta(seconds=settings.HEADWATER_TASK_LEASE_SECONDS)
    free = Q(status=Report.Status.QUEUED) | Q(
        status=Report.Status.RUNNING, alive_at__lt=silent
    )
    now = timezone.now()
    claimed = Report.objects.filter(free, pk=pk).update(
        status=Report.Status.RUNNING,
        attempt=F("attempt") + 1,
        progress=0,
        started_at=now,
        alive_at=now,
    )
    if not claimed:
        return None
    report = Report.objects.select_related(
        "dataset__namespace", "job__namespace", "requester", "token"
    ).get(pk=pk)
    if report.attempt > MOST_ATTEMPTS:
        _fail(
            report,
            f"Its worker died {MOST_ATTEMPTS} times on it. An administrator finds why "
            "in the worker's log; ask for a shorter period, or try again later.",
        )
        return None
    if report.recorded_at is None:
        report.recorded_at = now
        _held(report).update(recorded_at=now)
    return report


def _ask(report: Report) -> Asking:
    """The requester as of now. Raises RightsLost."""
    requester = report.requester
    is_live = report.token_id is None or (
        Token.objects.live().filter(pk=report.token_id).exists()
    )
    if not requester.is_active or not is_live:
        raise RightsLost(str(requester))
    principal = rights.narrowed(requester, report.narrowing)
    if not rights.may_report(principal, report.asset):
        raise RightsLost(str(requester))
    assert report.recorded_at is not None
    return Asking(principal, report.period_from, report.period_to, report.recorded_at)


def _advance(report: Report) -> Advance:
    """Tell how far the report is, about once a second; raises NotWanted."""
    told_at: datetime | None = None

    def advance(progress: int, step: str) -> None:
        nonlocal told_at
        now = timezone.now()
        if told_at and (now - told_at).total_seconds() < BEAT_SECONDS:
            return
        told_at = now
        told = {"progress": progress, "step": step, "alive_at": now}
        if not _held(report).update(**told):
            raise NotWanted(str(report))

    return advance


def _held(report: Report) -> ReportQuerySet:
    """The report's row, as long as this attempt is the one that counts."""
    return Report.objects.filter(
        pk=report.pk, status=Report.Status.RUNNING, attempt=report.attempt
    )


@transaction.atomic
def _finish(report: Report, made: Made) -> None:
    """Keep the files and what is known of the report. Raises NotWanted."""
    if not _held(report).select_for_update().exists():
        raise NotWanted(str(report))
    ReportFile.objects.filter(report=report).delete()  # of an earlier life
    for file in made.files:
        _keep(report, file)
    _held(report).update(
        status=Report.Status.DONE,
        progress=100,
        step="",
        finished_at=timezone.now(),
        data_sha256=made.data_sha256,
        manifest=made.manifest,
        preview=made.preview,
        needs=made.needs,
    )
    audit.record(
        audit.Act.REPORT_FINISHED,
        target_of(report.asset),
        actor=None,
        on_behalf_of=report.requester,
        changes={
            "report": report.public_id,
            "data_sha256": made.data_sha256,
            # It has the digests of the files.
            "manifest_sha256": made.manifest_sha256,
        },
    )


def _keep(report: Report, made: MadeFile) -> None:
    file = ReportFile.objects.create(
        report=report,
        name=made.name,
        media_type=made.media_type,
        size_bytes=made.size_bytes,
        sha256=made.sha256,
    )
    with made.path.open("rb") as source:
        number = 0
        while body := source.read(CHUNK_BYTES):
            ReportChunk.objects.create(file=file, number=number, body=body)
            number += 1


@transaction.atomic
def _fail(report: Report, why: str) -> str | None:
    failed = _held(report).update(
        status=Report.Status.FAILED, error=why, step="", finished_at=timezone.now()
    )
    if not failed:
        return None
    audit.record(
        audit.Act.REPORT_FAILED,
        target_of(report.asset),
        actor=None,
        on_behalf_of=report.requester,
        changes={"report": report.public_id},
        reason=why,
    )
    return Report.Status.FAILED
