"""What `manage.py` does with events: takes in, replays, retracts, renames, tells."""

import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Job
from lineage.models import AliasRule, Event
from policies.models import JournalEntry
from tests.lineage.projection.happenings import dataset, event

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "what a command did"


def run(*words):
    """What the command said, and how it complained."""
    out, err = StringIO(), StringIO()
    fault = ""
    try:
        call_command(*words, stdout=out, stderr=err)
    except CommandError as error:
        fault = str(error)
    return out.getvalue(), err.getvalue() + fault


def an_event(number, job="load", written="orders"):
    return event("COMPLETE", number, job, f"r{number}", writes=[dataset(written)])


def lines(*numbers):
    return b"\n\n".join(an_event(number) for number in numbers) + b"\n"


def test_files_of_all_kinds_and_directories_are_taken_in(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "one.json").write_bytes(an_event(1))
    (inner / "array.json").write_bytes(b"[%s,%s]" % (an_event(2), an_event(3)))
    (inner / "lines.ndjson").write_bytes(lines(4, 5))
    (inner / "packed.ndjson.gz").write_bytes(gzip.compress(lines(6)))
    (inner / "note.txt").write_text("no event")

    assert run("ingest", str(tmp_path)) == (
        "6 of 6 events are stored, from 4 files.\n",
        "",
    )
    assert Event.objects.filter(status=Event.Status.APPLIED).count() == 6
    assert run("ingest", str(tmp_path))[1] == ""
    assert Event.objects.count() == 6


def test_a_faulty_event_is_told_by_its_place_and_costs_no_other(tmp_path):
    path = tmp_path / "mixed.ndjson"
    path.write_bytes(an_event(1) + b"\n{half\n{}\n" + an_event(2))

    said, complaint = run("ingest", str(path))

    assert said.startswith("2 of 4 events are stored")
    assert f"{path}, line 2: The body is no JSON" in complaint
    assert f"{path}, line 3 at /eventTime" in complaint
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "stored"),
    [
        ("a.json.gz", b"not packed", 0),
        ("a.ndjson.gz", gzip.compress(lines(1), mtime=0)[:-6], 1),
        ("a.json", b"[" * 100_000, 0),
    ],
)
def test_a_file_that_breaks_off_costs_no_other(tmp_path, name, content, stored):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "b.ndjson").write_bytes(lines(2, 3))

    said, complaint = run("ingest", str(tmp_path))

    assert said.endswith("events are stored, from 2 files.\n")
    assert f"{tmp_path / name}: " in complaint
    assert "1 file could not be read whole." in complaint
    assert Event.objects.count() == 2 + stored


def test_a_path_that_is_not_there_is_told_before_anything_is_taken_in(tmp_path):
    (tmp_path / "one.json").write_bytes(an_event(1))

    _, complaint = run("ingest", str(tmp_path), str(tmp_path / "two.json"))

    assert "two.json is neither a file nor a directory" in complaint
    assert not Event.objects.exists()


@pytest.fixture
def taken_in(tmp_path):
    """The digest of one event among two, which are in the catalog."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(an_event(1) + b"\n" + an_event(2, "sum", "sales"))
    assert run("ingest", str(path))[1] == ""
    return bytes(Event.objects.order_by("pk").last().digest).hex()


def digest():
    said, complaint = run("digest")
    assert complaint == ""
    assert len(said.strip()) == 64
    return said


def test_a_retracted_event_counts_no_more_until_that_is_undone(taken_in):
    before = digest()

    assert "is retracted" in run("retract", taken_in[:10], "--reason", WHY)[0]
    assert digest() != before
    again = run("retract", taken_in, "--reason", WHY)[1]
    assert "already retracted" in again
    undone = run("retract", taken_in[:10], "--undo", "--reason", WHY)[0]
    assert "believed again" in undone

    assert digest() == before
    acts = JournalEntry.objects.order_by("recorded_at").values_list("act", flat=True)
    assert list(acts)[-2:] == ["event.retracted", "event.reinstated"]


def test_replay_and_rebuild_change_nothing_of_a_whole_catalog(taken_in):
    before = digest()

    assert run("replay")[0] == "0 of 0 events were applied.\n"
    assert run("replay", taken_in[:8])[0] == "1 of 1 events were applied.\n"
    assert "2 events are in the catalog" in run("rebuild")[0]

    assert digest() == before
    assert Job.objects.unrestricted(WHY).count() == 2


@pytest.mark.parametrize(
    ("prefix", "told"),
    [("deadbeef", "No event has a digest"), ("xyz", "is no digest")],
)
@pytest.mark.parametrize("command", [("replay",), ("retract", "--reason", WHY)])
def test_a_digest_that_leads_nowhere_is_told(command, prefix, told):
    assert told in run(*command, prefix)[1]


def test_an_alias_rule_holds_until_it_ends(taken_in):
    before = digest()
    space = json.loads(an_event(1))["outputs"][0]["namespace"]
    merged = ("merge", "--namespace", space, "--name", "orders",
              "--to-namespace", space, "--to-name", "sales")  # fmt: skip

    assert "is in force" in run("alias", "add", *merged, "--reason", WHY)[0]
    number = str(AliasRule.objects.get().pk)
    assert "orders" in run("alias", "list")[0]
    assert digest() != before
    assert "has ended" in run("alias", "end", number, "--reason", WHY)[0]

    assert digest() == before
    assert run("alias", "list")[0] == ""
    assert "has ended already" in run("alias", "end", number, "--reason", WHY)[1]
    assert "needs a namespace" in run("alias", "add", "merge", "--reason", WHY)[1]
    itself = ("namespace", "--namespace", space, "--to-namespace", space)
    assert "not to itself" in run("alias", "add", *itself, "--reason", WHY)[1]
