"""What the worker does for access and journal by the clock."""

from celery import shared_task

from policies import attempts, audit


@shared_task  # type: ignore[untyped-decorator]
def journal_failed_attempts() -> int:
    """Every minute: move failed attempts of earlier minutes into the journal."""
    return attempts.journal_finished_minutes()


@shared_task  # type: ignore[untyped-decorator]
def make_journal_months() -> int:
    """Every day: see that the journal has partitions for the months to come."""
    return audit.make_months()
