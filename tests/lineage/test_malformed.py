"""Nothing malformed gets in, breaks the server, or harms what is sent beside it."""

import json

from lineage.models import Event
from tests.events.malformed import CASES, good_event


def _numbered(index, part):
    event = good_event()
    event["run"]["runId"] = f"beside case {index}, {part}"
    return json.dumps(event).encode()


def test_there_are_two_hundred_of_them():
    assert len({case.name for case in CASES}) == len(CASES) >= 200


def test_each_is_refused_with_its_reason_and_what_is_beside_it_is_kept(door):
    wrong = []
    for index, case in enumerate(CASES):
        answer = door.send(case.body, **case.headers)
        assert answer.status < 500, case.name
        told = answer.told
        assert answer.headers["content-type"] == "application/problem+json"
        got = (answer.status, told["code"], told.get("pointer"))
        if got != (case.status, case.code, case.pointer):
            wrong.append((case.name, got))
        assert door.send(_numbered(index, 0)).status == 201
    assert wrong == []
    assert Event.objects.count() == len(CASES)


def test_each_is_refused_in_a_batch_and_what_is_beside_it_is_kept(door):
    cases = [case for case in CASES if case.is_json]
    assert len(cases) > 150
    parts = [
        part
        for index, case in enumerate(cases)
        for part in (_numbered(index, 0), case.body, _numbered(index, 1))
    ]
    answer = door.send(b"[" + b",".join(parts) + b"]", "/api/v1/lineage/batch")
    assert answer.status == 207
    failed = answer.told["failed_events"]
    assert [(one["index"], one["code"], one["pointer"]) for one in failed] == [
        (3 * index + 1, case.code, case.pointer) for index, case in enumerate(cases)
    ]
    assert not any(one["retriable"] for one in failed)
    assert Event.objects.count() == 2 * len(cases)
