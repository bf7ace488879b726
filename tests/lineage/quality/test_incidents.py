"""What stewards expect: incidents open, go on, end, and are told to whom they touch."""

import socket
from contextlib import closing
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change
from catalog.services import Saying, say
from catalog.services.undoing import undo_change
from config.addresses import mailer
from lineage.models import (
    Expectation,
    Incident,
    IncidentNotice,
    ProjectionState,
)
from lineage.quality import evidence, schemas
from lineage.quality.expecting import read
from lineage.services.expectations import (
    AlreadyExpected,
    end_expectation,
    revise_expectation,
    set_expectation,
)
from lineage.services.incidents import acknowledge_incident, close_incident
from lineage.tasks import judge_expectations
from policies.audit import Act
from policies.models import Grant, JournalEntry, Principal
from policies.services import grant_role, revoke_grant
from tests.factories import make_principal
from tests.lineage.quality.happenings import (
    checks,
    columns,
    dataset,
    event,
    place,
    send,
    wrote,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db):
    return make_principal("ada", "admin")


def ago(hours):
    return timezone.now() - timedelta(hours=hours)


def wanted(name, **words):
    pk = dataset(name).pk
    touches = evidence.touches(evidence.names_of([pk]), evidence.all_jobs())[pk]
    told = {key: str(value) for key, value in words.items()}
    return read(told, schemas.shown(touches))


def expect(name, actor=None, **words):
    return set_expectation(
        dataset(name), wanted(name, **words), actor=actor, via=Change.Via.PAGE
    )


def judged():
    """What the task did, without what it did not."""
    done = judge_expectations.delay().get()
    return {word: number for word, number in done.items() if number}


def states():
    return [incident.state for incident in Incident.objects.order_by("pk")]


def own(who, name):
    kind, subject = KINDS["owner"], Subject("dataset", dataset(name))
    fields = kind.fields_of(subject, Written(who.username, "technical"))
    say([Saying(kind, subject, fields)], actor=None, via=Change.Via.PAGE)


def test_an_incident_opens_once_goes_on_and_ends_when_it_holds_again(ada):
    send(wrote("load", "orders", ago(30)))
    expect("orders", kind="fresh", hours=24)

    assert judged() == {"opened": 1}
    assert judged() == {}
    [incident] = Incident.objects.all()
    assert incident.facts["withinSeconds"] == 86_400
    assert incident.since - ago(6) < timedelta(seconds=5)

    send(wrote("load", "orders", ago(1)))
    assert judged() == {"resolved": 1}
    assert judged() == {}
    assert states() == ["resolved"]

    # It fails once more after a stop of the worker: another incident.
    send(wrote("load", "orders", ago(0), state="FAIL"))
    Expectation.objects.update(bound=60)
    assert judged() == {"opened": 1}
    assert states() == ["resolved", "open"]


def test_a_late_event_resolves_what_a_late_event_did_not_say(ada):
    send(wrote("load", "orders", ago(30), rows=5))
    expect("orders", kind="rows", at_least=10)
    assert judged() == {"opened": 1}

    # Older than the last write: nothing changes.
    send(wrote("load", "orders", ago(40), rows=50))
    assert judged() == {}
    send(wrote("load", "orders", ago(20), rows=50))
    assert judged() == {"resolved": 1}


def test_nothing_is_judged_while_the_catalog_is_rebuilt(ada):
    send(wrote("load", "orders", ago(30)))
    expect("orders", kind="fresh", hours=24)
    ProjectionState.objects.update(mode=ProjectionState.Mode.REBUILDING)
    assert judged() == {}

    ProjectionState.objects.update(mode=ProjectionState.Mode.LIVE)
    assert judged() == {"opened": 1}


def test_what_nothing_tells_of_opens_nothing(ada):
    send(wrote("load", "orders", ago(1)))
    expect("orders", kind="rows", at_least=10)
    expect("orders", kind="size", at_least=10)
    expect("orders", kind="assertion", assertion="unique")

    assert judged() == {}


def test_what_was_never_written_is_late_from_when_it_was_expected_on(ada):
    send(event("read", ago(2), "COMPLETE", inputs=[place("orders")]))
    expectation = expect("orders", kind="fresh", hours=1)
    assert judged() == {}

    long_ago = timezone.now() - timedelta(hours=2)
    Expectation.objects.filter(pk=expectation.pk).update(recorded_from=long_ago)
    assert judged() == {"opened": 1}
    assert Incident.objects.get().facts["lastWrite"] is None


def test_each_kind_is_broken_and_mended(ada):
    send(wrote("load", "orders", ago(9), size=500, shows=columns("id", "total")))
    send(checks("t", "orders", ago(8), ("unique", True, {"column": "id"})))
    expect("orders", kind="size", at_least=400)
    expect("orders", kind="columns")
    expect("orders", kind="assertion", assertion="unique", column="id")
    assert judged() == {}

    send(wrote("load", "orders", ago(7), size=300, shows=columns("id")))
    failed = ("unique", False, {"column": "id", "actual": "3 twice"})
    send(checks("t", "orders", ago(6), failed, state="FAIL"))
    assert judged() == {"opened": 3}
    facts = {i.expectation.kind: i.facts for i in Incident.objects.all()}
    assert facts["size"]["bytes"] == 300
    assert facts["columns"] == {"lost": ["total"]}
    assert facts["assertion"]["failing"][0]["actual"] == "3 twice"

    send(wrote("load", "orders", ago(5), size=600, shows=columns("id", "total", "x")))
    send(checks("t", "orders", ago(4), ("unique", True, {"column": "id"})))
    assert judged() == {"resolved": 3}


def test_what_is_closed_by_hand_opens_again_only_after_it_has_held(ada):
    send(wrote("load", "orders", ago(30)))
    expect("orders", kind="fresh", hours=24)
    judged()
    incident = Incident.objects.get()
    acknowledge_incident(incident, actor=ada, note="Looking.")
    assert states() == ["acknowledged"]
    close_incident(incident, actor=ada, reason="The source is on holiday.")
    assert judged() == {}

    send(wrote("load", "orders", ago(25)))
    assert judged() == {}
    send(wrote("load", "orders", ago(1)))
    assert judged() == {}
    Expectation.objects.update(bound=60)
    assert judged() == {"opened": 1}
    assert states() == ["closed", "open"]


def test_what_is_expected_no_more_has_no_incident_and_undoing_brings_it_back(ada):
    send(wrote("load", "orders", ago(30)))
    expectation = expect("orders", ada, kind="fresh", hours=24)
    judged()
    change = end_expectation(expectation, actor=ada, via=Change.Via.PAGE)
    assert judged() == {"withdrawn": 1}
    assert judged() == {}

    undo_change(change, actor=ada, via=Change.Via.PAGE)
    assert judged() == {"opened": 1}
    assert states() == ["withdrawn", "open"]


def test_an_incident_goes_on_under_what_is_said_anew(ada):
    send(wrote("load", "orders", ago(30)))
    expectation = expect("orders", kind="fresh", hours=24)
    judged()
    revised = revise_expectation(
        expectation,
        wanted("orders", kind="fresh", hours=12, severity="critical"),
        actor=ada,
        via=Change.Via.PAGE,
    )
    assert revised.identity == expectation.identity
    assert judged() == {}
    assert [i.severity for i in Incident.objects.all()] == ["critical"]

    more = wanted("orders", kind="fresh", hours=48)
    revise_expectation(revised, more, actor=ada, via=Change.Via.PAGE)
    assert judged() == {"resolved": 1}


def test_acts_stand_in_the_trail_of_the_dataset(ada):
    send(wrote("load", "orders", ago(30)))
    expectation = expect("orders", ada, kind="fresh", hours=24)
    judged()
    close_incident(Incident.objects.get(), actor=ada, reason="Known.")
    end_expectation(expectation, actor=ada, via=Change.Via.PAGE)

    acts = JournalEntry.objects.filter(target_key='["data","orders"]')
    assert [entry.act for entry in acts.order_by("recorded_at")] == [
        Act.EXPECTATION_SET,
        Act.INCIDENT_OPENED,
        Act.INCIDENT_CLOSED,
        Act.EXPECTATION_ENDED,
    ]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"kind": "speed"}, "kind"),
        ({"kind": "fresh", "hours": "soon"}, "hours"),
        ({"kind": "fresh", "hours": "nan"}, "hours"),
        ({"kind": "fresh", "hours": "0.001"}, "hours"),
        ({"kind": "rows", "at_least": "-1"}, "at_least"),
        ({"kind": "rows", "at_least": "9" * 30}, "at_least"),
        ({"kind": "assertion", "column": "id"}, "assertion"),
        ({"kind": "columns"}, "kind"),
        ({"kind": "fresh", "hours": "1", "severity": "high"}, "severity"),
        ({"kind": "fresh", "hours": "1", "owner": "nobody"}, "owner"),
        ({"kind": "fresh", "hours": "1", "note": "\0"}, "note"),
    ],
)
def test_what_cannot_be_expected_is_refused_with_the_field_at_fault(db, words, field):
    with pytest.raises(Refused) as refusal:
        read(words, [])
    assert refusal.value.field == field


def test_the_same_is_expected_once_for_each_severity(ada):
    send(wrote("load", "orders", ago(1)))
    expect("orders", kind="fresh", hours=24)
    expect("orders", kind="fresh", hours=12, severity="info")

    with pytest.raises(AlreadyExpected):
        expect("orders", kind="fresh", hours=6)


@pytest.fixture
def river(db):
    """orders → sum → daily, and orders → (vault) → secret → publish → open."""
    orders, secret = place("orders"), {**place("secret"), "namespace": "vault"}
    send(wrote("load", "orders", ago(30)))
    send(wrote("sum", "daily", ago(29), inputs=[orders]))
    sealed = event("seal", ago(29), "COMPLETE", inputs=[orders], outputs=[secret])
    sealed["job"]["namespace"] = "vault"
    send(sealed)
    expect("orders", kind="fresh", hours=24)


def told():
    notices = IncidentNotice.objects.select_related("principal")
    return {notice.principal.username: notice.why for notice in notices}


def test_owners_downstream_are_told_if_they_may_know_why(river):
    on = {"data": "data", "jobs": "jobs", "vault": "vault"}
    people = {}
    for name, spaces in {
        "olga": ["data", "jobs"],  # owns orders itself
        "dina": ["data", "jobs"],  # owns daily
        "hugo": ["vault"],  # owns the secret, and may not see orders
        "vera": ["data", "jobs", "vault"],  # owns the secret, and sees all
        "dora": ["data"],  # owns daily, and sees no job on the way
    }.items():
        people[name] = make_principal(name)
        for space in spaces:
            grant_role(people[name], "viewer", namespace=on[space], actor=None)
    own(people["olga"], "orders")
    own(people["dina"], "daily")
    own(people["dora"], "daily")
    own(people["hugo"], "secret")
    own(people["vera"], "secret")

    assert judged() == {"opened": 1, "told": 4}
    assert told() == {
        "olga": "owner",
        "dina": "downstream",
        "dora": "downstream",
        "vera": "downstream",
    }
    assert judged() == {}


def test_who_is_told_has_a_mail_once_if_there_is_a_server(river, settings, mailoutbox):
    for name in ("olga", "dina"):
        person = make_principal(name, email=f"{name}@example.org")
        for space in ("data", "jobs"):
            grant_role(person, "viewer", namespace=space, actor=None)
    own(Principal.objects.get(username="olga"), "orders")
    own(Principal.objects.get(username="dina"), "daily")
    assert judged() == {"opened": 1, "told": 2}
    assert mailoutbox == []

    locmem = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": locmem}}
    sees = Grant.objects.get(principal__username="dina", namespace_glob="data")
    revoke_grant(sees, actor=None)  # dina may not see it any more
    assert judged() == {"mailed": 1}
    assert judged() == {}
    [mail] = mailoutbox
    assert mail.to == ["olga@example.org"]
    assert mail.subject == "warning: orders: written within 24 hours"
    assert f"/quality/incidents/{Incident.objects.get().public_id}" in mail.body


def test_a_server_that_takes_no_mail_gets_it_later(river, settings):
    person = make_principal("olga", "viewer", email="olga@example.org")
    own(person, "orders")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # and listens to nobody
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        settings.MAILERS = {"default": mailer(url)}
        assert judged() == {"opened": 1, "told": 1}

    assert IncidentNotice.objects.get().mailed_at is None


def test_hidden_owners_downstream_are_not_told_through_what_they_may_not_see(river):
    # Owns what is hidden from them in every other way but ownership of the secret.
    hugo = make_principal("hugo")
    own(hugo, "secret")

    assert judged() == {"opened": 1}
    assert told() == {}
