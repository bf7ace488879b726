"""What people say of a dataset follows it to the name that it is renamed to."""

import json

import pytest

from catalog.curation.kinds import Written, kind_named
from catalog.curation.reading import curated
from catalog.curation.subjects import Named, Subject, find_subject
from catalog.models import Change, Domain, Tag
from catalog.services import Saying, changing, define_entry, say, undo_change
from lineage.ingest import ingest
from lineage.tasks import follow_renames
from tests.factories import make_principal

pytestmark = pytest.mark.django_db
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
PRODUCER = "https://example.org/producer"


def send(name, time, **facets):
    facets = {
        key: {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}.json", **facet}
        for key, facet in facets.items()
    }
    event = {
        "eventTime": f"2026-05-04T{time}Z",
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/DatasetEvent",
        "dataset": {"namespace": "shop", "name": name, "facets": facets},
    }
    [outcome] = ingest([json.dumps(event).encode()])
    assert outcome.status == 201


def rename(old, new, time):
    before = {"namespace": "shop", "name": old}
    send(
        new,
        time,
        lifecycleStateChange={
            "lifecycleStateChange": "RENAME",
            "previousIdentifier": before,
        },
    )


@pytest.fixture
def steward():
    return make_principal("stella", "steward")


@pytest.fixture
def orders(steward):
    send("orders", "01:00:00")
    with changing(actor=None, via=Change.Via.PAGE) as making:
        define_entry(making, Tag, {"name": "PII", "description": ""})
        define_entry(making, Domain, {"name": "Sales", "description": ""})
    return subject(steward, "orders")


def subject(steward, name, column=""):
    return find_subject(Named("dataset", "shop", name, column), steward, [])


def tell(about, kind, value, detail=""):
    fields = kind_named(kind).fields_of(about, Written(value, detail))
    say([Saying(kind_named(kind), about, fields)], actor=None, via=Change.Via.PAGE)


def said(about):
    found = curated([about.row])[about.row.pk]
    own = {kind: [str(row) for row in rows] for kind, rows in found.own.items() if rows}
    return own, {
        column: [str(row) for rows in kinds.values() for row in rows]
        for column, kinds in found.columns.items()
    }


def test_statements_follow_a_rename_and_stay_with_the_old_name_too(orders, steward):
    tell(orders, "tag", "PII")
    tell(orders, "owner", "name:The shop", "business")
    tell(orders, "domain", "Sales")
    tell(orders, "tier", "2")
    tell(Subject("dataset", orders.row, "email"), "description", "Where to write to.")
    rename("orders", "sales_orders", "02:00:00")

    assert follow_renames() == 1
    expected = (
        {"tag": ["PII"], "owner": ["The shop"], "domain": ["Sales"], "tier": ["2"]},
        {"email": ["Where to write to."]},
    )
    assert said(subject(steward, "sales_orders")) == expected
    assert said(orders) == expected
    change = Change.objects.latest("recorded_at")
    assert (change.actor, change.via) == (None, "system")
    assert change.reason.startswith("It was renamed")
    assert "orders" not in change.reason


def test_what_the_new_name_says_already_stays(orders, steward):
    tell(orders, "tier", "2")
    rename("orders", "sales_orders", "02:00:00")
    new = subject(steward, "sales_orders")
    tell(new, "tier", "1")

    follow_renames()
    assert said(new)[0] == {"tier": ["1"]}


def test_a_rename_is_followed_once_even_if_it_is_undone(orders, steward):
    tell(orders, "tier", "2")
    rename("orders", "sales_orders", "02:00:00")
    follow_renames()
    undo_change(
        Change.objects.latest("recorded_at"), actor=steward, via=Change.Via.PAGE
    )

    assert follow_renames() == 0
    assert said(subject(steward, "sales_orders"))[0] == {}


def test_a_rename_from_a_name_that_nobody_used_changes_nothing(db, steward):
    rename("never", "sales_orders", "02:00:00")

    assert follow_renames() == 1
    assert said(subject(steward, "sales_orders")) == ({}, {})
    assert not Change.objects.exists()
