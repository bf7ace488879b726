"""Changes of who may do what: what they do, what the journal says, what they refuse."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import DatasetShare
from lineage.models import Run
from policies import access
from policies.actions import Action
from policies.models import Grant, JournalEntry, Principal, Role
from policies.roles import BUILT_IN_ROLES
from policies.services import (
    LastAdministrator,
    NotAService,
    NotShareable,
    UnknownRole,
    create_principal,
    create_service_token,
    ensure_first_administrator,
    grant_role,
    revoke_grant,
    revoke_token,
    set_active,
    share_asset,
    sync_built_in_roles,
    unshare_asset,
)
from tests.factories import PASSWORD, make_dataset, make_principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return make_principal("boss", "admin")


@pytest.fixture
def ada():
    return make_principal("ada")


def entries(act):
    return [entry.record for entry in JournalEntry.objects.filter(act=act)]


def entries_about(principal, act):
    public_id = str(principal.public_id)
    return [each for each in entries(act) if public_id in str(each)]


def test_a_principal_is_made_without_rights_and_journaled(boss):
    ada = create_principal("ada", actor=boss, password=PASSWORD)

    assert ada.check_password(PASSWORD)
    assert not access.may_somewhere(ada, Action.ASSET_VIEW)
    [entry] = entries_about(ada, "principal.created")
    assert entry["actor"] == str(boss.public_id)
    assert "ada" not in str(entry["changes"])


def test_a_name_is_taken_whatever_its_case(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        create_principal("ADA", actor=None)


@pytest.mark.parametrize("password", ["short", "password1234", "grace-hopper-1"])
def test_a_weak_password_is_refused(password):
    with pytest.raises(ValidationError):
        create_principal("grace-hopper", actor=None, password=password)

    assert not Principal.objects.filter(username="grace-hopper").exists()


def test_granting_twice_is_one_grant_and_one_entry(ada, boss):
    first = grant_role(ada, "viewer", actor=boss, reason="she asked")
    second = grant_role(ada, "viewer", actor=boss)

    assert first == second
    [entry] = entries_about(ada, "grant.given")
    assert entry["reason"] == "she asked"
    assert entry["changes"]["role"] == "viewer"


def test_a_grant_of_other_validity_takes_the_place_of_the_first(ada, boss):
    first = grant_role(ada, "viewer", actor=boss)
    soon = timezone.now() + timedelta(days=1)
    second = grant_role(ada, "viewer", valid_to=soon, actor=boss)

    first.refresh_from_db()
    assert first.recorded_to is not None
    assert list(Grant.objects.standing().filter(principal=ada)) == [second]


def test_a_revoked_grant_stays_as_a_record_and_is_journaled_once(ada, boss):
    grant = grant_role(ada, "viewer", namespace="prod*", actor=boss)
    revoke_grant(grant, actor=boss, reason="left")
    revoke_grant(grant, actor=boss)

    grant.refresh_from_db()
    assert grant.recorded_from <= grant.recorded_to
    [entry] = entries_about(ada, "grant.revoked")
    assert entry["changes"]["namespace"] == "prod*"
    again = grant_role(ada, "viewer", namespace="prod*", actor=boss)
    assert again != grant


def test_an_unknown_role_is_refused_and_the_known_are_named(ada):
    with pytest.raises(UnknownRole, match="admin, auditor, producer, steward, viewer"):
        grant_role(ada, "king", actor=None)


def test_the_first_administrator_has_a_grant_like_any_other():
    admin = ensure_first_administrator("whatever they chose")

    assert admin.username == "admin"
    assert access.may(admin, Action.ACCESS_GRANT)
    grant = Grant.objects.get(principal=admin)
    assert (grant.role.name, grant.granted_by) == ("admin", None)
    assert ensure_first_administrator("another") is None
    assert admin.check_password("whatever they chose")


def test_the_first_administrator_takes_a_free_name():
    make_principal("Admin")

    assert ensure_first_administrator("pw").username == "admin2"


def test_an_administrator_of_a_part_or_for_a_time_is_not_the_first():
    make_principal("part", "admin", namespace="prod")
    soon = timezone.now() + timedelta(days=1)
    grant_role(make_principal("guest"), "admin", valid_to=soon, actor=None)

    assert ensure_first_administrator("pw") is not None


def test_the_last_administrator_cannot_be_taken_away(boss):
    grant = Grant.objects.get(principal=boss)
    soon = timezone.now() + timedelta(days=1)
    for take_away in (
        lambda: revoke_grant(grant, actor=boss),
        lambda: set_active(boss, False, actor=boss),
        lambda: grant_role(boss, "admin", valid_to=soon, actor=boss),
    ):
        with pytest.raises(LastAdministrator), transaction.atomic():
            take_away()
    assert access.may(boss, Action.ACCESS_GRANT)

    make_principal("deputy", "admin")
    revoke_grant(grant, actor=boss)

    assert not access.may(boss, Action.ACCESS_GRANT)


def test_stopping_and_resuming_is_journaled_once(ada, boss):
    for active in (False, False, True):
        set_active(ada, active, actor=boss, reason="holiday")

    assert len(entries_about(ada, "principal.deactivated")) == 1
    assert len(entries_about(ada, "principal.activated")) == 1


def test_a_share_is_given_and_taken_back_once(ada, boss):
    orders = make_dataset("prod", "orders")
    for _ in range(2):
        share_asset(orders, ada, Action.ASSET_VIEW, actor=boss)
    assert DatasetShare.objects.count() == 1
    for _ in range(2):
        unshare_asset(orders, ada, Action.ASSET_VIEW, actor=boss)

    assert DatasetShare.objects.count() == 0
    [given] = entries("share.given")
    [taken] = entries("share.revoked")
    assert given["changes"] == taken["changes"]
    assert given["changes"]["action"] == "asset.view"


def test_what_is_bound_to_no_asset_or_has_no_shares_is_not_shared(ada):
    orders = make_dataset("prod", "orders")
    with pytest.raises(NotShareable):
        share_asset(orders, ada, Action.JOURNAL_VIEW, actor=None)
    with pytest.raises(NotShareable):
        share_asset(Run(), ada, Action.RUN_VIEW, actor=None)


def test_tokens_are_journaled_without_their_text(boss):
    new = create_service_token("airflow", role="producer", namespace="p*", actor=boss)
    for _ in range(2):
        revoke_token(new.token, actor=boss, reason="lost")

    [made] = entries("token.created")
    [revoked] = entries("token.revoked")
    assert made["target"]["key"] == revoked["target"]["key"] == [new.token.key_id]
    assert made["changes"]["role"] == "producer"
    assert revoked["reason"] == "lost"
    assert new.raw.split("_")[2] not in str(made)


def test_a_persons_name_gets_no_service_token(ada):
    with pytest.raises(NotAService):
        create_service_token("ADA", role="producer", actor=None)


def test_shipped_roles_follow_their_definition_and_others_stay():
    Role.objects.create(name="own", actions=["asset.view"])
    Role.objects.filter(name="admin").update(actions=["asset.view"])
    Role.objects.filter(name="auditor").delete()

    assert sync_built_in_roles() == 2
    assert sync_built_in_roles() == 0

    stored = {role.name: set(role.actions) for role in Role.objects.all()}
    for role in BUILT_IN_ROLES:
        assert stored.pop(role.name) == set(map(str, role.actions))
    assert stored == {"own": {"asset.view"}}
    assert {e["target"]["key"][0] for e in entries("role.changed")} == {
        "admin",
        "auditor",
    }


def test_the_admin_has_every_action():
    [admin] = [role for role in BUILT_IN_ROLES if role.name == "admin"]

    assert admin.actions == set(Action)
