"""What people say: made, replaced, taken back, undone, journaled and read again."""

import pytest

from catalog.curation.entries import read_facts
from catalog.curation.faults import Refused, Superseded
from catalog.curation.kinds import KINDS, Written, kind_named
from catalog.curation.reading import curated, said_of_entry
from catalog.curation.subjects import Named, Subject, find_subject
from catalog.models import (
    Change,
    DataProduct,
    Domain,
    Namespace,
    PropertyDefinition,
    Revision,
    Tag,
    TagAssignment,
    Term,
)
from catalog.services import (
    AlreadyUndone,
    Saying,
    changing,
    define_entry,
    ensure_tag,
    retire_entry,
    say,
    undo_change,
)
from policies.actions import Action
from policies.models import JournalEntry
from policies.services import create_group
from tests.factories import make_dataset, make_job, make_principal

pytestmark = pytest.mark.django_db
PAGE = Change.Via.PAGE


@pytest.fixture
def steward():
    return make_principal("stella", "steward")


@pytest.fixture
def orders():
    return Subject("dataset", make_dataset("shop", "orders"))


def define(model, *, actor=None, **told):
    with changing(actor=actor, via=PAGE) as making:
        return define_entry(making, model, read_facts(model, told))


@pytest.fixture
def words(db):
    """One entry of each kind of vocabulary."""
    return {
        "domain": define(Domain, name="Sales/Web"),
        "tag": define(Tag, name="PII.email"),
        "term": define(Term, name="Order", description="What a customer buys."),
        "product": define(DataProduct, name="Order book", freshness_seconds="24 hours"),
        "property": define(
            PropertyDefinition, name="sla", type="number", applies_to="dataset; column"
        ),
    }


def saying(subject, kind, value, detail="", by=None):
    fields = kind_named(kind).fields_of(subject, Written(value, detail, by))
    return Saying(kind_named(kind), subject, fields)


def tell(subject, kind, value, detail="", *, actor=None, by=None):
    said = saying(subject, kind, value, detail, by)
    return say([said], actor=actor, via=PAGE, reason="because")


def told(subject, kind):
    rows = curated([subject.row])[subject.row.pk]
    found = rows.of_column(subject.column, kind) if subject.column else rows.own[kind]
    return [(kind_named(kind).value(r), kind_named(kind).detail(r)) for r in found]


# A value, and another one, of each kind.
VALUES = {
    "domain": [("Sales/Web", ""), ("Sales", "")],
    "owner": [("stella", "steward"), ("name:The night shift", "business")],
    "tag": [("PII.email", ""), ("PII", "")],
    "description": [("All *orders*", ""), ("Orders", "")],
    "lifecycle": [("active", ""), ("draft", "")],
    "environment": [("production", ""), ("test", "")],
    "tier": [("1", ""), ("5", "")],
    "term": [("Order", ""), ("Order line", "")],
    "property": [("3", "sla"), ("4.5", "sla")],
    "ticket": [("OPS-1", "https://tickets.example/1"), ("OPS-2", "")],
    "product": [("Order book", ""), ("Web shop", "")],
    "retention": [("P7Y", ""), ("P90D", "")],
    **{
        aspect: [("First.", ""), ("Second.", "")]
        for aspect in (
            "purpose legal_basis data_subjects categories recipients transfers "
            "measures controller"
        ).split()
    },
}


@pytest.fixture
def more_words(words, steward):
    define(Term, name="Order line")
    define(DataProduct, name="Web shop")


def test_every_kind_has_values_here():
    assert VALUES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_is_made_journaled_and_read(kind, orders, more_words, steward):
    change = tell(orders, kind, *VALUES[kind][0], actor=steward)

    assert told(orders, kind) == [VALUES[kind][0]]
    assert (change.actor, change.reason, change.via) == (steward, "because", "page")
    [entry] = JournalEntry.objects.filter(act=KINDS[kind].made)
    assert entry.record["target"] == {
        "kind": "catalog.dataset",
        "key": ["shop", "orders"],
    }
    assert entry.record["actor"] == str(steward.public_id)
    assert entry.changes["change"] == str(change.public_id)


@pytest.mark.parametrize("kind", KINDS)
def test_saying_it_again_changes_nothing(kind, orders, more_words):
    tell(orders, kind, *VALUES[kind][0])

    assert tell(orders, kind, *VALUES[kind][0]) is None
    assert JournalEntry.objects.filter(act=KINDS[kind].made).count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_another_value_takes_the_place_of_the_first_or_stands_beside_it(
    kind, orders, more_words, steward
):
    tell(orders, kind, *VALUES[kind][0])
    tell(orders, kind, *VALUES[kind][1])

    stands_beside = kind in ("owner", "tag", "term", "ticket", "product")
    assert told(orders, kind) == VALUES[kind][0 if stands_beside else 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_undo_goes_back_and_undoing_that_goes_forth(kind, orders, more_words, steward):
    tell(orders, kind, *VALUES[kind][0])
    second = tell(orders, kind, *VALUES[kind][1])
    after = told(orders, kind)

    undo = undo_change(second, actor=steward, via=PAGE)
    assert told(orders, kind) == [VALUES[kind][0]]
    redo = undo_change(undo, actor=steward, via=PAGE)
    assert sorted(told(orders, kind)) == sorted(after)
    assert undo_change(redo, actor=steward, via=PAGE).undoes == redo
    with pytest.raises(AlreadyUndone):
        undo_change(second, actor=steward, via=PAGE)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_back_stays_in_the_past(kind, orders, more_words, steward):
    made = tell(orders, kind, *VALUES[kind][0])
    change = say([Saying(KINDS[kind], orders, None)], actor=steward, via=PAGE)

    assert told(orders, kind) == []
    then = curated([orders.row], recorded_at=made.recorded_at)[orders.row.pk]
    assert len(then.own[kind]) == 1
    assert JournalEntry.objects.filter(act=KINDS[kind].ended).count() == 1
    undo_change(change, actor=steward, via=PAGE)
    assert told(orders, kind) == [VALUES[kind][0]]


def test_an_older_change_is_not_undone_under_a_newer_one(orders):
    first = tell(orders, "tier", "1")
    tell(orders, "tier", "2")

    with pytest.raises(Superseded, match="Undo that one first"):
        undo_change(first, actor=None, via=PAGE)


def test_a_change_can_be_undone_once_what_stood_on_it_is(orders):
    first = tell(orders, "tier", "1")
    second = tell(orders, "tier", "2")
    undo_change(second, actor=None, via=PAGE)

    undo_change(first, actor=None, via=PAGE)
    assert told(orders, "tier") == []


def test_what_was_taken_back_does_not_come_back_beside_another(orders):
    tell(orders, "tier", "1")
    gone = say([Saying(KINDS["tier"], orders, None)], actor=None, via=PAGE)
    tell(orders, "tier", "2")

    with pytest.raises(Superseded, match="tier"):
        undo_change(gone, actor=None, via=PAGE)
    assert told(orders, "tier") == [("2", "")]


def test_of_two_sayings_at_once_the_last_counts(orders):
    change = say(
        [saying(orders, "tier", "1"), saying(orders, "tier", "3")],
        actor=None,
        via=PAGE,
    )

    assert told(orders, "tier") == [("3", "")]
    assert change.statement_count == 1


def test_many_assets_are_tagged_at_once_in_a_fixed_number_of_queries(
    words, django_assert_max_num_queries
):
    space = make_dataset("lake", "d0").namespace
    some = [Subject("dataset", make_dataset(space, f"d{n}")) for n in range(1, 40)]
    sayings = [saying(each, "tag", "PII.email") for each in some]
    with django_assert_max_num_queries(20):
        change = say(sayings, actor=None, via=Change.Via.BULK)

    assert change.summary == "Tag: 39 set."
    undo_change(change, actor=None, via=PAGE)
    assert not TagAssignment.objects.filter(recorded_to=None).exists()


def test_a_column_has_its_own_tags_and_no_owner(orders, words):
    email = Subject("dataset", orders.row, "email")
    tell(email, "tag", "PII.email")

    assert told(email, "tag") == [("PII.email", "")]
    assert told(orders, "tag") == []
    with pytest.raises(Refused, match="column has no owner"):
        saying(email, "owner", "name:x", "business")


def test_statements_follow_a_dataset_to_its_canonical_name(orders, words):
    tell(orders, "tag", "PII.email")
    other = make_dataset("shop", "a_orders")
    type(orders.row).objects.unrestricted("test").filter(pk=orders.row.pk).update(
        canonical=other
    )
    merged = Subject("dataset", other)

    assert told(merged, "tag") == [("PII.email", "")]
    assert tell(merged, "tag", "PII.email") is None
    say([Saying(KINDS["tag"], merged, None)], actor=None, via=PAGE)
    assert told(merged, "tag") == []


def test_declarations_are_inherited_from_the_nearest_above(orders, words):
    space = Subject("namespace", orders.row.namespace)
    sales = Subject("domain", Domain.objects.get(name="Sales"))
    web = Subject("domain", Domain.objects.get(name="Sales/Web"))
    tell(space, "domain", "Sales/Web")
    tell(sales, "purpose", "Selling.")
    tell(sales, "controller", "The shop.")
    tell(web, "purpose", "Selling on the web.")
    tell(space, "legal_basis", "Contract.")
    tell(orders, "legal_basis", "Consent.")
    tell(sales, "owner", "name:Head of sales", "business")

    found = curated([orders.row])[orders.row.pk]
    assert found.one("domain").domain.name == "Sales/Web"
    assert str(found.one("purpose")) == "Selling on the web."
    assert str(found.one("purpose").subject_row) == "Sales/Web"
    assert str(found.one("controller")) == "The shop."
    assert str(found.one("legal_basis")) == "Consent."
    assert str(found.one("owner")) == "Head of sales"
    assert found.is_inherited("purpose")
    assert not found.is_inherited("legal_basis")
    assert said_of_entry(sales.row).description == ""


def test_a_tag_of_a_path_has_its_parents(words):
    assert Tag.objects.get(name="PII.email").parent.name == "PII"


def test_renaming_a_domain_renames_what_is_below_and_can_be_undone(words):
    sales = Domain.objects.get(name="Sales")
    with changing(actor=None, via=PAGE) as making:
        define_entry(making, Domain, {"name": "Trade", "description": ""}, sales)

    assert Domain.objects.filter(name="Trade/Web", parent=sales).exists()
    undo_change(making.made, actor=None, via=PAGE)
    assert set(Domain.objects.values_list("name", flat=True)) == {"Sales", "Sales/Web"}


def test_retiring_a_word_takes_back_what_is_said_with_it(orders, words):
    tell(orders, "term", "Order")
    with changing(actor=None, via=PAGE) as making:
        retire_entry(making, words["term"])

    assert told(orders, "term") == []
    undo_change(making.made, actor=None, via=PAGE)
    assert told(orders, "term") == [("Order", "")]
    assert not Term.objects.get(name="Order").is_retired


def test_a_word_with_others_below_is_not_retired(words):
    with (
        pytest.raises(Refused, match=r"PII\.email"),
        changing(actor=None, via=PAGE) as making,
    ):
        retire_entry(making, Tag.objects.get(name="PII"))


def test_undoing_a_definition_retires_it_and_a_new_one_takes_it_up(words):
    with changing(actor=None, via=PAGE) as making:
        tag = ensure_tag(making, "rare")
    undo_change(making.made, actor=None, via=PAGE)

    tag.refresh_from_db()
    assert tag.is_retired
    with changing(actor=None, via=PAGE) as making:
        again = ensure_tag(making, "rare")
    assert again.pk == tag.pk
    revisions = Revision.objects.filter(kind="tag", entry_id=tag.pk)
    assert [r.body["is_retired"] for r in revisions.order_by("pk")] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("kind", "value", "detail", "said"),
    [
        ("tier", "0", "", "1, 2, 3"),
        ("owner", "nobody-here", "", "no principal"),
        ("owner", "name:x", "boss", "business"),
        ("owner", "group:none", "", "no group"),
        ("tag", "nope", "", "Define it first"),
        ("description", "  ", "", "missing"),
        ("description", "x" * 20_001, "", "20001"),
        ("description", "a\0b", "", "NUL"),
        ("lifecycle", "dead", "", "draft"),
        ("lifecycle", "active", "shop:other", "Only a deprecated"),
        ("environment", "The Lab", "", "word"),
        ("retention", "for ever", "", "7 years"),
        ("ticket", "OPS-1", "javascript:alert(1)", "https://"),
        ("property", "many", "sla", "no number"),
        ("property", "3", "unknown", "no property"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_remedy(
    kind, value, detail, said, orders, words
):
    with pytest.raises(Refused, match=said):
        saying(orders, kind, value, detail)


def test_a_successor_is_one_that_the_writer_may_see(orders, steward):
    make_dataset("postgres://db:5432", "new.orders")
    stranger = make_principal("stranger")
    where = "postgres://db:5432:new.orders"

    with pytest.raises(Refused, match="or none that you may see"):
        saying(orders, "lifecycle", "deprecated", where, by=stranger)
    tell(orders, "lifecycle", "deprecated", where, by=steward)
    assert told(orders, "lifecycle") == [("deprecated", where)]


def test_a_group_owns(orders):
    create_group("Data office", actor=None)
    tell(orders, "owner", "group:data office", "steward")

    assert told(orders, "owner") == [("group:Data office", "steward")]


def test_a_job_and_a_namespace_are_described_too():
    job = Subject("job", make_job(make_dataset("shop", "x").namespace, "load"))
    space = Subject("namespace", Namespace.objects.unrestricted("test").get())
    tell(job, "description", "Loads.")
    tell(space, "description", "The shop.")

    assert told(job, "description") == [("Loads.", "")]
    assert told(space, "description") == [("The shop.", "")]


@pytest.mark.parametrize(
    ("named", "who", "said"),
    [
        (Named("dataset", "shop", "orders"), "stranger", "or none that you may see"),
        (Named("dataset", "shop", "none"), "stella", "or none that you may see"),
        (Named("dataset", "shop", "orders"), "vera", "but not change it"),
        (Named("table", "shop", "orders"), "stella", "no kind of asset"),
        (Named("namespace", "", "shop", "c"), "stella", "Only datasets"),
    ],
)
def test_a_subject_is_refused(named, who, said, orders, steward):
    people = {
        "stella": steward,
        "stranger": make_principal("stranger"),
        "vera": make_principal("vera", "viewer"),
    }

    with pytest.raises(Refused, match=said):
        find_subject(named, people[who], [Action.ASSET_EDIT])


def test_no_personal_text_stands_in_the_journal(orders, words):
    tell(orders, "owner", "name:Jane Doe", "business")
    tell(orders, "description", "Ask Jane Doe.")
    tell(orders, "purpose", "For Jane Doe.")
    define(Term, name="Client", description="Ask Jane Doe.")
    define(DataProduct, name="Clients", purpose="For Jane Doe.", quality="As Jane says")

    assert not any(b"Jane" in bytes(e.body) for e in JournalEntry.objects.all())


def test_owners_of_words_are_named_by_those_who_edit_the_glossary(words):
    viewer, editor = make_principal("vera", "viewer"), make_principal("eve", "steward")
    domain = Named("domain", "", "Sales")

    with pytest.raises(Refused, match="but not change it"):
        find_subject(domain, viewer, [Action.ASSET_EDIT])
    assert find_subject(domain, editor, [Action.ASSET_EDIT]).row.name == "Sales"


def test_two_names_of_one_dataset_that_disagree_are_set_right(orders):
    other = make_dataset("shop", "other_name")
    tell(orders, "tier", "2")
    tell(Subject("dataset", other), "tier", "1")
    type(other).objects.unrestricted("test").filter(pk=other.pk).update(
        canonical=orders.row
    )

    change = tell(orders, "tier", "1")
    assert told(orders, "tier") == [("1", "")]
    undo_change(change, actor=None, via=PAGE)
    assert sorted(told(orders, "tier")) == [("1", ""), ("2", "")]


def test_a_word_in_use_does_not_go_out_of_use_by_an_undo(orders):
    with changing(actor=None, via=PAGE) as making:
        ensure_tag(making, "rare")
    tell(orders, "tag", "rare")

    with pytest.raises(Superseded, match="since said something with rare"):
        undo_change(making.made, actor=None, via=PAGE)


def test_a_domain_that_terms_lie_in_is_not_retired(words):
    define(Term, name="Basket", domain="Sales/Web")

    with (
        pytest.raises(Refused, match="Basket"),
        changing(actor=None, via=PAGE) as making,
    ):
        retire_entry(making, Domain.objects.get(name="Sales/Web"))


def test_undoing_many_statements_takes_a_fixed_number_of_queries(
    words, django_assert_max_num_queries
):
    space = make_dataset("lake", "d0").namespace
    some = [Subject("dataset", make_dataset(space, f"d{n}")) for n in range(1, 40)]
    say([saying(each, "tag", "PII.email") for each in some], actor=None, via=PAGE)
    gone = say(
        [Saying(KINDS["tag"], each, None) for each in some], actor=None, via=PAGE
    )

    with django_assert_max_num_queries(75):
        undo_change(gone, actor=None, via=PAGE)
    assert told(some[-1], "tag") == [("PII.email", "")]


def test_an_address_of_another_does_not_hide_a_sign_in_name(orders):
    make_principal("ops@example.org")
    make_principal("oscar", email="ops@example.org")

    tell(orders, "owner", "ops@example.org", "steward")
    assert told(orders, "owner") == [("ops@example.org", "steward")]
