"""Access requests, approvals and reviews by the API."""

import json

import pytest

from catalog.models import OwnerKind, Ownership
from policies.models import ApprovalRule, Grant, HeldChange
from policies.services import create_token, grant_role
from policies.services.approvals import set_rule
from policies.services.grants import GrantScope
from tests.factories import bearer, make_dataset, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db

API = "/api/v1/access"
ASK = {"about": "dataset", "namespace": "shop", "name": "orders", "reason": "a report"}


@pytest.fixture
def call(client):
    tokens = {}

    def calling(who, method, address, body=None, *, status=200):
        if who not in tokens:
            tokens[who] = create_token(who, "test", actor=None).raw
        answer = client.generic(
            method,
            address if address.startswith("/") else f"{API}/{address}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers=bearer(tokens[who]),
        )
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return calling


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


def test_a_request_goes_its_way(call, ada, olga, orders):
    made = call(ada, "POST", "requests", ASK, status=201)
    assert (made["state"], made["days"], made["role"]) == ("waiting", 90, "viewer")
    assert call(ada, "GET", "requests")["totalCount"] == 1
    answerable = call(olga, "GET", "requests?whose=answerable")
    assert [each["id"] for each in answerable["requests"]] == [made["id"]]
    call(make_principal("bob"), "GET", f"requests/{made['id']}", status=404)

    done = call(olga, "POST", f"requests/{made['id']}/approve", {"days": 7})
    assert (done["state"], done["decidedBy"]) == ("granted", "olga")
    assert call(ada, "GET", f"requests/{made['id']}")["grantedUntil"] is not None
    again = call(
        olga, "POST", f"requests/{made['id']}/decline", {"answer": "x"}, status=409
    )
    assert again["code"] == "request_not_answerable"
    held = call(ada, "POST", "requests", ASK, status=409)
    assert held["code"] == "access_held"


def test_declined_and_withdrawn_by_those_who_may(call, ada, olga, orders):
    made = call(ada, "POST", "requests", ASK, status=201)
    call(ada, "POST", f"requests/{made['id']}/approve", status=409)
    call(olga, "POST", f"requests/{made['id']}/decline", status=400)
    said = {"answer": "not for that"}
    call(olga, "POST", f"requests/{made['id']}/decline", said)
    seen = call(ada, "GET", f"requests/{made['id']}")
    assert (seen["answer"], seen["decidedBy"]) == ("not for that", None)
    second = call(ada, "POST", "requests", ASK, status=201)
    gone = call(ada, "POST", f"requests/{second['id']}/withdraw")
    assert gone["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**ASK, "about": "column"}, "/about"),
        ({**ASK, "name": ""}, "/name"),
        ({**ASK, "role": "king"}, "/role"),
        ({**ASK, "days": 0}, "/days"),
        ({**ASK, "reason": ""}, "/reason"),
        ({**ASK, "more": 1}, "/more"),
    ],
)
def test_a_faulty_request_is_told_by_pointer(call, ada, body, pointer):
    assert call(ada, "POST", "requests", body, status=400)["pointer"] == pointer


def test_a_held_change_is_told_and_approved(call, boss, deputy, ada, orders):
    set_rule(GrantScope(namespace="shop"), actor=boss)
    made = call(ada, "POST", "requests", ASK, status=201)
    assert call(boss, "POST", f"requests/{made['id']}/approve")["state"] == "held"
    waiting = call(deputy, "GET", "approvals?mine=true&state=waiting")
    [change] = waiting["approvals"]
    assert change["text"].startswith(
        "Give ada the role viewer on dataset shop / orders"
    )
    mine = call(boss, "POST", f"approvals/{change['id']}/approve", status=409)
    assert mine["code"] == "change_not_answerable"

    done = call(deputy, "POST", f"approvals/{change['id']}/approve", {"answer": "ok"})
    assert (done["state"], done["decidedBy"], done["maker"]) == (
        "approved",
        "deputy",
        "boss",
    )
    assert call(ada, "GET", f"requests/{made['id']}")["state"] == "granted"


def test_a_rule_is_set_and_lifting_it_is_202(call, boss, deputy, orders):
    body = {"scope": {"reach": "namespace", "namespace": "shop"}, "reason": "money"}
    rule = call(boss, "POST", "approval-rules", body, status=201)
    assert rule["where"] == "namespaces shop"
    assert len(call(deputy, "GET", "approval-rules")["rules"]) == 1
    held = call(boss, "DELETE", f"approval-rules/{rule['id']}", status=202)
    assert held["status"] == "held"
    assert call(boss, "GET", f"approvals/{held['id']}")["kind"] == "lift_rule"
    call(boss, "POST", f"approvals/{held['id']}/withdraw")
    again = call(boss, "DELETE", f"approval-rules/{rule['id']}", status=202)
    call(deputy, "POST", f"approvals/{again['id']}/decline", {"answer": "no"})
    last = call(boss, "DELETE", f"approval-rules/{rule['id']}", status=202)
    call(deputy, "POST", f"approvals/{last['id']}/approve")

    assert not ApprovalRule.objects.standing().exists()
    assert HeldChange.objects.count() == 3


def test_a_scope_that_nobody_sees_is_unclear(call, boss, deputy):
    body = {"scope": {"reach": "domain", "domain": "Nowhere"}, "reason": "x"}
    told = call(boss, "POST", "approval-rules", body, status=400)

    assert (told["code"], told["pointer"]) == ("scope_unclear", "/scope/domain")


def test_a_review_goes_its_way(call, boss, deputy, ada, olga, orders):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    scope = {
        "reach": "asset",
        "kind": "dataset",
        "assetNamespace": "shop",
        "assetName": "orders",
    }
    body = {"name": "Autumn", "scope": scope, "dueAt": "2099-01-01T00:00:00Z"}
    made = call(boss, "POST", "reviews", body, status=201)
    assert (made["items"], made["decided"]) == (4, 0)
    listed = call(olga, "GET", f"reviews/{made['id']}/items?mine=true&undecided=true")
    [item] = listed["items"]
    assert (item["holder"], item["what"], item["kind"]) == ("ada", "viewer", "grant")

    chosen = {"items": [item["id"]], "decision": "revoke", "reason": "left"}
    done = call(olga, "POST", f"reviews/{made['id']}/items/decide", chosen)
    assert done == {"done": 1, "refused": []}
    assert not Grant.objects.valid().filter(principal=ada).exists()
    again = call(olga, "POST", f"reviews/{made['id']}/items/decide", chosen)
    assert again["refused"][0]["why"] == "It is revoked already."
    assert call(olga, "GET", "reviews")["reviews"][0]["items"] == 1
    other = call(boss, "GET", f"reviews/{made['id']}/items?undecided=true")
    moved = {"items": [other["items"][0]["id"]], "reviewer": "olga"}
    call(boss, "POST", f"reviews/{made['id']}/items/assign", moved)
    closed = call(boss, "POST", f"reviews/{made['id']}/close")
    assert closed["closedBy"] == "boss"
    late = call(olga, "POST", f"reviews/{made['id']}/items/decide", chosen, status=409)
    assert late["code"] == "review_closed"


def test_items_of_others_are_not_there(call, boss, deputy, ada, olga, orders):
    grant_role(ada, "viewer", scope=GrantScope(asset=orders), actor=boss)
    body = {"name": "A", "scope": {"reach": "namespace", "namespace": "shop"}}
    made = call(
        boss, "POST", "reviews", {**body, "dueAt": "2099-01-01T00:00:00Z"}, status=201
    )
    items = call(boss, "GET", f"reviews/{made['id']}/items")["items"]
    foreign = next(each for each in items if each["reviewer"] == "deputy")
    chosen = {"items": [foreign["id"]], "decision": "keep", "reason": "x"}
    rex = make_principal("rex")

    call(rex, "POST", f"reviews/{made['id']}/items/decide", chosen, status=404)


def test_a_review_is_due_in_the_future(call, boss):
    body = {
        "name": "A",
        "scope": {"reach": "namespace", "namespace": "lone"},
        "dueAt": "2001-01-01T00:00:00Z",
    }
    told = call(boss, "POST", "reviews", body, status=400)

    assert told["pointer"] == "/dueAt"


def test_a_narrow_token_of_an_owner_hands_nothing_on(client, call, ada, olga, orders):
    made = call(ada, "POST", "requests", ASK, status=201)
    narrow = create_token(olga, "narrow", role="viewer", actor=None).raw
    answer = client.post(
        f"{API}/requests/{made['id']}/approve",
        "{}",
        content_type="application/json",
        headers=bearer(narrow),
    )

    assert answer.status_code in (404, 409)
    assert not Grant.objects.filter(principal=ada).exists()
