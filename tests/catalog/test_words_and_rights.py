"""Whoever keeps the words keeps no rights: what grants stand on does not go by them."""

import pytest
from django.test import Client

from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Domain, Tag, TagAssignment
from catalog.services import Saying, changing, define_entry, say
from policies.actions import Action
from policies.compiler.conditions import Not, TagIn
from policies.models import Grant
from policies.services import GrantScope, create_token, grant_role, revoke_grant
from tests.factories import bearer, make_dataset, make_principal

pytestmark = pytest.mark.django_db
DENY = Grant.Effect.DENY


def define(model, name, actor=None):
    with changing(actor=actor, via=Change.Via.SYSTEM) as making:
        define_entry(making, model, read_facts(model, {"name": name}))
    return making.made


@pytest.fixture
def words(db):
    define(Tag, "PII.email")
    define(Domain, "Finance/Payments")


def put(kind, value, dataset):
    subject = Subject("dataset", dataset)
    fields = KINDS[kind].fields_of(subject, Written(value))
    say([Saying(KINDS[kind], subject, fields)], actor=None, via=Change.Via.SYSTEM)


def client_of(principal):
    client = Client()
    client.force_login(principal)
    return client


@pytest.fixture
def steward(words):
    return make_principal("stella", "steward")


@pytest.fixture
def as_steward(steward):
    return client_of(steward)


def text_of(answer):
    return answer.content.decode().replace("<wbr>", "")


def tag(name):
    return Tag.objects.get(name=name)


# What stands on a word: the word, its page, and a grant or rule that would miss it.
STANDING = {
    "a deny on a tag": lambda who: grant_role(
        who, "viewer", scope=GrantScope(tag=tag("PII.email")), effect=DENY, actor=None
    ),
    "a deny on the tag above": lambda who: grant_role(
        who, "viewer", scope=GrantScope(tag=tag("PII")), effect=DENY, actor=None
    ),
    "an allow on a tag": lambda who: grant_role(
        who, "viewer", scope=GrantScope(tag=tag("PII.email")), actor=None
    ),
    "a condition": lambda who: grant_role(
        who, "viewer", condition=Not(TagIn((tag("PII.email").pk,))), actor=None
    ),
    "a condition on the tag above": lambda who: grant_role(
        who, "viewer", condition=Not(TagIn((tag("PII").pk,))), actor=None
    ),
}


@pytest.mark.parametrize("name", STANDING)
def test_a_tag_on_which_rights_stand_is_not_retired(as_steward, name):
    grant = STANDING[name](make_principal("vera"))
    put("tag", "PII.email", make_dataset("prod", "people"))

    refused = as_steward.post("/tags/PII.email/retire", {"reason": "a trick"})

    assert refused.status_code == 422
    assert "somebody who may grant access" in text_of(refused)
    assert TagAssignment.objects.standing().exists()
    revoke_grant(grant, actor=None)
    assert as_steward.post("/tags/PII.email/retire", {}).status_code == 303


def test_a_domain_on_which_a_deny_stands_is_not_retired_at_the_api(steward):
    domain = Domain.objects.get(name="Finance")
    scope = GrantScope(domain=domain)
    grant_role(make_principal("vera"), "viewer", scope=scope, effect=DENY, actor=None)
    headers = bearer(create_token(steward, "t", actor=None).raw)

    answer = Client().delete("/api/v1/domains/Finance%2FPayments", headers=headers)

    assert 400 <= answer.status_code < 500
    assert "Grants of access stand on Finance/Payments" in answer.json()["detail"]
    assert not Domain.objects.get(name="Finance/Payments").is_retired


def test_that_an_allow_from_above_reaches_less_hinders_nobody(as_steward):
    vera = make_principal("vera")
    grant_role(vera, "viewer", scope=GrantScope(tag=tag("PII")), actor=None)

    assert as_steward.post("/tags/PII.email/retire", {}).status_code == 303


def test_a_tag_on_which_a_deny_stands_is_renamed_by_who_could_end_the_deny(
    as_steward, words
):
    vera, people = make_principal("vera", "viewer"), make_dataset("prod", "people")
    scope = GrantScope(tag=tag("PII"))
    grant_role(vera, "viewer", scope=scope, effect=DENY, actor=None)
    put("tag", "PII.email", people)
    renamed = {"name": "Harmless.email"}

    refused = as_steward.post("/tags/PII.email/edit", renamed)

    assert refused.status_code == 422
    assert not Dataset.objects.permitted(vera, Action.ASSET_VIEW).exists()
    as_admin = client_of(make_principal("ada", "admin"))
    assert as_admin.post("/tags/PII.email/edit", renamed).status_code == 303
    assert Dataset.objects.permitted(vera, Action.ASSET_VIEW).exists()


def test_a_definition_is_not_undone_while_rights_stand_on_it(as_steward, words):
    change = define(Tag, "rare")
    grant_role(
        make_principal("vera"),
        "viewer",
        scope=GrantScope(tag=tag("rare")),
        effect=DENY,
        actor=None,
    )

    as_steward.post(f"/changes/{change.public_id}/undo")

    assert not tag("rare").is_retired


def test_retiring_tells_no_number_of_what_is_hidden(words):
    """Who keeps the words need not see all assets that they are said of."""
    keeper = make_principal("kim", "steward")
    grant_role(keeper, "viewer", namespace="vault", effect=DENY, actor=None)
    client = client_of(keeper)
    put("tag", "PII.email", make_dataset("prod", "people"))

    def page():
        text = text_of(client.get("/tags/PII.email/retire"))
        return text[text.index("<h1") : text.index("Cancel")].split("csrf")[0]

    before = page()
    for number in range(3):
        put("tag", "PII.email", make_dataset("vault", f"secret{number}"))

    assert "<b>1</b> statement: " in before + text_of(
        client.get("/tags/PII.email/retire")
    )
    assert page() == before
    assert client.post("/tags/PII.email/retire", {}).status_code == 303
    assert not TagAssignment.objects.standing().exists()
