"""Grants are given, shown, renewed and revoked by pages that a steward can use."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import Change, Domain, Ownership, Tag
from policies.audit import Act
from policies.compiler.standing import scope_of_grant
from policies.granting import givable, why_not_given
from policies.models import Grant, JournalEntry, Principal
from policies.services import (
    GrantScope,
    NotGrantable,
    ScopeInvalid,
    add_member,
    create_group,
    grant_role,
    renew_grant,
    revoke_grant,
)
from tests.factories import make_dataset, make_principal, principal_of

pytestmark = pytest.mark.django_db
NEW = "/access/grants/new"


@pytest.fixture
def admin(client):
    admin = make_principal("ada", "admin")
    client.force_login(admin)
    return admin


def words(**more):
    """A grant as the form sends it: viewer on everything to sam."""
    return {
        "holder": "sam",
        "effect": "allow",
        "role": "viewer",
        "reach": "everything",
        "reason": "why not",
        "step": "give",
        **more,
    }


def say(model, row, **facts):
    """State something of a dataset, as a steward would."""
    now = timezone.now()
    change = Change.objects.create(
        via="system", summary="", statement_count=0, recorded_at=now
    )
    return model.objects.create(
        dataset=row, opened_in=change, recorded_from=now, **facts
    )


def given():
    return Grant.objects.latest("pk")


def test_looking_first_tells_what_would_change_and_changes_nothing(client, admin):
    make_principal("sam")
    make_dataset("prod", "orders")
    before = Grant.objects.count()

    answer = client.post(NEW, words(step="look"))

    assert answer.status_code == 200
    assert "1</b> account gains" in answer.text
    assert "prod:<wbr>orders" in answer.text
    assert "Grant it" in answer.text
    assert Grant.objects.count() == before


@pytest.mark.parametrize(
    ("sent", "scope"),
    [
        ({}, "everything"),
        ({"reach": "namespace", "namespace": "prod*"}, "namespaces prod*"),
        ({"reach": "domain", "domain": "sales"}, "domain Sales"),
        ({"reach": "tag", "tag": "PII"}, "tag PII"),
        (
            {
                "reach": "asset",
                "kind": "dataset",
                "asset_namespace": "prod",
                "asset_name": "orders",
            },
            "dataset prod:orders",
        ),
        (
            {"reach": "asset", "kind": "namespace", "asset_name": "prod"},
            "namespace prod",
        ),
    ],
)
def test_a_grant_reaches_what_the_form_says(client, admin, sent, scope):
    make_principal("sam")
    make_dataset("prod", "orders")
    Domain.objects.create(name="Sales")
    Tag.objects.create(name="PII")

    assert client.post(NEW, words(**sent)).status_code == 303

    page = client.get(f"/access/grants/{given().pk}").text.replace("<wbr>", "")
    for word in scope.split():
        assert word in page
    assert "why not" in page
    assert JournalEntry.objects.filter(act=Act.GRANT_GIVEN, actor=admin.public_id)


def test_a_condition_is_built_by_choices_or_written_in_words(client, admin):
    make_principal("sam")
    tag = Tag.objects.create(name="PII")
    chosen = {
        "match": "any",
        "tag_how": "not",
        "tags": "pii",
        "owner_how": "is",
        "environment_how": "is",
        "environments": "Production, staging",
    }

    client.post(NEW, words(**chosen))
    assert given().condition == {
        "any": [
            {"not": {"tag_in": [tag.pk]}},
            {"env_in": ["production", "staging"]},
            {"owner_is_me": True},
        ]
    }
    page = client.get(f"/access/grants/{given().pk}").text
    assert "tag is not PII or environment is production, staging or owner is me" in page

    client.post(NEW, words(condition="lifecycle is draft and tag is PII"))
    assert given().condition == {
        "all": [{"lifecycle_in": ["draft"]}, {"tag_in": [tag.pk]}]
    }


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"holder": "nobody"}, "There is nobody called"),
        ({"holder": "group:none"}, "There is no group called"),
        ({"holder": ""}, "required"),
        ({"reason": ""}, "required"),
        ({"role": "none"}, "none is not one"),
        ({"reach": "domain", "domain": "none"}, "There is no domain called"),
        ({"reach": "tag"}, "Which tag?"),
        ({"reach": "namespace"}, "Write a namespace"),
        ({"reach": "asset", "kind": "dataset"}, "There is no dataset"),
        ({"reach": "asset", "kind": "pipe"}, "pipe is not one"),
        ({"condition": "tag PII"}, "is is expected"),
        ({"condition": "tag is none"}, "There is no tag called"),
        ({"tag_how": "is"}, "Which?"),
        ({"valid_from": "2099-01-02T00:00", "valid_to": "2099-01-01T00:00"}, "after"),
        ({"valid_to": "soon"}, "valid date"),
        ({"valid_to": "2020-01-01T00:00"}, "it would never hold"),
        ({"holder": "ada", "role": "admin", "effect": "deny"}, "Nobody could grant"),
    ],
)
def test_what_cannot_be_granted_is_told_in_the_form(client, admin, sent, said):
    make_principal("sam")

    answer = client.post(NEW, words(**sent))

    assert answer.status_code == 422
    assert said in answer.text
    assert Grant.objects.standing().count() == 1


def test_a_deny_of_sending_events_is_for_namespaces_alone():
    sam = make_principal("sam")
    tag = Tag.objects.create(name="PII")
    dataset = make_dataset("prod", "orders")
    Domain.objects.create(name="Sales")

    for scope in (GrantScope(tag=tag), GrantScope(asset=dataset)):
        with pytest.raises(NotGrantable, match=r"event\.ingest"):
            grant_role(sam, "producer", scope=scope, effect="deny", actor=None)
    for scope in (
        GrantScope(),
        GrantScope(namespace="prod*"),
        GrantScope(domain=Domain.objects.get()),
        GrantScope(asset=dataset.namespace),
    ):
        grant_role(sam, "producer", scope=scope, effect="deny", actor=None)
    grant_role(sam, "viewer", scope=GrantScope(tag=tag), effect="deny", actor=None)


def test_a_revoked_grant_counts_no_more_and_can_be_granted_again(client, admin):
    sam = make_principal("sam", "viewer")
    grant = given()

    revoke = f"/access/grants/{grant.pk}/revoke"
    assert client.post(revoke, {"reason": "left"}).status_code == 303
    grant.refresh_from_db()
    assert grant.recorded_to
    assert JournalEntry.objects.get(act=Act.GRANT_REVOKED).record["reason"] == "left"
    page = client.get(f"/access/grants/{grant.pk}").text
    assert 'by ada<span class="sub">left</span>' in page

    client.post(f"/access/grants/{grant.pk}/renew", {"valid_to": "2099-01-01T00:00"})
    again = given()
    assert (again.principal, again.role.name) == (sam, "viewer")
    assert again.valid_to.year == 2099


def test_a_grant_is_not_renewed_until_a_day_that_is_past(client, admin):
    make_principal("sam", "viewer")
    renew = f"/access/grants/{given().pk}/renew"

    answer = client.post(renew, {"valid_to": "2020-01-01T00:00", "reason": ""})

    assert answer.status_code == 422
    assert "To end it now, revoke it." in answer.text


def test_renewing_what_ran_out_begins_anew():
    sam = make_principal("sam")
    ended = timezone.now() - timedelta(days=1)
    old = grant_role(
        sam, "viewer", valid_from=ended - timedelta(days=9), valid_to=ended, actor=None
    )

    new = renew_grant(old, timezone.now() + timedelta(days=9), actor=None)

    assert new.valid_from is None
    old.refresh_from_db()
    assert old.recorded_to


def test_what_is_gone_cannot_be_granted_anew():
    sam = make_principal("sam")
    tag = Tag.objects.create(name="PII")
    grant = grant_role(sam, "viewer", scope=GrantScope(tag=tag), actor=None)
    revoke_grant(grant, actor=None)
    tag.delete()

    with pytest.raises(ScopeInvalid, match="not there any more"):
        renew_grant(grant, None, actor=None)


def test_the_last_administrators_grant_is_not_revoked(client, admin):
    answer = client.post(f"/access/grants/{given().pk}/revoke", {})

    assert answer.status_code == 422
    assert "Nobody could grant anything" in answer.text


def test_grants_are_found_by_who_what_where_and_when(client, admin):
    now = timezone.now()
    crew = create_group("crew", actor=None)
    sam = make_principal("sam")
    grant_role(crew, "steward", namespace="prod", actor=None)
    grant_role(sam, "viewer", effect="deny", actor=None)
    grant_role(sam, "auditor", valid_from=now + timedelta(days=1), actor=None)
    grant_role(sam, "producer", valid_to=now - timedelta(days=1), actor=None)
    revoke_grant(grant_role(sam, "steward", actor=None), actor=None)

    def found(query):
        page = client.get(f"/access/grants?{query}", headers={"HX-Request": "true"})
        return [
            role
            for role in ("viewer", "steward", "auditor", "producer", "admin")
            if f">{role}</a>" in page.text or f"</span> {role}</a>" in page.text
        ]

    assert found("state=to come") == ["auditor"]
    assert found("state=run out") == ["producer"]
    assert found("state=revoked") == ["steward"]
    assert found("effect=deny&state=") == ["viewer"]
    assert found("holder=group:cre&state=") == ["steward"]
    assert found("reach=namespace&state=") == ["steward"]
    assert found("role=admin&state=") == ["admin"]
    assert found("holder=nobody&state=") == []
    assert found("holder=%00&state=strange&effect=odd&reach=odd") == []


def test_the_list_begins_with_the_grants_in_force(client, admin):
    sam = make_principal("sam")
    revoke_grant(grant_role(sam, "steward", actor=None), actor=None)

    assert ">sam</a>" not in client.get("/access/grants").text
    assert ">sam</a>" in client.get("/access/grants?state=").text


def test_what_was_done_is_told_in_its_own_words(client, admin):
    make_principal("sam")
    tomorrow = f"{timezone.now() + timedelta(days=1):%Y-%m-%dT%H:%M}"

    allowed = client.post(NEW, words(role="steward"), follow=True)
    assert "It is granted, and holds from now on." in allowed.text
    denied = client.post(NEW, words(effect="deny"), follow=True)
    assert "It is denied, and holds from now on." in denied.text
    later = client.post(NEW, words(role="auditor", valid_from=tomorrow), follow=True)
    assert "It is granted, and will hold from the time that you set." in later.text


def test_a_sharer_is_offered_a_single_asset_first_and_no_deny(client, admin):
    assert "Denies" in client.get(NEW).text
    client.force_login(make_principal("stella", "steward", namespace="prod"))

    form = client.get(NEW).text
    assert '<option value="asset" selected' in form
    assert "Denies" not in form
    assert "You give what you may do yourself" in form


def test_a_steward_of_a_domain_grants_within_it_what_they_have(client):
    sales = Domain.objects.create(name="Sales")
    Domain.objects.create(name="Sales/Web", parent=sales)
    Domain.objects.create(name="Finance")
    stella = make_principal("stella")
    make_principal("sam")
    grant_role(stella, "steward", scope=GrantScope(domain=sales), actor=None)
    client.force_login(stella)
    assert client.get(NEW).status_code == 200

    within = words(reach="domain", domain="Sales/Web")
    assert client.post(NEW, within).status_code == 303
    mine = given()
    assert mine.principal == principal_of("sam")
    assert str(mine.pk) in client.get("/access/grants").text
    assert client.post(f"/access/grants/{mine.pk}/revoke", {}).status_code == 303

    for outside in (
        words(),
        words(reach="domain", domain="Finance"),
        words(reach="namespace", namespace="*"),
        words(reach="domain", domain="Sales", role="producer"),
        words(reach="domain", domain="Sales", role="admin"),
    ):
        answer = client.post(NEW, outside)
        assert answer.status_code == 422
    denied = client.post(NEW, words(reach="domain", domain="Sales", effect="deny"))
    assert denied.status_code == 422
    assert Grant.objects.filter(principal__username="sam").count() == 1


def test_who_shares_nothing_cannot_grant_and_sees_no_grants(client):
    client.force_login(make_principal("vic", "viewer"))

    for path in (NEW, "/access/grants", "/access/grants/1"):
        assert client.get(path).status_code == 403
    assert client.post(NEW, words()).status_code == 403


def test_a_sharer_neither_sees_nor_ends_the_grants_of_others(client):
    sales = Domain.objects.create(name="Sales")
    stella = make_principal("stella")
    grant_role(stella, "steward", scope=GrantScope(domain=sales), actor=None)
    boss = make_principal("boss", "admin")
    other = Grant.objects.get(principal=boss)
    client.force_login(stella)

    assert client.get(f"/access/grants/{other.pk}").status_code == 404
    assert client.post(f"/access/grants/{other.pk}/revoke", {}).status_code == 404
    assert client.post(f"/access/grants/{other.pk}/renew", {}).status_code == 404
    assert "boss" not in client.get("/access/grants?state=").text


def test_an_auditor_reads_grants_and_changes_none(client):
    make_principal("sam", "viewer")
    client.force_login(make_principal("audrey", "auditor"))

    grant = Grant.objects.get(principal__username="sam")
    page = client.get(f"/access/grants/{grant.pk}").text
    assert "Revoke" not in page
    assert client.post(f"/access/grants/{grant.pk}/revoke", {}).status_code == 403
    assert client.get(NEW).status_code == 403


def test_an_asset_that_the_reader_may_not_see_is_not_named(client):
    hidden = make_dataset("secret", "plans")
    sam = make_principal("sam")
    grant_role(sam, "viewer", scope=GrantScope(asset=hidden), actor=None)
    audrey = make_principal("audrey", "auditor")
    grant_role(audrey, "viewer", namespace="secret", effect="deny", actor=None)
    client.force_login(audrey)

    grant = Grant.objects.get(principal=sam)
    for path in ("/access/grants?state=", f"/access/grants/{grant.pk}"):
        page = client.get(path).text
        assert "plans" not in page
        assert "that you may not see" in page


def test_grants_of_a_group_show_on_the_page_of_each_member(client, admin):
    crew = create_group("crew", actor=None)
    sam = make_principal("sam")
    add_member(crew, sam, actor=None)
    grant_role(crew, "steward", actor=None)
    make_dataset("prod", "orders")

    page = client.get(f"/access/people/{sam.public_id}").text

    assert "steward" in page
    assert "crew" in page
    assert "<b>1</b> dataset" in page
    assert Principal.objects.count() == 2


def test_an_owner_lets_others_do_what_owners_may(client):
    orders = make_dataset("prod", "orders")
    olga, sam = make_principal("olga"), make_principal("sam")
    say(Ownership, orders, kind="business", principal=olga)
    other = make_dataset("prod", "other")
    grant_role(sam, "viewer", scope=GrantScope(asset=other), actor=None)
    client.force_login(olga)
    this = words(
        reach="asset", kind="dataset", asset_namespace="prod", asset_name="orders"
    )

    assert client.post(NEW, this).status_code == 303
    mine = given()
    found = client.get("/access/grants?state=").text
    assert f"/access/grants/{mine.pk}" in found
    assert f"/access/grants/{mine.pk - 1}" not in found
    refused = client.post(NEW, {**this, "role": "steward"})
    assert refused.status_code == 422
    assert "on it yourself" in refused.text
    missing = client.post(NEW, {**this, "asset_name": "other"})
    assert "There is no dataset of this name" in missing.text


def test_who_hands_on_what_is_the_same_one_by_one_and_all_at_once():
    orders, other = make_dataset("prod", "orders"), make_dataset("dev", "other")
    sales = Domain.objects.create(name="Sales")
    olga = make_principal("olga")
    sam = make_principal("sam")
    say(Ownership, orders, kind="business", principal=olga)
    grant_role(olga, "steward", namespace="dev", actor=None)
    scopes = [
        GrantScope(),
        GrantScope(namespace="dev"),
        GrantScope(namespace="*"),
        GrantScope(domain=sales),
        GrantScope(asset=orders),
        GrantScope(asset=other),
        GrantScope(asset=other.namespace),
    ]
    for scope in scopes:
        for role in ("viewer", "steward", "producer", "admin"):
            grant_role(sam, role, scope=scope, actor=None)
        grant_role(sam, "viewer", scope=scope, effect="deny", actor=None)
    grants = list(Grant.objects.select_related("role"))

    one_by_one = {
        grant.pk
        for grant in grants
        if not why_not_given(olga, grant.role, grant.effect, scope_of_grant(grant))
    }

    assert givable(olga, grants) == one_by_one
    assert len(one_by_one) == 8  # olga's own among them
