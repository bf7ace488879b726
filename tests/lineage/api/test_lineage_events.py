"""GET /api/v1/events/lineage"""

import json
from hashlib import sha256
from typing import Any

import pytest

from lineage.events import open_bodies, readable
from lineage.models import Event
from policies.actions import Action
from policies.models import Principal
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    at,
    dataset,
    dataset_event,
    facet,
    job_event,
    run_event,
    run_id,
    send,
)

PATH = "/api/v1/events/lineage"
DAG = {"namespace": "vault", "name": "dag"}
OWN_DAG = {"namespace": JOBS, "name": "dag"}


def column_of(name: str, namespace: str) -> dict[str, Any]:
    """An output, whose column comes from one of this dataset."""
    source = {"namespace": namespace, "name": name, "field": "id"}
    told = {"columnLineage": facet(fields={"id": {"inputFields": [source]}})}
    return dataset("copy", "id", namespace=JOBS, facets=told)


def alias_of(name: str, namespace: str) -> dict[str, Any]:
    """An output that has this name, too."""
    alias = {"namespace": namespace, "name": name, "type": "TABLE"}
    told = {"symlinks": facet(identifiers=[alias])}
    return dataset("copy", "id", namespace=JOBS, facets=told)


def runs(told: dict[str, Any]) -> list[str]:
    return [event["run"]["runId"] for event in told["events"]]


def test_events_are_given_back_as_they_were_sent(admin: Api) -> None:
    secret = facet(uri="postgres://user:geheim@host", n=1.5, text="ü\u2028\\u0000")
    event = run_event(
        run_facets={"custom": secret, "empty": {}},
        inputs=[dataset("orders", "id", namespace="s3://user:pw@bucket")],
    )
    strange = {**run_event(run=run_id(2), minutes=5), "extra": [None, {"a": [[]]}]}
    send(event, json.dumps(strange, indent=2).encode())

    told = admin.get(PATH)

    assert told == {"events": [strange, event], "totalCount": 2}


def test_the_text_is_the_very_same(admin: Api) -> None:
    text = json.dumps(run_event()).replace('"COMPLETE"', '"COMP\\u004cETE"')
    number = text.replace('"runId"', '"n": 1.10e400, "runId"', 1)
    send(b"\xef\xbb\xbf" + number.encode())

    response = admin.client.get(PATH)

    assert number.encode() in response.content
    assert json.loads(response.content)["totalCount"] == 1


def test_a_repeat_is_given_back_once(admin: Api) -> None:
    send(run_event(), run_event())
    send(run_event())

    assert admin.get(PATH) == {"events": [run_event()], "totalCount": 1}


def test_static_events_are_neither_listed_nor_counted(admin: Api) -> None:
    send(run_event(), job_event(), dataset_event(0, dataset("orders")))

    assert admin.get(PATH)["totalCount"] == 1


@pytest.fixture
def five(db: None) -> None:
    send(*(run_event(minutes=n, run=run_id(n)) for n in (3, 1, 5, 2, 4)))


def test_the_latest_come_first_unless_asked_otherwise(admin: Api, five: None) -> None:
    latest = [run_id(n) for n in (5, 4, 3, 2, 1)]

    assert runs(admin.get(PATH)) == latest
    assert runs(admin.get(PATH, sortDirection="DESC")) == latest
    assert runs(admin.get(PATH, sortDirection="asc")) == latest[::-1]
    admin.get(PATH, status=400, sortDirection="up")


def test_after_is_included_and_before_is_not(admin: Api, five: None) -> None:
    told = admin.get(PATH, after=at(2), before=at(4))

    assert runs(told) == [run_id(3), run_id(2)]
    assert told["totalCount"] == 2


def test_times_are_taken_with_any_zone(admin: Api, five: None) -> None:
    in_another_zone = at(4).replace("12:", "14:").replace("Z", "+02:00")

    assert len(runs(admin.get(PATH, after=in_another_zone))) == 2
    unencoded = admin.client.get(f"{PATH}?after={in_another_zone}")
    assert unencoded.json()["totalCount"] == 2


@pytest.mark.parametrize("name", ["after", "before"])
def test_a_time_that_is_none_is_refused(admin: Api, name: str) -> None:
    assert admin.get(PATH, status=400, **{name: "noon"})["parameter"] == name


def test_a_part_of_the_events_is_counted_as_a_whole(admin: Api, five: None) -> None:
    told = admin.get(PATH, limit=2, offset=3)

    assert runs(told) == [run_id(2), run_id(1)]
    assert told["totalCount"] == 5
    assert admin.get(PATH, limit=0) == {"events": [], "totalCount": 5}
    admin.get(PATH, status=400, limit=-1)
    admin.get(PATH, status=400, offset=-1)


@pytest.mark.parametrize("role", ["viewer", "steward", "producer", "auditor"])
def test_raw_events_take_a_right_of_their_own(reading_as: Reading, role: str) -> None:
    send(run_event())

    assert reading_as(role).get(PATH, status=403)["action"] == "event.view_raw"


def test_an_event_takes_the_right_on_all_that_it_tells_of(reading_as: Reading) -> None:
    own = run_event(run=run_id(1), outputs=[dataset("orders", namespace=JOBS)])
    foreign = run_event(run=run_id(2), inputs=[dataset("secret", namespace="vault")])
    others = run_event(run=run_id(3), namespace="vault")
    send(own, foreign, others)

    told = reading_as("admin", namespace=JOBS).get(PATH)

    assert told == {"events": [own], "totalCount": 1}


@pytest.mark.parametrize(
    "told",
    [
        {"run_facets": {"parent": facet(run={"runId": run_id(9)}, job=DAG)}},
        {"run_facets": {"jobDependencies": facet(upstream=[{"job": DAG}])}},
        {"outputs": [column_of("secret", namespace="vault")]},
        {"outputs": [alias_of("secret", namespace="vault")]},
    ],
)
def test_an_event_takes_the_right_on_what_its_facets_name(
    reading_as: Reading, told: dict[str, Any]
) -> None:
    own = run_event(
        run=run_id(1),
        run_facets={"parent": facet(run={"runId": run_id(8)}, job=OWN_DAG)},
        outputs=[column_of("orders", namespace=JOBS)],
    )
    send(own, run_event(run=run_id(2), **told))
    path = f"/api/v1/events/{sha256(json.dumps(own).encode()).hexdigest()}"
    scoped = [
        reading_as("admin", namespace=glob)
        for glob in (JOBS, "sched*", "*uler", "s*d*er")
    ]

    for reader in scoped:
        assert reader.get(PATH) == {"events": [own], "totalCount": 1}
        assert reader.get(path)["body"] == json.dumps(own)


def test_a_namespace_that_facets_name_is_compared_by_its_name(
    reading_as: Reading,
) -> None:
    own = 'a"b\\c.d(é)/x y'
    name = {"namespace": own, "name": "dag"}
    parent = facet(run={"runId": run_id(8)}, job=name)
    event = run_event(namespace=own, run_facets={"parent": parent})
    send(event)

    for glob in (own, f"{own}*", 'a"b*y', "*é)/x y"):
        assert reading_as("admin", namespace=glob).get(PATH)["events"] == [event]


def test_many_bytes_are_sent_as_they_are_opened(
    admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(*(run_event(minutes=n, run=run_id(n)) for n in range(5)))
    size = Event.objects.first().size_bytes  # type: ignore[union-attr]
    monkeypatch.setattr("lineage.api.events.MAX_BYTES_AT_ONCE", 3 * size)
    monkeypatch.setattr("lineage.events.PORTION_BYTES", 2 * size)

    response = admin.client.get(PATH)

    assert response.streaming
    told = json.loads(response.getvalue())
    assert runs(told) == [run_id(n) for n in (4, 3, 2, 1, 0)]
    assert told["totalCount"] == 5


def test_bodies_are_opened_by_the_portion(
    db: None, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(*(run_event(minutes=n, run=run_id(n)) for n in range(6)))
    events = list(Event.objects.order_by("event_time"))

    with django_assert_num_queries(1):
        bodies = list(open_bodies(events))

    assert [json.loads(body)["eventTime"] for body in bodies] == [
        at(n) for n in range(6)
    ]


def test_whoever_may_nothing_reads_no_event(reading_as: Reading) -> None:
    send(run_event())
    reading_as()
    stranger = Principal.objects.get()

    assert not readable(stranger, Action.EVENT_VIEW).exists()


def test_marquez_python_client_asks_for_events_elsewhere(
    admin: Api, reading_as: Reading
) -> None:
    own, other = run_event(run=run_id(1)), run_event(run=run_id(2), namespace="vault")
    send(own, other)

    assert admin.get("/api/v1/events", limit=10) == admin.get(PATH)
    assert admin.get(f"/api/v1/events/{JOBS}")["events"] == [own]
    scoped = reading_as("admin", namespace=JOBS)
    assert scoped.get("/api/v1/events")["events"] == [own]
    scoped.get("/api/v1/events/vault", status=404)
    admin.get("/api/v1/events/%00", status=404)
    admin.get("/api/v1/events/nowhere", status=404)
