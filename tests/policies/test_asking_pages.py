"""Asking for access, approving it, reviewing it: what people see and send on pages."""

import re
from datetime import timedelta
from html import escape as escaped
from urllib.parse import quote

import pytest
from django.utils import timezone

from catalog.models import OwnerKind, Ownership
from catalog.paths import escape
from policies.models import (
    AccessRequest,
    ApprovalRule,
    Grant,
    HeldChange,
    ReviewCampaign,
    Role,
)
from policies.services import ApprovalNeeded, grant_role
from policies.services.approvals import set_rule
from policies.services.grants import GrantScope
from policies.services.requests import Wish, ask_for_access
from policies.services.reviews import Plan, start_review
from tests.factories import make_dataset, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db

ASK = {
    "about": "dataset",
    "namespace": "shop",
    "name": "orders",
    "role": "viewer",
    "days": "30",
    "reason": "a report",
}


@pytest.fixture
def boss():
    return make_principal("boss", "admin")


@pytest.fixture
def deputy():
    return make_principal("deputy", "admin")


@pytest.fixture
def ada():
    return make_principal("ada")


@pytest.fixture
def olga():
    return make_principal("olga")


@pytest.fixture
def orders(olga):
    dataset = make_dataset("shop", "orders")
    say(Ownership, dataset, kind=OwnerKind.BUSINESS, principal=olga)
    return dataset


@pytest.fixture
def read(client):
    def reading(who, address, status=200):
        client.force_login(who)
        answer = client.get(address)
        assert answer.status_code == status
        return answer.content.decode()

    return reading


@pytest.fixture
def send(client):
    def sending(who, address, **told):
        client.force_login(who)
        return client.post(address, told)

    return sending


def ask(who, **more):
    told = {"about": "dataset", "namespace": "shop", "name": "orders", **more}
    return ask_for_access(Wish(**told), reason="a report", actor=who)


def page_of(asked):
    return f"/access/requests/{asked.public_id}"


def test_one_asks_and_the_owner_gives(read, send, ada, olga, orders):
    answer = send(ada, "/access/requests/new", **ASK)
    asked = AccessRequest.objects.get()
    assert answer["Location"] == page_of(asked)
    assert "waiting for an answer" in read(ada, "/access/requests")

    queue = read(olga, "/access/requests")
    assert "ada" in queue
    assert "Approve" in read(olga, page_of(asked))
    told = {"act": "approve", "role": "viewer", "days": "30", "answer": "welcome"}
    assert send(olga, f"{page_of(asked)}/answer", **told).status_code == 303
    seen = read(ada, page_of(asked))
    assert "granted" in seen
    assert "welcome" in seen
    assert Grant.objects.get(principal=ada).granted_by == olga


def test_what_there_is_and_what_there_is_not_look_alike_to_whoever_asks(
    read, send, ada, orders
):
    pages = []
    for name in ("orders", "nothin"):
        AccessRequest.objects.all().delete()
        answer = send(ada, "/access/requests/new", **{**ASK, "name": name})
        assert answer.status_code == 303
        asked = AccessRequest.objects.get()
        text = read(ada, page_of(asked)) + read(ada, "/access/requests")
        for changing in (str(asked.public_id), name):
            text = text.replace(changing, "…")
        pages.append(_without_times(text))

    assert pages[0] == pages[1]


def _without_times(text):
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    text = re.sub(r'nonce="[^"]*"', "", text)
    return re.sub(r"<time.*?</time>", "", text, flags=re.DOTALL)


def test_who_declined_is_not_told_to_whoever_asked(read, send, ada, olga, orders):
    asked = ask(ada)
    refused = send(olga, f"{page_of(asked)}/answer", act="decline", answer="")
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    send(olga, f"{page_of(asked)}/answer", act="decline", answer="not for that")

    seen = read(ada, page_of(asked))
    assert "not for that" in seen
    assert "olga" not in seen
    assert "olga" in read(make_principal("auditor", "auditor"), page_of(asked))


def test_strangers_see_no_request_of_others(read, ada, orders):
    asked = ask(ada)
    bob = make_principal("bob", "viewer")

    read(bob, page_of(asked), 404)
    assert "ada" not in read(bob, "/access/requests")


def test_an_administrator_sees_that_it_leads_nowhere(read, boss, ada):
    asked = ask(ada, name="nothing")

    assert "nothing of this name" in read(boss, page_of(asked))
    assert "nothing of this name" in read(boss, "/access/requests")


def test_faults_stand_at_their_fields(send, ada, orders):
    answer = send(ada, "/access/requests/new", **{**ASK, "name": "", "days": "0"})

    assert answer.status_code == 422
    assert answer.content.decode().count("field-fault") >= 1


def test_a_request_is_withdrawn(send, read, ada, orders):
    asked = ask(ada)
    send(ada, f"{page_of(asked)}/answer", act="withdraw")

    assert "withdrawn" in read(ada, page_of(asked))


@pytest.mark.parametrize("kind", ["dataset", "job"])
def test_who_finds_nothing_is_led_to_ask_for_it_by_its_name(read, ada, orders, kind):
    grant_role(ada, "viewer", namespace="elsewhere", actor=None)
    for name in ("orders", "nothing/like it"):
        address = f"/{kind}s/shop/{escape(name)}"
        asking = f"?about={kind}&amp;namespace=shop&amp;name={quote(name, safe='')}"
        assert f'href="/access/requests/new{asking}"' in read(ada, address, 404)
    assert 'href="/access/requests/new"' in read(ada, "/nowhere", 404)


def test_an_address_fills_the_form(read, ada):
    form = read(ada, "/access/requests/new?about=dataset&namespace=shop&name=orders")

    assert 'value="orders"' in form
    assert 'value="90"' in form


# --- Approvals ---------------------------------------------------------------


def test_a_grant_on_a_page_waits_and_somebody_else_approves_it(
    read, send, boss, deputy, ada, orders
):
    set_rule(GrantScope(), actor=boss)
    grant = {"holder": "ada", "effect": "allow", "role": "viewer", "reach": "namespace"}
    answer = send(
        boss, "/access/grants/new", **grant, namespace="shop", reason="x", step="give"
    )
    change = HeldChange.objects.get()
    page = f"/access/approvals/{change.public_id}"
    assert answer.status_code == 302
    assert answer["Location"] == page
    assert "second person" in read(boss, page)
    assert "Withdraw it" in read(boss, page)

    assert "Give ada the role viewer on namespaces shop" in read(
        deputy, "/access/approvals"
    )
    assert "Approve: do it now" in read(deputy, page)
    assert send(deputy, f"{page}/answer", act="approve").status_code == 303
    assert Grant.objects.get(principal=ada).namespace_glob == "shop"
    assert "approved" in read(boss, "/access/approvals")


def test_the_administration_holds_changes_too(send, read, boss, deputy, ada):
    set_rule(GrantScope(), actor=boss)
    viewer = Role.objects.get(name="viewer")
    answer = send(
        boss,
        "/admin/policies/grant/add/",
        principal="ada",
        role=viewer.pk,
        namespace_glob="shop",
        reason="x",
    )

    change = HeldChange.objects.get()
    assert answer["Location"] == f"/access/approvals/{change.public_id}"
    assert not Grant.objects.filter(principal=ada).exists()


def test_who_gains_cannot_approve_and_is_told_why(read, send, boss, deputy, orders):
    set_rule(GrantScope(), actor=boss)
    send(
        boss, "/access/grants/new", holder="deputy", effect="allow", role="viewer",
        reach="namespace", namespace="shop", reason="x", step="give",
    )  # fmt: skip
    page = f"/access/approvals/{HeldChange.objects.get().public_id}"

    assert "You would gain by this change" in read(deputy, page)
    refused = send(deputy, f"{page}/answer", act="approve")
    assert refused.status_code == 422
    assert "gain" in refused.content.decode()


def test_a_rule_is_set_and_lifted_by_two(read, send, boss, deputy):
    answer = send(
        boss, "/access/approvals/rules/new", reach="namespace", namespace="fin*",
        kind="dataset", reason="money",
    )  # fmt: skip
    assert answer.status_code == 303
    rules = read(deputy, "/access/approvals/rules")
    assert "namespaces fin*" in rules
    rule = ApprovalRule.objects.get()
    answer = send(boss, f"/access/approvals/rules/{rule.public_id}/lift")
    change = HeldChange.objects.get()
    assert answer["Location"] == f"/access/approvals/{change.public_id}"
    send(deputy, f"/access/approvals/{change.public_id}/answer", act="approve")

    assert not ApprovalRule.objects.standing().exists()


def test_a_lone_administrator_makes_no_rule(send, boss):
    answer = send(
        boss, "/access/approvals/rules/new", reach="everything", kind="dataset",
        reason="x",
    )  # fmt: skip

    assert answer.status_code == 422
    assert "nobody who could be the second person" in answer.content.decode()


def test_others_see_no_held_change(read, boss, deputy, ada, send, orders):
    set_rule(GrantScope(), actor=boss)
    send(
        boss, "/access/grants/new", holder="ada", effect="allow", role="viewer",
        reach="everything", reason="x", step="give",
    )  # fmt: skip
    page = f"/access/approvals/{HeldChange.objects.get().public_id}"
    bob = make_principal("bob", "viewer")

    read(bob, page, 404)
    assert "ada" not in read(bob, "/access/approvals")


# --- Reviews -----------------------------------------------------------------


def begin(boss, scope=None, **more):
    due = timezone.now() + timedelta(days=7)
    scope = scope or GrantScope(namespace="shop")
    plan = Plan(name="Autumn", scope=scope, due_at=due, **more)
    return start_review(plan, actor=boss)


def test_a_review_is_started_worked_through_and_closed(
    read, send, boss, deputy, ada, orders
):
    grant_role(ada, "viewer", namespace="shop", actor=boss)
    answer = send(
        boss, "/access/reviews/new", name="Autumn", reach="namespace",
        namespace="shop", kind="dataset", due="2099-01-01T00:00",
        on_undecided="keep", reviewers="deputy",
    )  # fmt: skip
    campaign = ReviewCampaign.objects.get()
    page = f"/access/reviews/{campaign.public_id}"
    assert answer["Location"] == page
    item = campaign.items.get(holder=ada)
    assert item.reviewer == deputy
    assert "wait" in read(deputy, "/access/reviews")

    none = send(deputy, f"{page}/decide", act="revoke", reason="left")
    assert none.status_code == 422
    assert "Choose some first" in none.content.decode()
    bare = send(deputy, f"{page}/decide", act="revoke", item=item.pk, reason=" ")
    assert "Say why" in bare.content.decode()
    done = send(deputy, f"{page}/decide", act="revoke", item=item.pk, reason="left")
    assert done.status_code == 303
    assert not Grant.objects.valid().filter(principal=ada).exists()
    assert "left" in read(boss, f"{page}?state=revoked")
    assert send(boss, f"{page}/close").status_code == 303
    assert "closed" in read(boss, page)
    late = send(deputy, f"{page}/decide", act="keep", item=item.pk, reason="oh")
    assert late.status_code == 422


def test_a_review_stays_at_the_part_that_is_worked_through(
    send, read, boss, deputy, ada, orders
):
    grant_role(ada, "viewer", namespace="shop", actor=None)
    page = f"/access/reviews/{begin(boss, reviewers=[deputy]).public_id}"
    item = ReviewCampaign.objects.get().items.get(holder=ada)
    part = "?state=waiting&whose=mine"
    assert "Show them" in read(deputy, page)
    assert f'action="{page}/decide{escaped(part)}"' in read(deputy, page + part)

    decide = f"{page}/decide{part}"
    bare = send(deputy, decide, act="keep", item=item.pk, reason="").content.decode()
    assert f'id="item-{item.pk}" checked>' in bare
    done = send(deputy, decide, act="keep", item=item.pk, reason="on call")
    assert done["Location"] == page + part


def test_a_reviewer_sees_their_own_items_only(read, boss, deputy, ada, olga, orders):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = begin(boss, GrantScope(asset=orders))
    page = f"/access/reviews/{campaign.public_id}"

    seen = read(olga, page)
    assert "ada" in seen
    assert "boss" not in seen.replace("by boss", "")
    read(ada, page, 404)
    assert "Autumn" not in read(ada, "/access/reviews")


def test_an_item_of_another_is_not_decided(send, boss, deputy, ada, olga, orders):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = begin(boss, GrantScope(asset=orders))
    foreign = campaign.items.exclude(reviewer=olga).first()
    page = f"/access/reviews/{campaign.public_id}/decide"
    answer = send(olga, page, act="revoke", item=foreign.pk, reason="x")

    assert answer.status_code == 422
    foreign.refresh_from_db()
    assert foreign.decision == ""


def test_chosen_items_are_given_on(send, boss, deputy, ada, orders):
    grant_role(ada, "viewer", namespace="shop", actor=boss)
    campaign = begin(boss)
    item = campaign.items.get(holder=ada)
    make_principal("rex")
    page = f"/access/reviews/{campaign.public_id}/decide"
    unknown = send(boss, page, act="assign", item=item.pk, reviewer="nobody")
    assert unknown.status_code == 422
    send(boss, page, act="assign", item=item.pk, reviewer="rex")

    item.refresh_from_db()
    assert item.reviewer.username == "rex"


def test_a_review_that_is_lacking_says_where(send, boss):
    answer = send(
        boss, "/access/reviews/new", name="", reach="namespace", namespace="",
        kind="dataset", due="2001-01-01T00:00", on_undecided="keep",
        reviewers="nobody here",
    )  # fmt: skip

    assert answer.status_code == 422
    assert answer.content.decode().count("field-fault") == 3


def test_an_asset_and_an_empty_address_lead_to_the_form(read, ada, boss, orders):
    grant_role(ada, "viewer", namespace="shop", actor=None)
    wanted = "/access/requests/new?about=dataset&amp;namespace=shop&amp;name=orders"

    assert wanted in read(ada, "/datasets/shop/orders")
    assert wanted not in read(boss, "/datasets/shop/orders")
    assert "/access/requests/new" in read(ada, "/datasets/shop/nothing", 404)


def test_an_auditor_who_is_denied_an_asset_reads_no_name_of_it_in_a_review(
    read, boss, deputy, ada, orders
):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    campaign = begin(boss, GrantScope(asset=orders))
    auditor = make_principal("auditor", "auditor")
    page = f"/access/reviews/{campaign.public_id}"
    assert "orders" in read(auditor, page)
    deny = Grant.Effect.DENY
    grant_role(
        auditor, "viewer", scope=GrantScope(asset=orders), effect=deny, actor=None
    )

    assert "orders" not in read(auditor, page)
    assert "orders" not in read(auditor, "/access/reviews")


def test_what_waits_for_somebody_is_told_on_their_own_page(
    read, boss, deputy, ada, olga, orders
):
    ask(ada)
    begin(boss, GrantScope(asset=orders))
    set_rule(GrantScope(), actor=boss)
    with pytest.raises(ApprovalNeeded):
        grant_role(ada, "viewer", namespace="shop", actor=boss)

    seen = read(deputy, "/access")
    for words in ("1 access request", "1 change to approve", "to review"):
        assert words in seen
    assert "1 access request" in read(olga, "/access")
    assert "Waiting for you" not in read(ada, "/access")


def test_denies_revoked_many_at_once_wait_and_allows_go(client, boss, deputy, ada):
    deny = grant_role(ada, "viewer", effect=Grant.Effect.DENY, actor=None)
    allow = grant_role(ada, "steward", actor=None)
    set_rule(GrantScope(), actor=boss)
    client.force_login(boss)
    chosen = {"_selected_action": [deny.pk, allow.pk], "action": "revoke"}
    answer = client.post(
        "/admin/policies/grant/", {**chosen, "apply": "1", "reason": "x"}, follow=True
    )

    assert "1 revoked; 1 wait for a second person" in answer.content.decode()
    assert HeldChange.objects.get().kind == "revoke_deny"
