"""Are the events that the benchmarks send what they are said to be?"""

import json
from collections import Counter
from datetime import datetime
from uuid import UUID

import pytest

from benchmarks.workload import JOBS, Workload, position, run_name
from lineage import openlineage

ROUND = 2 * JOBS  # every job once, START and COMPLETE


@pytest.fixture(scope="module")
def events():
    workload = Workload()
    return [json.loads(workload.event(number)) for number in range(2 * ROUND)]


def test_an_event_has_about_four_kilobytes():
    workload = Workload()

    assert all(3_500 < len(workload.event(number)) < 5_000 for number in range(ROUND))


def test_an_event_is_one_that_the_server_reads_without_a_warning():
    for workload in (Workload(), Workload(has_new_schemas=True)):
        event = openlineage.parse(workload.event(123))

        assert event.warnings == ()


def test_every_event_is_sent_once_and_always_the_same():
    one, other = Workload(), Workload()
    bodies = [one.event(number) for number in range(2 * ROUND)]

    assert len(set(bodies)) == len(bodies)
    assert bodies == [other.event(number) for number in range(2 * ROUND)]


def test_every_run_starts_and_then_completes(events):
    runs = Counter((event["job"]["name"], event["run"]["runId"]) for event in events)
    assert set(runs.values()) == {2}
    assert len({name for name, _ in runs}) == JOBS

    seen = {}
    for event in events:
        key = (event["job"]["name"], event["run"]["runId"])
        at = datetime.fromisoformat(event["eventTime"])
        if event["eventType"] == "START":
            seen[key] = at
        else:
            assert seen[key] < at


def test_a_runs_id_can_be_told_from_its_number(events):
    for number in (0, 99, ROUND, 2 * ROUND - 1):
        job, turn, _ = position(number)

        assert events[number]["run"]["runId"] == run_name(job, turn)
        assert UUID(run_name(job, turn)).version == 7


def test_a_new_schema_has_no_column_of_an_earlier_one():
    workload = Workload(has_new_schemas=True)
    columns = [
        field["name"]
        for number in (0, 1, 50, ROUND)
        for field in json.loads(workload.event(number))["outputs"][0]["facets"][
            "schema"
        ]["fields"]
    ]

    assert len(set(columns)) == len(columns) == 80
