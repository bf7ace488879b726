"""Declared edges by page, file and API: made, shown, extended, ended, never leaked."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import Change, Dataset
from catalog.services import undo_change
from lineage.models import ManualEdge
from policies.actions import Action
from policies.models import JournalEntry, Role
from policies.row_keys import key_of
from policies.services import grant_role
from tests.factories import make_principal as person
from tests.lineage.test_manual import flows
from tests.pages.conftest import client_of

pytestmark = pytest.mark.django_db

URL = "/api/v1/manual-lineage"


@pytest.fixture
def world(db):
    flows("load", writes=["orders", "customers"])
    flows("report", writes=["sales"])


@pytest.fixture
def steward(db):
    return person("sofia", "steward", name="Sofia Lind")


@pytest.fixture
def client(steward):
    return client_of(steward)


def form(source="orders", target="sales", **more):
    return {
        "source_kind": "dataset",
        "source_namespace": "data",
        "source_name": source,
        "target_kind": "dataset",
        "target_namespace": "data",
        "target_name": target,
        "reason": "copied by hand every Monday",
        **more,
    }


def body(source="orders", target="sales", **more):
    end = {"kind": "dataset", "namespace": "data"}
    edge = {
        "source": {**end, "name": source},
        "target": {**end, "name": target},
        "reason": "copied by hand every Monday",
        **more,
    }
    return {"edges": [edge]}


def send(client, method, url, data=None):
    return getattr(client, method)(
        url, json.dumps(data) if data is not None else "", "application/json"
    )


def test_a_declared_edge_is_shown_as_manual_everywhere(world, client):
    made = client.post("/lineage/manual/declare", form(expires_at="2999-01-01"))
    assert made.status_code == 302

    tab = "/datasets/data/orders"
    pages = {
        address: client.get(address).content.decode()
        for address in (
            f"{tab}/jobs",
            f"{tab}/lineage",
            f"{tab}/impact",
            "/datasets/data/sales/jobs",
            "/lineage/manual",
        )
    }
    for address, page in pages.items():
        assert "sales" in page, address
    for address in (f"{tab}/jobs", "/lineage/manual"):
        assert "copied by hand every Monday" in pages[address]
        assert "Sofia Lind" in pages[address]
    assert "data-manual" in pages[f"{tab}/lineage"]
    assert "declared</span>" in pages[f"{tab}/impact"]
    edges = client.get("/lineage/edges.csv?nodeId=dataset:data:orders&depth=3")
    rows = list(csv.DictReader(io.StringIO(edges.content.decode())))
    [manual] = [row for row in rows if row["declared"] == "manual"]
    assert (manual["from_name"], manual["to_name"]) == ("orders", "sales")
    assert manual["standing"] == manual["last_asserted"] == ""
    graph = client.get("/api/v1/lineage?nodeId=dataset:data:orders").json()["graph"]
    [orders] = [node for node in graph if node["id"] == "dataset:data:orders"]
    assert orders["outEdges"] == [
        {
            "origin": "dataset:data:orders",
            "destination": "dataset:data:sales",
            "assertedBy": ["manual"],
        }
    ]


def test_a_job_s_declared_reading_stands_apart_from_what_its_runs_say(world, client):
    client.post("/lineage/manual/declare", form(target_kind="job",
                target_namespace="jobs", target="report"))  # fmt: skip

    graph = client.get("/api/v1/lineage?nodeId=job:jobs:report").json()["graph"]
    [report] = [node for node in graph if node["id"] == "job:jobs:report"]
    assert report["inEdges"][0]["assertedBy"] == ["manual"]
    assert report["data"]["inputs"] == []
    page = client.get("/jobs/jobs/report").content.decode()
    assert "copied by hand every Monday" in page

    flows("report", reads=["orders"], writes=["sales"], number=2)
    graph = client.get("/api/v1/lineage?nodeId=job:jobs:report").json()["graph"]
    [report] = [node for node in graph if node["id"] == "job:jobs:report"]
    assert report["inEdges"][0]["assertedBy"] == ["events", "manual"]
    assert report["data"]["inputs"] == [{"namespace": "data", "name": "orders"}]


def test_a_declared_column_is_shown_where_columns_are(world, client):
    client.post(
        "/lineage/manual/declare", form(source_column="email", target_column="id")
    )

    columns = client.get("/datasets/data/sales").content.decode()
    graph = client.get("/api/v1/column-lineage?nodeId=datasetField:data:sales:id")
    assert "declared</span>" in columns
    [node] = [n for n in graph.json()["graph"] if n["data"]["dataset"] == "sales"]
    [field] = node["data"]["inputFields"]
    assert field["assertedBy"] == ["manual"]
    assert field["transformations"] == []
    impact = client.get("/datasets/data/orders/impact?column=email").content.decode()
    assert "column <b" in impact


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"source_name": "nowhere"}, "There is no dataset nowhere in data"),
        ({"reason": ""}, "The reason is missing."),
        ({"expires_at": "yesterday"}, "It expires on a day"),
        ({"source_column": "id"}, "Name the columns of both ends"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_said(
    world, client, wrong, said
):
    answer = client.post("/lineage/manual/declare", form() | wrong)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page
    assert 'value="sales"' in page
    assert not ManualEdge.objects.exists()


def test_a_form_goes_back_to_where_it_came_from_and_nowhere_else(world, client):
    here = client.post("/lineage/manual/declare", form(next="/datasets/data/sales"))
    away = client.post(
        "/lineage/manual/declare", form(next="https://evil.example/", reason="other")
    )

    assert here["Location"] == "/datasets/data/sales"
    assert away["Location"] == "/lineage/manual"


def test_an_edge_is_extended_and_ended_by_page(world, client):
    client.post("/lineage/manual/declare", form(expires_at="2999-01-01"))
    edge = ManualEdge.objects.get()

    client.post(f"/lineage/manual/{key_of(edge)}/extend", {"expires_at": ""})
    again = ManualEdge.objects.in_force().get()
    assert again.expires_at is None
    refused = client.post(f"/lineage/manual/{key_of(edge)}/extend", {}, follow=True)
    assert "ended already" in refused.content.decode()

    client.post("/lineage/manual/end", {"edge": [key_of(again)], "reason": "done"})
    assert not ManualEdge.objects.standing().exists()
    ended = client.get("/lineage/manual?state=ended").content.decode()
    assert "Ended" in ended
    assert "done" in ended


def test_many_are_ended_at_once_and_brought_back_at_once(world, client, steward):
    for source in ("orders", "customers"):
        client.post("/lineage/manual/declare", form(source=source, source_name=source))
    ids = [key_of(edge) for edge in ManualEdge.objects.all()]

    client.post("/lineage/manual/end", {"edge": ids, "reason": "all wrong"})

    change = Change.objects.latest("pk")
    assert (change.via, change.statement_count) == ("bulk", 2)
    undo_change(change, actor=steward, via=Change.Via.PAGE)
    assert ManualEdge.objects.in_force().count() == 2


def test_a_change_of_edges_is_told_and_undone_by_page(world, client):
    for source in ("orders", "customers"):
        client.post("/lineage/manual/declare", form(source=source, source_name=source))
    ids = [key_of(edge) for edge in ManualEdge.objects.all()]
    client.post("/lineage/manual/end", {"edge": ids})
    address = f"/changes/{Change.objects.latest('pk').public_id}"

    page = client.get(address)

    assert page.status_code == 200
    assert "customers" in page.content.decode()
    assert client.get("/changes").status_code == 200
    client.post(f"{address}/undo")
    assert ManualEdge.objects.in_force().count() == 2


def test_a_change_of_edges_is_not_told_to_who_may_not_see_lineage(world, client):
    client.post("/lineage/manual/declare", form())
    Role.objects.create(name="finder", actions=[Action.ASSET_VIEW])
    reader = person("fin")
    grant_role(reader, "finder", actor=None)
    grant_role(reader, "steward", namespace="elsewhere", actor=None)

    told = client_of(reader).get(f"/changes/{Change.objects.get().public_id}")

    # He sees all assets, and so that there was a change; not what flows where.
    assert "orders" not in told.content.decode()
    assert "sales" not in told.content.decode()


def csv_file(*lines):
    header = "source_namespace,source_name,target_namespace,target_name,reason"
    text = "\n".join([header, *lines])
    return SimpleUploadedFile("edges.csv", text.encode())


GOOD = "data,orders,data,sales,by hand"


def test_a_file_is_taken_whole_or_not_at_all(world, client):
    bad = csv_file(GOOD, "data,nowhere,data,sales,by hand", "data,orders,data,sales,")
    refused = client.post("/lineage/manual/import", {"file": bad})

    page = refused.content.decode()
    assert refused.status_code == 400
    assert ">3</th>" in page
    assert "There is no dataset nowhere" in page
    assert ">4</th>" in page
    assert not ManualEdge.objects.exists()

    tried = client.post(
        "/lineage/manual/import", {"file": csv_file(GOOD), "dry_run": 1}
    )
    assert "1 new, 0 said anew" in tried.content.decode()
    assert not ManualEdge.objects.exists()

    client.post("/lineage/manual/import", {"file": csv_file(GOOD), "reason": "a list"})
    assert ManualEdge.objects.in_force().count() == 1
    assert Change.objects.get().via == "csv"


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"\xff\xfe", b"\x80", GOOD.encode()]
)
def test_a_file_that_is_no_table_of_edges_is_refused(world, client, content):
    file = SimpleUploadedFile("edges.csv", content)

    assert client.post("/lineage/manual/import", {"file": file}).status_code == 400
    assert client.post("/lineage/manual/import", {}).status_code == 400


def test_an_export_can_be_imported_again(world, client):
    client.post("/lineage/manual/declare", form(reason="=1+1, by hand"))
    text = client.get("/lineage/manual.csv").getvalue().decode()
    assert "'=1+1" in text
    assert JournalEntry.objects.filter(act="lineage.exported").count() == 1

    file = SimpleUploadedFile("edges.csv", text.encode())
    again = client.post("/lineage/manual/import", {"file": file}, follow=True)

    assert "declared already" in again.content.decode()
    assert ManualEdge.objects.get().reason == "=1+1, by hand"


class TestApi:
    def test_it_declares_lists_extends_and_ends(self, world, client):
        made = send(client, "post", URL, body(expiresAt="2999-01-01"))
        assert made.status_code == 201
        assert made.json()["declared"] == 1
        again = send(client, "post", URL, body(expiresAt="2999-01-01"))
        assert (again.status_code, again.json()["change"]) == (200, None)

        [edge] = client.get(f"{URL}?nodeId=dataset:data:sales").json()["edges"]
        assert edge["author"] == "Sofia Lind"
        assert edge["state"] == "in-force"
        assert edge["expiresAt"] == "2999-01-02T00:00:00Z"
        one = f"{URL}/{edge['id']}"
        longer = send(client, "patch", one, {"expiresAt": None})
        assert longer.json()["expiresAt"] is None
        assert send(client, "patch", one, {"expiresAt": None}).status_code == 409

        new = f"{URL}/{longer.json()['id']}"
        assert client.delete(f"{new}?reason=done").status_code == 204
        assert client.delete(new).status_code == 409
        assert client.get(new).json()["state"] == "ended"
        assert client.get(URL).json() == {"edges": [], "totalCount": 0}
        assert client.get(f"{URL}?state=ended").json()["totalCount"] == 2

    def test_a_dry_run_changes_nothing(self, world, client):
        tried = send(client, "post", URL, body() | {"dryRun": True})

        assert tried.json() == {"declared": 1, "replaced": 0, "change": None}
        assert not ManualEdge.objects.exists()

    @pytest.mark.parametrize(
        ("sent", "status", "at"),
        [
            (body(source="nowhere"), 422, "/edges/0/source/name"),
            (body(expiresAt="soon"), 422, "/edges/0/expiresAt"),
            (body(reason=""), 400, "/edges/0/reason"),
            ({"edges": []}, 400, "/edges"),
            ({"edges": [{"source": {"kind": "table"}}]}, 400, None),
            ([1, 2], 400, None),
            ({"edges": "many"}, 400, "/edges"),
        ],
    )
    def test_what_cannot_be_declared_is_a_problem(
        self, world, client, sent, status, at
    ):
        refused = send(client, "post", URL, sent)

        assert refused.status_code == status
        assert at is None or refused.json()["pointer"] == at

    @pytest.mark.parametrize("query", ["state=odd", "nodeId=dataset:a:b", "limit=x"])
    def test_a_question_that_cannot_be_answered_is_a_problem(
        self, world, client, query
    ):
        assert client.get(f"{URL}?{query}").status_code in (400, 404)


def test_a_reader_changes_nothing(world, client):
    client.post("/lineage/manual/declare", form())
    edge = ManualEdge.objects.get()
    reader = client_of(person("vera", "viewer"))

    assert reader.get("/lineage/manual").status_code == 200
    assert "copied by hand" in reader.get("/datasets/data/sales/jobs").content.decode()
    for address, data in (
        ("/lineage/manual/declare", form(reason="mine")),
        ("/lineage/manual/end", {"edge": [key_of(edge)]}),
        (f"/lineage/manual/{key_of(edge)}/extend", {}),
        ("/lineage/manual/import", {"file": csv_file(GOOD)}),
    ):
        assert reader.post(address, data).status_code == 403
    assert send(reader, "post", URL, body()).status_code == 403
    assert reader.delete(f"{URL}/{key_of(edge)}").status_code == 403
    assert ManualEdge.objects.in_force().get() == edge


def test_an_editor_elsewhere_changes_nothing_here(world, client):
    client.post("/lineage/manual/declare", form())
    edge = ManualEdge.objects.get()
    reader = person("eva", "viewer")
    grant_role(reader, "steward", namespace="jobs", actor=None)
    elsewhere = client_of(reader)

    assert (
        elsewhere.post("/lineage/manual/end", {"edge": [key_of(edge)]}).status_code
        == 403
    )
    assert send(elsewhere, "post", URL, body(reason="x")).status_code == 403
    assert elsewhere.delete(f"{URL}/{key_of(edge)}").status_code == 403


def test_who_sees_one_end_alone_learns_nothing(world, client):
    client.post("/lineage/manual/declare", form(source_kind="job",
                source_namespace="jobs", source_name="load"))  # fmt: skip
    edge = ManualEdge.objects.get()
    half = client_of(person("hal", "steward", namespace="data"))

    for address in ("/lineage/manual", "/datasets/data/sales/jobs", URL,
                    "/lineage/manual.csv", "/datasets/data/sales/lineage",
                    "/datasets/data/customers/impact"):  # fmt: skip
        answer = half.get(address)
        text = b"".join(answer) if answer.streaming else answer.content
        for secret in (b"jobs/load", b"jobs:load", b",load,"):
            assert secret not in text, address
        assert b"by hand" not in text, address
    assert half.get(f"{URL}/{key_of(edge)}").status_code == 404
    assert half.delete(f"{URL}/{key_of(edge)}").status_code == 404
    assert half.post("/lineage/manual/end", {"edge": [key_of(edge)]}).status_code == 404
    said = half.post("/lineage/manual/declare", form(source_kind="job",
                     source_namespace="jobs", source_name="load"))  # fmt: skip
    unknown = half.post("/lineage/manual/declare", form(source_kind="job",
                        source_namespace="jobs", source_name="lood"))  # fmt: skip
    assert said.status_code == unknown.status_code == 400
    assert Dataset.objects.unrestricted("test").filter(name="sales").exists()
