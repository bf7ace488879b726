"""Some rows of every model that has administration pages."""

from datetime import timedelta

from celery import states
from django.utils import timezone
from django_celery_results.models import TaskResult

from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import (
    Change,
    DataProduct,
    Dataset,
    Domain,
    Job,
    PropertyDefinition,
    ProposalVerdict,
    Source,
    Tag,
    Term,
)
from catalog.services import Saying, changing, define_entry, say
from lineage.manual import Drawn, End
from lineage.models import AliasRule, Conformance, Event
from lineage.services.alias_rules import make_alias_rule
from lineage.services.manual import declare_edges
from lineage.services.replays import retract_event
from policies import services
from policies.actions import Action
from policies.models import FailedAttempt
from reports.services import request_report
from tests.factories import make_dataset, make_job, make_principal

WHY = "the world of a test"


def fill(count, *, start=0):
    """Add `count` rows or more to every table that has administration pages."""
    for number in range(start, start + count):
        _people(number)
        _assets(number)
        _operations(number)
    _events(count)


def _people(number):
    person = make_principal(f"person-{number:03}", "viewer", name=f"Person {number}")
    group = services.create_group(f"group-{number:03}", actor=None)
    services.add_member(group, person, actor=None)
    around = services.create_group(f"around-{number:03}", actor=None)
    services.nest_group(around, group, actor=None)
    emergency = services.break_glass(person, reason="A drill for all.", most_minutes=60)
    services.close_glass(emergency, actor=None)
    services.create_role(f"role-{number}", [Action.ASSET_VIEW], actor=None)
    services.create_token(person, f"token-{number}", actor=None)
    FailedAttempt.objects.create(
        minute=timezone.now(), kind="sign_in", source=f"192.0.2.{number}", count=1
    )


def _assets(number):
    person = f"person-{number:03}"
    dataset = make_dataset("shelf", f"table_{number:03}")
    job = make_job(dataset.namespace, f"job_{number:03}")
    for asset in (dataset, job):
        owner = services.principals.Principal.objects.get(username=person)
        services.share_asset(asset, owner, Action.ASSET_VIEW, actor=None)
    for model, facts in _entries(number).items():
        with changing(actor=None, via=Change.Via.SYSTEM) as making:
            define_entry(making, model, {"name": f"word-{number:03}", **facts})
    _say(Subject("dataset", dataset), person, number)
    report = request_report(
        dataset,
        since=timezone.now() - timedelta(days=1),
        until=timezone.now(),
        actor=services.principals.Principal.objects.get(username=person),
    )
    report.status = report.Status.DONE
    report.save(update_fields=["status"])
    edge = Drawn(End(dataset), End(job), "read by hand")
    declare_edges([edge], actor=None, via=Change.Via.SYSTEM)
    make_alias_rule(
        AliasRule(kind="quotes", namespace=f"ns-{number}", reason="test"), actor=None
    )


def _entries(number):
    plain = {"description": "What it means."}
    return {
        Domain: plain,
        Tag: plain,
        Term: {**plain, "synonyms": ["other"], "related": [], "domain": None},
        DataProduct: {
            **plain,
            "purpose": "",
            "domain": None,
            "freshness_seconds": 3600,
            "quality": "",
        },
        PropertyDefinition: {
            **plain,
            "type": "text",
            "choices": [],
            "pattern": "",
            "applies_to": ["dataset"],
        },
        Source: {**plain, "type": "POSTGRESQL", "connection_url": "postgres://db:5432"},
    }


SAID = {
    "owner": Written("", "business"),
    "tag": Written("word"),
    "domain": Written("word"),
    "term": Written("word"),
    "product": Written("word"),
    "property": Written("some text", "word"),
    "description": Written("One row for each call."),
    "tier": Written("2"),
    "ticket": Written("OPS-1"),
    "purpose": Written("Billing"),
}


def _say(subject, person, number):
    sayings = []
    for name, written in SAID.items():
        value = written.value.replace("word", f"word-{number:03}") or person
        detail = written.detail.replace("word", f"word-{number:03}")
        kind = KINDS[name]
        fields = kind.fields_of(subject, Written(value, detail))
        sayings.append(Saying(kind, subject, fields))
    change = say(sayings, actor=None, via=Change.Via.SYSTEM, reason="as agreed")
    ProposalVerdict.objects.create(
        dataset=subject.row,
        aspect="tag",
        content=f"pii-{number}",
        is_accepted=True,
        recorded_from=timezone.now(),
        opened_in=change,
    )


def _operations(number):
    TaskResult.objects.create(
        task_id=f"task-{number}",
        task_name="lineage.tasks.recover_from_rebuild",
        periodic_task_name="recover-from-rebuild",
        status=states.FAILURE if number % 2 else states.SUCCESS,
        result='"done"',
        traceback="Traceback: it broke",
        date_started=timezone.now() - timedelta(seconds=2),
    )


def _events(count):
    """What the harbour's events do not bring by themselves."""
    for event in Event.objects.filter(retractions=None).order_by("pk")[:count]:
        retract_event(event, reason="sent by mistake", actor=None)
        Conformance.objects.create(
            event=event, pointer="/job", code="name_blank", message="A blank name."
        )


def some(model, **fields):
    """The first row of a model."""
    manager = model._default_manager
    rows = manager.unrestricted(WHY) if model in (Dataset, Job) else manager
    return rows.filter(**fields).order_by("pk").first()
