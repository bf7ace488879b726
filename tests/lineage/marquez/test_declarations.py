"""What people declared in Marquez comes over as what people declare here."""

import pytest

from catalog.curation.kinds import KINDS
from catalog.curation.subjects import Subject
from catalog.models import (
    Change,
    Description,
    Ownership,
    Source,
    Tag,
    TagAssignment,
)
from catalog.services import Saying, changing, retire_entry, say, undo_change
from policies.models import JournalEntry
from tests import factories
from tests.lineage.marquez.importing import counts, get, run
from tests.lineage.marquez_database import named_uuid
from tests.lineage.projection import happenings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def declared(marquez):
    """An event, and what people declared of what it names."""
    marquez.event(
        happenings.event(
            "COMPLETE", 1, "load",
            writes=[happenings.dataset("orders", schema=happenings.schema("mail"))],
        )
    )  # fmt: skip
    marquez.namespace("data", current_owner_name="anna", description="The *shop*.")
    marquez.namespace("jobs", current_owner_name="Data Platform")
    marquez.add(
        "sources",
        type="POSTGRESQL",
        name="warehouse",
        connection_url="postgresql://u:s3cret@db/shop",
        description="The warehouse.",
    )
    marquez.add("sources", type="", name="default", connection_url="")
    pii, gold = marquez.tag("PII", "Personal."), marquez.tag("gold")
    dataset, job = marquez.dataset("data", "orders"), marquez.job("jobs", "load")
    marquez.version("data", "orders", 1, run_uuid=named_uuid("gone"))
    marquez.add("datasets_tag_mapping", dataset_uuid=dataset, tag_uuid=gold)
    marquez.add(
        "dataset_fields_tag_mapping",
        dataset_field_uuid=marquez.field("data", "orders", "mail"),
        tag_uuid=pii,
    )
    marquez.add("jobs_tag_mapping", job_uuid=job, tag_uuid=gold)
    return marquez


@pytest.fixture
def steward():
    return factories.make_principal("steward", "steward")


def standing(model):
    return model.objects.filter(recorded_to=None)


def test_what_people_declared_is_one_change_of_the_system(declared):
    anna = factories.make_principal("anna")

    assert run(declared.url)[1] == ""

    [change] = Change.objects.all()
    assert (change.via, change.actor) == (Change.Via.MARQUEZ, None)
    assert change.reason == "import from Marquez"
    source = Source.objects.get()
    assert source.name == "warehouse"
    assert "s3cret" not in source.connection_url
    assert dict(Tag.objects.values_list("name", "description")) == {
        "PII": "Personal.",
        "gold": "",
    }
    owners = {o.namespace.name: o for o in standing(Ownership)}
    assert owners["data"].principal == anna
    assert owners["jobs"].name == "Data Platform"
    assert [d.text for d in standing(Description)] == ["The *shop*."]
    tagged = {
        (str(t.dataset or t.job), t.column, t.tag.name) for t in standing(TagAssignment)
    }
    assert tagged == {
        ("data:orders", "", "gold"),
        ("data:orders", "mail", "PII"),
        ("jobs:load", "", "gold"),
    }
    acts = JournalEntry.objects.values_list("act", flat=True)
    assert {"tag.assigned", "owner.named", "entry.defined"} <= set(acts)
    assert "marquez.imported" in acts


def test_a_namespace_with_nothing_in_it_comes_over_with_its_owner(marquez):
    marquez.namespace("empty://", current_owner_name="anna", description="Soon.")
    marquez.namespace("hidden://", is_hidden=True)
    marquez.namespace(" ")

    said, fault = run(marquez.url)

    assert counts(said)["empty namespaces"] == (3, 2, 0, 1)
    assert fault.startswith("1 refused")
    told = {one["name"]: one for one in get("namespaces")["namespaces"]}
    assert told["empty://"]["ownerName"] == "anna"
    assert told["empty://"]["description"] == "Soon."
    assert told["hidden://"]["isHidden"]
    assert counts(run(marquez.url)[0])["empty namespaces"] == (3, 0, 2, 1)


def test_declarations_are_known_the_second_time(declared):
    run(declared.url)

    said, fault = run(declared.url)

    assert fault == ""
    assert Change.objects.count() == 1
    assert counts(said)["tag mappings"] == (3, 0, 3, 0)
    assert counts(said)["tags"] == (2, 0, 2, 0)


def test_what_people_took_back_since_stays_so(declared, steward):
    run(declared.url)
    for one in standing(TagAssignment):
        taken = Saying(KINDS["tag"], Subject.of(one), None)
        say([taken], actor=steward, via=Change.Via.PAGE)
    with changing(actor=steward, via=Change.Via.PAGE) as making:
        retire_entry(making, Tag.objects.get(name="gold"))

    said, _ = run(declared.url)

    assert not standing(TagAssignment).exists()
    assert Tag.objects.get(name="gold").is_retired
    assert "retired" in said


def test_an_import_is_undone_as_a_whole_and_can_be_repeated(declared, steward):
    run(declared.url)
    before = {str(t) for t in standing(TagAssignment)}
    undo_change(Change.objects.get(), actor=steward, via=Change.Via.PAGE)
    assert not standing(TagAssignment).exists()
    assert not standing(Ownership).exists()
    assert not Tag.objects.current().exists()

    assert run(declared.url)[1] == ""

    assert {str(t) for t in standing(TagAssignment)} == before
    assert Tag.objects.current().count() == 2
    assert standing(Ownership).count() == 2
