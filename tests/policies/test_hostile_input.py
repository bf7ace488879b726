"""No request, however odd, is answered by a fault of the server: it is told its place.

Every route of access that is written to gets its members in odd shapes, by turns.
"""

import itertools
import json
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from policies.services import create_group, create_role, create_token, grant_role
from policies.services.grants import GrantScope
from policies.services.requests import Wish, ask_for_access
from policies.services.reviews import Plan, start_review
from tests.factories import PASSWORD, bearer, make_dataset, make_principal
from tests.sharing import shared_world

pytestmark = pytest.mark.django_db

NOBODY = "00000000-0000-4000-8000-000000000000"
DEEP: object = {"not": {"owner_is_me": True}}
for _ in range(200):
    DEEP = {"all": [DEEP]}
ODD = [
    None,
    True,
    -1,
    0,
    1.5,
    2**63,
    10**40,
    "",
    " ",
    "\0",
    "a\0b",
    "\u202e😀",
    "x" * 100_000,
    "(" * 3_900,
    "not " * 900,
    '"' + "\\" * 2_001,
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2026-13-45T99:99:99Z",
    "2026-02-30T00:00:00Z",
    NOBODY,
    [],
    [[]],
    [None],
    ["\0"],
    [{"\0": 1}],
    ["x"] * 5_000,
    {},
    {"\0": "\0"},
    {"tag_in": ["\0"]},
    {"env_in": ["a\0b"]},
    {"lifecycle_in": ["\0"]},
    {"env_in": [["x"]]},
    {"any": []},
    {"any": [{"env_in": ["x"] * 100}] * 100},
    {"reach": "asset", "kind": "dataset", "assetNamespace": "\0", "assetName": "x"},
    {"reach": "asset", "kind": "pipe"},
    {"reach": ["asset"]},
    {"reach": "namespace", "namespace": "*" * 1_000},
    {"reach": "domain", "domain": {"domain": 1}},
    DEEP,
]
GRANT = {
    "principal": "sam",
    "role": "viewer",
    "effect": "allow",
    "scope": {"reach": "namespace", "namespace": "shop"},
    "condition": "owner is me",
    "validFrom": None,
    "validTo": "2099-01-01T00:00:00Z",
    "reason": "why",
}
REQUEST = {
    "about": "dataset",
    "namespace": "shop",
    "name": "lines",
    "role": "viewer",
    "days": 3,
    "reason": "why",
}
REVIEW = {
    "name": "Spring",
    "description": "",
    "scope": {"reach": "namespace", "namespace": "shop"},
    "dueAt": "2099-01-01T00:00:00Z",
    "onUndecided": "keep",
    "reviewers": ["root"],
}
SIMULATED = [
    {"change": "give", **{name: GRANT[name] for name in GRANT if name != "reason"}},
    {"change": "join", "principal": "sam", "group": "crew"},
    {"change": "role", "role": "reader", "actions": ["asset.view"]},
    {
        "change": "share",
        "principal": "sam",
        "action": "asset.view",
        "scope": {
            "reach": "asset",
            "kind": "dataset",
            "assetNamespace": "shop",
            "assetName": "orders",
        },
    },
]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with shared_world(django_db_blocker):
        root = make_principal("root", "admin")
        sam = make_principal("sam")
        create_role("reader", ["asset.view"], actor=None)
        dataset = make_dataset("shop", "orders")
        wish = Wish("dataset", "shop", "orders")
        review = start_review(
            Plan(
                "Old",
                GrantScope(namespace="shop"),
                timezone.now() + timezone.timedelta(days=3),
                reviewers=[root],
            ),
            actor=None,
        )
        yield {
            "root": root,
            "raw": create_token(root, "odd", actor=None).raw,
            "crew": create_group("crew", actor=None).public_id,
            "grant": grant_role(sam, "viewer", namespace="shop", actor=None).pk,
            "request": ask_for_access(
                wish, reason="why", actor=make_principal("uma")
            ).public_id,
            "review": review.public_id,
            "item": str(review.items.first().public_id),
            "dataset": dataset,
        }


def routes(world):
    """Each route, the way it is written to, and what it takes."""
    crew, grant, review = world["crew"], world["grant"], world["review"]
    items = {"items": [world["item"]]}
    at = "/api/v1/access"
    answer = {"answer": "no"}
    wish = f"{at}/requests/{world['request']}"
    return [
        ("post", f"{at}/grants", GRANT),
        ("post", f"{at}/grants/{grant}/revoke", {"reason": "x"}),
        ("post", f"{at}/grants/{grant}/renew", {"validTo": None, "reason": "x"}),
        ("post", f"{at}/groups", {"name": "new", "description": "x"}),
        ("put", f"{at}/groups/{crew}", {"name": "new", "description": "x"}),
        ("put", f"{at}/groups/{crew}/members/sam", {"reason": "x"}),
        ("post", f"{at}/groups/{crew}/retire", {"reason": "x"}),
        ("put", f"{at}/roles/reader", {"description": "", "actions": ["run.view"]}),
        ("post", f"{at}/break-glass", {"reason": "it all burns", "minutes": 5}),
        ("post", f"{at}/simulate", {"changes": SIMULATED, "at": None}),
        *(("post", f"{at}/simulate#{n}", one) for n, one in enumerate(SIMULATED)),
        ("post", f"{at}/approval-rules", {"scope": {}, "reason": "x"}),
        ("post", f"{at}/requests", REQUEST),
        ("post", f"{wish}/approve", {"role": "viewer", "days": 3, "answer": "x"}),
        ("post", f"{wish}/decline", answer),
        ("post", f"{wish}/withdraw", {}),
        ("post", f"{at}/reviews", REVIEW),
        (
            "post",
            f"{at}/reviews/{review}/items/decide",
            {**items, "decision": "keep", "reason": "x"},
        ),
        ("post", f"{at}/reviews/{review}/items/assign", {**items, "reviewer": "root"}),
        ("post", f"{at}/approvals/{NOBODY}/approve", answer),
    ]


def bodies(body, turn):
    """A body with each member left out, and in some of the odd shapes, by turns."""
    yield from ODD[next(turn) % 8 :: 8]
    yield body | {"\0": 1}
    for name in body:
        yield {key: value for key, value in body.items() if key != name}
        for odd in ODD[next(turn) % 8 :: 8]:
            yield {**body, name: odd}


@contextmanager
def undone():
    """Undo what a request does; it sees no block around it, as in life."""
    before = transaction.savepoint_create()
    yield
    transaction.set_rollback(False)
    transaction.savepoint_rollback(before)


@pytest.fixture
def client(client):
    """Takes a fault as the answer that it is for whoever asks."""
    client.raise_request_exception = False
    return client


def test_no_odd_body_is_a_fault_of_the_server(client, world):
    headers = bearer(world["raw"])
    faults, turn = [], itertools.count()

    def write(method, address, body, part):
        text = json.dumps({"changes": [body]} if part else body)
        kind = "application/json"
        with undone():
            return getattr(client, method)(
                address, text, content_type=kind, headers=headers
            )

    for method, address, body in routes(world):
        address, _, part = address.partition("#")
        assert write(method, address, body, part).status_code not in (400, 405)
        for odd in bodies(body, turn):
            answer = write(method, address, odd, part)
            status = answer.status_code
            if status >= 500 or (status >= 400 and not answer.json()["detail"]):
                faults.append((status, method, address, json.dumps(odd)[:200]))
    assert faults == []


TEXTS = [one for one in ODD if isinstance(one, str)]


def test_no_odd_query_is_a_fault_of_the_server(client, world):
    ask = {
        "explain": ("action", "kind", "namespace", "name", "principal"),
        "who": ("action", "kind", "namespace", "name", "limit", "offset"),
        "what": ("action", "kind", "principal"),
        "grants": ("holder", "role", "effect", "reach", "state", "limit", "offset"),
        "groups": ("q", "retired", "limit"),
        "roles": ("retired",),
        "approvals": ("state", "mine", "limit"),
        "requests": ("whose", "offset"),
        "reviews": ("limit", "offset", "page"),
        "people": ("q", "kind", "state", "page"),
        "suggest": ("of", "q", "kind", "namespace"),
        "simulation": ("grant", "holder", "role"),
        "policy": ("text",),
        "requests/new": ("about", "namespace", "name", "role"),
        "grants/new": ("holder", "role", "kind", "asset_name"),
    }
    usual = {
        "action": "asset.view", "kind": "dataset", "namespace": "shop",
        "name": "orders",
    }  # fmt: skip
    faults = []
    for route, members in ask.items():
        for page in (f"/api/v1/access/{route}", f"/access/{route}"):
            headers = bearer(world["raw"]) if page.startswith("/api") else {}
            client.force_login(world["root"])
            for name in members:
                for odd in TEXTS:
                    if len(odd) > 4_000:
                        continue
                    query = {**usual, name: odd} if "action" in members else {name: odd}
                    with undone():
                        answer = client.get(page, query, headers=headers)
                    if answer.status_code >= 500:
                        faults.append((page, name, odd[:50]))
    assert faults == []


@pytest.mark.parametrize(
    "path",
    [
        "grants/99999999999999999999999",
        "groups/not-an-id",
        "groups/00000000-0000-4000-8000-000000000000/members/%00",
        "roles/%00",
        "roles/" + "x" * 5_000,
        "reviews/00000000-0000-4000-8000-00000000000g",
        "break-glass/99999999999999999999999/close",
    ],
)
def test_no_odd_address_is_a_fault_of_the_server(client, world, path):
    client.force_login(world["root"])
    for at in ("/api/v1/access", "/access"):
        for method in ("get", "post", "put", "delete"):
            headers = bearer(world["raw"]) if at.startswith("/api") else {}
            answer = getattr(client, method)(f"{at}/{path}", headers=headers)
            assert 400 <= answer.status_code < 500, (method, at)


FORMS = {
    "grant-new": {
        "holder": "sam", "role": "viewer", "effect": "allow", "reach": "namespace",
        "namespace": "shop", "domain": "", "tag": "", "kind": "", "asset_name": "",
        "asset_namespace": "", "condition": "", "valid_from": "", "valid_to": "",
        "reason": "x", "tags": "", "tag_how": "is", "environments": "",
        "environment_how": "is",
    },
    "group-new": {"name": "g", "description": "x"},
    "role-new": {"name": "r", "description": "x", "actions": "asset.view"},
    "break-glass": {"reason": "it all burns", "minutes": "5"},
    "access-simulation": {
        "do": "grant", "holder": "sam", "role": "viewer", "effect": "allow",
        "reach": "everything", "actions": "asset.view", "grant": "1", "group": "crew",
        "principal": "sam",
    },
    "access-policy": {"text": "version: 1", "do": "plan", "unlisted": "keep"},
    "access-request-new": {
        "about": "dataset", "namespace": "shop", "name": "x", "role": "viewer",
        "days": "3", "reason": "x",
    },
    "approval-rule-new": {"reach": "namespace", "namespace": "x", "reason": "x"},
    "review-new": {
        "name": "x", "description": "", "reach": "namespace", "namespace": "shop",
        "due": "2099-01-01", "due_at": "2099-01-01", "on_undecided": "keep",
        "reviewers": "root",
    },
    "account-password": {
        "old_password": PASSWORD, "new_password1": "x", "new_password2": "x",
    },
    "account-tokens": {"name": "x", "role": "", "days": "3", "namespace": ""},
}  # fmt: skip


@pytest.mark.parametrize("route", FORMS)
def test_no_odd_form_is_a_fault_of_the_server(client, world, route):
    client.force_login(world["root"])
    faults = []
    for name in FORMS[route]:
        for odd in TEXTS:
            with undone():
                answer = client.post(reverse(route), {**FORMS[route], name: odd})
            if answer.status_code >= 500:
                faults.append((name, odd[:50]))
    assert faults == []


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ("(" * 3_900, "more than 32 deep"),
        ("not " * 900 + "owner is me", "more than 32 deep"),
        ({"env_in": ["a\0b"]}, "/condition/env_in/0"),
        (DEEP, "/condition"),
        ({"any": [{"any": [{"owner_is_me": True}] * 100}] * 100}, "200 parts at most"),
    ],
)
def test_a_condition_that_would_burden_everybody_is_refused_with_its_place(
    client, world, condition, place
):
    answer = client.post(
        "/api/v1/access/grants",
        {**GRANT, "condition": condition},
        content_type="application/json",
        headers=bearer(world["raw"]),
    )
    assert answer.status_code == 400
    told = answer.json()
    assert place in told["detail"] + told["pointer"]
