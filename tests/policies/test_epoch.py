"""The policy epoch moves with every change of rights, and with nothing else."""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import DatasetShare
from policies.access import current_epoch
from policies.actions import Action
from policies.models import Grant, ObjectShare, Principal, Role, Token
from policies.services import create_token, grant_role, share_asset
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db

SHARE_TABLES = [model._meta.db_table for model in ObjectShare.__subclasses__()]
TABLES = [
    "policies_principal",
    "policies_role",
    "policies_grant",
    "policies_token",
    "policies_membership",
    "policies_nesting",
    "policies_breakglass",
    "catalog_domain",
    "catalog_tag",
    "catalog_ownership",
    "catalog_placement",
    *SHARE_TABLES,
]


@pytest.fixture
def viewer():
    viewer = make_principal("viewer")
    grant_role(viewer, "viewer", actor=None)
    create_token(viewer, "laptop", actor=None)
    share_asset(make_dataset("prod", "orders"), viewer, Action.ASSET_EDIT, actor=None)
    return viewer


def moves(change):
    before = current_epoch()
    change()
    return current_epoch() != before


CHANGES = {
    "deactivation": lambda p: Principal.objects.filter(pk=p.pk).update(is_active=False),
    "superuser": lambda p: Principal.objects.filter(pk=p.pk).update(is_superuser=True),
    "saving a principal": lambda p: p.save(),
    "a role's actions": lambda p: Role.objects.filter(name="viewer").update(actions=[]),
    "a new role": lambda p: Role.objects.create(name="odd", actions=[]),
    "a grant in bulk": lambda p: Grant.objects.bulk_create(
        [Grant(principal=p, role=Role.objects.get(name="steward"))]
    ),
    "revoking": lambda p: Grant.objects.update(recorded_to=timezone.now()),
    "deleting a grant": lambda p: Grant.objects.filter(principal=p).delete(),
    "revoking a token": lambda p: Token.objects.update(revoked_at=timezone.now()),
    "narrowing a token": lambda p: Token.objects.update(
        reach="namespace", namespace_glob="test"
    ),
    "a share's end": lambda p: DatasetShare.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_rights_moves_the_epoch(change, viewer):
    assert moves(lambda: CHANGES[change](viewer))


@pytest.mark.parametrize("table", TABLES)
def test_emptying_a_table_by_hand_moves_the_epoch(table, viewer):
    def empty():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {table} CASCADE")

    assert moves(empty)


def test_what_changes_no_rights_leaves_the_epoch(viewer):
    def use():
        Token.objects.update(last_used_at=timezone.now())
        viewer.last_login = timezone.now()
        viewer.save(update_fields=["last_login"])
        make_dataset("prod", "others")

    assert not moves(use)


def test_the_triggers_fire_always_and_on_each_table():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'moves_policy_epoch' AND tgenabled = 'A'"
        )
        found = {table for (table,) in cursor.fetchall()}

    assert found == set(TABLES)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_never_lends_its_epoch_to_another():
    viewer = make_principal("viewer")
    seen = []
    for role in ("viewer", "steward"):
        with transaction.atomic():
            grant_role(viewer, role, actor=None)
            seen.append(current_epoch())
            transaction.set_rollback(True)

    assert seen[0] != seen[1]
    assert current_epoch() not in seen


@pytest.mark.django_db(transaction=True)
def test_the_application_moves_the_epoch_though_it_owns_nothing(as_application):
    with as_application():
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_table_privilege('policies_principal', 'UPDATE')")
            if not cursor.fetchone()[0]:
                pytest.fail("the application may not write principals here")
        principal = make_principal("somebody")
        assert moves(lambda: principal.save())
