"""Whoever breaks the glass passes denies, for a while, and everybody knows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from policies.audit import Act
from policies.models import BreakGlass, Grant, JournalEntry, Role
from policies.services import break_glass, create_token, grant_role
from policies.tasks import close_emergencies
from tests.factories import bearer, make_dataset, make_principal
from tests.lineage.projection.happenings import declared

pytestmark = pytest.mark.django_db
WHY = "The night load is wrong, and its tables are closed to me."
DATASET = "/datasets/prod/orders"


@pytest.fixture
def denied_admin():
    """An administrator who is denied to view anything."""
    admin = make_principal("ada", "admin")
    grant_role(admin, "viewer", effect=Grant.Effect.DENY, actor=None)
    make_dataset("prod", "orders")
    return admin


def open_glass(client, minutes="60", reason=WHY):
    return client.post("/access/break-glass", {"reason": reason, "minutes": minutes})


def test_the_glass_lets_pass_what_is_denied_and_nothing_else(client, denied_admin):
    viewer = make_principal("vic", "viewer", namespace="other")
    grant_role(viewer, "viewer", effect=Grant.Effect.DENY, actor=None)
    breaks = Role.objects.create(name="breaks", actions=["access.break_glass"])
    grant_role(viewer, breaks.name, actor=None)
    client.force_login(denied_admin)
    assert client.get(DATASET).status_code == 403

    assert open_glass(client).status_code == 303
    assert client.get(DATASET).status_code == 200

    client.force_login(viewer)
    assert open_glass(client).status_code == 303
    assert client.get(DATASET).status_code == 404


def test_everybody_who_is_signed_in_sees_it_on_every_page(client, denied_admin):
    client.force_login(denied_admin)
    open_glass(client)
    client.force_login(make_principal("stranger"))

    for page in ("/access", "/access/break-glass", "/nowhere"):
        text = client.get(page).text
        assert "ada has broken the glass" in text
        assert WHY in text
    client.logout()
    assert WHY not in client.get("/login").text


def test_it_closes_itself_and_the_journal_knows_when(client, denied_admin):
    client.force_login(denied_admin)
    open_glass(client)
    passed = timezone.now() - timedelta(minutes=1)
    BreakGlass.objects.update(opened_at=passed - timedelta(hours=1), expires_at=passed)

    assert client.get(DATASET).status_code == 403
    assert WHY not in client.get("/access").text
    assert close_emergencies() == 1
    assert close_emergencies() == 0

    entry = JournalEntry.objects.get(act=Act.GLASS_CLOSED)
    assert entry.actor is None
    assert BreakGlass.objects.get().closed_at == passed


def test_it_can_be_broken_anew_when_it_ran_out(client, denied_admin):
    client.force_login(denied_admin)
    open_glass(client)
    passed = timezone.now() - timedelta(minutes=1)
    BreakGlass.objects.update(opened_at=passed - timedelta(hours=1), expires_at=passed)

    open_glass(client)

    assert BreakGlass.objects.count() == 2
    assert client.get(DATASET).status_code == 200


def test_one_closes_ones_own_and_an_administrator_everybodys(client, denied_admin):
    client.force_login(denied_admin)
    open_glass(client)
    [still] = BreakGlass.objects.open()
    client.force_login(make_principal("vic", "viewer"))
    close = f"/access/break-glass/{still.pk}/close"
    assert client.post(close).status_code == 403

    boss = make_principal("boss", "admin")
    client.force_login(boss)
    assert client.post(close).status_code == 303

    still.refresh_from_db()
    assert still.closed_by == boss
    client.force_login(denied_admin)
    assert client.get(DATASET).status_code == 403
    assert client.post("/access/break-glass/999/close").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "reason"), [("0", WHY), ("241", WHY), ("soon", WHY), ("60", "because")]
)
def test_no_reason_or_too_long_a_span_is_told_in_the_form(
    client, denied_admin, minutes, reason
):
    client.force_login(denied_admin)

    answer = open_glass(client, minutes, reason)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert reason in answer.text
    assert not BreakGlass.objects.exists()


def test_who_lacks_the_action_cannot(client):
    client.force_login(make_principal("sam", "steward"))

    assert open_glass(client).status_code == 403
    assert "You do not have it" in client.get("/access/break-glass").text


def test_each_request_meanwhile_is_journaled_with_its_asset(client, denied_admin):
    client.force_login(denied_admin)
    open_glass(client)
    client.get(DATASET)
    raw = create_token(denied_admin, "t", actor=None).raw
    client.logout()
    address = "/api/v1/namespaces/prod/datasets/orders"
    assert client.get(address, headers=bearer(raw)).status_code == 200

    used = JournalEntry.objects.filter(act=Act.GLASS_USED, actor=denied_admin.public_id)
    told = [
        (e.record["target"]["key"][0], e.changes) for e in used.order_by("recorded_at")
    ]
    asset = {"kind": "catalog.dataset", "key": ["prod", "orders"]}
    assert ("dataset-detail", {"asset": asset, "method": "GET", "status": 200}) in told
    assert "api:dataset-detail" in [route for route, _ in told]
    assert JournalEntry.objects.get(act=Act.GLASS_BROKEN).record["reason"] == WHY


def test_a_second_emergency_of_the_same_one_is_the_first(denied_admin):
    first = break_glass(denied_admin, reason=WHY, minutes=60, most_minutes=240)
    second = break_glass(denied_admin, reason=WHY, minutes=90, most_minutes=240)

    assert second == first
    assert second.expires_at == first.expires_at


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_meanwhile_is_journaled_too(client, denied_admin):
    """A deny of sending is passed like any other."""
    deny = {"effect": Grant.Effect.DENY, "namespace": "jobs", "actor": None}
    grant_role(denied_admin, "producer", **deny)
    raw = create_token(denied_admin, "t", actor=None).raw
    told = declared(0, "j")
    sent = {"content_type": "application/json", "headers": bearer(raw)}
    assert client.post("/api/v1/lineage", told, **sent).status_code == 403

    break_glass(denied_admin, reason=WHY, minutes=60, most_minutes=240)
    assert client.post("/api/v1/lineage", told, **sent).status_code == 201
    batch = f"[{told.decode()}]"
    assert client.post("/api/v1/lineage/batch", batch, **sent).status_code == 200

    used = JournalEntry.objects.filter(act=Act.GLASS_USED, actor=denied_admin.public_id)
    assert [(e.changes["method"], e.changes["status"]) for e in used] == [
        ("POST", 201),
        ("POST", 200),
    ]
