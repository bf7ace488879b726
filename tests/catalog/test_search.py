"""Search: what a reader finds, when, and that it tells nothing beyond his rights."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import transaction

from catalog.models import (
    Change,
    Dataset,
    DatasetShare,
    Findable,
    Mark,
    Namespace,
    Tag,
    Term,
    Unfound,
)
from catalog.search import indexing
from catalog.search.edits import distance
from catalog.search.finding import Wanted
from catalog.search.queries import read
from catalog.search.results import search
from catalog.services import changing, define_entry, retire_entry
from catalog.tasks import index_what_changed
from lineage.ingest import ingest
from lineage.services.hiding import hide_dataset, hide_namespace
from tests.catalog import search_world as world
from tests.catalog.search_table import ORDERS, REVENUE
from tests.factories import make_principal

D = "dataset"


def find(reader, text, *, limit=50, offset=0, **filters):
    chosen = {Mark.Field[name.upper()]: values for name, values in filters.items()}
    return search(reader, read(text), Wanted(chosen, limit=limit, offset=offset))


def names(results):
    return [hit.name for hit in results.hits]


@pytest.fixture(scope="module")
def steward(django_db_setup, django_db_blocker):
    """Who said what is said in the world of these tests."""
    with django_db_blocker.unblock(), world.kept_world() as steward:
        yield steward


@pytest.fixture
def reader(steward, db):
    return make_principal("rita", "viewer")


@pytest.fixture
def local(steward, db):
    """Somebody who sees one namespace only."""
    return make_principal("lou", "viewer", namespace=world.PG)


# When


def test_what_was_just_sent_is_found(reader):
    event = world.dataset_event("ns", "fresh_arrival", ["newborn"], "", [], [])
    ingest([json.dumps(event).encode()])

    assert names(find(reader, "fresh_arrival")) == ["fresh_arrival"]
    assert names(find(reader, "newborn")) == ["fresh_arrival"]


def test_a_column_that_came_later_is_found(reader):
    first = world.dataset_event("ns", "growing", ["one"], "", [], [])
    later = world.dataset_event("ns", "growing", ["one", "another"], "", [], [])
    later["eventTime"] = "2026-06-04T03:02:01Z"
    for event in (first, later):
        ingest([json.dumps(event).encode()])
        find(reader, "growing")

    assert names(find(reader, "another")) == ["growing"]


def test_what_people_say_is_found_right_after(reader, steward):
    assert names(find(reader, "astrolabe")) == []

    orders = (D, world.PG, ORDERS)
    world.declare("description", orders, "Kept by astrolabe.", by=steward)

    assert names(find(reader, "astrolabe")) == [ORDERS]


def test_what_people_say_goes_before_a_long_queue(reader, steward):
    for number in range(3 * indexing.BATCH):
        Unfound.objects.create(kind=Findable.Kind.JOB, thing_id=10_000_000 + number)

    world.declare("tier", (D, world.LAKE, "raw/payments"), "2", by=steward)

    assert names(find(reader, "payments", tier=["2"])) == ["raw/payments"]


def test_a_tag_by_its_new_name_finds_what_bears_it(reader):
    tag = Tag.objects.get(name="PII.email")
    with changing(actor=None, via=Change.Via.PAGE) as making:
        define_entry(making, Tag, {"name": "Contact.mail"}, tag)
    index_what_changed()

    found = find(reader, "", tag=["Contact"])

    assert names(found) == ["shop.public.customers"]
    assert names(find(reader, "", tag=["PII.email"])) == []


def test_a_retired_word_is_found_no_more(reader):
    assert find(reader, "turnover").total
    with changing(actor=None, via=Change.Via.PAGE) as making:
        retire_entry(making, Term.objects.get())

    assert not find(reader, "nettoumsatz").total


def test_what_is_said_of_a_namespace_holds_for_what_is_in_it(reader, steward):
    world.declare("tier", ("namespace", "", world.KAFKA), "4", by=steward)
    index_what_changed()

    assert "checkout.events.v1" in names(find(reader, "", tier=["4"]))


def test_what_is_deleted_is_not_found(reader):
    assert find(reader, "customer_email").total
    row = Dataset.objects.unrestricted("test").get(name="shop.public.customers")
    hide_dataset(row, actor=None)

    assert "shop.public.customers" not in names(find(reader, "customer_email"))


def test_a_deleted_namespace_is_not_found_and_nothing_in_it(reader):
    space = world_namespace(world.KAFKA)
    hide_namespace(space, actor=None)
    index_what_changed()

    assert names(find(reader, "kafka")) == []


def test_news_that_search_does_not_show_leave_no_note(reader):
    later = [json.loads(event) for event in world.events()]
    for event in later:
        event["eventTime"] = "2026-07-01T00:00:00Z"
        if "run" in event:
            event["run"]["runId"] = event["run"]["runId"].replace("0195", "0196")
    ingest([json.dumps(event).encode() for event in later])

    assert Unfound.objects.count() == 0


def test_an_index_that_failed_midway_goes_on_where_it_was(reader):
    event = world.dataset_event("ns", "half_way", ["id"], "", [], [])
    ingest([json.dumps(event).encode()])

    def index_and_fail():
        with transaction.atomic():
            indexing.catch_up()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        index_and_fail()
    rows = Findable.objects.unrestricted("test").filter(name="half_way")
    assert not rows.exists()

    index_what_changed()

    assert rows.exists()


def test_the_index_can_be_made_anew(reader):
    rows = Findable.objects.unrestricted("test")
    fields = ("kind", "thing_id", "subject_id", "name", "words", "marks")
    before = set(map(str, rows.values_list(*fields)))
    rows.filter(kind=Findable.Kind.JOB).delete()
    rows.update(name="spoilt")

    call_command("reindex")

    assert set(map(str, rows.values_list(*fields))) == before


def test_an_index_of_one_namespace_can_be_made_anew(reader, capsys):
    call_command("reindex", namespace=world.KAFKA)

    assert "3 things" in capsys.readouterr().out


# What


def test_a_hit_says_why(reader):
    [hit] = find(reader, "customer_email", kind=[D]).hits

    [why] = [reason for reason in hit.reasons if reason.what == "column"]
    assert why.text.text == "customer_email"
    assert why.text.ranges == ((0, 14),)
    assert "PII.email" in [r.text.text for r in hit.reasons if r.what == "tag"]


def test_marks_tell_characters_of_the_text_as_it_is(reader):
    hit = find(reader, "strasse").hits[0]

    start, end = hit.shown_name.ranges[0]
    assert hit.shown_name.text[start:end].startswith("Straße")


def test_what_mistyped_words_are_taken_for_is_told(reader):
    results = find(reader, "custoemrs")

    assert "customer" in results.found.taken["custoemr"]


def test_words_that_find_something_are_taken_for_nothing_else(reader):

    assert find(reader, "orders").found.taken == {}


def test_filters_of_one_field_are_alternatives_and_fields_are_not(reader):
    both = find(reader, "", tier=["1", "2"], environment=["production"])

    assert names(both) == [ORDERS]
    assert names(find(reader, "", tier=["1"], environment=["test"])) == []


def test_facets_count_what_is_found(reader):
    found = find(reader, "orders").found

    assert dict(found.facets[Mark.Field.KIND])[D] == sum(
        hit.kind == D for hit in find(reader, "orders").hits
    )
    assert ("production", 2) not in found.facets.get(Mark.Field.TIER, [])


def test_domains_count_what_is_in_those_within(reader):

    assert names(find(reader, "", domain=["Finance"], kind=[D])) == ["raw/payments"]


def test_pages_follow_each_other_without_a_gap(reader):
    whole = names(find(reader, "shop"))
    parts = [names(find(reader, "shop", limit=4, offset=at)) for at in range(0, 40, 4)]

    assert [name for part in parts for name in part] == whole
    assert len(whole) == find(reader, "shop").total


# For whom


def test_another_name_finds_a_dataset_only_for_who_may_know_it(reader):
    partly = make_principal("sam", "viewer", namespace=world.SNOW)

    assert REVENUE in names(find(reader, "pseudonym"))
    assert names(find(partly, "pseudonym")) == []
    assert REVENUE in names(find(partly, "fct_revenue_daily"))


def test_a_shared_dataset_is_found(local, share):
    share(local, Dataset, "raw/payments")

    assert names(find(local, "raw/payments")) == ["raw/payments"]
    assert names(find(local, "clickstream")) == []


def test_mistakes_are_not_mended_by_what_is_hidden(local):
    results = find(local, "lauder")  # orders_launder, in a namespace out of sight

    assert results.total == 0
    assert results.found.taken == {}


def test_values_of_facets_are_those_of_what_is_seen(local):
    facets = find(local, "orders").found.facets

    assert [value for value, _ in facets[Mark.Field.NAMESPACE]] == [world.PG]
    assert "team:shadow" not in [v for v, _ in facets.get(Mark.Field.OWNER, [])]


@pytest.fixture
def share(db):
    def shared(principal, model, name):
        row = model.objects.unrestricted("test").get(name=name)
        share_asset(principal, row)

    return shared


def share_asset(principal, row):
    from_codename = Permission.objects.get_or_create(
        codename="asset.view",
        content_type=ContentType.objects.get_for_model(type(row)),
        defaults={"name": "view"},
    )[0]
    DatasetShare.objects.create(
        user=principal, content_object=row, permission=from_codename
    )


def world_namespace(name):
    return Namespace.objects.unrestricted("test").get(name=name)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("order", "order", 0),
        ("order", "ordre", 1),
        ("order", "oder", 1),
        ("order", "ordeer", 1),
        ("order", "arder", 1),
        ("order", "redro", 3),
        ("", "abc", 3),
    ],
)
def test_mistakes_are_counted(one, other, edits):
    assert distance(one, other, 3) == edits
    assert distance(other, one, 3) == edits
