"""GET /api/v1/lineage/walk: which way, by whose word, and how whole the answer is."""

import json
from typing import Any

import pytest

from catalog.models import Change
from lineage.manual import Drawn, read
from lineage.models import Event
from lineage.reader import Reader
from lineage.services.manual import declare_edges
from lineage.walks import choosing, closures
from policies.audit import Act
from policies.models import JournalEntry
from tests.factories import make_principal
from tests.lineage.api.conftest import Api, Reading
from tests.lineage.api.history import (
    JOBS,
    PRODUCER,
    TABLES,
    at,
    dataset,
    facet,
    job_event,
    run_event,
    run_id,
    send,
)

PATH = "/api/v1/lineage/walk"


def job_id(name: str) -> str:
    return f"job:{JOBS}:{name}"


def set_id(name: str) -> str:
    return f"dataset:{TABLES}:{name}"


def column_id(name: str, column: str) -> str:
    return f"datasetField:{TABLES}:{name}:{column}"


def walk(api: Api, node: str, **query: Any) -> Any:
    response = api.client.get(PATH, {"nodeId": node, **query})
    assert response.status_code == 200, response.content
    return response.json()


def short(node_id: str) -> str:
    """Of a nodeId the last name: no two things of these tests share one."""
    return node_id.rpartition(":")[2]


def hops(told: Any) -> dict[str, int]:
    return {short(node["nodeId"]): node["hops"] for node in told["nodes"]}


def edges(told: Any) -> set[tuple[str, str]]:
    return {(short(edge["source"]), short(edge["target"])) for edge in told["edges"]}


def runs(
    job: str, *, reads: Any = (), writes: Any = (), number: int = 0, **more: Any
) -> Any:
    """A completed run, by the names of what it reads and writes."""
    minutes = more.pop("minutes", number)
    kind = more.pop("kind", "COMPLETE")
    number += 100 * sum(map(ord, job))
    return run_event(
        kind,
        minutes,
        run=run_id(number),
        job=job,
        inputs=[dataset(one) if isinstance(one, str) else one for one in reads],
        outputs=[dataset(one) if isinstance(one, str) else one for one in writes],
        **more,
    )


@pytest.fixture
def river(db: None) -> None:
    """raw → load → orders → sum → daily, and orders → mail, which writes nothing."""
    send(
        runs("load", reads=["raw"], writes=["orders"]),
        runs("sum", reads=["orders"], writes=["daily"], number=1),
        runs("mail", reads=["orders"], number=2),
        runs("seed", writes=["raw"], number=3),
    )


def test_each_way_is_walked_by_itself(river: None, viewer: Api) -> None:
    told = walk(viewer, set_id("orders"))

    assert hops(told) == {
        **{"orders": 0, "load": 1, "sum": 1, "mail": 1},
        **{"raw": 2, "daily": 2, "seed": 3},
    }
    assert edges(told) == {
        *{("seed", "raw"), ("raw", "load"), ("load", "orders")},
        *{("orders", "sum"), ("sum", "daily"), ("orders", "mail")},
    }
    assert told["completeness"]["complete"]
    ups = walk(viewer, set_id("orders"), direction="upstream")
    assert hops(ups) == {"orders": 0, "load": 1, "raw": 2, "seed": 3}
    downs = walk(viewer, set_id("orders"), direction="downstream")
    assert hops(downs) == {"orders": 0, "sum": 1, "mail": 1, "daily": 2}


def test_an_edge_says_on_whose_word_it_stands(river: None, admin: Api) -> None:
    send(runs("load", reads=["raw"], writes=["orders"], number=9))

    told = walk(admin, set_id("orders"), direction="upstream", maxHops=1)

    [edge] = told["edges"]
    assert (edge["status"], edge["through"]) == ("effective", 0)
    [word] = edge["assertedBy"]
    assert (word["kind"], word["job"]) == ("io", job_id("load"))
    assert (word["firstAt"], word["lastAt"]) == (at(0), at(9))
    assert word["run"] == run_id(100 * sum(map(ord, "load")) + 9)
    assert word["producer"] == PRODUCER
    first = admin.get(f"/api/v1/events/{word['firstEvent']}")
    assert first["eventTime"] == at(0)
    assert word["firstEvent"] != word["lastEvent"]


def test_digests_take_the_right_to_see_events(river: None, viewer: Api) -> None:
    told = walk(viewer, set_id("orders"))

    words = [word for edge in told["edges"] for word in edge["assertedBy"]]
    assert len(words) == 6
    assert {word["firstEvent"] for word in words} == {None}
    assert None not in {word["firstAt"] for word in words}


def test_as_of_a_past_time_edges_rest_on_what_had_been_said(
    river: None, admin: Api
) -> None:
    send(
        runs("load", reads=["raw"], writes=["orders"], number=20),
        runs("load", reads=["other"], writes=["orders"], number=30),
    )

    now = walk(admin, set_id("orders"), direction="upstream")
    then = walk(admin, set_id("orders"), direction="upstream", asOf=at(25))

    assert hops(now) == {"orders": 0, "load": 1, "other": 2}
    assert hops(then) == {"orders": 0, "load": 1, "raw": 2, "seed": 3}
    [word] = next(e for e in then["edges"] if e["target"] == set_id("orders"))[
        "assertedBy"
    ]
    assert (word["firstAt"], word["lastAt"]) == (at(0), at(20))
    assert then["asOf"] == at(25)


def test_what_came_in_late_is_not_known_before(river: None, admin: Api) -> None:
    before = Event.objects.latest("recorded_at").recorded_at.isoformat()
    send(runs("copy", reads=["orders"], writes=["extra"], number=5, minutes=0.5))
    query = {"direction": "downstream", "recordedAt": before}

    assert "extra" in hops(walk(admin, set_id("orders"), asOf=at(1)))
    known = walk(admin, set_id("orders"), **query)
    assert hops(known) == {"orders": 0, "sum": 1, "mail": 1, "daily": 2}
    send(runs("sum", reads=["orders"], writes=["daily"], number=6, minutes=40))
    [word] = next(
        edge["assertedBy"]
        for edge in walk(admin, set_id("orders"), **query)["edges"]
        if edge["target"] == set_id("daily")
    )
    assert (word["firstAt"], word["lastAt"]) == (at(1), at(1))


def test_bounds_say_where_the_walk_broke_off_and_why(river: None, viewer: Api) -> None:
    told = walk(viewer, set_id("raw"), direction="downstream", maxHops=2)

    complete = told["completeness"]
    assert not complete["complete"]
    assert complete["truncated"] == [
        {"nodeId": set_id("orders"), "direction": "downstream", "why": "hops"}
    ]
    [frontier] = [node for node in told["nodes"] if node["more"]]
    assert (frontier["nodeId"], frontier["more"]) == (set_id("orders"), ["downstream"])
    few = walk(viewer, set_id("raw"), direction="downstream", maxNodes=3)
    assert len(few["nodes"]) == 4
    assert few["completeness"]["truncated"] == [
        {"nodeId": set_id("orders"), "direction": "downstream", "why": "nodes"}
    ]


def test_opening_a_node_is_one_hop_with_what_lies_beyond(
    river: None, viewer: Api
) -> None:
    told = viewer.get(PATH, open=set_id("orders"))

    assert {short(n["nodeId"]): n["more"] for n in told["nodes"]} == {
        **{"orders": [], "load": ["upstream"], "sum": ["downstream"], "mail": []},
    }


def test_a_cycle_ends_where_it_meets_itself(db: None, viewer: Api) -> None:
    send(
        runs("there", reads=["a"], writes=["b"]),
        runs("back", reads=["b"], writes=["a"]),
    )

    told = walk(viewer, set_id("a"))

    assert hops(told) == {"a": 0, "there": 1, "back": 1, "b": 2}
    assert len(told["edges"]) == 4
    [b] = [node for node in told["nodes"] if short(node["nodeId"]) == "b"]
    assert (b["upstreamHops"], b["downstreamHops"]) == (2, 2)
    assert told["completeness"]["withoutProducer"] == []


def test_a_job_that_reads_what_it_writes_is_a_loop(db: None, viewer: Api) -> None:
    send(runs("merge", reads=["state"], writes=["state"]))

    told = walk(viewer, set_id("state"), direction="downstream")

    assert hops(told) == {"state": 0, "merge": 1}
    assert edges(told) == {("state", "merge"), ("merge", "state")}
    assert told["completeness"]["complete"]
    assert hops(walk(viewer, job_id("merge"))) == {"merge": 0, "state": 1}


def test_names_of_one_dataset_are_one_node_however_late_that_is_known(
    db: None, viewer: Api
) -> None:
    send(
        runs("load", reads=["raw"], writes=["orders"]),
        runs("mail", reads=["orders_link"], number=1),
    )
    assert hops(walk(viewer, set_id("raw"))) == {"raw": 0, "load": 1, "orders": 2}

    same = facet(
        identifiers=[{"namespace": TABLES, "name": "orders_link", "type": "TABLE"}]
    )
    send(
        runs("load", reads=["raw"], number=3,
             writes=[dataset("orders", facets={"symlinks": same})]),
    )  # fmt: skip

    told = walk(viewer, set_id("orders_link"))
    assert told["nodeId"] == set_id("orders")
    assert hops(told) == {"orders": 0, "load": 1, "mail": 1, "raw": 2}
    apart = walk(viewer, set_id("orders_link"), asOf=at(2))
    assert apart["nodeId"] == set_id("orders_link")
    assert hops(apart) == {"orders_link": 0, "mail": 1}
    then = walk(viewer, set_id("raw"), asOf=at(2))
    assert hops(then) == {"raw": 0, "load": 1, "orders": 2}
    [word] = then["edges"][0]["assertedBy"]
    assert (word["kind"], word["firstAt"], word["lastAt"]) == ("io", at(0), at(0))


def test_a_renamed_dataset_is_another_one_with_its_own_lineage(
    db: None, viewer: Api
) -> None:
    renamed = facet(
        lifecycleStateChange="RENAME",
        previousIdentifier={"name": "orders", "namespace": TABLES},
    )
    send(
        runs("load", reads=["raw"], writes=["orders"]),
        runs("load", reads=["raw"], number=5,
             writes=[dataset("sales", facets={"lifecycleStateChange": renamed})]),
    )  # fmt: skip

    assert hops(walk(viewer, set_id("raw"))) == {"raw": 0, "load": 1, "sales": 2}
    former = walk(viewer, set_id("orders"), status="effective,former")
    assert hops(former) == {"orders": 0, "load": 1, "raw": 2}
    [edge] = [e for e in former["edges"] if e["target"] == set_id("orders")]
    assert edge["status"] == "former"


def test_former_and_attempted_edges_are_walked_on_request(
    db: None, viewer: Api
) -> None:
    send(
        runs("load", reads=["old"], writes=["orders"]),
        runs("load", reads=["raw"], writes=["orders"], number=1),
        runs("load", reads=["trial"], writes=["orders"], number=2, kind="FAIL"),
        runs("never", reads=["orders"], writes=["dead"], number=3, kind="FAIL"),
    )

    plain = walk(viewer, set_id("orders"))
    assert hops(plain) == {"orders": 0, "load": 1, "never": 1, "raw": 2, "dead": 2}
    statuses = {short(e["target"]): e["status"] for e in plain["edges"]}
    assert statuses["dead"] == "attempt"
    assert plain["completeness"]["failedJobs"] == [
        {"nodeId": job_id("load"), "run": run_id(100 * sum(map(ord, "load")) + 2)},
        {"nodeId": job_id("never"), "run": run_id(100 * sum(map(ord, "never")) + 3)},
    ]
    certain = walk(viewer, set_id("orders"), status="effective")
    assert hops(certain) == {"orders": 0, "load": 1, "raw": 2}
    every = walk(viewer, set_id("orders"), status="effective,attempt,former,attempted")
    told = {short(e["source"]): e["status"] for e in every["edges"]
            if e["target"] == job_id("load")}  # fmt: skip
    assert told == {"raw": "effective", "old": "former", "trial": "attempted"}


def declare(source: str, target: str) -> None:
    row = {
        **{"source_kind": "dataset", "source_namespace": TABLES, "source_name": source},
        **{"target_kind": "dataset", "target_namespace": TABLES, "target_name": target},
        "reason": "It is copied by hand.",
    }
    author = make_principal("ada", "admin")
    [edge] = read([row], Reader(author))
    assert isinstance(edge, Drawn)
    declare_edges([edge], actor=author, via=Change.Via.PAGE, reason="")


def test_what_people_declare_is_told_apart_and_can_be_left_out(
    river: None, viewer: Api
) -> None:
    send(runs("show", reads=["board"], number=4))
    declare("daily", "board")

    told = walk(viewer, set_id("daily"), direction="downstream")

    [edge] = [e for e in told["edges"] if e["source"] == set_id("daily")]
    [word] = edge["assertedBy"]
    assert (edge["status"], word["kind"], word["author"]) == (None, "manual", "ada")
    assert word["reason"] == "It is copied by hand."
    by_events = walk(viewer, set_id("daily"), direction="downstream",
                     assertedBy="io,column,explicit")  # fmt: skip
    assert hops(by_events) == {"daily": 0}
    then = walk(viewer, set_id("daily"), direction="downstream", asOf=at(9))
    assert [e for e in then["edges"] if e["source"] == set_id("daily")] == [edge]
    by_people = walk(viewer, set_id("daily"), assertedBy="manual")
    assert hops(by_people) == {"daily": 0, "board": 1}


def test_filters_show_a_part_and_walk_on_behind_the_rest(
    river: None, viewer: Api
) -> None:
    told = walk(viewer, set_id("raw"), direction="downstream", kind="dataset")

    assert hops(told) == {"raw": 0, "orders": 2, "daily": 4}
    assert {
        (short(e["source"]), short(e["target"]), e["through"]) for e in told["edges"]
    } == {("raw", "orders", 1), ("orders", "daily", 1)}
    assert told["completeness"]["leftOut"] == 3
    of_jobs = walk(viewer, set_id("raw"), direction="downstream", namespace="sched*")
    assert hops(of_jobs) == {"raw": 0, "load": 1, "sum": 3, "mail": 3}
    assert ("load", "sum") in edges(of_jobs)


def test_too_much_that_is_left_out_makes_an_answer_partial(
    river: None, viewer: Api, monkeypatch: Any
) -> None:
    monkeypatch.setattr(choosing, "MAX_STEPS", 1)

    told = walk(viewer, set_id("raw"), direction="downstream", kind="dataset")

    assert not told["completeness"]["complete"]
    assert told["completeness"]["truncated"] == [
        {"nodeId": None, "direction": "downstream", "why": "links"}
    ]


def test_nodes_are_shown_by_what_people_say_of_them(river: None, admin: Api) -> None:
    admin.put("/api/v1/domains/Sales", {"description": "What is sold."}, status=201)
    admin.put("/api/v1/tags/PII", {"description": "Of people."})
    said = {"kind": "dataset", "namespace": TABLES}
    statements = [
        {**said, "name": "daily", "aspect": "domain", "value": "Sales"},
        {**said, "name": "orders", "aspect": "tag", "value": "PII"},
    ]
    admin.post("/api/v1/curation", {"statements": statements})

    placed = walk(admin, set_id("raw"), direction="downstream", domain="Sales")
    assert hops(placed) == {"raw": 0, "daily": 4}
    assert [edge["through"] for edge in placed["edges"]] == [3]
    tagged = walk(admin, set_id("raw"), direction="downstream", tag="PII")
    assert hops(tagged) == {"raw": 0, "orders": 2}
    then = walk(admin, set_id("raw"), direction="downstream", tag="PII", asOf=at(9))
    assert hops(then) == hops(tagged)
    lines = lines_of(admin, set_id("raw"), direction="downstream", tag="PII")
    assert {short(n["nodeId"]) for n in of_type(lines, "node")} == {"raw", "orders"}
    assert of_type(lines, "edge") == []
    assert lines[-1]["leftOut"] == tagged["completeness"]["leftOut"]


def test_jobs_are_shown_by_their_type(river: None, viewer: Api) -> None:
    kind = facet(processingType="BATCH", integration="DBT", jobType="MODEL")
    send(job_event(40, job="sum", job_facets={"jobType": kind}))

    told = walk(viewer, set_id("raw"), direction="downstream", jobType="model")

    assert hops(told) == {"raw": 0, "orders": 2, "sum": 3, "daily": 4}
    [job] = [node for node in told["nodes"] if node["kind"] == "job"]
    assert job["jobType"] == {
        "processingType": "BATCH", "integration": "DBT", "jobType": "MODEL"
    }  # fmt: skip


def test_control_flow_is_told_apart_and_never_walked(river: None, viewer: Api) -> None:
    waits = facet(
        upstream=[
            {"job": {"namespace": JOBS, "name": "sensor"}, "dependency_type": "DIRECT"}
        ],
        downstream=[],
    )
    send(
        runs("sensor", number=6),
        runs("load", reads=["raw"], writes=["orders"], number=7,
             run_facets={"jobDependencies": waits}),
    )  # fmt: skip

    told = walk(viewer, set_id("orders"), controlFlow="true")

    assert "sensor" not in hops(told)
    [one] = told["controlFlow"]
    assert (one["upstream"], one["downstream"]) == (job_id("sensor"), job_id("load"))
    assert "controlFlow" not in walk(viewer, set_id("orders"))


def test_what_is_not_sure_is_said(river: None, viewer: Api) -> None:
    failed = facet(
        totalTasks=4,
        failedTasks=1,
        errors=[{"errorMessage": "no such table", "task": "3"}],
    )
    send(runs("sum", reads=["orders"], writes=["daily"], number=5,
              run_facets={"extractionError": failed}))  # fmt: skip

    complete = walk(viewer, set_id("orders"), oldDays=1)["completeness"]

    assert not complete["complete"]
    [error] = complete["extractionErrors"]
    assert (error["nodeId"], error["failedTasks"], error["errors"]) == (
        *(job_id("sum"), 1, 1),
    )
    assert complete["withoutProducer"] == []
    assert complete["counts"]["oldEdges"] == 6  # it is long past 2026-03-01
    downs = walk(viewer, set_id("daily"), oldDays=10_000)["completeness"]
    assert downs["counts"]["oldEdges"] == 0
    send(runs("read", reads=["nowhere"], number=8))
    told = walk(viewer, set_id("nowhere"))["completeness"]
    assert told["withoutProducer"] == [set_id("nowhere")]


def test_how_jobs_went_is_told_as_of_then(river: None, viewer: Api) -> None:
    failed = facet(totalTasks=2, failedTasks=2, errors=[])
    send(
        runs("sum", reads=["orders"], writes=["daily"], number=5, kind="START",
             run_facets={"extractionError": failed}),
        runs("sum", number=5, minutes=8, kind="FAIL"),
        runs("sum", reads=["orders"], writes=["daily"], number=9),
    )  # fmt: skip

    def told(**query: Any) -> tuple[list[Any], list[Any]]:
        found = walk(viewer, job_id("sum"), **query)["completeness"]
        return found["failedJobs"], found["extractionErrors"]

    run = {"nodeId": job_id("sum"), "run": run_id(100 * sum(map(ord, "sum")) + 5)}
    unread = {**run, "totalTasks": 2, "failedTasks": 2, "errors": 0}
    assert told() == ([], [])
    assert told(asOf=at(8.5)) == ([run], [unread])
    assert told(asOf=at(6)) == ([], [unread])
    assert told(asOf=at(4)) == ([], [])


def derives(*sources: tuple[str, str, str, str, bool]) -> Any:
    """Output column from (dataset, column, type, masking), `""` for the whole."""
    fields: dict[str, Any] = {}
    whole = []
    for output, name, column, kind, masking in sources:
        one = {
            **{"namespace": TABLES, "name": name, "field": column},
            "transformations": [{"type": kind, "subtype": "", "masking": masking}],
        }
        if output:
            fields.setdefault(output, {"inputFields": []})["inputFields"].append(one)
        else:
            whole.append(one)
    return facet(fields=fields, dataset=whole)


@pytest.fixture
def columns(db: None) -> None:
    """raw.mail → orders.mail → daily.mails (masked), daily filtered by orders.state."""
    first = derives(
        ("mail", "raw", "mail", "DIRECT", False),
        ("mail", "raw", "country", "INDIRECT", False),
    )
    second = derives(
        ("mails", "orders", "mail", "DIRECT", True),
        ("", "orders", "state", "INDIRECT", False),
    )
    orders = dataset("orders", "mail", "state", facets={"columnLineage": first})
    send(
        runs("load", reads=[dataset("raw", "mail", "country")], writes=[orders]),
        runs("sum", reads=["orders"], number=1,
             writes=[dataset("daily", "mails", facets={"columnLineage": second})]),
    )  # fmt: skip


def test_columns_are_walked_with_their_transformations(
    columns: None, admin: Api
) -> None:
    told = walk(admin, column_id("daily", "mails"))

    assert hops(told) == {"mails": 0, "mail": 2, "country": 2}
    assert {node["kind"] for node in told["nodes"]} == {"column"}
    [masked] = [e for e in told["edges"] if e["target"] == column_id("daily", "mails")]
    assert [how["masking"] for how in masked["transformations"]] == [True]
    [word] = masked["assertedBy"]
    assert (word["kind"], word["job"], word["firstAt"]) == (
        *("column", job_id("sum"), at(1)),
    )
    [whole] = told["datasetDependencies"]
    assert (whole["source"], whole["target"]) == (
        column_id("orders", "state"),
        set_id("daily"),
    )
    direct = walk(admin, column_id("daily", "mails"), transformations="direct")
    assert "country" not in hops(direct)
    assert direct["datasetDependencies"] == []
    bare = walk(admin, column_id("raw", "mail"), unmasked="true")
    assert {node["nodeId"] for node in bare["nodes"]} == {
        column_id("raw", "mail"), column_id("orders", "mail")
    }  # fmt: skip


def test_columns_of_then_rest_on_what_was_said_then(columns: None, admin: Api) -> None:
    other = derives(("mails", "orders", "state", "DIRECT", False))
    send(
        runs("sum", reads=["orders"], number=9,
             writes=[dataset("daily", "mails", facets={"columnLineage": other})]),
    )  # fmt: skip

    now = walk(admin, column_id("daily", "mails"))
    then = walk(admin, column_id("daily", "mails"), asOf=at(5))

    assert hops(now) == {"mails": 0, "state": 1}
    assert now["datasetDependencies"] == []
    assert hops(then) == {"mails": 0, "mail": 2, "country": 2}
    [whole] = then["datasetDependencies"]
    assert whole["source"] == column_id("orders", "state")
    words = [word for edge in then["edges"] for word in edge["assertedBy"]]
    assert [(w["kind"], w["firstAt"], w["lastAt"]) for w in words] == [
        ("column", at(1), at(1)), ("column", at(0), at(0)), ("column", at(0), at(0))
    ]  # fmt: skip


def test_a_whole_dataset_is_no_column_to_walk_on_from(
    columns: None, viewer: Api
) -> None:
    told = walk(viewer, column_id("orders", "state"))

    assert hops(told) == {"state": 0}
    [whole] = told["datasetDependencies"]
    assert whole["target"] == set_id("daily")


def test_sources_that_are_only_named_are_unresolved(db: None, viewer: Api) -> None:
    lineage = derives(("mail", "elsewhere", "mail", "DIRECT", False))
    send(
        runs(
            "load",
            writes=[dataset("orders", "mail", facets={"columnLineage": lineage})],
        )
    )

    told = walk(viewer, set_id("orders"), level="column")

    assert told["completeness"]["unresolved"] == [set_id("elsewhere")]


def test_a_facet_of_lineage_is_the_whole_truth_about_its_target(
    db: None, admin: Api
) -> None:
    stated = facet(
        entries=[
            {
                "namespace": TABLES, "name": "b", "type": "DATASET",
                "inputs": [{"namespace": TABLES, "name": "a", "type": "DATASET"}],
            }
        ]
    )  # fmt: skip
    send(
        runs(
            "both", reads=["a", "x"], writes=["b", "y"], job_facets={"lineage": stated}
        )
    )

    told = walk(admin, set_id("b"), direction="upstream")

    assert hops(told) == {"b": 0, "both": 1, "a": 2}
    kinds = {
        short(e["source"]): [w["kind"] for w in e["assertedBy"]] for e in told["edges"]
    }
    assert kinds == {"both": ["explicit", "io"], "a": ["explicit"]}
    assert hops(walk(admin, set_id("x"), direction="downstream")) == {
        "x": 0, "both": 1, "y": 2
    }  # fmt: skip
    explicit = walk(admin, set_id("b"), assertedBy="explicit")
    assert hops(explicit) == {"b": 0, "both": 1, "a": 2}
    send(runs("both", reads=["x"], writes=["b"], number=5))
    assert hops(walk(admin, set_id("b"), direction="upstream")) == {
        "b": 0, "both": 1, "x": 2
    }  # fmt: skip
    then = walk(admin, set_id("b"), direction="upstream", asOf=at(3))
    assert {
        short(e["source"]): [w["kind"] for w in e["assertedBy"]] for e in then["edges"]
    } == kinds


@pytest.fixture
def hidden_river(river: None) -> None:
    """daily → (seal → secret → publish) → open, what is in brackets in the vault."""
    secret = dataset("secret", namespace="vault")
    send(
        runs("seal", reads=["daily"], writes=[secret], number=20, namespace="vault"),
        runs("publish", reads=[secret], writes=["open"], number=21, namespace="vault"),
    )


@pytest.fixture
def half(reading_as: Reading) -> Api:
    """Sees everything but the vault."""
    return reading_as("viewer", namespace="*s*")


def test_a_job_that_only_a_facet_names_is_told_and_unresolved(
    db: None, viewer: Api
) -> None:
    source = {"namespace": JOBS, "name": "elsewhere", "type": "JOB"}
    target = {"namespace": TABLES, "name": "b", "type": "DATASET", "inputs": [source]}
    send(runs("copy", reads=["a"], writes=["b"],
              job_facets={"lineage": facet(entries=[target])}))  # fmt: skip

    told = walk(viewer, set_id("b"), direction="upstream")

    assert hops(told)["elsewhere"] == 1
    assert told["completeness"]["unresolved"] == [job_id("elsewhere")]


def test_what_is_hidden_is_a_place_without_a_name(
    hidden_river: None, half: Api, settings: Any
) -> None:
    settings.HEADWATER_WALKS_HIDDEN = "PASS"
    told = walk(half, set_id("daily"), direction="downstream")
    assert hops(told) == {"daily": 0, "1": 1, "open": 2}
    assert edges(told) == {("daily", "1"), ("1", "open")}
    [place] = [node for node in told["nodes"] if node["kind"] == "withheld"]
    assert (place["nodeId"], place["name"]) == ("withheld:1", None)
    assert told["completeness"]["withheld"] == 1

    settings.HEADWATER_WALKS_HIDDEN = "STOP"
    told = walk(half, set_id("daily"), direction="downstream")
    assert hops(told) == {"daily": 0, "1": 1}
    assert told["completeness"]["truncated"] == [
        {"nodeId": set_id("daily"), "direction": "downstream", "why": "hidden"}
    ]

    settings.HEADWATER_WALKS_HIDDEN = "SILENT"
    told = walk(half, set_id("daily"), direction="downstream")
    assert hops(told) == {"daily": 0}
    assert told["completeness"]["complete"]
    made_unseen = walk(half, set_id("open"), direction="downstream")
    assert made_unseen["completeness"]["withoutProducer"] == [set_id("open")]
    settings.HEADWATER_WALKS_HIDDEN = "STOP"
    made_unseen = walk(half, set_id("open"), direction="downstream")
    assert made_unseen["completeness"]["withoutProducer"] == []


def test_what_is_deleted_is_passed_through(river: None, admin: Api) -> None:
    admin.delete(f"/api/v1/namespaces/{JOBS}/jobs/load")

    told = walk(admin, set_id("raw"), direction="downstream", maxHops=2)

    assert hops(told) == {"raw": 0, "orders": 2}
    [edge] = told["edges"]
    assert (edge["through"], edge["assertedBy"]) == (1, [])
    assert told["completeness"]["leftOut"] == 1


def lines_of(api: Api, node: str, **query: Any) -> list[Any]:
    response: Any = api.client.get(
        PATH, {"nodeId": node, **query}, HTTP_ACCEPT="application/x-ndjson"
    )
    assert response.status_code == 200
    assert response.streaming
    body = b"".join(response.streaming_content)
    return [json.loads(line) for line in body.splitlines()]


def of_type(lines: list[Any], kind: str) -> list[Any]:
    return [line for line in lines if line["type"] == kind]


def test_the_whole_closure_comes_line_by_line(
    river: None, admin: Api, monkeypatch: Any
) -> None:
    send(*(runs(f"many-{n}", reads=["orders"], writes=[f"out-{n}"], number=n)
           for n in range(5)))  # fmt: skip
    monkeypatch.setattr(closures, "PORTION", 2)

    lines = lines_of(admin, set_id("raw"), direction="downstream")
    told = walk(admin, set_id("raw"), direction="downstream", maxHops=100)

    assert lines[0]["type"] == "walk"
    assert lines[-1] == {"type": "completeness", **told["completeness"]}
    nodes = of_type(lines, "node")
    assert sorted(n["nodeId"] for n in nodes) == sorted(
        n["nodeId"] for n in told["nodes"]
    )
    assert [n["hops"] for n in nodes] == sorted(n["hops"] for n in nodes)
    met: set[str] = set()
    for line in lines:
        if line["type"] == "node":
            met.add(line["nodeId"])
        elif line["type"] == "edge":
            assert {line["source"], line["target"]} <= met
    for edge in told["edges"]:
        assert {"type": "edge", **edge} in lines
    assert len(of_type(lines, "edge")) == len(told["edges"])
    entry = JournalEntry.objects.filter(act=Act.LINEAGE_EXPORTED).get()
    assert entry.changes["table"] == "walk"


def test_a_file_of_both_ways_counts_everything_once(
    river: None, viewer: Api, monkeypatch: Any
) -> None:
    waits = facet(
        upstream=[{"job": {"namespace": JOBS, "name": "load"}}], downstream=[]
    )
    send(
        runs("back", reads=["daily"], writes=["raw"], number=7, kind="FAIL"),
        runs("sum", reads=["orders"], writes=["daily"], number=8,
             run_facets={"jobDependencies": waits}),
    )  # fmt: skip
    monkeypatch.setattr(closures, "PORTION", 1)

    lines = lines_of(viewer, set_id("orders"), controlFlow="true", oldDays=1)
    told = walk(viewer, set_id("orders"), controlFlow="true", oldDays=1)

    assert lines[-1] == {"type": "completeness", **told["completeness"]}
    assert told["completeness"]["counts"]["failedJobs"] == 1
    assert [{"type": "controlFlow", **one} for one in told["controlFlow"]] == of_type(
        lines, "controlFlow"
    )


def test_a_file_tells_what_is_hidden_at_its_end(
    hidden_river: None, half: Api, settings: Any
) -> None:
    for setting in ("PASS", "STOP", "SILENT"):
        settings.HEADWATER_WALKS_HIDDEN = setting
        lines = lines_of(half, set_id("orders"), direction="downstream")
        told = walk(half, set_id("orders"), direction="downstream")

        assert {n["nodeId"] for n in of_type(lines, "node")} == {
            n["nodeId"] for n in told["nodes"]
        }
        assert {(e["source"], e["target"]) for e in of_type(lines, "edge")} == {
            (e["source"], e["target"]) for e in told["edges"]
        }
        assert lines[-1]["withheld"] == told["completeness"]["withheld"]
        assert lines[-1]["truncated"] == told["completeness"]["truncated"]


def test_columns_come_line_by_line_too(
    columns: None, viewer: Api, monkeypatch: Any
) -> None:
    monkeypatch.setattr(closures, "PORTION", 1)
    lines = lines_of(viewer, column_id("daily", "mails"))
    told = walk(viewer, column_id("daily", "mails"))

    assert {short(n["nodeId"]) for n in of_type(lines, "node")} == {
        *("mails", "mail", "country")
    }
    assert of_type(lines, "datasetDependency")
    assert lines[-1] == {"type": "completeness", **told["completeness"]}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, "nodeId"),
        ({"nodeId": "dataset:a:b", "direction": "sideways"}, "direction"),
        ({"nodeId": "dataset:a:b", "level": "run"}, "level"),
        ({"nodeId": "dataset:a:b", "maxHops": "x"}, "maxHops"),
        ({"nodeId": "dataset:a:b", "maxNodes": "10001"}, "maxNodes"),
        ({"nodeId": "dataset:a:b", "asOf": "yesterday"}, "asOf"),
        ({"nodeId": "dataset:a:b", "status": "odd"}, "status"),
        ({"nodeId": "dataset:a:b", "assertedBy": "me"}, "assertedBy"),
        ({"nodeId": "dataset:a:b", "level": "column", "status": "former"}, "status"),
        ({"nodeId": "dataset:a:b", "unmasked": "perhaps"}, "unmasked"),
        ({"nodeId": "dataset:a:b", "tag": "a\0"}, "tag"),
    ],
)
def test_an_odd_question_is_refused_by_its_parameter(
    viewer: Api, query: dict[str, str], parameter: str
) -> None:
    send(run_event(outputs=[dataset("b", "c", namespace="a")]))

    response = viewer.client.get(PATH, query)

    assert response.status_code == 400
    refused = response.json()
    assert (refused["code"], refused["parameter"]) == ("parameter_invalid", parameter)


def test_what_is_not_there_is_not_found(river: None, viewer: Api) -> None:
    for node in ("dataset:none:none", "job:x", "odd", column_id("orders", "none")):
        viewer.get(PATH, 404, nodeId=node)
