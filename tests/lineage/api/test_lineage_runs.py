"""GET /api/v1/lineage/runs: which run read which version that which run wrote"""

from random import Random
from typing import Any, NamedTuple

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lineage.models import Event
from lineage.services.replays import retract_event
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    TABLES,
    at,
    dataset,
    of_dataset,
    run_event,
    run_id,
    send,
)
from tests.lineage.api.test_run_upstream import STREAM, ran

PATH = "/api/v1/lineage/runs"


def hops(told: dict[str, Any], side: str) -> dict[str, int]:
    return {run["runId"]: run["hops"] for run in told["runs"] if run["side"] == side}


def reads(told: dict[str, Any]) -> set[tuple[str, str, str]]:
    """(writer, dataset, reader), by whichever side tells of it."""
    found = set()
    for run in told["runs"]:
        for one in run["inputs"] or ():
            if one["writtenBy"]:
                found.add((one["writtenBy"]["runId"], one["nodeId"], run["runId"]))
        for one in run["outputs"] or ():
            found |= {(run["runId"], one["nodeId"], r["runId"]) for r in one["readBy"]}
    return found


def node(name: str) -> str:
    return f"dataset:{TABLES}:{name}"


def test_a_run_is_told_with_what_was_made_of_it(viewer: Api) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 10, 15, "load", inputs=["orders"], outputs=["totals"])
    ran(3, 20, 25, "mail", inputs=["totals"])

    told = viewer.get(PATH, runId=run_id(2))

    version = viewer.get(of_dataset("totals"))["currentVersion"]
    start, above, below = told.pop("runs")
    assert told == {"withheld": 0, "truncated": False, "complete": True}
    assert (start["runId"], start["side"], start["hops"]) == (run_id(2), "start", 0)
    assert start["outputs"] == [
        {
            "nodeId": node("totals"),
            "version": version,
            "readBy": [{"runId": run_id(3), "jobId": f"job:{JOBS}:mail"}],
        }
    ]
    assert start["inputs"][0]["writtenBy"] == {
        "runId": run_id(1),
        "jobId": f"job:{JOBS}:extract",
    }
    assert (above["side"], above["hops"], above["outputs"]) == ("upstream", 1, None)
    assert (below["side"], below["hops"], below["inputs"]) == ("downstream", 1, None)
    assert (below["state"], below["startedAt"]) == ("COMPLETED", at(20))


def test_what_was_written_anew_before_it_was_read_is_not_downstream(
    viewer: Api,
) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    ran(2, 10, 15, "load", inputs=["orders"])
    ran(3, 20, 25, "extract", outputs=["orders"])
    ran(4, 24, 35, "load", inputs=["orders"])  # began before it was written anew
    ran(5, 40, 45, "load", inputs=["orders"])

    first = viewer.get(PATH, runId=run_id(1), direction="downstream")
    second = viewer.get(PATH, runId=run_id(3), direction="downstream")

    assert hops(first, "downstream") == {run_id(2): 1, run_id(4): 1}
    assert hops(second, "downstream") == {run_id(5): 1}


def test_a_cycle_ends_and_each_run_comes_once_a_side(viewer: Api) -> None:
    for number in (1, 2, 3):
        ran(number, number, number + 0.5, "append", inputs=["log"], outputs=["log"])

    told = viewer.get(PATH, runId=run_id(2))

    assert hops(told, "upstream") == {run_id(1): 1}
    assert hops(told, "downstream") == {run_id(3): 1}
    bounded = viewer.get(PATH, runId=run_id(1), maxHops=1)
    assert hops(bounded, "downstream") == {run_id(2): 1}
    cut = viewer.get(PATH, runId=run_id(1), maxRuns=2)
    assert (cut["truncated"], cut["complete"]) == (True, False)


@pytest.mark.parametrize(("walks", "count"), [("PASS", 1), ("STOP", 1), ("SILENT", 0)])
def test_hidden_readers_are_counted_and_not_named(
    reading_as: Reading, settings: Any, walks: str, count: int
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = walks
    orders = dataset("orders", "id")
    send(
        run_event(minutes=1, run=run_id(1), job="extract", outputs=[orders]),
        run_event(minutes=5, run=run_id(2), job="spy", namespace="vault",
                  inputs=[orders], outputs=[dataset("copy", "id")]),
        run_event(minutes=6, run=run_id(3), job="load", inputs=[orders]),
        run_event(minutes=7, run=run_id(4), job="next", inputs=[dataset("copy")]),
    )  # fmt: skip
    full, half = reading_as("viewer"), reading_as("viewer", namespace="*s*")

    told = full.get(PATH, runId=run_id(1))
    assert hops(told, "downstream") == {run_id(2): 1, run_id(3): 1, run_id(4): 2}
    told = half.get(PATH, runId=run_id(1))
    assert hops(told, "downstream") == {run_id(3): 1}
    assert (told["withheld"], told["complete"]) == (count, not count)
    half.get(PATH, runId=run_id(2), status=404)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"runId": run_id(1), "direction": "sideways"}, 400),
        ({"runId": run_id(1), "maxHops": "-1"}, 400),
        ({"runId": run_id(1), "asOf": "yesterday"}, 400),
        ({"runId": run_id(1), "asOf": "2020-01-01T00:00:00Z"}, 404),
        ({"runId": run_id(77)}, 404),
    ],
)
def test_what_cannot_be_answered_is_refused(
    viewer: Api, query: dict[str, Any], status: int
) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])

    assert viewer.get(PATH, status=status, **query)["detail"]


def test_what_was_retracted_since_was_known_before(viewer: Api) -> None:
    ran(1, 0, 5, "extract", outputs=["orders"])
    told = run_event("START", 6, run=run_id(2), job="load", inputs=[dataset("orders")])
    send(told, run_event("COMPLETE", 8, run=run_id(2), job="load"))
    known = Event.objects.latest("id").recorded_at.isoformat()
    retract_event(Event.objects.get(event_time=at(6)), reason="wrong", actor=None)

    assert reads(viewer.get(PATH, runId=run_id(2))) == set()
    edge = {(run_id(1), node("orders"), run_id(2))}
    assert reads(viewer.get(PATH, runId=run_id(2), recordedAt=known)) == edge
    assert reads(viewer.get(PATH, runId=run_id(1), recordedAt=known)) == edge


class Ran(NamedTuple):
    """A run of a random history; it tells of what it touches at its start, too."""

    number: int
    job: int
    start: int
    end: int
    state: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    is_early: bool
    streams: bool


def history(random: Random) -> list[Ran]:
    found = []
    for number in range(1, 15):
        job, start = random.randrange(4), random.randrange(60)
        names = random.sample("abc", 2)
        found.append(
            Ran(
                number,
                job,
                start,
                start + random.randrange(1, 20),
                random.choice(["COMPLETE", "COMPLETE", "COMPLETE", "FAIL", "RUNNING"]),
                tuple(names[: random.randrange(3)]),
                tuple(random.sample("abc", random.randrange(3))),
                random.random() < 0.5,
                job == 3,
            )
        )
    return found


def tell(one: Ran) -> list[dict[str, Any]]:
    io: Any = {
        "inputs": [dataset(name, "id") for name in one.inputs],
        "outputs": [dataset(name, "id") for name in one.outputs],
    }
    more: Any = {"run": run_id(one.number), "job": f"j{one.job}"}
    if one.streams:
        more["job_facets"] = STREAM
    return [
        run_event("START", one.start, **more, **(io if one.is_early else {})),
        run_event(one.state, one.end, **more, **io),
    ]


def plain(runs: list[Ran], minute: int) -> dict[int, set[tuple[int, str, int]]]:
    """By reader, what each run read of which writer, by events until then."""

    def state(run: Ran) -> str:
        return run.state if run.end <= minute else "RUNNING"

    def touches(run: Ran, name: str, side: tuple[str, ...]) -> bool:
        return name in side and (run.is_early or run.end <= minute)

    def written_at(run: Ran, until: int) -> int | None:
        if run.streams:
            ended = run.end if state(run) in ("COMPLETE", "FAIL") else until
            return min(until, ended) if run.start <= until else None
        done = state(run) == "COMPLETE" and run.end <= until
        return run.end if done else None

    def writer(reader: Ran, name: str) -> int | None:
        ended = reader.end if reader.end <= minute else reader.start
        for until in (reader.start, ended):
            wrote: dict[tuple[int, int], Ran] = {}
            for job in range(4):
                own = [
                    ((at, one.number), one)
                    for one in runs
                    if one.job == job and one is not reader and one.start <= minute
                    and touches(one, name, one.outputs)
                    and (at := written_at(one, until)) is not None
                ]  # fmt: skip
                if job == 3:  # of streams the one that began last
                    own.sort(key=lambda pair: (pair[1].start, pair[1].number))
                    own = own[-1:]
                wrote |= dict(own)
            if wrote:
                return wrote[max(wrote)].number
        return None

    found: dict[int, set[tuple[int, str, int]]] = {}
    for run in runs:
        names = [n for n in run.inputs if touches(run, n, run.inputs)]
        told = {(writer(run, name), name, run.number) for name in names}
        found[run.number] = {one for one in told if one[0] is not None}  # type: ignore[misc]
    return found


def named(found: set[tuple[int, str, int]]) -> set[tuple[str, str, str]]:
    return {(run_id(w), node(name), run_id(r)) for w, name, r in found}


@pytest.mark.parametrize(
    "seed",
    [3, *(pytest.param(n, marks=pytest.mark.prove) for n in range(4, 40))],
)
def test_reading_and_writing_are_as_plain_python_has_them_at_any_time(
    viewer: Api, seed: int
) -> None:
    random = Random(seed)
    runs = history(random)
    early, late = runs[:9], runs[9:]
    send(*(event for one in early for event in tell(one)))
    known = Event.objects.latest("id").recorded_at.isoformat()
    send(*(event for one in late for event in tell(one)))

    cases: list[tuple[list[Ran], int, Any]] = [
        (runs, 99, {}),
        *((runs, m, {"asOf": at(m)}) for m in (15, 35, 55)),
        (early, 99, {"recordedAt": known}),
        (early, 40, {"recordedAt": known, "asOf": at(40)}),
    ]
    for told_of, minute, times in cases:
        expected = plain([one for one in told_of if one.start <= minute], minute)
        for run in told_of:
            if run.start > minute:
                viewer.get(PATH, runId=run_id(run.number), status=404, **times)
                continue
            told = viewer.get(PATH, runId=run_id(run.number), maxHops=0, **times)
            wrote = {
                e for some in expected.values() for e in some if e[0] == run.number
            }
            assert reads(told) == named(expected[run.number] | wrote), (run, times)


@pytest.mark.parametrize("width", [2, 12])
def test_a_hop_asks_few_queries_however_wide_it_is(
    reading_as: Reading, width: int
) -> None:
    reader = reading_as("viewer", namespace="*")
    ran(90, 0, 1, "split", outputs=[f"t{number}" for number in range(width)])
    for number in range(width):
        ran(number + 1, 5, 6, f"j{number}", inputs=[f"t{number}"])
    reader.get(PATH, runId=run_id(90))

    with CaptureQueriesContext(connection) as asked:
        assert len(reader.get(PATH, runId=run_id(90))["runs"]) == width + 1

    assert len(asked) <= 40
