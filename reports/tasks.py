"""What the worker does for reports: makes them, finds lost ones, drops old ones."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

from policies.behalf import for_the_requester, for_the_system
from reports import services
from reports.models import Report

logger = logging.getLogger(__name__)


@shared_task  # type: ignore[untyped-decorator]
@for_the_requester("reports.services.production asks again when it takes one up.")
def produce_report(pk: int) -> str | None:
    """Make one report; repeating it changes nothing."""
    return services.produce_report(pk)


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It sends reports on their way, each for its requester.")
def take_up_reports() -> int:
    """Every minute: make the reports whose message was lost or whose worker died."""
    waiting = services.left_behind()
    for pk in waiting:
        produce_report.delay(pk)
    return len(waiting)


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It drops files by their age.")
def expire_reports() -> int:
    """Every hour: drop the files of reports that are older than they are kept."""
    return services.expire_reports()


def send_on_its_way(report: Report) -> None:
    """Have a worker make a report: soon, or without a broker once it is found."""
    try:
        produce_report.delay(report.pk)
    except OperationalError as error:
        logger.warning("Report %s waits for the broker: %s", report.public_id, error)
