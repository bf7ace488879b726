"""Assets are tagged, placed and shared many at once, and names of others never leak."""

import pytest
from django.test import Client

from catalog.admin.saying import OTHERS
from catalog.curation.entries import read_facts
from catalog.curation.reading import curated
from catalog.models import (
    Change,
    DataProduct,
    Dataset,
    DatasetVersion,
    JobVersion,
    PropertyDefinition,
    Tag,
    TagAssignment,
    Term,
)
from catalog.services import changing, define_entry
from lineage.models import Event
from policies import audit
from policies.actions import Action
from policies.models import JournalEntry, Principal
from policies.services import create_role, grant_role, share_asset
from tests.administration.asking import act, said
from tests.factories import make_dataset, make_principal
from tests.pages import story

DATASETS = "/admin/catalog/dataset/"
SECRET = "payroll_of_the_board"


@pytest.fixture
def twenty(db):
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        define_entry(making, Tag, {"name": "PII", "description": ""})
    return [make_dataset("shelf", f"table_{number:02}") for number in range(20)]


@pytest.fixture
def as_steward(db):
    """Looks after the namespace `shelf`, and sees nothing else."""
    steward = make_principal("stella", "steward", namespace="shelf")
    client = Client()
    client.force_login(steward)
    return client


def test_twenty_datasets_are_tagged_at_once_and_that_is_undone(as_admin, admin, twenty):
    done = act(as_admin, DATASETS, "say_tag", twenty, value="PII", reason="GDPR")

    assert "20 set" in said(done)
    assert TagAssignment.objects.standing().count() == 20
    change = Change.objects.latest("recorded_at")
    assert (change.via, change.actor, change.reason) == ("admin", admin, "GDPR")
    assert JournalEntry.objects.filter(act="tag.assigned").count() == 20

    undone = act(as_admin, "/admin/catalog/change/", "undo", [change], reason="no")

    assert "undone" in said(undone)
    assert not TagAssignment.objects.standing().exists()


def test_a_tag_that_there_is_not_is_an_error_and_nothing_is_said(as_admin, twenty):
    refused = act(as_admin, DATASETS, "say_tag", twenty, value="PIII", reason="")

    assert "PIII" in said(refused)
    assert not TagAssignment.objects.exists()


def test_owners_domains_and_the_rest_are_said_of_many(as_admin, admin, twenty):
    as_admin.post("/admin/catalog/domain/add/", {"name": "Finance/Payments"})
    few = twenty[:3]
    act(as_admin, DATASETS, "say_owner", few, value="ada", detail="business", reason="")
    act(as_admin, DATASETS, "say_domain", few, value="Finance/Payments", reason="")
    act(as_admin, DATASETS, "say_tier", few, value="1", reason="")
    act(as_admin, DATASETS, "say_environment", few, value="production", reason="")
    act(as_admin, DATASETS, "say_lifecycle", few, value="active", detail="", reason="")

    page = as_admin.get(f"{DATASETS}?q=table_01").content.decode()
    assert "Ada de Wit (business)" in page
    assert "Finance/Payments" in page
    lacking = as_admin.get(f"{DATASETS}?lacking=owner").context["cl"].result_count
    assert lacking == 17


def test_a_statement_is_taken_back(as_admin, twenty):
    act(as_admin, DATASETS, "say_tag", twenty[:2], value="PII", reason="")
    [first, _] = TagAssignment.objects.order_by("pk")

    act(as_admin, "/admin/catalog/tagassignment/", "withdraw", [first], reason="wrong")

    assert TagAssignment.objects.standing().count() == 1


def test_words_are_defined_changed_and_retired(as_admin):
    made = as_admin.post(
        "/admin/catalog/term/add/",
        {"name": "Berth", "description": "Where a ship lies", "synonyms": "quay; pier"},
        follow=True,
    )
    assert "is made" in said(made)
    wrong = as_admin.post(
        "/admin/catalog/propertydefinition/add/",
        {"name": "cost", "type": "choice", "applies_to": "dataset"},
    )
    assert "needs what to choose from" in said(wrong)
    again = as_admin.post("/admin/catalog/term/add/", {"name": "berth"})
    assert "already" in said(again)


def test_a_dataset_is_shared_and_the_share_is_taken_back(as_admin, twenty):
    guest = make_principal("guest")
    client = Client()
    client.force_login(guest)
    assert client.get("/datasets/shelf/table_00").status_code in (403, 404)

    done = act(
        as_admin,
        DATASETS,
        "share",
        twenty[:1],
        principal="guest",
        actions=["asset.view"],
        reason="asked for it",
    )

    assert "shared" in said(done)
    assert client.get("/datasets/shelf/table_00").status_code == 200
    assert client.get("/datasets/shelf/table_01").status_code == 404
    [share] = twenty[0].datasetshare_set.all()
    act(as_admin, "/admin/catalog/datasetshare/", "unshare", [share], reason="")
    assert client.get("/datasets/shelf/table_00").status_code in (403, 404)


def test_a_steward_sees_and_changes_his_own_alone(as_steward, twenty):
    other = make_dataset("vault", SECRET)

    page = as_steward.get(DATASETS)
    assert page.context["cl"].result_count == 20
    assert SECRET not in page.content.decode()
    act(as_steward, DATASETS, "say_tag", twenty, value="PII", reason="")
    assert TagAssignment.objects.standing().count() == 20
    # A key that is not his is as if it were not there.
    keys = {"action": "say_tag", "_selected_action": other.pk, "apply": 1}
    as_steward.post(DATASETS, {**keys, "value": "PII", "reason": ""}, follow=True)
    assert TagAssignment.objects.standing().count() == 20
    assert as_steward.get(f"{DATASETS}{other.pk}/change/").status_code == 404


@pytest.mark.parametrize("key", ["x", "1\0", "-", "9" * 40, "²"])
def test_a_key_that_is_none_is_refused_as_such(as_admin, twenty, key):
    keys = {"action": "say_tag", "_selected_action": key, "apply": 1, "value": "PII"}

    refused = as_admin.post(DATASETS, {**keys, "reason": ""}, follow=True)

    assert refused.status_code == (200 if key.isascii() and key.isdigit() else 400)
    assert not TagAssignment.objects.exists()


def test_what_one_may_see_but_not_tag_is_refused_whole(as_steward, twenty):
    steward = Principal.objects.get(username="stella")
    grant_role(steward, "viewer", actor=None)
    other = make_dataset("vault", "open_figures")

    refused = act(as_steward, DATASETS, "say_tag", [twenty[0], other], value="PII")

    assert "not yours" in said(refused)
    assert not TagAssignment.objects.exists()


def test_a_steward_undoes_no_change_that_touched_other_assets(as_admin, twenty):
    other = make_dataset("vault", SECRET)
    act(as_admin, DATASETS, "say_tag", [twenty[0], other], value="PII", reason="")
    change = Change.objects.latest("recorded_at")
    steward = make_principal("stella", "steward", namespace="shelf")
    grant_role(steward, "viewer", actor=None)
    client = Client()
    client.force_login(steward)

    refused = act(client, "/admin/catalog/change/", "undo", [change], reason="")

    assert "not yours" in said(refused)
    assert TagAssignment.objects.standing().count() == 2


def test_no_list_search_filter_or_suggestion_tells_of_what_is_hidden(
    as_admin, as_steward, harbour, twenty
):
    other = make_dataset("vault", SECRET)
    guest = make_principal("guest")
    share_asset(other, guest, Action.ASSET_VIEW, actor=None)
    act(as_admin, DATASETS, "say_tag", [other], value="PII", reason=SECRET)
    hidden = (SECRET, "vault", story.STAGED, story.WAREHOUSE, story.DAG, story.LAKE)
    models = [
        *("namespace", "dataset", "job", "column", "datasetversion", "jobversion"),
        *("tagassignment", "change", "ownership", "tag"),
    ]
    pages = [f"/admin/catalog/{model}/" for model in models]
    pages += [f"/admin/lineage/{m}/" for m in ("event", "run", "retraction")]
    pages += ["/admin/failures", "/admin/"]
    for page in pages:
        answer = as_steward.get(page)
        assert answer.status_code == 200, page
        text = answer.content.decode()
        assert [word for word in hidden if word in text] == [], page
        for word in hidden:
            found = as_steward.get(page, {"q": word})
            if "cl" in (found.context or {}):
                assert found.context["cl"].result_count == 0, (page, word)
    for label in ("catalog.namespace", "policies.principal", "policies.group"):
        answer = as_steward.get("/admin/suggest", {"of": label, "q": "a"})
        assert answer.status_code == 404 or answer.json()["names"] == [], label


def test_no_digest_of_a_definition_is_told(as_admin, harbour):
    """Whoever could guess what is hidden in one would have it confirmed."""
    for model in (DatasetVersion, JobVersion):
        [row, *_] = model.objects.all()
        page = f"/admin/catalog/{model._meta.model_name}/"
        for answer in (as_admin.get(page), as_admin.get(f"{page}{row.pk}/change/")):
            assert answer.status_code == 200
            assert bytes(row.definition).hex()[:16] not in answer.content.decode()


def test_who_sees_access_but_not_the_asset_sees_no_share_of_it(twenty):
    create_role("clerk", ["access.view"], actor=None)
    client = Client()
    client.force_login(make_principal("clara", "clerk"))
    share_asset(
        make_dataset("vault", SECRET),
        make_principal("g"),
        Action.ASSET_VIEW,
        actor=None,
    )

    page = client.get("/admin/catalog/datasetshare/")

    assert page.status_code == 200
    assert SECRET not in page.content.decode()


def test_names_are_suggested_to_those_who_may_see_them(as_admin, twenty):
    make_principal("vera")
    answer = as_admin.get("/admin/suggest", {"of": "policies.principal", "q": "VER"})

    assert answer.json() == {"names": ["vera"]}
    for label in ("catalog.dataset", "policies.token", "nothing", "auth.permission"):
        assert as_admin.get("/admin/suggest", {"of": label}).status_code == 404


def test_an_event_is_retracted_replayed_and_believed_again(as_admin, harbour):
    event = Event.objects.order_by("pk").first()
    address = "/admin/lineage/event/"
    refused = act(as_admin, address, "retract", [event], reason="")
    assert "required" in said(refused)

    act(as_admin, address, "retract", [event], reason="sent by mistake")
    event.refresh_from_db()
    assert event.status == Event.Status.RETRACTED
    twice = act(as_admin, address, "retract", [event], reason="again")
    assert "retracted already" in said(twice)
    act(as_admin, address, "reinstate", [event], reason="it was right")
    act(as_admin, address, "replay", [event])

    event.refresh_from_db()
    assert event.status == Event.Status.APPLIED


def test_an_alias_rule_is_made_and_ended(as_admin, twenty):
    address = "/admin/lineage/aliasrule/"
    wrong = as_admin.post(f"{address}add/", {"kind": "merge", "reason": "one"})
    assert "needs a namespace" in said(wrong)
    merged = {
        "kind": "merge",
        "namespace": "shelf",
        "name": "table_00",
        "other_namespace": "shelf",
        "other_name": "table_01",
        "reason": "one table",
    }
    made = as_admin.post(f"{address}add/", merged, follow=True)
    assert "is made" in said(made)
    first = Dataset.objects.unrestricted("test").get(name="table_00")
    assert first.canonical_id != first.pk or first.names.unrestricted("t").count() == 2


def test_the_journal_in_the_administration_is_for_those_who_see_all_assets(as_admin):
    create_role("journalist", ["journal.view"], actor=None)
    reader = make_principal("nora", "steward", namespace="shelf")
    grant_role(reader, "journalist", actor=None)
    client = Client()
    client.force_login(reader)
    known = make_dataset("shelf", "orders")
    entry = audit.record(
        audit.Act.MANUAL_LINEAGE_DECLARED,
        known,
        actor=None,
        changes={"to": audit.Target("catalog.dataset", ("vault", SECRET))},
    )
    pages = [
        "/admin/policies/journalentry/",
        f"/admin/policies/journalentry/?q=vault:{SECRET}",
        f"/admin/policies/journalentry/{entry}/change/",
        f"{DATASETS}{known.pk}/history/",
    ]

    for page in pages:
        assert as_admin.get(page).status_code == 200, page
        assert client.get(page).status_code == 403, page
    assert (
        "/history/" not in client.get(f"{DATASETS}{known.pk}/change/").content.decode()
    )
    assert "journalentry" not in client.get("/admin/").content.decode()


OTHER = {
    "description": ("One row for each *call*.", ""),
    "term": ("Call", ""),
    "property": ("gold", "rating"),
    "ticket": ("OPS-1", "https://tickets.example/1"),
    "product": ("Port book", ""),
    "retention": ("7 years", ""),
    **dict.fromkeys(
        [
            "purpose",
            "legal_basis",
            "data_subjects",
            "categories",
            "recipients",
            "transfers",
            "measures",
            "controller",
        ],
        ("As agreed.", ""),
    ),
}


def test_every_other_kind_has_a_value_here():
    assert {kind.name for kind in OTHERS} == OTHER.keys()


@pytest.mark.parametrize("aspect", OTHER)
def test_whatever_else_there_is_can_be_said_of_many(aspect, as_admin, twenty):
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        for model, told in (
            (Term, {"name": "Call"}),
            (DataProduct, {"name": "Port book"}),
            (PropertyDefinition, {"name": "rating", "applies_to": "dataset"}),
        ):
            define_entry(making, model, read_facts(model, told))
    value, detail = OTHER[aspect]
    done = act(
        as_admin, DATASETS, "say_other", twenty[:2],
        aspect=aspect, value=value, detail=detail, reason="agreed",
    )  # fmt: skip

    assert "2 set" in said(done)
    found = curated(twenty[:2])
    assert [len(found[row.pk].own[aspect]) for row in twenty[:2]] == [1, 1]


def test_what_is_not_said_of_such_assets_is_refused(as_admin, twenty):
    refused = act(
        as_admin, DATASETS, "say_other", twenty[:1],
        aspect="retention", value="for ever", detail="", reason="",
    )  # fmt: skip

    assert "7 years" in said(refused)
