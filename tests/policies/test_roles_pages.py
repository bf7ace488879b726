"""Roles are made, changed and put out of use by administrators; shipped ones stay."""

import pytest

from policies.actions import Action
from policies.audit import Act
from policies.models import JournalEntry, Role
from policies.services import (
    BuiltIn,
    NotGrantable,
    RoleInUse,
    create_role,
    grant_role,
    reinstate_role,
    retire_role,
)
from policies.telling.meanings import MEANINGS
from tests.factories import make_principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    admin = make_principal("ada", "admin")
    client.force_login(admin)
    return admin


def new_role(name="finder", actions=(Action.ASSET_VIEW,)):
    return create_role(name, actions, actor=None)


def test_a_role_in_use_is_not_put_out_of_use(admin):
    role = new_role()
    grant_role(admin, role.name, actor=None)

    with pytest.raises(RoleInUse, match="in use by 1 grant and 0 live tokens"):
        retire_role(role, actor=admin)


def test_a_shipped_role_stays(admin):
    with pytest.raises(BuiltIn):
        retire_role(Role.objects.get(name="viewer"), actor=admin)


def test_a_role_out_of_use_is_not_granted_until_it_comes_back(admin):
    role = new_role()
    retire_role(role, actor=admin, reason="nobody needs it")
    with pytest.raises(NotGrantable, match="out of use"):
        grant_role(admin, role.name, actor=None)

    reinstate_role(role, actor=admin)

    grant_role(admin, role.name, actor=None)
    acts = JournalEntry.objects.filter(target_kind="policies.role").order_by(
        "recorded_at"
    )
    told = [e.act for e in acts.order_by("recorded_at") if "finder" in e.target_key]
    assert told == [Act.ROLE_CREATED, Act.ROLE_RETIRED, Act.ROLE_REINSTATED]


def test_an_administrator_makes_and_changes_a_role_by_pages(client, admin):
    sent = {"name": "finder", "description": "Finds", "actions": ["asset.view"]}
    assert client.post("/access/roles/new", sent).status_code == 303

    change = {"act": "change", "description": "Runs", "actions": ["run.view"]}
    assert client.post("/access/roles/finder", change).status_code == 303
    assert Role.objects.get(name="finder").actions == ["run.view"]

    assert client.post("/access/roles/finder", {"act": "retire"}).status_code == 303
    assert "out of use" in client.get("/access/roles").text
    assert client.post("/access/roles/finder", {"act": "reinstate"}).status_code == 303


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "viewer", "actions": ["asset.view"]}, "name already"),
        ({"name": "a b", "actions": ["asset.view"]}, "valid"),
        ({"name": "finder"}, "at least one action"),
        ({"name": "finder", "actions": ["asset.burn"]}, "asset.burn"),
    ],
)
def test_a_role_that_cannot_be_is_told_in_the_form(client, admin, sent, said):
    answer = client.post("/access/roles/new", sent)

    assert answer.status_code == 422
    assert said in answer.text


def test_changing_a_shipped_role_is_refused(client, admin):
    change = {"act": "change", "description": "", "actions": ["run.view"]}

    answer = client.post("/access/roles/viewer", change)

    assert answer.status_code == 422
    assert Action.ASSET_VIEW in Role.objects.get(name="viewer").actions
    assert client.post("/access/roles/viewer", {"act": "burn"}).status_code == 404


def test_the_last_administrator_keeps_the_role(client):
    boss = new_role("boss", [Action.ACCESS_GRANT, Action.ACCESS_VIEW])
    admin = make_principal("ada", boss.name)
    client.force_login(admin)
    change = {"act": "change", "description": "", "actions": ["access.view"]}

    answer = client.post("/access/roles/boss", change)

    assert answer.status_code == 422
    assert "Nobody could grant anything" in answer.text


def test_a_sharer_is_not_told_how_many_grants_a_role_has(client, admin):
    def pages():
        return [client.get(f"/access/roles{one}").text for one in ("", "/admin")]

    assert ">Grants</th>" in pages()[0]
    assert ">1 grant</a>" in pages()[1]
    client.force_login(make_principal("stella", "steward", namespace="prod"))
    assert ">Grants</th>" not in pages()[0]
    assert ">Its grants</a>" in pages()[1]


def test_every_action_has_its_meaning():
    assert MEANINGS.keys() == set(Action)
