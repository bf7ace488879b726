"""Each page of administration answers each of the cast as the matrix says."""

import json
from collections import Counter

import pytest
from django.test import Client

from catalog.models import Dataset, Job, Namespace
from lineage.ingest import ingest
from policies.admin_site import site
from policies.models import Governed, JournalEntry, Principal
from policies.roles import BUILT_IN_ROLES
from policies.services import set_active
from tests.administration import world
from tests.cast import CAST, MATRIX, expected_of, make_people, name_as_owner
from tests.test_permission_matrix import EVENT, told

DESKS = {model._meta.label_lower: desk for model, desk in site._registry.items()}
KINDS = ("changelist", "add", "change", "history")


def row_of(desk):
    rows = desk.model._default_manager
    if issubclass(desk.model, Governed):
        rows = rows.unrestricted("test")
    if desk.model is Namespace:
        rows = rows.filter(name="here")
    if desk.model in (Dataset, Job):
        rows = rows.visible().filter(namespace__name="here")
    return rows.order_by("pk").first()


def address_of(desk, kind):
    return desk.address(kind, *([row_of(desk).pk] if kind in KINDS[2:] else []))


def clients_of(people):
    """A browser for each of the cast, signed in as far as they can be."""
    clients = [Client(raise_request_exception=False) for _ in CAST]
    for who, client in zip(CAST, clients, strict=True):
        if who in people:
            client.force_login(people[who])
    return clients


def ask(address, clients):
    answers = [client.get(address) for client in clients]
    words = [told(each.status_code, each.get("Location", "")) for each in answers]
    return dict(zip(CAST, words, strict=True))


def make_everything():
    """The cast, and a row or more of every table."""
    people = make_people()
    # One is retracted; the other keeps what both tell of.
    times = ("2026-05-04T03:02:01Z", "2026-05-05T03:02:01Z")
    ingest([json.dumps({**EVENT, "eventTime": at}).encode() for at in times])
    world.fill(1)
    name_as_owner(people["denied-owner"])
    return people


def journaled():
    """What was done so far; not what was asked for."""
    done = JournalEntry.objects.exclude(act__in=("access.denied", "glass.used"))
    return Counter(done.values_list("act", flat=True))


def posts(desk):
    """Whatever can be sent to a desk: address, fields, the action that it takes."""
    row = row_of(desk)
    if desk.adds:
        yield desk.address("add"), {}, desk.adds
    yield desk.address("change", row.pk), {}, desk.changes
    for act in desk.actions:
        name = act if isinstance(act, str) else act.__name__
        needs = act.needs if callable(act) else getattr(type(desk), name).needs
        fields = {"action": name, "_selected_action": [row.pk], "index": 0}
        yield desk.address("changelist"), {**fields, "apply": 1}, needs


@pytest.mark.django_db
def test_each_of_the_cast_gets_the_answer_of_the_matrix():
    clients = clients_of(make_everything())
    wrong = {}
    for desks in MATRIX["admin"]:
        for label in desks["models"]:
            for kind in KINDS:
                if kind in desks:
                    answers = ask(address_of(DESKS[label], kind), clients)
                    if answers != expected_of(desks[kind], desks.get("but")):
                        wrong[f"{label} {kind}"] = answers

    assert wrong == {}


@pytest.mark.django_db
def test_nobody_does_by_a_form_what_their_role_does_not_hold():
    roles = {each.name: each.actions for each in BUILT_IN_ROLES}
    people = make_everything()
    clients = dict(zip(CAST, clients_of(people), strict=True))
    sent = [post for desk in DESKS.values() for post in posts(desk)]
    before = journaled()
    for who in CAST:
        held = roles.get({"break-glass": "admin"}.get(who, who), frozenset())
        # To a neighbour, the row is none that could be chosen.
        refused = ["login", "403", "404", "405"]
        refused += ["home", "200"] if who == "neighbour" else []
        for address, fields, needed in sent:
            if needed not in held:
                answer = clients[who].post(address, fields)
                word = told(answer.status_code, answer.get("Location", ""))
                assert word in refused, (who, address, fields)

    assert journaled() == before


def test_the_matrix_has_every_model_once():
    named = [label for desks in MATRIX["admin"] for label in desks["models"]]

    assert sorted(named) == sorted(DESKS)


def test_the_flags_staff_and_superuser_open_nothing(db):
    flagged = Principal.objects.create(username="f", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(flagged)

    for address in ("/admin/", "/admin/policies/principal/", "/admin/settings"):
        assert client.get(address).status_code == 403


def test_a_denied_page_is_journaled(as_viewer, viewer):
    assert as_viewer.get("/admin/policies/token/").status_code == 403

    entry = JournalEntry.objects.filter(act="access.denied").latest("recorded_at")
    assert entry.actor == viewer.public_id
    assert entry.changes["action"] == "access.view"


def test_a_stopped_administrator_is_out_at_once(as_admin, admin):
    other = world.make_principal("other", "admin")
    assert as_admin.get("/admin/").status_code == 200
    set_active(admin, False, actor=other)

    assert as_admin.get("/admin/").status_code == 302


def test_the_page_leads_to_administration_for_those_alone_who_may(as_admin, as_viewer):
    assert 'href="/admin/"' in as_admin.get("/datasets").content.decode()
    assert 'href="/admin/"' not in as_viewer.get("/datasets").content.decode()


def test_nothing_can_be_deleted_by_address(as_admin, viewer):
    gone = as_admin.post(f"/admin/policies/principal/{viewer.pk}/delete/", {"post": 1})

    assert gone.status_code == 404
    assert Principal.objects.filter(pk=viewer.pk).exists()


def test_djangos_own_pages_are_not_routed(as_admin):
    for path in ("login/", "logout/", "password_change/", "jsi18n/", "autocomplete/"):
        assert as_admin.get(f"/admin/{path}").status_code == 404
