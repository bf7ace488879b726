"""A dataset of several names, one of them in a namespace that the reader may not see.

What was said under either name is said of the canonical one, and its rights decide.
"""

import pytest
from django.test import Client

from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Tag, TagAssignment
from catalog.search.indexing import catch_up
from catalog.services import Saying, changing, ensure_tag, say
from policies.services import create_token, grant_role
from tests.administration.asking import act, said
from tests.factories import bearer, make_dataset, make_principal

pytestmark = pytest.mark.django_db
SECRET = "payroll_of_the_board"


@pytest.fixture
def tag(db):
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        ensure_tag(making, "PII")
    return Tag.objects.get(name="PII")


def merge(old, canonical):
    rows = Dataset.objects.unrestricted("the world of a test")
    rows.filter(pk=old.pk).update(canonical=canonical)


def put_tag_on(dataset, *more):
    sayings = [
        Saying(KINDS["tag"], subject, KINDS["tag"].fields_of(subject, Written("PII")))
        for subject in (Subject("dataset", each) for each in (dataset, *more))
    ]
    return say(sayings, actor=None, via=Change.Via.SYSTEM)


def client_of(principal):
    client = Client()
    client.force_login(principal)
    return client


@pytest.fixture
def steward(db):
    return make_principal("stella", "steward", namespace="shelf")


def test_a_name_in_a_hidden_namespace_is_told_nowhere(steward, tag):
    hidden, known = make_dataset("vault", SECRET), make_dataset("shelf", "staff")
    change = put_tag_on(hidden)
    merge(hidden, known)
    page, token = client_of(steward), create_token(steward, "t", actor=None)

    for address in (
        "/tags/PII",
        f"/changes/{change.public_id}",
        "/admin/catalog/tagassignment/",
        f"/admin/catalog/tagassignment/{TagAssignment.objects.get().pk}/change/",
    ):
        answer = page.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode().replace("<wbr>", "")
        assert "staff" in text, address
        assert "vault" not in text, address
        assert SECRET not in text, address
    told = Client().get(
        f"/api/v1/changes/{change.public_id}", headers=bearer(token.raw)
    )
    assert [line["about"] for line in told.json()["lines"]] == ["shelf:staff"]


HIDDEN = (
    "/datasets/shelf/alias",
    "/datasets/shelf/alias/versions",
    "/datasets/shelf/alias/lineage",
    "/datasets/shelf/alias/impact",
    "/datasets/shelf/alias/governance",
    "/datasets/shelf/alias/trail",
    "/lineage?nodeId=dataset:shelf:alias",
    "/api/v1/namespaces/shelf/datasets/alias",
    "/api/v1/namespaces/shelf/datasets/alias/versions",
    "/api/v1/lineage?nodeId=dataset:shelf:alias",
    "/api/v1/column-lineage?nodeId=dataset:shelf:alias",
    "/api/v1/impact?nodeId=dataset:shelf:alias",
    "/api/v1/curation?kind=dataset&namespace=shelf&name=alias",
)
LISTS = (
    "/datasets",
    "/tags/PII",
    "/namespaces/shelf",
    "/find?q=alias&kind=dataset",
    "/admin/catalog/dataset/",
    "/governance/suggest?of=dataset&q=alias",
    "/api/v1/namespaces/shelf/datasets",
    "/api/v1/search?q=alias",
    "/api/v1/find?q=alias",
    "/api/v1/curation/export",
)


def test_a_dataset_whose_canonical_name_is_hidden_is_so_under_every_name(steward, tag):
    """An allow is judged by the canonical name; a name of one's own opens nothing."""
    known, secret = make_dataset("shelf", "alias"), make_dataset("vault", SECRET)
    put_tag_on(known)
    merge(known, secret)
    catch_up()
    page, raw = client_of(steward), create_token(steward, "t", actor=None).raw
    reach = {"/api/": bearer(raw)}

    def get(address):
        return page.get(address, headers=reach.get(address[:5], {}))

    hidden = {address: get(address).status_code for address in HIDDEN}
    told = {address: get(address) for address in LISTS}

    assert hidden == dict.fromkeys(HIDDEN, 404)
    assert {each.status_code for each in told.values()} == {200}
    for address, answer in told.items():
        body = b"".join(answer) if answer.streaming else answer.content
        text = body.decode().replace("<wbr>", "")
        assert SECRET not in text, address
        # What was asked for may stand in the answer, but not as an answer.
        assert "shelf/alias" not in text, address
        asked = text.replace('value="alias"', "").replace("q=alias", "")
        assert '"alias"' not in asked, address


def test_the_administration_goes_by_the_rights_on_the_canonical_dataset(steward, tag):
    known, hidden = make_dataset("shelf", "staff"), make_dataset("vault", SECRET)
    change = put_tag_on(known, make_dataset("shelf", "other"))
    merge(known, hidden)
    page = client_of(steward)
    of_hidden = TagAssignment.objects.get(dataset=known)

    shown = page.get("/admin/catalog/tagassignment/")
    assert shown.context["cl"].result_count == 1
    act_on = {"action": "withdraw", "_selected_action": of_hidden.pk, "apply": 1}
    page.post("/admin/catalog/tagassignment/", {**act_on, "reason": ""}, follow=True)
    assert TagAssignment.objects.standing().count() == 2
    viewer = make_principal("vera", "viewer")
    grant_role(viewer, "steward", namespace="shelf", actor=None)
    refused = act(
        client_of(viewer), "/admin/catalog/tagassignment/", "withdraw", [of_hidden],
        reason="",
    )  # fmt: skip
    assert "not yours" in said(refused)
    refused = act(
        client_of(viewer), "/admin/catalog/change/", "undo", [change], reason=""
    )
    assert "not yours" in said(refused)
    assert TagAssignment.objects.standing().count() == 2


def test_an_environment_of_hidden_assets_is_suggested_to_nobody(steward):
    for space, name, value in (("vault", SECRET, "bunker"), ("shelf", "a", "berth")):
        subject = Subject("dataset", make_dataset(space, name))
        fields = KINDS["environment"].fields_of(subject, Written(value))
        say(
            [Saying(KINDS["environment"], subject, fields)],
            actor=None,
            via=Change.Via.SYSTEM,
        )

    found = client_of(steward).get(
        "/governance/suggest?of=environment&value=b", headers={"Accept": "text/json"}
    )

    assert found.json() == {"values": ["berth"]}


def test_a_hidden_successor_stands_in_no_form(steward):
    old, new = make_dataset("shelf", "staff"), make_dataset("vault", SECRET)
    fields = {
        **{"name": "lifecycle", "value": "deprecated"},
        **{"successor_dataset": new, "successor_job": None},
    }
    saying = Saying(KINDS["lifecycle"], Subject("dataset", old), fields)
    say([saying], actor=None, via=Change.Via.SYSTEM)

    text = client_of(steward).get("/datasets/shelf/staff/governance").content.decode()

    assert "deprecated" in text
    assert SECRET not in text.replace("<wbr>", "")
    boss = client_of(make_principal("boss", "admin"))
    shown = boss.get("/datasets/shelf/staff/governance").content.decode()
    assert SECRET in shown.replace("<wbr>", "")
