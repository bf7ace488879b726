"""GET /api/v1/events/{digest}"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from lineage.ingest import ingest
from lineage.models import Event
from policies.models import Principal
from policies.services import create_principal, create_token, grant_role
from policies.signing_in import tokens
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    PRODUCER,
    TABLES,
    at,
    dataset,
    dataset_event,
    facet,
    job_event,
    run_event,
    run_id,
    send,
)


def sent(event: dict[str, Any]) -> str:
    """Send an event; answers where it can be read."""
    body = json.dumps(event).encode()
    send(body)
    return f"/api/v1/events/{sha256(body).hexdigest()}"


def test_an_event_is_told_with_its_exact_text(admin: Api) -> None:
    event = run_event(outputs=[dataset("orders")])
    path = sent(event)

    told = admin.get(path)

    assert told.pop("recordedAt") is not None
    [acceptance] = told.pop("acceptances")
    assert (acceptance["principal"], acceptance["inert"]) == (None, [])
    assert told == {
        "digest": path.rpartition("/")[2],
        "kind": "RUN",
        "eventType": "COMPLETE",
        "eventTime": at(0),
        "sizeBytes": len(json.dumps(event)),
        "producer": PRODUCER,
        "status": "APPLIED",
        "error": None,
        "job": {"namespace": JOBS, "name": "load"},
        "runId": run_id(1),
        "dataset": None,
        "warnings": [],
        "body": json.dumps(event),
    }


def test_static_events_are_told_too(admin: Api) -> None:
    of_job = admin.get(sent(job_event()))
    of_dataset = admin.get(sent(dataset_event(0, dataset("orders"))))

    assert (of_job["kind"], of_job["runId"], of_job["eventType"]) == ("JOB", None, None)
    assert of_dataset["kind"] == "DATASET"
    assert of_dataset["dataset"] == {"namespace": TABLES, "name": "orders"}


def test_what_does_not_conform_is_told(admin: Api) -> None:
    [warning] = admin.get(sent(run_event("DONE")))["warnings"]

    assert warning["pointer"] == "/eventType"
    assert warning["code"] == "event_type_unknown"
    assert warning["message"]


def test_a_time_in_the_future_is_used_and_told(admin: Api) -> None:
    soon, later = (
        (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        for minutes in (1, 60)
    )

    # The clocks of two machines may differ.
    assert admin.get(sent(run_event() | {"eventTime": soon}))["warnings"] == []
    told = admin.get(sent(run_event() | {"eventTime": later}))

    assert (told["status"], datetime.fromisoformat(told["eventTime"])) == (
        "APPLIED",
        datetime.fromisoformat(later),
    )
    [warning] = told["warnings"]
    assert (warning["code"], warning["pointer"]) == ("time_in_future", "/eventTime")


def test_who_sent_it_is_told_with_what_they_may_not_alter(admin: Api) -> None:
    sender = create_principal("sender", kind=Principal.Kind.SERVICE, actor=None)
    grant_role(sender, "producer", actor=None, namespace=JOBS)
    credential = tokens.authenticate(create_token(sender, "test", actor=None).raw)
    parent = {"run": {"runId": run_id(9)}, "job": {"namespace": "x", "name": "dag"}}
    body = json.dumps(run_event(run_facets={"parent": parent})).encode()

    ingest([body], credential=credential)

    [acceptance] = admin.get(f"/api/v1/events/{sha256(body).hexdigest()}")[
        "acceptances"
    ]
    assert acceptance["principal"] == "sender"
    assert acceptance["inert"] != []


def test_what_a_sender_may_not_alter_is_named_to_those_who_may_know_of_it(
    reading_as: Reading,
) -> None:
    sender = create_principal("sender", kind=Principal.Kind.SERVICE, actor=None)
    grant_role(sender, "producer", actor=None, namespace=JOBS)
    token = create_token(sender, "test", actor=None).raw
    parent = facet(run={"runId": run_id(9)}, job={"namespace": "vault", "name": "dag"})
    body = json.dumps(run_event(run_facets={"parent": parent})).encode()
    ingest([body], credential=tokens.authenticate(token))
    path = f"/api/v1/events/{sha256(body).hexdigest()}"

    own = Api(token).get(path)
    other = reading_as("producer", namespace=JOBS).get(path)

    assert own["acceptances"][0]["inert"] == ["job vault dag"]
    assert "vault" in own["warnings"][0]["message"]
    assert other["acceptances"] == [{**own["acceptances"][0], "inert": []}]
    assert other["warnings"][0]["code"] == "assertion_inert"
    assert "vault" not in str(other)


def test_the_text_is_kept_from_whoever_may_not_see_it(reading_as: Reading) -> None:
    path = sent(run_event())

    told = reading_as("producer").get(path)

    assert (told["body"], told["sizeBytes"]) == (None, None)
    assert told["status"] == "APPLIED"


def test_an_event_that_was_not_applied_says_why(admin: Api) -> None:
    path = sent(run_event())
    Event.objects.update(status=Event.Status.NOT_APPLIED, error="KeyError: 'x'")

    told = admin.get(path)

    assert (told["status"], told["error"]) == ("NOT_APPLIED", "KeyError: 'x'")


@pytest.mark.parametrize(
    "digest", ["0" * 64, "nothing", "0" * 63, "G" * 64, "A" * 64, "%00"]
)
def test_an_unknown_event_is_not_found(admin: Api, digest: str) -> None:
    send(run_event())

    admin.get(f"/api/v1/events/{digest}", status=404)


def test_an_event_that_may_not_be_seen_is_not_there(reading_as: Reading) -> None:
    path = sent(run_event(inputs=[dataset("secret", namespace="vault")]))

    reading_as("producer", namespace=JOBS).get(path, status=404)
    reading_as("viewer").get(path, status=403)
