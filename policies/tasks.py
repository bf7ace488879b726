"""What the worker does for access and journal by the clock."""

from celery import shared_task

from policies import attempts, audit, brakes, services
from policies.session_store import SessionStore


@shared_task  # type: ignore[untyped-decorator]
def journal_failed_attempts() -> int:
    """Every minute: move failed attempts of earlier minutes into the journal."""
    return attempts.journal_finished_minutes()


@shared_task  # type: ignore[untyped-decorator]
def forget_old_sign_ins() -> int:
    """Every hour: delete sessions that are over, and yesterday's counts of tries."""
    SessionStore.clear_expired()
    return brakes.forget_old_tries()


@shared_task  # type: ignore[untyped-decorator]
def make_journal_months() -> int:
    """Every day: see that the journal has partitions for the months to come."""
    return audit.make_months()


@shared_task  # type: ignore[untyped-decorator]
def close_emergencies() -> int:
    """Every minute: let the journal know of emergencies whose time is over."""
    return services.close_what_ran_out()
