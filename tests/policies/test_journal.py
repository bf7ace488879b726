"""The journal takes exact entries within their transaction, and is never rewritten."""

import json
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
import rfc8785
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction

from policies import audit
from policies.audit import Act, NotInTransaction, Target, make_months, record
from policies.models import JournalEntry, Role
from policies.tasks import make_journal_months
from tests.conftest import url_of_test_database
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db

SOMETHING = Target("test", ("thing",))


def tables():
    """The journal and each of its partitions, as the database knows them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'policies_journalentry' UNION SELECT inhrelid::regclass::text"
            " FROM pg_inherits WHERE inhparent = 'policies_journalentry'::regclass"
        )
        return sorted(table for (table,) in cursor.fetchall())


def execute(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else None


@pytest.mark.django_db(transaction=True)
def test_an_act_cannot_be_recorded_outside_of_its_transaction():
    with pytest.raises(NotInTransaction):
        record(Act.ROLE_CHANGED, SOMETHING, actor=None)


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_undone_leaves_no_entry():
    with transaction.atomic():
        entry_id = record(Act.ROLE_CHANGED, SOMETHING, actor=None)
        transaction.set_rollback(True)

    assert not JournalEntry.objects.filter(id=entry_id).exists()


@pytest.mark.django_db(transaction=True)
def test_a_denial_stands_by_itself():
    entry_id = audit.record_alone(Act.ACCESS_DENIED, SOMETHING, actor=None)

    assert JournalEntry.objects.filter(id=entry_id).exists()
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record_alone(Act.ACCESS_DENIED, SOMETHING, actor=None)


def test_an_entry_says_who_what_on_what_why_and_in_which_request():
    ada, boss = make_principal("ada"), make_principal("boss")
    moment = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)

    entry_id = record(
        Act.GRANT_GIVEN,
        ada,
        actor=boss,
        changes={"role": [None, "viewer"], "at": moment, "n": 3, "by": boss.public_id},
        reason="she asked",
        on_behalf_of=ada,
        request_id="req-7",
    )

    entry = JournalEntry.objects.get(id=entry_id)
    assert entry.record == {
        "act": "grant.given",
        "actor": str(boss.public_id),
        "actor_kind": "principal",
        "at": entry.record["at"],
        "changes": {
            "role": [None, "viewer"],
            "at": "2026-11-22T12:00:00.000005Z",
            "n": 3,
            "by": str(boss.public_id),
        },
        "id": str(entry_id),
        "on_behalf_of": str(ada.public_id),
        "reason": "she asked",
        "request_id": "req-7",
        "target": {"kind": "policies.principal", "key": [str(ada.public_id)]},
        "v": 1,
    }
    assert (entry.act, entry.actor) == ("grant.given", boss.public_id)
    assert entry.target_key == f'["{ada.public_id}"]'
    assert entry.record["at"].endswith("Z")


def test_the_body_is_canonical_json_to_the_byte():
    changes = {"é": "\u2028", "b": {"z": True, "a": None}, "A": ["€", 9007199254740991]}
    entry_id = record(Act.ROLE_CHANGED, SOMETHING, actor=None, changes=changes)

    body = bytes(JournalEntry.objects.get(id=entry_id).body)

    assert rfc8785.dumps(json.loads(body)) == body


@pytest.mark.parametrize("unspeakable", [1.5, float("nan"), b"bytes", object(), 2**53])
def test_what_has_no_exact_spelling_is_refused(unspeakable):
    with pytest.raises((TypeError, rfc8785.CanonicalizationError)):
        record(Act.ROLE_CHANGED, SOMETHING, actor=None, changes={"a": unspeakable})


def test_a_set_is_written_in_order():
    entry_id = record(
        Act.ROLE_CHANGED, SOMETHING, actor=None, changes={"actions": {"b", "a"}}
    )

    assert JournalEntry.objects.get(id=entry_id).changes == {"actions": ["a", "b"]}


@pytest.mark.parametrize(
    ("actor", "kind"), [(None, "system"), (AnonymousUser(), "anonymous")]
)
def test_the_system_and_strangers_are_told_apart(actor, kind):
    entry_id = record(Act.ROLE_CHANGED, SOMETHING, actor=actor)

    entry = JournalEntry.objects.get(id=entry_id)
    assert entry.record["actor_kind"] == kind
    assert entry.actor is None


def test_targets_are_named_by_what_outlives_their_rows():
    ada = make_principal("ada")

    assert Target.of(ada) == Target("policies.principal", (str(ada.public_id),))
    role = Role.objects.get(name="viewer")
    assert Target.of(role) == Target("policies.role", (str(role.pk),))
    assert Target.of(SOMETHING) is SOMETHING
    dataset = make_dataset("prod", "orders")
    assert Target.of(dataset).kind == "catalog.dataset"


def test_a_name_of_any_length_can_be_a_target():
    entry_id = record(Act.ROLE_CHANGED, Target("t", ("é" * 9000,)), actor=None)

    assert JournalEntry.objects.get(id=entry_id).record["target"]["key"] == ["é" * 9000]


STATEMENTS = [
    "UPDATE {table} SET act = 'x'",
    "UPDATE {table} SET act = 'x' WHERE false",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "MERGE INTO {table} j USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_nobody_rewrites_the_journal_nor_a_part_of_it(statement):
    record(Act.ROLE_CHANGED, SOMETHING, actor=None)
    for table in tables():
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute(statement.format(table=table))


def test_a_replica_session_does_not_go_round_the_refusal():
    record(Act.ROLE_CHANGED, SOMETHING, actor=None)
    execute("SET LOCAL session_replication_role = replica")
    for table in tables():
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute(f"DELETE FROM {table}")


def test_each_table_of_the_journal_has_its_guard_always_on():
    rows = execute(
        "SELECT tgrelid::regclass::text, tgenabled, tgtype FROM pg_trigger"
        " WHERE tgname = 'refuses_rewriting'"
    )

    guarded = {table: (enabled, kind) for table, enabled, kind in rows}
    assert len(tables()) >= 4
    assert sorted(guarded) == tables()
    # Statement-level, before: DELETE 8 + UPDATE 16 + TRUNCATE 32 + BEFORE 2.
    assert set(guarded.values()) == {("A", 58)}


def test_months_are_made_ahead_with_guards_and_once():
    before = tables()
    assert make_months(5) == 3

    assert len(tables()) == len(before) + 3
    test_each_table_of_the_journal_has_its_guard_always_on()
    assert make_months(5) == 0
    assert make_journal_months() == 0


def test_a_month_without_a_partition_loses_no_entry():
    execute("ALTER TABLE policies_journalentry DETACH PARTITION " + this_month())
    entry_id = record(Act.ROLE_CHANGED, SOMETHING, actor=None)

    [[table]] = execute(
        "SELECT tableoid::regclass::text FROM policies_journalentry WHERE id = %s",
        entry_id,
    )
    assert table == "policies_journalentry_default"
    execute("DROP TABLE " + this_month())
    assert make_months() == 0  # the default partition keeps the month


def this_month():
    return f"policies_journalentry_{datetime.now(UTC):%Y_%m}"


def test_an_entry_lies_in_the_partition_of_its_month():
    entry_id = record(Act.ROLE_CHANGED, SOMETHING, actor=None)

    [[table]] = execute(
        "SELECT tableoid::regclass::text FROM policies_journalentry WHERE id = %s",
        entry_id,
    )
    assert table == this_month()


def test_no_foreign_key_leads_in_or_out():
    [[count]] = execute(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND"
        " (conrelid = 'policies_journalentry'::regclass"
        "  OR confrelid = 'policies_journalentry'::regclass)"
    )
    assert count == 0


def test_the_application_adds_and_reads_entries_and_no_more(as_application):
    forged = (
        "INSERT INTO policies_journalentry (id, recorded_at, act, target_kind,"
        " target_key, request_id, body)"
        " VALUES (gen_random_uuid(), '2020-01-01', 'x', 'x', 'x', 'x', 'x')"
    )
    part = "INSERT INTO {} (id, act, target_kind, target_key, request_id, body) VALUES"
    part += " (gen_random_uuid(), 'x', 'x', 'x', 'x', 'x')"
    forbidden = [forged]
    forbidden += [part.format(table) for table in tables() if "entry_" in table]
    forbidden += [f"DROP TABLE {table}" for table in tables()]
    forbidden += [
        "ALTER TABLE policies_journalentry DETACH PARTITION " + this_month(),
        "ALTER TABLE policies_journalentry DISABLE TRIGGER ALL",
        "SELECT * FROM " + this_month(),
        "SELECT policies_guard_journal('policies_journalentry', true)",
    ]
    with as_application():
        entry_id = record(Act.ROLE_CHANGED, SOMETHING, actor=None)
        assert JournalEntry.objects.filter(id=entry_id).exists()
        assert make_months(4) >= 0
        for statement in forbidden:
            with pytest.raises(DatabaseError), transaction.atomic():
                execute(statement)
        for statement in STATEMENTS[:4]:
            for table in tables():
                with pytest.raises(DatabaseError), transaction.atomic():
                    execute(statement.format(table=table))


@pytest.mark.django_db(transaction=True)
def test_two_processes_make_the_same_months_without_harm():
    with psycopg.connect(url_of_test_database()) as first:
        first.execute("SELECT policies_make_journal_months(7)")
        first.execute("SELECT 1")
        first.commit()
    with psycopg.connect(url_of_test_database()) as second:
        [made] = second.execute("SELECT policies_make_journal_months(7)").fetchone()
    assert made == 0


def test_entry_ids_are_uuids_of_their_own():
    ids = {record(Act.ROLE_CHANGED, SOMETHING, actor=None) for _ in range(3)}

    assert len(ids) == 3
    assert all(isinstance(each, UUID) for each in ids)
