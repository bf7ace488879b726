"""Quality over HTTP: what routes and pages answer, to whom, and what forms do."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from catalog.paths import escape
from lineage.models import Expectation, Incident, IncidentNotice
from lineage.tasks import judge_expectations
from policies.services import grant_role
from tests.factories import make_principal
from tests.lineage.quality.happenings import (
    checks,
    columns,
    event,
    facet,
    hour,
    send,
    wrote,
)

pytestmark = pytest.mark.django_db

NODE = "dataset:data:orders"
API = "/api/v1/quality"
TAB = f"/datasets/data/{escape('orders')}/quality"


def client_of(principal):
    client = Client()
    client.force_login(principal)
    return client


@pytest.fixture
def ada(db):
    return client_of(make_principal("ada", "admin"))


@pytest.fixture
def vera(db):
    return client_of(make_principal("vera", "viewer"))


@pytest.fixture
def orders(db):
    for n, rows in enumerate([10, 12, 11, 10, 12, 90]):
        send(wrote("load", "orders", hour(n), rows=rows, shows=columns("id", "mail")))
    failed = ("unique", False, {"column": "id", "params": {"of": 3}})
    send(checks("t", "orders", hour(9), failed))


def ask(client, what, status=200, **query):
    answer = client.get(f"{API}/{what}", query)
    assert answer.status_code == status, answer.content
    return answer.json()


def post(client, path, body, method="post"):
    send_it = getattr(client, method)
    return send_it(f"{API}/{path}", json.dumps(body), content_type="application/json")


def test_a_dataset_is_told_with_the_numbers(orders, vera):
    told = ask(vera, "dataset", nodeId=NODE)

    assert told["usualIntervalSeconds"] == 3600
    assert told["lastWrite"] == "2026-05-01T05:00:00Z"
    assert told["isLate"] is True
    [series] = told["series"]
    last = series["points"][-1]
    assert (series["source"], series["unit"], last["value"]) == ("written", "rows", 90)
    assert last["beside"]["median"] == 11
    assert last["beside"]["unusual"] is True
    assert last["run"]["job"] == {"namespace": "jobs", "name": "load"}
    [assertion] = told["assertions"]
    assert assertion["params"] == {"of": 3}
    assert assertion["outcomes"][0]["success"] is False

    then = ask(vera, "dataset", nodeId=NODE, asOf="2026-05-01T02:30:00Z")
    assert then["lastWrite"] == "2026-05-01T02:00:00Z"
    assert then["assertions"] == []
    ask(vera, "dataset", 400, nodeId=NODE, asOf="yesterday")
    ask(vera, "dataset", 404, nodeId="dataset:data:none")
    ask(vera, "dataset", 404, nodeId="job:jobs:load")


def test_a_job_is_told_by_its_last_runs(vera):
    error = {"errorMessage": facet(message="no room", programmingLanguage="SQL")}
    for n in range(20):
        send(event("load", hour(n), "START", f"{n}"))
        took = 60 if n < 10 else 90
        end = hour(n) + timedelta(seconds=took)
        if n == 15:
            send(event("load", end, "FAIL", f"{n}", facets=error))
        else:
            send(event("load", end, "COMPLETE", f"{n}"))
    told = ask(vera, "job", nodeId="job:jobs:load")

    assert (told["runs"], told["completed"], told["failed"]) == (20, 19, 1)
    assert told["successRate"] == 0.95
    assert (told["medianSeconds"], told["p95Seconds"]) == (60, 90)
    assert told["lastFailure"]["message"] == "no room"
    assert told["lastSuccess"] == "2026-05-01T19:01:30Z"
    # The first run of 90 seconds after ten of 60; MAD 0, so one second is the scale.
    assert [
        d["seconds"] for d in told["durations"] if (d["beside"] or {}).get("unusual")
    ]
    then = ask(vera, "job", nodeId="job:jobs:load", asOf="2026-05-01T09:30:00Z")
    assert (then["runs"], then["successRate"], then["lastFailure"]) == (10, 1, None)
    assert b"no room" in vera.get("/jobs/jobs/load/quality").content


def test_expectations_over_the_api(orders, ada, vera):
    body = {"nodeId": NODE, "kind": "rows", "atLeast": 100, "owner": "VERA"}
    assert post(vera, "expectations", body).status_code == 403
    made = post(ada, "expectations", body)
    assert made.status_code == 201
    assert made.json()["owner"] == "vera"
    again = post(ada, "expectations", body)
    assert (again.status_code, again.json()["code"]) == (409, "expected_already")
    wrong = post(ada, "expectations", {**body, "atLeast": 0, "severity": "info"})
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/atLeast")
    missing = post(ada, "expectations", {**body, "nodeId": "dataset:data:none"})
    assert missing.status_code == 404

    path = f"expectations/{made.json()['id']}"
    changed = post(ada, path, {"kind": "rows", "atLeast": 50}, "put")
    assert changed.json()["atLeast"] == 50
    assert ask(vera, "expectations", nodeId=NODE)["totalCount"] == 1
    assert post(vera, path, {}, "delete").status_code == 403
    assert post(ada, path, {}, "delete").status_code == 204
    assert post(ada, path, {}, "delete").status_code == 404
    assert ask(vera, "expectations")["totalCount"] == 0


def test_incidents_over_the_api(orders, ada, vera):
    post(ada, "expectations", {"nodeId": NODE, "kind": "fresh", "hours": 1.5,
                               "owner": "vera", "severity": "critical"})  # fmt: skip
    judge_expectations()

    [told] = ask(vera, "incidents", mine="true")["incidents"]
    assert told["since"] == "2026-05-01T06:30:00Z"
    assert told["facts"]["withinSeconds"] == 5400
    assert ask(ada, "incidents", mine="true")["incidents"] == []
    ask(vera, "incidents", 400, state="broken")
    whole = ask(vera, f"incidents/{told['id']}")
    assert whole["downstream"]["unowned"] == 1  # the job that checks it
    ask(vera, f"incidents/{uuid4()}", 404)

    path = f"incidents/{told['id']}"
    assert post(vera, f"{path}/close", {"reason": "no"}).status_code == 403
    assert post(ada, f"{path}/close", {"reason": " "}).status_code in (400, 422)
    assert post(ada, f"{path}/acknowledge", {}).json()["state"] == "acknowledged"
    assert post(ada, f"{path}/close", {"reason": "known"}).json()["state"] == "closed"
    over = post(ada, f"{path}/acknowledge", {})
    assert (over.status_code, over.json()["code"]) == (409, "incident_ended")
    assert ask(vera, "incidents", state="ended")["totalCount"] == 1


def test_a_dataset_that_one_may_not_see_has_no_incident(orders, ada):
    body = {"nodeId": NODE, "kind": "fresh", "hours": 1}
    path = f"expectations/{post(ada, 'expectations', body).json()['id']}"
    judge_expectations()
    incident = f"incidents/{Incident.objects.get().public_id}"
    hal = make_principal("hal", "viewer", namespace="jobs")
    client = client_of(hal)

    assert ask(client, "incidents")["totalCount"] == 0
    for hidden in (path, incident):
        ask(client, hidden, 404)
    assert client.get(f"/quality/{incident}").status_code == 404
    assert b"orders" not in client.get("/quality?state=all").content
    grant_role(hal, "viewer", namespace="data", actor=None)
    assert ask(client, "incidents")["totalCount"] == 1


def test_the_tab_has_a_form_that_says_what_is_wrong(orders, ada, vera):
    assert b"Expect something" not in vera.get(TAB).content
    assert b"Expect something" in ada.get(TAB).content
    wrong = ada.post(TAB, {"kind": "fresh", "hours": "soon"})
    assert wrong.status_code == 422
    assert b"Within how many hours" in wrong.content
    assert b'value="soon"' in wrong.content

    choice = json.dumps(["id", "unique", ""])
    done = ada.post(TAB, {"kind": "assertion", "check": choice}, follow=True)
    assert b"unique on id holds" in done.content
    assert b"Undo" in done.content
    row = Expectation.objects.standing().get()
    address = f"/quality/expectations/{row.identity}"
    odd = ada.post(address, {"kind": "assertion", "check": "[1, 2"})
    assert odd.status_code == 422
    ada.post(address, {"kind": "assertion", "check": choice, "severity": "info"})
    assert Expectation.objects.standing().get().severity == "info"
    ada.post(f"{address}/end", {"reason": "enough"})
    assert not Expectation.objects.standing().exists()


def test_an_incident_is_seen_to_and_closed_on_its_page(orders, ada, vera):
    ada.post(TAB, {"kind": "fresh", "hours": "1", "owner": "vera"})
    judge_expectations()
    page = f"/quality/incidents/{Incident.objects.get().public_id}"

    assert b"You were told" in vera.get(page).content
    assert b"I see to it" not in vera.get(page).content
    assert vera.post(f"{page}/close", {"reason": "no"}).status_code == 403
    assert b"orders" in vera.get("/quality?mine=1").content
    ada.post(f"{page}/acknowledge", {"note": "On it."})
    assert b"On it." in vera.get(page).content
    assert b"Say why" in ada.post(f"{page}/close", {}, follow=True).content
    ada.post(f"{page}/close", {"reason": "Holiday."})
    assert b"Holiday." in vera.get(page).content
    assert b"No incident is open" in vera.get("/quality").content


def test_notices_are_made_once_whatever_is_judged_again(orders, ada, vera):
    ada.post(TAB, {"kind": "fresh", "hours": "1", "owner": "vera"})
    for _ in range(3):
        judge_expectations()
    notice = IncidentNotice.objects.get()
    assert notice.told_at <= timezone.now()
