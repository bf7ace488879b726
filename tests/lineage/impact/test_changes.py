"""Answers that last, files, late data, and what the reader may not know."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZipFile

import pytest
from django.test import Client

from lineage.impact.answers import Late, Schedule
from lineage.impact.durations import duration, rounded, told_duration
from lineage.impact.schedules import next_due, passed_on
from lineage.ingest import ingest
from lineage.quality.robust import usual_interval
from policies.audit import Act
from policies.models import JournalEntry
from tests.factories import make_principal
from tests.lineage.conftest import run_event
from tests.lineage.impact.conftest import DUCK, column, severities
from tests.lineage.test_impact import flows, half, river  # noqa: F401

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DROP_EMAIL = {"kind": "drop-column", "nodeId": "datasetField:data:staged:email"}


def test_the_same_address_gives_the_same_answer_later(river, foresee, client):  # noqa: F811
    first = foresee({"change": DROP_EMAIL})
    flows("late", reads=["staged"], writes=["new"],
          email=[("staged", "email", "IDENTITY", False)])  # fmt: skip

    again = client.get(first["again"]).json()

    assert again["hits"] == first["hits"]
    assert again["recordedAt"] == first["recordedAt"]
    assert ("column", "new.email") in severities(foresee({"change": DROP_EMAIL}))
    assert "new" not in json.dumps(again)


def test_a_revoked_source_is_what_was_known_of_it_then(river, foresee, client):  # noqa: F811
    first = foresee({"change": {"kind": "revoke-source", "namespace": "data"}})
    flows("late", reads=["vault/secret"], writes=["copy"])
    flows("later", reads=["copy"], writes=["vault/copied"])

    again = client.get(first["again"]).json()

    assert again["hits"] == first["hits"]
    now = severities(foresee({"change": first["changes"][0]}))
    assert ("dataset", "copied") in now
    assert ("dataset", "copied") not in severities(first)


def test_many_changes_are_asked_again_by_one_address(river, foresee, client):  # noqa: F811
    asked = [
        DROP_EMAIL,
        {"kind": "retype-column", "nodeId": "datasetField:data:raw:email", "to": "int"},
        {"kind": "delay-job", "nodeId": "job:jobs:mix", "by": "3 h"},
    ]

    first = foresee({"changes": asked, "depth": 5})
    again = client.get(first["again"]).json()

    assert again["hits"] == first["hits"]
    assert [one["kind"] for one in again["changes"]] == [one["kind"] for one in asked]
    # What is changed itself is no hit of the other changes.
    assert ("column", "staged.email") not in severities(first)


def test_what_is_hidden_is_one_nameless_step_and_may_alter(river, half, client):  # noqa: F811
    client.force_login(half)

    answer = client.post(
        "/api/v1/impact",
        json.dumps({"change": DROP_EMAIL}),
        content_type="application/json",
    ).json()

    assert severities(answer) == {
        ("column", "mart.total"): ("breaks", "reads", 1),
        ("column", "open.email"): ("may-alter", "withheld", 2),
    }
    assert answer["completeness"]["withheld"] == 1
    for secret in ("vault", "secret", "seal", "publish"):
        assert secret not in json.dumps(answer)


def test_a_silent_job_may_use_the_column_and_what_it_writes_may_alter(river, foresee):  # noqa: F811
    flows("copy", reads=["staged"], writes=["copied"])

    told = severities(foresee({"change": DROP_EMAIL}))

    assert told["job", "copy"] == ("may-alter", "silent", 1)
    assert told["dataset", "copied"] == ("may-alter", "silent", 2)


def test_masking_is_told_apart_by_an_erasure_alone(river, foresee):  # noqa: F811
    node = "datasetField:data:raw:email"

    erased = foresee({"change": {"kind": "erase-subject", "nodeId": node}})
    meant = foresee({"change": {"kind": "redefine-column", "nodeId": node}})

    assert severities(erased)["column", "mart.total"] == ("may-alter", "masked", 2)
    assert severities(meant)["column", "mart.total"] == ("alters", "computed", 2)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_answer_is_a_file_without_formulas_and_journaled(foresee, client, form):
    flows("=job", reads=["raw"], writes=["@mart"], owner="+cmd",
          email=[("raw", "email", "IDENTITY", False)])  # fmt: skip
    node = "datasetField:data:raw:email"

    answer = client.get(
        "/api/v1/impact",
        {"change": "drop-column", "nodeId": node, "format": form},
    )

    if form == "csv":
        [row] = csv.DictReader(io.StringIO(answer.content.decode()))
        assert (row["from_name"], row["from_column"]) == ("raw", "email")
        assert (row["to_name"], row["to_column"]) == ("'@mart", "email")
        assert (row["severity"], row["rule"]) == ("breaks", "reads")
    elif form == "json":
        assert [hit["name"] for hit in answer.json()["hits"]] == ["@mart"]
    else:
        with ZipFile(io.BytesIO(answer.content)) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
            assert b"@mart" in book.read("xl/sharedStrings.xml")
    assert f'filename="impact.{form}"' in answer["Content-Disposition"]
    entry = JournalEntry.objects.get(act=Act.LINEAGE_EXPORTED)
    assert entry.changes["kinds"] == ["drop-column"]
    assert entry.changes["format"] == form


def test_no_name_makes_a_link_or_a_mention_in_a_comment(client):
    flows("job", reads=["raw"], writes=["[x](javascript:y) `@team` | <b>"])

    answer = client.get(
        "/api/v1/impact",
        {"change": "drop-dataset", "nodeId": "dataset:data:raw", "format": "md"},
    )

    assert "dataset `[x](javascript:y) '@team' \\| <b>` |" in answer.content.decode()


# --- The page ----------------------------------------------------------------


def test_the_page_asks_and_tells_without_a_script(river, client):  # noqa: F811
    address = "/datasets/data/staged/impact"

    page = client.get(f"{address}?change=drop&column=email").content.decode()
    some = client.get(
        f"{address}?change=drop&column=email&severity=stale"
    ).content.decode()
    unclear = client.get(f"{address}?change=retype").content.decode()
    odd = client.get(f"{address}?change=drop&asOf=never").content.decode()

    assert "Reads what would no longer be there." in page
    assert "Link to this answer" in page
    assert "Nothing downstream fits these filters" in some
    assert "Choose a column that this is done to." in unclear
    assert "A time reads" in odd


def test_the_page_of_a_job_asks_how_late(river, client):  # noqa: F811
    address = "/jobs/jobs/stage/impact"

    stopped = client.get(f"{address}?change=stop").content.decode()
    late = client.get(f"{address}?change=delay&by=3+h").content.decode()
    unclear = client.get(f"{address}?change=delay&by=soon").content.decode()

    assert "Nobody can say from when on" in stopped
    assert '"pill pill-busy' in late
    assert "Say how late" in unclear


# --- Late data ---------------------------------------------------------------


def nightly(job, hour, *, reads=(), writes=(), nights=5, state="COMPLETE"):
    """A job that runs each night at an hour, and takes ten minutes."""
    for night in range(nights):
        at = DAY + timedelta(days=night) + hour * HOUR
        run = {"runId": str(uuid5(NAMESPACE_URL, f"{job}{night}"))}
        for kind, when in (("START", at), (state, at + timedelta(minutes=10))):
            event = run_event(
                eventType=kind,
                eventTime=when.isoformat(),
                run=run,
                job={"namespace": "jobs", "name": job},
                inputs=[{"namespace": "data", "name": name} for name in reads],
                outputs=[{"namespace": "data", "name": name} for name in writes],
            )
            ingest([json.dumps(event).encode()])


@pytest.fixture
def nights(db):
    """02:00 load → orders; 03:00 sum → daily; 08:00 mail; 02:30 early → bird."""
    nightly("load", 2, writes=["orders"])
    nightly("sum", 3, reads=["orders"], writes=["daily"])
    nightly("mail", 8, reads=["daily"])
    nightly("early", 2.5, reads=["orders"], writes=["bird"])
    nightly("broken", 4, reads=["orders"], writes=["never"], state="FAIL")


def stale(answer):
    return {
        hit["name"]: tuple(hit["stale"][end] and hit["stale"][end][5:16] for end in
                           ("since", "until"))
        for hit in answer["hits"]
    }  # fmt: skip


def test_a_stopped_job_makes_stale_by_when_each_would_be_made(nights, foresee):
    """Asked on the 5th at noon: the next load is due on the 6th at 02:10."""
    change = {"kind": "stop-job", "nodeId": "job:jobs:load"}

    answer = foresee({"change": change, "asOf": "2026-11-05T12:00:00Z"})

    assert stale(answer) == {
        "orders": ("11-06T02:10", None),
        "sum": ("11-06T03:10", None),
        "daily": ("11-06T03:10", None),
        "mail": ("11-06T08:10", None),
        "early": ("11-06T02:40", None),
        "bird": ("11-06T02:40", None),
        # What never completed has no usual time: it is stale with what it reads.
        "broken": ("11-06T02:10", None),
        "never": ("11-06T02:10", None),
    }
    assert {hit["severity"] for hit in answer["hits"]} == {"stale"}
    daily = next(hit for hit in answer["hits"] if hit["name"] == "daily")
    assert daily["lastSuccess"]["at"].startswith("2026-11-05T03:10")
    assert daily["lastSuccess"]["intervalSeconds"] == 24 * 3600


def test_a_late_job_is_noticed_by_those_who_come_before_the_data(nights, foresee):
    """Two hours late, at 04:10: the sum of 03:10 misses it, the mail of 08:10 would
    not, but it mails the sum, which is right again only a day later."""
    change = {"kind": "delay-job", "nodeId": "job:jobs:load", "by": "PT2H"}

    told = stale(foresee({"change": change, "asOf": "2026-11-05T12:00:00Z"}))

    assert told["orders"] == ("11-06T02:10", "11-06T04:10")
    assert told["daily"] == ("11-06T03:10", "11-07T03:10")
    assert told["mail"] == ("11-06T08:10", "11-07T08:10")


def test_a_little_late_is_in_time_for_whoever_comes_later(nights, foresee):
    """A quarter of an hour late, at 02:25: nobody reads the orders before 02:40."""
    change = {"kind": "delay-job", "nodeId": "job:jobs:load", "by": "15 min"}

    answer = foresee({"change": change, "asOf": "2026-11-05T12:00:00Z"})

    assert {"sum", "daily", "mail", "early", "bird"}.isdisjoint(stale(answer))
    assert answer["summary"]["inTime"] >= 3


def test_a_job_that_tells_what_comes_from_what_is_late_as_a_whole(nights, foresee):
    """A `lineage` facet says that a comes from orders, and b from elsewhere."""
    sent = {"_producer": "https://e.org/p", "_schemaURL": "https://e.org/s.json"}
    target = {"type": "DATASET", "namespace": "data", "name": "a"}
    source = {"type": "DATASET", "namespace": "data", "name": "orders"}
    event = run_event(
        eventType="COMPLETE",
        eventTime="2026-11-05T05:00:00Z",
        run={"runId": str(uuid5(NAMESPACE_URL, "split"))},
        job={
            "namespace": "jobs",
            "name": "split",
            "facets": {"lineage": {**sent, "entries": [target | {"inputs": [source]}]}},
        },
        inputs=[{"namespace": "data", "name": name} for name in ("orders", "else")],
        outputs=[{"namespace": "data", "name": name} for name in ("a", "b")],
    )
    ingest([json.dumps(event).encode()])
    change = {"kind": "stop-job", "nodeId": "job:jobs:load"}

    told = stale(foresee({"change": change}))

    assert {"split", "a"} <= told.keys()


def test_an_interval_is_the_median_of_the_last_twenty_gaps():
    assert usual_interval([]) is None
    assert usual_interval([DAY]) is None
    assert usual_interval([DAY, DAY]) is None
    moments = [DAY, DAY + HOUR, DAY + 3 * HOUR, DAY + 9 * HOUR]
    assert usual_interval(moments) == 2 * HOUR
    # A year of days before the last twenty hours counts no more.
    long_ago = [DAY - timedelta(days=n) for n in range(1, 365)]
    assert usual_interval([*long_ago, *(DAY + n * HOUR for n in range(21))]) == HOUR


def test_lateness_is_passed_on_at_the_next_time_of_each():
    daily = Schedule(None, "", DAY + 3 * HOUR, timedelta(days=1))
    two = DAY + timedelta(days=1, hours=2)

    assert next_due(daily, DAY) == DAY + 3 * HOUR
    assert next_due(daily, two) == DAY + timedelta(days=1, hours=3)
    assert passed_on(Late(two, two + HOUR), daily) is None
    assert passed_on(Late(two, two + HOUR), daily._replace(took=HOUR / 6)) == Late(
        DAY + timedelta(days=1, hours=3), DAY + timedelta(days=2, hours=3)
    )
    assert passed_on(Late(None, None), daily) == Late(None, None)


@pytest.mark.parametrize(
    ("text", "minutes", "told"),
    [
        ("PT3H", 180, "3 h"),
        ("P1DT2H", 26 * 60, "1 d 2 h"),
        ("45 min", 45, "45 min"),
        ("2d", 2880, "2 d"),
        ("soon", None, ""),
        ("P", None, ""),
        ("PT", None, ""),
    ],
)
def test_a_delay_is_written_as_people_and_machines_do(text, minutes, told):
    expected = None if minutes is None else timedelta(minutes=minutes)
    assert duration(text) == expected
    assert told_duration(expected) == told


def test_a_usual_interval_is_told_without_its_noise():
    day = timedelta(days=1)
    for span in (day, day - timedelta(seconds=40), day + timedelta(seconds=100)):
        assert told_duration(rounded(span)) == "1 d"
    assert told_duration(rounded(timedelta(seconds=61))) == "1 min 1 s"


def test_nobody_is_told_what_they_may_not_know_by_a_revocation(river, half):  # noqa: F811
    client = Client()
    client.force_login(half)
    asked = {"change": {"kind": "revoke-source", "namespace": "vault"}}

    answer = client.post(
        "/api/v1/impact", json.dumps(asked), content_type="application/json"
    )

    assert answer.status_code == 404


def test_the_checks_of_hidden_jobs_and_runs_are_not_told(shop, foresee):
    reader = make_principal("vic", "viewer", namespace=DUCK)
    client = Client()
    client.force_login(reader)
    change = {"kind": "drop-column", "nodeId": column("shop.raw.customers", "email")}

    answer = client.post(
        "/api/v1/impact",
        json.dumps({"change": change}),
        content_type="application/json",
    ).json()

    assert severities(answer).keys() == severities(foresee({"change": change})).keys()
    for hit in answer["hits"]:
        assert hit["checks"] == []
        assert hit["lastSuccess"] is None
        assert all(step["jobs"] == [] for step in hit["path"])
