"""Simulation and policy files, by pages and by the API."""

import json
from urllib.parse import urlencode

import pytest
import yaml
from django.test import Client

from policies import services
from policies.models import ApprovalRule, Grant, Group
from policies.services.approvals import set_rule
from tests.factories import bearer, make_dataset, make_principal, make_token

pytestmark = pytest.mark.django_db
API = "/api/v1/access"


@pytest.fixture
def world(db):
    admin = make_principal("admin", "admin")
    auditor = make_principal("auditor", "auditor")
    ann = make_principal("ann")
    orders = make_dataset("postgres://db", "orders")
    hidden = make_dataset("mysql://hr", "salaries")
    return {
        "admin": admin,
        "auditor": auditor,
        "ann": ann,
        "orders": orders,
        "hidden": hidden,
    }


def signed_in(principal):
    client = Client()
    client.force_login(principal)
    return client


def api(principal_role="admin"):
    client = Client(
        headers=bearer(make_token(f"{principal_role}-program", principal_role))
    )

    def post(path, body, content_type="application/json", **more):
        content = body if isinstance(body, str) else json.dumps(body)
        return client.post(f"{API}/{path}", content, content_type, **more)

    return client, post


def give(**more):
    return {"change": "give", "principal": "ann", "role": "viewer", **more}


def simulated(*changes):
    query = [("change", json.dumps(change)) for change in changes]
    return f"/access/simulation?{urlencode(query)}"


def test_the_api_says_who_would_gain_what(world):
    _, post = api("auditor")

    told = post("simulate", {"changes": [give()]}).json()

    assert told["gained"] == {"decisions": 12, "principals": 1, "assets": 4}
    assert told["lost"]["decisions"] == 0
    assert told["principals"][0]["principal"] == "ann"
    assert {one["name"] for one in told["examples"]} >= {"orders", "salaries"}
    assert not Grant.objects.filter(principal=world["ann"]).exists()


def test_changes_are_simulated_together(world):
    services.create_group("crew", actor=None)
    services.grant_role(Group.objects.get(name="crew"), "viewer", actor=None)
    _, post = api()
    join = {"change": "join", "group": "crew", "principal": "ann"}
    deny = give(effect="deny", scope={"reach": "namespace", "namespace": "mysql*"})

    alone = post("simulate", {"changes": [join]}).json()
    both = post("simulate", {"changes": [join, deny]}).json()

    assert alone["gained"]["assets"] == 4
    assert both["gained"]["assets"] == 2


def test_what_the_asker_may_not_see_is_numbers_alone(world):
    scope = services.GrantScope(namespace="mysql://hr")
    services.grant_role(
        world["auditor"], "viewer", scope=scope, effect=Grant.Effect.DENY, actor=None
    )
    page = signed_in(world["auditor"]).get(simulated(give()))

    text = page.content.decode()
    assert page.status_code == 200
    assert "salaries" not in text
    assert "mysql://hr" not in text
    assert "namespaces that you may not see" in text
    assert "orders" in text


def test_an_asset_that_the_asker_may_not_see_is_not_there(world):
    scope = services.GrantScope(namespace="mysql://hr")
    services.grant_role(
        world["auditor"], "viewer", scope=scope, effect=Grant.Effect.DENY, actor=None
    )
    asset = {"reach": "asset", "kind": "dataset", "assetNamespace": "mysql://hr"}
    client = signed_in(world["auditor"])

    there = client.get(simulated(give(scope={**asset, "assetName": "salaries"})))
    not_there = client.get(simulated(give(scope={**asset, "assetName": "nothing"})))

    assert there.status_code == not_there.status_code == 422
    assert "There is no dataset of this name that you see" in there.content.decode()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (give(role="emperor"), "/changes/0/role"),
        (give(principal="nobody"), "/changes/0/principal"),
        (give(scope={"reach": "tag", "tag": "none"}), "/changes/0/tag"),
        ({"change": "revoke", "grant": 99999}, "/changes/0/grant"),
        ({"change": "explode"}, "/changes/0/change"),
        (give(condition="when pigs fly"), None),
    ],
)
def test_a_change_that_means_nothing_is_refused_with_its_place(world, change, pointer):
    _, post = api()

    answer = post("simulate", {"changes": [change]})

    assert answer.status_code == 400
    assert pointer is None or answer.json()["pointer"] == pointer


def test_the_page_puts_changes_together_and_leaves_them_out(world):
    client = signed_in(world["admin"])
    form = {
        "change": json.dumps({"change": "stop", "principal": "auditor"}),
        "kind_of_change": "give",
        "holder": "ann",
        "role": "viewer",
        "effect": "allow",
        "reach": "everything",
    }

    added = client.get("/access/simulation", form)
    shown = client.get(added["Location"])

    text = shown.content.decode()
    assert "auditor is stopped" in text
    assert "ann gets viewer on everything" in text
    assert "journal.view" in text  # which the auditor loses
    assert text.count("Leave out") >= 2
    assert not Grant.objects.filter(principal=world["ann"]).exists()


@pytest.mark.parametrize("text", ["{", "[]", "7", "null", '{"change": {}}', "[" * 9000])
def test_a_broken_address_is_answered_with_its_fault(world, text):
    query = urlencode({"change": text})

    page = signed_in(world["admin"]).get(f"/access/simulation?{query}")

    assert page.status_code == 422
    assert "Change 1" in page.content.decode()


def test_the_policy_goes_out_as_yaml_and_as_json(world):
    client, _ = api()

    as_yaml = client.get(f"{API}/policy")
    as_json = client.get(f"{API}/policy", headers={"Accept": "application/json"})

    assert as_yaml["Content-Type"] == "application/yaml"
    assert yaml.safe_load(as_yaml.content)["base"] == as_json.json()["base"]
    assert {
        "principal": "admin",
        "role": "admin",
        "scope": "everything",
    } in as_json.json()["grants"]


def test_a_file_is_planned_and_applied_by_the_api(world):
    client, post = api()
    policy = client.get(f"{API}/policy", headers={"Accept": "application/json"}).json()
    policy["groups"] = {"crew": {"members": ["ann"]}}
    policy["grants"].append({"group": "crew", "role": "viewer", "scope": "everything"})

    plan = post("policy/plan", policy).json()
    applied = post(f"policy/apply?expected={plan['current']}", policy)
    again = post("policy/apply", policy)

    assert [step["words"] for step in plan["steps"]] == [
        "crew",
        "ann in crew",
        "group crew: viewer on everything",
    ]
    assert plan["drift"] is None
    assert plan["simulation"]["gained"]["principals"] == 1
    assert applied.json()["digest"] == plan["target"]
    assert again.json()["doneCount"] == 0


def test_a_policy_file_is_refused_when_access_moved_since_the_plan(world):
    client, post = api()
    policy = client.get(f"{API}/policy", headers={"Accept": "application/json"}).json()
    policy["groups"] = {"crew": {}}
    plan = post("policy/plan", policy).json()
    services.grant_role(world["ann"], "viewer", actor=None)

    moved = post(f"policy/apply?expected={plan['current']}", policy)
    drifted = post("policy/apply", policy)

    assert (moved.status_code, moved.json()["code"]) == (409, "policy_refused")
    assert (drifted.status_code, drifted.json()["code"]) == (409, "policy_drifted")
    assert drifted.json()["steps"][0]["words"] == "principal ann: viewer on everything"
    assert not Group.objects.exists()


def test_faults_of_a_file_are_told_with_their_places(world):
    _, post = api()

    answer = post("policy/plan", "version: 1\ngrants:\n- {}\n", "application/yaml")

    assert answer.status_code == 400
    assert answer.json()["faults"][0]["line"] == 3


def test_a_policy_with_assets_that_its_reader_may_not_see_is_not_given_out(world):
    services.grant_role(
        world["ann"],
        "viewer",
        scope=services.GrantScope(asset=world["hidden"]),
        actor=None,
    )
    services.grant_role(
        world["admin"],
        "viewer",
        scope=services.GrantScope(namespace="mysql*"),
        effect=Grant.Effect.DENY,
        actor=None,
    )
    client = signed_in(world["admin"])

    page = client.get("/access/policy")
    file = client.get("/access/policy/access.yaml")

    assert "names 1 asset that you" in page.content.decode()
    assert "salaries" not in page.content.decode()
    assert file.status_code == 403


def test_the_page_plans_a_file_and_then_applies_it(world):
    client = signed_in(world["admin"])
    text = client.get("/access/policy/access.yaml").content.decode()
    text += "groups:\n  crew: {members: [ann]}\n"

    planned = client.post("/access/policy", {"text": text, "step": "plan"})
    told = planned.content.decode()
    expected = planned.context["plan"].current.digest
    applied = client.post(
        "/access/policy", {"text": text, "step": "apply", "expected": expected}
    )

    assert "ann in crew" in told
    assert "Apply it" in told
    assert applied.status_code == 303
    assert Group.objects.filter(name="crew").exists()


def test_the_page_offers_no_apply_for_a_file_that_does_not_know_what_stands(world):
    client = signed_in(world["admin"])

    told = client.post("/access/policy", {"text": "version: 1", "step": "plan"})
    refused = client.post("/access/policy", {"text": "version: 1", "step": "apply"})

    assert "Apply it" not in told.content.decode()
    assert "So it is not applied" in told.content.decode()
    assert refused.status_code == 422
    assert Grant.objects.standing().filter(principal=world["admin"]).exists()


def test_what_needs_a_second_person_is_held_and_the_rest_is_done(world):
    make_principal("second", "admin")
    set_rule(services.GrantScope(namespace="postgres://db"), actor=None)
    client = signed_in(world["admin"])
    text = client.get("/access/policy/access.yaml").content.decode()
    text = text.replace(
        "grants:\n",
        "grants:\n  - {principal: ann, role: viewer, scope: {namespace: 'postgres*'}}\n"
        "  - {principal: ann, role: viewer, scope: {namespace: 'mysql*'}}\n",
    )

    client.post("/access/policy", {"text": text, "step": "apply"})

    mine = Grant.objects.standing().filter(principal=world["ann"])
    assert [grant.namespace_glob for grant in mine] == ["mysql*"]
    assert ApprovalRule.objects.get().held.count() == 1
