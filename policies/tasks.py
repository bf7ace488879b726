"""What the worker does for access and journal by the clock."""

from celery import shared_task

from policies import audit, services
from policies.behalf import for_the_system
from policies.services import approvals, requests, reviews
from policies.signing_in import attempts, brakes
from policies.signing_in.session_store import SessionStore


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It moves counts into the journal.")
def journal_failed_attempts() -> int:
    """Every minute: move failed attempts of earlier minutes into the journal."""
    return attempts.journal_finished_minutes()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It forgets what counts no more.")
def forget_old_sign_ins() -> int:
    """Every hour: delete sessions that are over, and yesterday's counts of tries."""
    SessionStore.clear_expired()
    return brakes.forget_old_tries()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It makes empty tables.")
def make_journal_months() -> int:
    """Every day: see that the journal has partitions for the months to come."""
    return audit.make_months()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("They ended by their own time; the journal is told.")
def close_emergencies() -> int:
    """Every minute: let the journal know of emergencies whose time is over."""
    return services.close_what_ran_out()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It gives nothing: what nobody answered is declined.")
def close_what_nobody_answered() -> int:
    """Every few minutes: close held changes and access requests whose time is over."""
    return approvals.expire_changes() + requests.expire_requests()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("What becomes of the undecided was settled when it was opened.")
def close_due_reviews() -> int:
    """Every few minutes: end the reviews of access whose day has come."""
    return reviews.close_due_reviews()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It names reviews to their own reviewers.")
def remind_reviewers() -> int:
    """Every hour: remind those who have left something undecided for days."""
    return reviews.remind_reviewers()
