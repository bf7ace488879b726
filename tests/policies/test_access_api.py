"""Access by the API: grants, groups, roles, emergencies, and why."""

import pytest

from catalog.models import Tag
from policies.models import Grant, Group, Role
from policies.services import create_group, create_token, grant_role, nest_group
from tests.factories import bearer, make_dataset, make_principal

pytestmark = pytest.mark.django_db
AT = "/api/v1/access"
ORDERS = "kind=dataset&namespace=prod&name=orders"


@pytest.fixture
def ask(client):
    """`ask("get", path, body, by=principal)`: status and answer."""

    def asking(method, path, body=None, *, by):
        raw = create_token(by, f"t{by.tokens.count()}", actor=None).raw
        more = {} if body is None else {"data": body, "content_type": JSON}
        answer = getattr(client, method)(f"{AT}/{path}", headers=bearer(raw), **more)
        return answer.status_code, answer.json()

    return asking


JSON = "application/json"


@pytest.fixture
def admin():
    return make_principal("ada", "admin")


def test_a_grant_is_given_told_renewed_and_revoked(ask, admin):
    make_principal("sam")
    Tag.objects.create(name="PII")
    wanted = {
        "principal": "sam",
        "role": "viewer",
        "scope": {"reach": "namespace", "namespace": "prod*"},
        "condition": "tag is not PII",
        "validTo": "2099-01-01T00:00:00Z",
        "reason": "why not",
    }

    status, made = ask("post", "grants", wanted, by=admin)

    assert status == 201
    assert made["on"] == {"kind": "namespaces", "name": "prod*"}
    assert made["condition"] == "tag is not PII"
    assert (made["state"], made["grantedBy"]) == ("in force", "ada")
    assert ask("get", f"grants/{made['id']}", by=admin) == (200, made)
    status, found = ask("get", "grants?holder=sam&state=in force", by=admin)
    assert (status, found["totalCount"], found["grants"]) == (200, 1, [made])

    renew = {"validTo": None, "reason": "for good"}
    status, renewed = ask("post", f"grants/{made['id']}/renew", renew, by=admin)
    assert (status, renewed["validTo"]) == (201, None)
    revoke = f"grants/{renewed['id']}/revoke"
    status, revoked = ask("post", revoke, {"reason": "left"}, by=admin)
    assert (status, revoked["state"]) == (200, "revoked")


def test_a_condition_is_sent_as_an_object_too(ask, admin):
    create_group("crew", actor=None)
    pii = Tag.objects.create(name="PII")
    condition = {"all": [{"tag_in": ["PII"]}, {"owner_is_me": True}]}
    wanted = {"group": "crew", "role": "viewer", "condition": condition}

    status, made = ask("post", "grants", wanted, by=admin)

    assert (status, made["group"]["name"]) == (201, "crew")
    stored = Grant.objects.get(pk=made["id"]).condition
    assert stored == {"all": [{"tag_in": [pii.pk]}, {"owner_is_me": True}]}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"principal": "nobody"}, "/principal"),
        ({"principal": ""}, "/principal"),
        ({"group": "crew"}, "/principal"),
        ({"role": "none"}, "/role"),
        ({"role": "producer", "effect": "deny", "condition": "owner is me"}, ""),
        ({"scope": {"reach": "tag", "tag": "none"}}, "/scope/tag"),
        ({"scope": {"reach": "odd"}}, "/scope/reach"),
        ({"scope": {"namespace": "prod*"}}, "/scope/namespace"),
        ({"scope": {"reach": "tag", "namespace": "prod*"}}, "/scope/namespace"),
        ({"condition": "tag PII"}, "/condition"),
        ({"condition": {"any": [{"tag_in": ["none"]}]}}, "/condition/any/0/tag_in/0"),
        ({"condition": [1]}, "/condition"),
        ({"validTo": "soon"}, "/validTo"),
        ({"strange": 1}, "/strange"),
    ],
)
def test_what_cannot_be_granted_is_answered_with_its_place(
    ask, admin, changed, pointer
):
    make_principal("sam")
    wanted = {"principal": "sam", "role": "viewer", **changed}

    status, told = ask("post", "grants", wanted, by=admin)

    assert status == 400
    assert told["pointer"] == pointer


def test_the_last_administrator_is_kept(ask, admin):
    grant = Grant.objects.get(principal=admin)

    status, told = ask("post", f"grants/{grant.pk}/revoke", {}, by=admin)

    assert (status, told["code"]) == (409, "change_refused")


def test_a_steward_gives_what_they_have_and_no_more(ask):
    stella = make_principal("stella", "steward", namespace="prod")
    make_principal("sam")
    here = {"reach": "namespace", "namespace": "prod"}
    wanted = {"principal": "sam", "role": "viewer", "scope": here}

    assert ask("post", "grants", wanted, by=stella)[0] == 201
    status, told = ask("post", "grants", {**wanted, "scope": {}}, by=stella)
    assert (status, told["code"]) == (403, "action_forbidden")
    assert "on all of that yourself" in told["detail"]
    status, told = ask("get", "grants", by=stella)
    assert {one["principal"]["username"] for one in told["grants"]} == {"sam", "stella"}


def test_groups_are_made_filled_and_nested(ask, admin):
    make_principal("sam")
    status, crew = ask("post", "groups", {"name": "crew"}, by=admin)
    assert status == 201
    _, staff = ask("post", "groups", {"name": "staff"}, by=admin)
    here, there = f"groups/{crew['id']}", f"groups/{staff['id']}"

    status, told = ask("put", f"{here}/members/SAM", by=admin)
    assert [one["username"] for one in told["members"]] == ["sam"]
    status, told = ask("put", f"{there}/groups/{crew['id']}", by=admin)
    assert (status, told["memberCount"]) == (200, 1)
    assert told["groupsInIt"][0]["group"]["name"] == "crew"
    status, told = ask("put", f"{here}/groups/{staff['id']}", by=admin)
    assert (status, told["code"]) == (409, "change_refused")
    assert "crew → staff" in told["detail"]

    assert ask("post", f"{here}/retire", {}, by=admin)[0] == 409
    ask("delete", f"{there}/groups/{crew['id']}", by=admin)
    ask("delete", f"{here}/members/sam", by=admin)
    assert ask("post", f"{here}/retire", {"reason": "x"}, by=admin)[0] == 200
    status, told = ask("get", "groups?retired=true&q=cre", by=admin)
    assert [one["name"] for one in told["groups"]] == ["crew"]
    assert ask("post", f"{here}/reinstate", by=admin)[1]["retiredAt"] is None
    named = {"name": "Staff", "description": "all"}
    assert ask("put", here, named, by=admin)[0] == 409
    assert ask("put", there, named, by=admin)[1]["description"] == "all"
    assert ask("put", f"{here}/members/nobody", by=admin)[0] == 400
    assert Group.objects.count() == 2


def test_roles_are_made_changed_and_put_out_of_use(ask, admin):
    status, made = ask("put", "roles/finder", {"actions": ["asset.view"]}, by=admin)
    assert (status, made["isBuiltIn"]) == (201, False)
    status, made = ask("put", "roles/finder", {"actions": ["run.view"]}, by=admin)
    assert (status, made["actions"]) == (200, ["run.view"])
    odd = {"actions": ["asset.burn"]}
    assert ask("put", "roles/finder", odd, by=admin)[0] == 400
    assert ask("put", "roles/viewer", {"actions": ["run.view"]}, by=admin)[0] == 409
    assert ask("post", "roles/finder/retire", {}, by=admin)[1]["retiredAt"]
    assert ask("get", "roles", by=admin)[1]["roles"][-1]["name"] == "finder"
    assert ask("post", "roles/finder/reinstate", by=admin)[0] == 200
    assert ask("get", "roles/none", by=admin)[0] == 404
    assert Role.objects.get(name="finder").retired_at is None


def test_the_glass_is_broken_and_closed(ask, admin):
    why = {"reason": "The night load is wrong.", "minutes": 30}
    status, made = ask("post", "break-glass", why, by=admin)
    assert status == 201
    stranger = make_principal("stranger")
    status, told = ask("get", "break-glass", by=stranger)
    assert told["emergencies"] == [made]

    close = f"break-glass/{made['id']}/close"
    assert ask("post", close, {}, by=stranger)[0] == 403
    assert ask("post", close, {}, by=admin)[1]["closedBy"] == "ada"
    assert ask("post", "break-glass/9/close", {}, by=admin)[0] == 404
    short = {"reason": "because", "minutes": 30}
    assert ask("post", "break-glass", short, by=admin)[0] == 400
    long = {**why, "minutes": 9999}
    assert ask("post", "break-glass", long, by=admin)[0] == 400
    assert ask("post", "break-glass", why, by=stranger)[0] == 403


def test_a_decision_is_told_with_its_ways(ask, admin):
    make_dataset("prod", "orders")
    sam = make_principal("sam")
    web, staff = create_group("web", actor=None), create_group("staff", actor=None)
    nest_group(staff, web, actor=None)
    web.memberships.create(principal=sam)
    grant_role(staff, "viewer", namespace="pro*", actor=None)

    status, told = ask("get", f"explain?principal=sam&{ORDERS}", by=admin)

    assert (status, told["allowed"], told["by"]) == (200, True, "allow")
    [ground] = told["deciding"]
    assert [group["name"] for group in ground["groups"]] == ["web", "staff"]
    assert ground["reach"] == [
        {"place": "namespace", "name": "prod", "confirmed": True}
    ]
    assert ground["grant"]["on"] == {"kind": "namespaces", "name": "pro*"}
    assert told["wouldChange"][0][0]["means"] == "revoke"
    status, own = ask("get", f"explain?{ORDERS}", by=sam)
    assert (own["allowed"], own["principal"]["username"]) == (True, "sam")
    assert own["deciding"][0]["grant"]["reason"] is None
    status, who = ask("get", f"who?{ORDERS}&limit=1", by=admin)
    assert (who["totalCount"], len(who["principals"])) == (2, 1)
    status, what = ask("get", "what?principal=sam", by=admin)
    counts = {one["kind"]: one["count"] for one in what["assets"]}
    assert counts["dataset"] == 1


def test_a_decision_at_large_needs_no_asset(ask, admin):
    status, told = ask("get", "explain?action=journal.view", by=admin)

    assert (status, told["allowed"]) == (200, True)


def test_others_are_asked_about_by_those_alone_who_see_access(ask, admin):
    make_dataset("prod", "orders")
    sam = make_principal("sam", "viewer")

    assert ask("get", f"explain?principal=ada&{ORDERS}", by=sam)[0] == 403
    assert ask("get", "what?principal=ada", by=sam)[0] == 403
    assert ask("get", f"who?{ORDERS}", by=sam)[0] == 403
    for path in ("grants", "groups"):
        assert ask("get", path, by=sam)[0] == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("action=asset.burn", 400),
        ("action=asset.view", 400),
        ("kind=pipe&name=x", 400),
        ("kind=dataset&namespace=prod&name=none", 404),
        ("kind=dataset&namespace=%00&name=none", 404),
        (f"principal=nobody&{ORDERS}", 404),
    ],
)
def test_a_question_that_cannot_be_answered_says_so(ask, admin, query, status):
    make_dataset("prod", "orders")

    assert ask("get", f"explain?{query}", by=admin)[0] == status


def test_an_action_about_no_asset_is_asked_of_none(ask, admin):
    make_dataset("prod", "orders")
    about = f"action=journal.view&{ORDERS}"

    assert ask("get", f"who?{about}", by=admin)[0] == 400
    assert ask("get", "what?action=journal.view", by=admin)[0] == 400
    assert ask("get", f"explain?{about}", by=admin)[1]["allowed"] is True


def test_what_is_not_there_is_answered_404(ask, admin):
    nothing = "00000000-0000-0000-0000-000000000000"
    for path in (f"groups/{nothing}", "grants/99", f"grants/{2**70}"):
        assert ask("get", path, by=admin)[0] == 404
    assert ask("get", "grants?state=odd", by=admin)[0] == 400
