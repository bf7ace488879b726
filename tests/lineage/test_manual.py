"""People declare flows that no producer reports: who, why, until when, and undoable."""

import json
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from django.utils import timezone

from catalog.curation.faults import Refused, Superseded
from catalog.models import Change, Dataset, Job
from catalog.services import undo_change
from lineage.digesting import digest
from lineage.graph import columns, jobs
from lineage.graph.columns import Column
from lineage.graph.flow import downstream, upstream
from lineage.graph.links import MANUAL
from lineage.graph.veil import Node
from lineage.ingest import ingest
from lineage.manual import NotAllowed, read
from lineage.models import ManualEdge
from lineage.reader import Reader
from lineage.rebuilding import rebuild
from lineage.services.manual import (
    EdgeEnded,
    declare_edges,
    end_edges,
    extend_edge,
)
from lineage.writing import raw_cursor
from policies.audit import Act
from policies.models import JournalEntry
from policies.services import grant_role
from tests.factories import make_principal
from tests.lineage.conftest import run_event

pytestmark = pytest.mark.django_db

PAGE = Change.Via.PAGE


def flows(job, *, reads=(), writes=(), number=1):
    schema = {
        "_producer": "https://example.org/p",
        "_schemaURL": "https://example.org/s.json",
        "fields": [{"name": "id"}, {"name": "email"}],
    }
    event = run_event(
        eventType="COMPLETE",
        eventTime=f"2026-05-04T03:0{number}:00Z",
        run={"runId": str(uuid5(NAMESPACE_URL, f"{job} {number}"))},
        job={"namespace": "jobs", "name": job},
        inputs=[{"namespace": "data", "name": name} for name in reads],
        outputs=[
            {"namespace": "data", "name": name, "facets": {"schema": schema}}
            for name in writes
        ],
    )
    [outcome] = ingest([json.dumps(event).encode()])
    assert outcome.status == 201


@pytest.fixture
def world(db):
    """load writes orders and customers, report writes sales; nothing connects them."""
    flows("load", writes=["orders", "customers"])
    flows("report", writes=["sales"])


@pytest.fixture
def steward(db):
    return make_principal("sofia", "steward", name="Sofia Lind")


def fingerprint():
    """What `manage.py digest` says of the catalog."""
    return digest(raw_cursor())


def dataset(name):
    return Dataset.objects.unrestricted("test").get(name=name)


def job(name):
    return Job.objects.unrestricted("test").get(name=name)


def row(source, target, **more):
    def end(which, text):
        kind, _, name = text.partition(":")
        name, _, column = name.partition(".")
        home = "jobs" if kind == "job" else "data"
        return {
            f"{which}_kind": kind,
            f"{which}_namespace": home,
            f"{which}_name": name,
            f"{which}_column": column,
        }

    told = {"reason": "it is copied by hand"} | more
    return {**end("source", source), **end("target", target), **told}


def declare(actor, *rows, **more):
    drawn = read(rows, Reader(actor))
    for one in drawn:
        if isinstance(one, Refused):
            raise one
    return declare_edges(drawn, actor=actor, via=PAGE, **more)


def test_a_declared_flow_is_walked_along_and_flagged(world, steward):
    declare(steward, row("dataset:orders", "dataset:sales"))

    walk = jobs.around_job(job("load").pk, max_hops=5, max_nodes=100)

    assert walk.flows == {(dataset("orders").pk, dataset("sales").pk)}
    assert walk.jobs == {job("load").pk, job("report").pk}
    down = downstream(Node(False, dataset("orders").pk), max_hops=9, max_nodes=9)
    met = down.met[Node(False, dataset("sales").pk)]
    assert met.hops == 1
    assert met.manual == {Node(False, dataset("orders").pk)}
    up = upstream(Node(False, dataset("sales").pk), max_hops=9, max_nodes=9)
    assert Node(True, job("load").pk) in up.met


@pytest.mark.parametrize(
    ("source", "target"),
    [("dataset:orders", "job:report"), ("job:load", "dataset:sales")],
)
def test_what_a_job_is_said_to_read_or_write_is_walked_along(
    world, steward, source, target
):
    declare(steward, row(source, target))

    walk = jobs.around_dataset(dataset("customers").pk, max_hops=3, max_nodes=100)

    assert job("report").pk in walk.jobs or dataset("sales").pk in walk.datasets
    [manual] = [link for link in walk.links.values() if link.is_manual]
    assert manual.status == MANUAL
    assert not manual.is_asserted
    down = downstream(Node(True, job("load").pk), max_hops=9, max_nodes=99)
    assert Node(False, dataset("sales").pk) in down.met


def test_columns_are_walked_both_ways(world, steward):
    declare(steward, row("dataset:customers.email", "dataset:sales.id"))
    email = Column(dataset("customers").pk, "email")
    into = Column(dataset("sales").pk, "id")

    up = columns.walk([into], max_hops=5, max_columns=50)
    down = columns.walk([email], max_hops=5, max_columns=50, is_downstream=True)

    assert up.manual == down.manual == {(into, email)}
    assert up.links == down.links == {(into, email): []}


def test_an_event_that_reports_the_same_later_stands_beside_it(world, steward):
    declare(steward, row("dataset:orders", "job:report"))
    flows("report", reads=["orders"], writes=["sales"], number=2)

    walk = jobs.around_job(job("report").pk, max_hops=1, max_nodes=100)
    link = walk.links[job("report").pk, dataset("orders").pk, 1]

    assert link.is_asserted
    assert link.is_manual


def test_an_expired_one_is_former_and_can_be_extended(world, steward):
    soon = (timezone.now() + timedelta(hours=1)).isoformat()
    declare(steward, row("dataset:orders", "dataset:sales", expires_at=soon))
    edge = ManualEdge.objects.get()
    ManualEdge.objects.update(expires_at=timezone.now())

    start = Node(False, dataset("orders").pk)
    assert downstream(start, max_hops=9, max_nodes=9).met == {}
    assert ManualEdge.objects.expired().get() == edge
    assert not ManualEdge.objects.in_force().exists()

    extend_edge(edge, expires_at=None, reason="still so", actor=steward, via=PAGE)
    assert len(downstream(start, max_hops=9, max_nodes=9).met) == 1
    assert ManualEdge.objects.in_force().get().reason == "it is copied by hand"
    with pytest.raises(EdgeEnded):
        extend_edge(edge, expires_at=None, reason="", actor=steward, via=PAGE)


def test_ending_deletes_nothing_and_undo_brings_it_back(world, steward):
    declare(steward, row("dataset:orders", "dataset:sales"))
    edge = ManualEdge.objects.get()

    ended = end_edges([edge], reason="wrong", actor=steward, via=PAGE)
    assert not ManualEdge.objects.standing().exists()
    assert ManualEdge.objects.ended().get().closed_in == ended
    undo_change(ended, actor=steward, via=PAGE)

    assert ManualEdge.objects.in_force().get().reason == edge.reason
    assert ManualEdge.objects.count() == 2
    acts = list(JournalEntry.objects.values_list("act", flat=True))
    assert acts.count(Act.MANUAL_LINEAGE_DECLARED) == 4  # both ends, twice
    assert acts.count(Act.MANUAL_LINEAGE_ENDED) == 2
    with pytest.raises(EdgeEnded):
        end_edges([edge], reason="", actor=steward, via=PAGE)


def test_an_undo_refuses_what_has_changed_since(world, steward):
    first = declare(steward, row("dataset:orders", "dataset:sales")).change
    end_edges([ManualEdge.objects.get()], reason="", actor=steward, via=PAGE)

    with pytest.raises(Superseded):
        undo_change(first, actor=steward, via=PAGE)


def test_saying_the_same_again_changes_nothing(world, steward):
    once = row("dataset:orders", "dataset:sales")
    declare(steward, once)
    again = declare(steward, once)
    other = declare(steward, {**once, "reason": "by a script of mine"})

    assert (again.change, again.touched) == (None, 0)
    assert (other.new, other.replaced) == (0, 1)
    assert ManualEdge.objects.standing().get().reason == "by a script of mine"


def test_it_is_the_same_edge_under_another_name_of_the_dataset(world, steward):
    declare(steward, row("dataset:orders", "dataset:sales"))
    flows("other", writes=["ORDERS"])
    rows = Dataset.objects.unrestricted("test")
    rows.filter(name="ORDERS").update(canonical=dataset("orders"))

    again = declare(steward, row("dataset:ORDERS", "dataset:sales"))

    assert again.touched == 0


def test_the_journal_names_the_other_end_so_that_it_can_be_withheld(world, steward):
    declare(steward, row("dataset:orders", "dataset:sales"))

    told = {
        entry.target_key: entry.changes
        for entry in JournalEntry.objects.filter(act=Act.MANUAL_LINEAGE_DECLARED)
    }
    assert told['["data","sales"]']["from"] == {
        "kind": "catalog.dataset",
        "key": ["data", "orders"],
    }
    assert told['["data","orders"]']["to"]["key"] == ["data", "sales"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (row("job:load", "job:report"), "target_kind"),
        (row("dataset:orders", "dataset:orders"), "target_name"),
        (row("dataset:orders.id", "dataset:sales"), "target_column"),
        (row("dataset:orders", "dataset:sales.id"), "source_column"),
        (row("dataset:orders.nope", "dataset:sales.id"), "source_column"),
        (row("dataset:orders.id", "job:report.id"), "source_column"),
        (row("dataset:nowhere", "dataset:sales"), "source_name"),
        (row("table:orders", "dataset:sales"), "source_kind"),
        (row("dataset:", "dataset:sales"), "source_name"),
        (row("dataset:or\0ders", "dataset:sales"), "source_name"),
        (row("dataset:orders", "dataset:sales", reason=" "), "reason"),
        (row("dataset:orders", "dataset:sales", reason="x" * 2001), "reason"),
        (row("dataset:orders", "dataset:sales", expires_at="soon"), "expires_at"),
        (row("dataset:orders", "dataset:sales", expires_at="2020-01-01"), "expires_at"),
        (row("dataset:orders", "dataset:sales", expires_at="9999-12-31"), "expires_at"),
    ],
)
def test_what_cannot_be_declared_is_said(world, steward, wrong, field):
    [refusal] = read([wrong], Reader(steward))

    assert isinstance(refusal, Refused)
    assert refusal.field == field


def test_an_edge_needs_the_right_on_its_target_and_sight_of_both_ends(world):
    reader = make_principal("rex", "viewer")
    edges = [row("dataset:orders", "dataset:sales")]
    [refusal] = read(edges, Reader(reader))
    assert isinstance(refusal, NotAllowed)

    half = make_principal("hal", "steward", namespace="data")
    [refusal] = read([row("job:load", "dataset:sales")], Reader(half))
    assert not isinstance(refusal, NotAllowed)
    assert "There is no job load" in str(refusal)
    [unknown] = read([row("job:nothing", "dataset:sales")], Reader(half))
    assert str(unknown) == str(refusal).replace("load", "nothing")

    grant_role(half, "viewer", namespace="jobs", actor=None)
    [drawn] = read([row("job:load", "dataset:sales")], Reader(half))
    assert not isinstance(drawn, Refused)
    [refusal] = read([row("dataset:sales", "job:report")], Reader(half))
    assert isinstance(refusal, NotAllowed)


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_keeps_them_and_the_digest_knows_nothing_of_them(world, steward):
    before = fingerprint()
    declare(steward, row("dataset:orders", "dataset:sales"))
    assert fingerprint() == before

    rebuild()

    assert ManualEdge.objects.in_force().count() == 1
    assert fingerprint() == before
    start = Node(False, dataset("orders").pk)
    assert len(downstream(start, max_hops=9, max_nodes=9).met) == 1
