"""What the worker does for events by the clock."""

import time

from celery import shared_task

from lineage import rebuilding
from lineage.bodies import make_months
from lineage.services import classification, incidents
from lineage.services.mailing import mail_notices
from lineage.services.renames import follow_renames as follow
from lineage.services.replays import replay_unapplied
from policies.behalf import for_the_system

CLASSIFYING_SECONDS = 60  # then the next turn goes on


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("An event alters what its acceptances say, whenever it is applied.")
def replay_what_older_projectors_failed_on() -> tuple[int, int]:
    """Every minute: try events again on which an older projector failed."""
    return replay_unapplied(only_older=True)


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It ends what an operator began, and tells nothing.")
def recover_from_rebuild() -> bool:
    """Every minute: end what a rebuild that was killed left behind."""
    return rebuilding.recover()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("A rename counts if its producer might rename, judged at the door.")
def follow_renames() -> int:
    """Every minute: say of renamed datasets what was said of them before."""
    return follow()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("It makes empty tables.")
def make_event_months() -> int:
    """Every day: see that raw events have partitions for the months to come."""
    return make_months()


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("Tags follow the data by rules; they give no rights, and take some.")
def classify_what_changed() -> int:
    """Every few seconds: let tags follow what events and people say since."""
    done = 0
    until = time.monotonic() + CLASSIFYING_SECONDS
    while time.monotonic() < until and (more := classification.follow_tags()):
        done += more
    return done


@shared_task  # type: ignore[untyped-decorator]
@for_the_system("An incident is told to those who may see its dataset.")
def judge_expectations() -> dict[str, int]:
    """Every minute: open and resolve incidents, and tell those whom they touch."""
    done = incidents.judge_expectations()
    told = incidents.tell_people()
    return {**done, "told": told, "mailed": mail_notices()}
