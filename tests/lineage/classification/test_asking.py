"""Why is it tagged, where does it reach, and what stewards make of it: over HTTP."""

import json

import pytest
from django.utils import timezone

from catalog.models import Change, ColumnTag, Tag, TagAssignment
from catalog.search.indexing import catch_up
from lineage.ingest import ingest
from lineage.models import PathRejection, TagRule
from policies.actions import Action
from policies.models import Grant, Role
from policies.services import grant_role
from tests.factories import bearer, make_principal, make_token
from tests.lineage.classification.telling import follow, found, put, row, tag, wrote
from tests.lineage.projection.happenings import (
    dataset,
    declared,
    described,
    moment,
    schema,
    symlinks,
)

pytestmark = pytest.mark.django_db
API = "/api/v1/classification"


def column(where):
    dataset, _, name = where.partition(".")
    home, bar, own = dataset.rpartition("|")
    return f"datasetField:{home if bar else 'data'}:{own}:{name}"


@pytest.fixture
def shop():
    """a.email → b.email → c.hash (masked), c.mail; d.flag only joins by it."""
    ingest(
        [
            wrote(0, "a", email="raw.email"),
            wrote(1, "b", email="a.email#made"),
            wrote(2, "c", hash="b.email#mask", mail="b.email"),
            wrote(3, "d", flag="b.email#join"),
        ]
    )
    put("a.email", "PII")
    follow()


@pytest.fixture
def asking(client):
    """Ask the API as somebody with a role."""

    def ask(path, body=None, *, role="viewer", method=None, status=200, **query):
        token = bearer(make_token(f"{role}-{make_token.calls}", role))
        make_token.calls += 1
        url = f"{API}{path}"
        if body is None:
            answer = client.get(url, query, headers=token)
        else:
            send = getattr(client, method or "post")
            answer = send(url, json.dumps(body), "application/json", headers=token)
        assert answer.status_code == status, answer.content
        return answer.json()

    make_token.calls = 0
    return ask


def steps(way):
    return [step["nodeId"].rpartition("data:")[2] for step in way["steps"]]


def test_why_tells_the_way_with_its_jobs_and_transformations(shop, asking):
    told = asking("/why", nodeId=column("c.mail"), tag="PII")

    assert (told["state"], told["putBy"], told["hops"]) == ("propagated", [], 2)
    assert told["explained"] is True
    [way] = told["ways"]
    assert steps(way) == ["a:email", "b:email", "c:mail"]
    assert way["putBy"] == ["declared"]
    made = way["steps"][1]
    assert made["jobs"] == ["job:jobs:make_b"]
    assert made["transformation"]["subtype"] == "TRANSFORMATION"


def test_what_is_suggested_and_what_is_not_there_is_told_as_such(shop, asking):
    flag = asking("/why", nodeId=column("d.flag"), tag="PII")
    hashed = asking("/why", nodeId=column("c.hash"), tag="PII")

    assert (flag["state"], flag["ways"][0]["state"]) == ("suggested", "suggested")
    assert (hashed["state"], hashed["ways"], hashed["explained"]) == (
        "absent",
        [],
        True,
    )
    assert asking("/why", nodeId=column("c.hash"), tag="None", status=404)


def test_reach_tells_each_column_nearest_first(shop, asking):
    told = asking("/reach", tag="PII")
    near = asking("/reach", tag="PII", nodeId=column("b.email"))

    hits = [(f"{h['name']}.{h['column']}", h["state"], h["hops"]) for h in told["hits"]]
    assert hits == [
        ("a.email", "declared", 0),
        ("b.email", "propagated", 1),
        ("c.mail", "propagated", 2),
        ("d.flag", "suggested", 2),
    ]
    assert told["totalCount"] == 4
    assert [(h["name"], h["hops"]) for h in near["hits"]] == [("c", 1), ("d", 1)]


def test_a_past_time_is_answered_as_things_were(shop, asking):
    ingest([wrote(10, "b", email="other.email")])
    follow()
    assert asking("/why", nodeId=column("c.mail"), tag="PII")["state"] == "absent"

    then = moment(5)
    told = asking("/why", nodeId=column("c.mail"), tag="PII", asOf=then)
    assert (told["state"], told["since"]) == ("propagated", None)
    reached = asking("/reach", tag="PII", asOf=then)
    assert {h["name"] for h in reached["hits"]} == {"a", "b", "c", "d"}
    early = asking("/reach", tag="PII", asOf=moment(1))
    assert {h["name"] for h in early["hits"]} == {"a", "b"}


def test_a_past_time_knows_what_was_declared_and_said_then(asking):
    said = [{"key": "PII", "value": "true", "source": "X", "field": "x"}]
    ingest([described(0, "a", tags={"tags": said}), wrote(1, "b", y="a.x", z="o.z")])
    tag("PII")
    before = timezone.now().isoformat()
    put("o.z", "PII")
    ingest([described(5, "a", tags={"tags": []})])
    # Since then the two are one.
    linked = dataset("b", symlinks=symlinks("o"))
    ingest([declared(6, "link", reads=[linked])])
    assert row("o").canonical.name == "b"

    def told(where, **times):
        why = asking("/why", nodeId=column(where), tag="PII", **times)
        return [way["steps"][0]["nodeId"] for way in why["ways"]]

    y, z = "b.y", "b.z"
    assert told(y, asOf=moment(3)) == [column("a.x")]
    assert told(z, asOf=moment(3)) == [column("o.z")]
    assert told(z, asOf=moment(3), recordedAt=before) == []
    assert told(y, asOf=moment(5)) == []


def test_a_way_through_what_is_hidden_is_not_told(asking, client):
    ingest(
        [
            wrote(0, "vault|b", reads=["a"], email="a.email"),
            wrote(1, "c", mail="vault|b.email"),
        ]
    )
    put("a.email", "PII")
    follow()
    viewer = make_principal("viewer")
    grant_role(viewer, "viewer", namespace="data", actor=None)
    grant_role(viewer, "viewer", namespace="jobs", actor=None)
    client.force_login(viewer)
    query = {"nodeId": column("c.mail"), "tag": "PII"}
    answer = client.get(f"{API}/why", query)
    reach = client.get(f"{API}/reach", {"tag": "PII"})
    page = client.get("/datasets/data/c/classification?column=mail&tag=PII")

    told = answer.json()
    assert (told["state"], told["ways"], told["explained"]) == ("propagated", [], False)
    assert [h["name"] for h in reach.json()["hits"]] == ["a", "c"]
    assert page.status_code == 200
    for unknown in ("none", "%00"):
        at = f"/datasets/data/c/classification?column={unknown}&tag=PII"
        assert client.get(at).status_code == 404
    assert not any(b"vault" in one.content for one in (answer, reach, page))


def test_a_tag_that_came_along_denies_and_gives_nothing(shop, client):
    pii = Tag.objects.get(name="PII")
    role = Role.objects.create(name="see", actions=[Action.ASSET_VIEW, Action.RUN_VIEW])
    denied = make_principal("denied", "viewer")
    Grant.objects.create(
        principal=denied, role=role, effect="deny", reach="tag", scope_id=pii.pk
    )
    allowed = make_principal("allowed")
    Grant.objects.create(
        principal=allowed, role=role, effect="allow", reach="tag", scope_id=pii.pk
    )
    client.force_login(denied)
    page = client.get("/datasets/data/c/classification")
    gone = client.get(f"{API}/why", {"nodeId": column("c.mail"), "tag": "PII"})
    other = client.get(f"{API}/why", {"nodeId": column("d.flag"), "tag": "PII"})
    ingest([described(9, "c", schema=schema("mail"))])
    ingest([described(9, "d", schema=schema("flag"))])
    while catch_up():
        pass
    sought = [client.get("/api/v1/find", {"q": word}) for word in ("mail", "flag")]
    client.force_login(allowed)

    assert b"mail" not in page.content
    assert [answer.json()["total"] for answer in sought] == [0, 1]
    # What is only suggested takes nothing.
    assert (gone.status_code, other.status_code) == (404, 200)
    assert other.json()["ways"] == []
    assert client.get("/datasets").content.count(b"/datasets/data/") == 0


def test_a_steward_judges_many_by_the_api(shop, asking):
    items = [{"nodeId": column("d.flag"), "tag": "PII"}]
    asking("/verdicts", {"verdict": "confirm", "items": items}, role="steward")
    assert TagAssignment.objects.standing().filter(dataset=row("d")).count() == 1

    wrong = {"verdict": "reject", "items": [{**items[0], "nodeId": column("b.email")}]}
    told = asking("/verdicts", wrong, role="steward", status=422)
    assert told["pointer"] == "/reason"
    body = {**wrong, "reason": "No."}
    asking("/verdicts", body, role="steward")
    assert PathRejection.objects.standing().count() == 1
    assert found() == set()
    gone = asking("/verdicts", body, role="steward", status=422)
    assert gone["pointer"] == "/items/0"
    why = asking("/why", nodeId=column("b.email"), tag="PII")
    assert [way["state"] for way in why["ways"]] == ["rejected"]


def test_a_rule_is_set_by_the_api_and_refused_where_rights_stand_on_it(shop, asking):
    tag("hashed")
    body = {"masking": "becomes", "maskedAs": "hashed", "aggregation": "values"}
    told = asking("/rules/PII", body, role="steward", method="put")
    follow()

    assert told["effective"] == {
        "follows": True,
        "aggregation": "values",
        "maskedAs": "hashed",
    }
    assert ("c.hash", "hashed") in found()
    unknown = {**body, "maskedAs": "nothing"}
    refused = asking("/rules/PII", unknown, role="steward", method="put", status=422)
    assert refused["pointer"] == "/maskedAs"

    role = Role.objects.create(name="see", actions=[Action.ASSET_VIEW])
    pii = Tag.objects.get(name="PII")
    Grant.objects.create(
        principal=make_principal("d"),
        role=role,
        effect="deny",
        reach="tag",
        scope_id=pii.pk,
    )
    stays = {"propagation": "stays"}
    asking("/rules/PII.email", stays, role="steward", method="put", status=404)
    asking("/rules/PII", stays, role="steward", method="put", status=422)
    asking("/rules/PII", stays, role="admin", method="put")
    follow()
    assert found() == set()


def test_stewards_judge_on_the_pages_and_can_undo(shop, client):
    client.force_login(make_principal("steward", "steward"))
    listed = client.get("/classification")
    [offer] = listed.context["page"].object_list
    assert (offer.dataset.name, offer.column) == ("d", "flag")
    key = listed.content.decode().partition('name="found" value="')[2].partition('"')[0]

    client.post("/classification/judge", {"act": "reject", "found": key})
    assert ColumnTag.objects.filter(is_suggested=True).exists()
    sent = {"act": "reject", "found": key, "reason": "It is a flag."}
    client.post("/classification/judge", sent)
    assert not ColumnTag.objects.filter(is_suggested=True).exists()
    page = client.get("/datasets/data/d/classification").content.decode()
    assert "It is a flag." in page

    change = Change.objects.latest("pk")
    client.post(f"/changes/{change.public_id}/undo")
    follow()
    assert ColumnTag.objects.filter(is_suggested=True).exists()
    sent = {"act": "confirm", "which": "all", "state": "suggested"}
    client.post("/classification/judge", sent)
    assert TagAssignment.objects.standing().filter(dataset=row("d")).count() == 1


def test_the_page_of_a_tag_sets_its_rule(shop, client):
    client.force_login(make_principal("steward", "steward"))
    page = client.get("/classification/tags/PII")
    assert [told.state for told in page.context["found"]] == [
        *("declared", "propagated", "propagated", "suggested"),
    ]

    client.post("/classification/tags/PII/rule", {"propagation": "stays"})
    follow()
    assert TagRule.objects.standing().get().propagation == "stays"
    assert found() == set()
    text = client.get("/classification/tags/PII").content.decode()
    assert "It stays where it is put." in text
    refused = {"masking": "becomes"}
    client.post("/classification/tags/PII/rule", refused, follow=True)
    assert TagRule.objects.standing().get().masking == ""


def test_names_of_any_kind_are_asked_for(asking):
    ingest([wrote(0, "b", **{"weird / col:umn": "a.x"})])
    put("a.x", "PII")
    follow()

    told = asking("/why", nodeId=column("b.weird / col:umn"), tag="PII")
    assert told["state"] == "propagated"
    asking("/why", status=404, nodeId=column("b.none"), tag="PII")
    asking("/why", status=400, nodeId=column("b.weird / col:umn"))
