"""Each background task says on whose behalf it runs, and is held to it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change
from catalog.services import Saying, say
from config.celery import app
from policies.actions import Action
from policies.behalf import Of, behalf_of
from policies.models import BreakGlass, Grant
from policies.services import (
    add_member,
    create_group,
    grant_role,
    remove_member,
    revoke_grant,
    set_active,
    share_asset,
    unshare_asset,
)
from reports.services import request_report
from reports.tasks import produce_report
from tests.cast import break_glass
from tests.factories import make_dataset, make_principal

app.loader.import_default_modules()
# What Celery brings has no code of ours, and reads nothing but its own results.
TASKS = {name: task for name, task in app.tasks.items() if name[:7] != "celery."}
REQUESTED = {
    name
    for name, task in TASKS.items()
    if (declared := behalf_of(task)) and declared.of is Of.REQUESTER
}


def report_on(dataset, requester):
    """A report that waits for a worker; what the worker says when it takes it up."""
    until = timezone.now()
    report = request_report(
        dataset, since=until - timedelta(days=1), until=until, actor=requester
    )

    def run():
        status = produce_report.delay(report.pk).get()
        report.refresh_from_db()
        return status, report.error, report.files.count()

    return run


# Of each task that goes by its requester's rights: how it is asked for and run.
ASKED = {"reports.tasks.produce_report": report_on}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_task_says_on_whose_behalf_it_runs(name):
    assert behalf_of(TASKS[name]), f"{name} declares nothing: see policies.behalf"


def test_each_task_that_is_asked_for_is_tried_without_its_requesters_rights():
    assert set(ASKED) == REQUESTED


def granted(person, dataset):
    grant = grant_role(person, "steward", actor=None)
    return lambda: revoke_grant(grant, actor=None)


def expiring(person, dataset):
    grant = grant_role(person, "steward", actor=None)
    past = timezone.now() - timedelta(seconds=1)
    return lambda: Grant.objects.filter(pk=grant.pk).update(valid_to=past)


def denied(person, dataset):
    grant_role(person, "steward", actor=None)
    deny = Grant.Effect.DENY
    return lambda: grant_role(person, "viewer", effect=deny, actor=None)


def grouped(person, dataset):
    group = create_group("stewards", actor=None)
    grant_role(group, "steward", actor=None)
    add_member(group, person, actor=None)
    return lambda: remove_member(group, person, actor=None)


def owning(person, dataset):
    """An owner may have reports of what is theirs, without any grant."""
    subject, kind = Subject("dataset", dataset), KINDS["owner"]
    fields = kind.fields_of(subject, Written(person.username, "business"))

    def tell(saying):
        say([saying], actor=None, via=Change.Via.SYSTEM)

    tell(Saying(kind, subject, fields))
    return lambda: tell(Saying(kind, subject, None, kind.identity_of(fields)))


def shared(person, dataset):
    actions = (Action.ASSET_VIEW, Action.REPORT_CREATE)
    for action in actions:
        share_asset(dataset, person, action, actor=None)

    def take_back():
        for action in actions:
            unshare_asset(dataset, person, action, actor=None)

    return take_back


def active(person, dataset):
    grant_role(person, "steward", actor=None)
    return lambda: set_active(person, False, actor=None)


def in_an_emergency(person, dataset):
    grant_role(person, "steward", actor=None)
    grant_role(person, "steward", effect=Grant.Effect.DENY, actor=None)
    glass = break_glass(person)
    over = timezone.now()
    return lambda: BreakGlass.objects.filter(pk=glass.pk).update(closed_at=over)


RIGHTS = (granted, expiring, denied, grouped, owning, shared, active, in_an_emergency)


@pytest.mark.django_db
@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: right.__name__)
@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_task_is_refused_if_the_right_is_lost_before_it_starts(name, right):
    dataset, person = make_dataset("prod", "orders"), make_principal("sam")
    lose = right(person, dataset)
    kept, lost = ASKED[name](dataset, person), ASKED[name](dataset, person)

    status, error, files = kept()
    assert (status, error) == ("done", "")
    assert files
    lose()
    status, error, files = lost()
    assert (status, files) == ("failed", 0)
    assert "the right to it was taken away" in error
