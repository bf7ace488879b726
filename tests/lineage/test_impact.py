"""Impact: what is downstream, how far, by which way, whose; and nothing of secrets."""

import csv
import io
import json
from uuid import NAMESPACE_URL, uuid5

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Change, Dataset, Job
from lineage import impact
from lineage.ingest import ingest
from lineage.manual import read
from lineage.reader import Reader
from lineage.services.manual import declare_edges
from policies.audit import Act
from policies.models import JournalEntry
from policies.services import grant_role
from tests.factories import make_principal
from tests.lineage.conftest import run_event
from tests.lineage.graph.worlds import EFFECTIVE, INPUT, OPEN, World, worlds

pytestmark = pytest.mark.django_db

DATA, JOBS, VAULT = "data", "jobs", "vault"


def facet(name, **members):
    return {
        "_producer": "https://example.org/p",
        "_schemaURL": f"https://example.org/{name}.json",
        **members,
    }


def place(name):
    home, _, own = name.rpartition("/")
    return {"namespace": home or DATA, "name": own}


def derives(**columns):
    """Output column = [(dataset, column, subtype, masking)]; `whole` is the dataset."""

    def inputs(sources):
        return [
            {
                **place(dataset),
                "field": column,
                "transformations": [
                    {"type": "DIRECT", "subtype": subtype, "masking": masking}
                ],
            }
            for dataset, column, subtype, masking in sources
        ]

    whole = columns.pop("whole", [])
    fields = {out: {"inputFields": inputs(found)} for out, found in columns.items()}
    return facet("ColumnLineage", fields=fields, dataset=inputs(whole))


def flows(job, *, reads=(), writes=(), state="COMPLETE", owner=None, **lineage):
    job_facets = {}
    if owner:
        owners = [{"name": owner, "type": "MAINTAINER"}]
        job_facets["ownership"] = facet("Ownership", owners=owners)
    home, _, own = job.rpartition("/")
    names = [{"name": column} for column in ("id", "email", "total")]
    facets = {"schema": facet("Schema", fields=names)}
    if lineage:
        facets["columnLineage"] = derives(**lineage)
    event = run_event(
        eventType=state,
        run={"runId": str(uuid5(NAMESPACE_URL, job))},
        job={"namespace": home or JOBS, "name": own, "facets": job_facets},
        inputs=[place(name) for name in reads],
        outputs=[{**place(name), "facets": facets} for name in writes],
    )
    [outcome] = ingest([json.dumps(event).encode()])
    assert outcome.status == 201


@pytest.fixture
def river(db):
    """raw → stage → staged → mix → mart; staged → (vault) → hidden → publish → open."""
    flows("stage", reads=["raw"], writes=["staged"], owner="harbour team",
          email=[("raw", "email", "IDENTITY", False)])  # fmt: skip
    flows("mix", reads=["staged", "other"], writes=["mart"], state="FAIL",
          total=[("staged", "email", "AGGREGATION", True)],
          whole=[("staged", "id", "FILTER", False)])  # fmt: skip
    flows("vault/seal", reads=["staged"], writes=["vault/secret"],
          email=[("staged", "email", "IDENTITY", False)])  # fmt: skip
    flows("vault/publish", reads=["vault/secret"], writes=["open"],
          email=[("vault/secret", "email", "IDENTITY", False)])  # fmt: skip


@pytest.fixture
def admin(db):
    return make_principal("ada", "admin")


@pytest.fixture
def half(db):
    """Sees data and jobs, and nothing of the vault."""
    reader = make_principal("hal", "viewer", namespace=DATA)
    grant_role(reader, "viewer", namespace=JOBS, actor=None)
    return reader


def dataset(name):
    return Dataset.objects.unrestricted("test").with_names().get(name=name)


def of(name, principal, **more):
    return impact.of_asset(dataset(name), Reader(principal), **more)


def hops(found):
    return {(hit.asset.name, hit.column): hit.hops for hit in found.hits}


def way(found, name):
    [hit] = [hit for hit in found.hits if hit.asset.name == name]
    return [step.name or step.kind for step in hit.path]


def client_of(principal):
    client = Client()
    client.force_login(principal)
    return client


def test_downstream_is_told_nearest_first_with_the_way(river, admin):
    found = of("raw", admin)

    assert hops(found) == {
        ("stage", ""): 1,
        ("staged", ""): 2,
        ("mix", ""): 3,
        ("seal", ""): 3,
        ("mart", ""): 4,
        ("secret", ""): 4,
        ("publish", ""): 5,
        ("open", ""): 6,
    }
    assert [hit.hops for hit in found.hits] == sorted(h.hops for h in found.hits)
    assert way(found, "mart") == ["stage", "staged", "mix", "mart"]
    assert found.is_complete


def test_upstream_and_siblings_are_no_impact(river, admin):
    assert hops(of("other", admin)) == {("mix", ""): 1, ("mart", ""): 2}
    assert of("mart", admin).hits == []


def test_owners_and_last_runs_stand_at_what_they_are_of(river, admin):
    hits = {hit.asset.name: hit for hit in of("raw", admin).hits}

    assert hits["stage"].owners == [("harbour team", "MAINTAINER", False)]
    assert hits["mix"].last_run.state == 4  # failed
    assert hits["mart"].last_run is None


def test_a_withheld_stretch_is_one_nameless_step_whatever_its_length(river, half):
    found = of("raw", half)

    assert hops(found) == {
        ("stage", ""): 1,
        ("staged", ""): 2,
        ("mix", ""): 3,
        ("mart", ""): 4,
        ("open", ""): 4,
    }
    assert way(found, "open") == ["stage", "staged", "withheld", "open"]
    assert found.withheld == 1
    assert not found.is_complete


def test_a_job_has_an_impact(river, admin):
    job = Job.objects.unrestricted("test").get(name="mix")

    assert hops(impact.of_asset(job, Reader(admin))) == {("mart", ""): 1}


def test_a_column_is_followed_by_what_is_made_of_it(river, admin):
    found = impact.of_column(dataset("raw"), "email", Reader(admin))

    assert hops(found) == {
        ("staged", "email"): 1,
        ("mart", "total"): 2,
        ("secret", "email"): 2,
        ("open", "email"): 3,
    }
    [last] = [hit for hit in found.hits if hit.asset.name == "mart"]
    assert [[job.name for job in step.jobs] for step in last.path] == [
        ["stage"],
        ["mix"],
    ]
    assert [how.masking for how in last.path[-1].ways] == [True]


def test_a_column_that_a_dataset_filters_by_affects_it_as_a_whole(river, admin):
    found = impact.of_column(dataset("staged"), "id", Reader(admin))

    assert hops(found) == {("mart", ""): 1}
    assert found.hits[0].kind == "dataset"
    assert found.hits[0].path[0].ways[0].subtype == "FILTER"


def test_jobs_that_tell_of_no_columns_make_the_answer_incomplete(river, admin):
    flows("copy", reads=["staged"], writes=["copied"])

    found = impact.of_column(dataset("raw"), "email", Reader(admin))

    assert [job.name for job in found.silent] == ["copy"]
    assert not found.is_complete


def test_hidden_columns_and_jobs_are_not_named(river, half):
    found = impact.of_column(dataset("staged"), "email", Reader(half))

    assert hops(found) == {("mart", "total"): 1, ("open", "email"): 2}
    assert way(found, "open") == ["withheld", "open"]
    [hit] = [hit for hit in found.hits if hit.asset.name == "open"]
    assert [(step.jobs, step.ways) for step in hit.path] == [([], []), ([], [])]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_fewer_hops_say_that_there_is_more(river, admin, depth):
    found = of("raw", admin, max_hops=depth)
    columns = impact.of_column(
        dataset("raw"), "email", Reader(admin), max_hops=min(depth, 2)
    )

    assert max(hit.hops for hit in found.hits) == depth
    assert found.is_truncated
    assert max(hit.hops for hit in columns.hits) == min(depth, 2)
    assert columns.is_truncated


def test_as_many_hops_as_there_are_leave_nothing_out(river, admin):
    assert not of("raw", admin, max_hops=6).is_truncated
    found = impact.of_column(dataset("raw"), "email", Reader(admin), max_hops=3)
    assert not found.is_truncated


def test_a_bound_on_nodes_says_that_there_is_more(river, admin):
    found = of("raw", admin, max_nodes=3)

    assert len(found.hits) == 3
    assert found.is_truncated


def test_what_people_declare_is_followed_and_flagged(river, admin):
    rows = [
        {
            "source_namespace": DATA,
            "source_name": "mart",
            "target_namespace": DATA,
            "target_name": "other",
            "reason": "copied by hand",
        }
    ]
    declare_edges(read(rows, Reader(admin)), actor=admin, via=Change.Via.PAGE)

    found = of("mart", admin)

    # It flows back into mix: a cycle ends where it began.
    assert hops(found) == {("other", ""): 1, ("mix", ""): 2}
    assert [step.is_manual for step in found.hits[0].path] == [True]
    assert found.hits[1].is_manual


def test_what_is_deleted_is_no_hit_and_no_secret(river, admin):
    Job.objects.unrestricted("test").filter(name="stage").update(
        hidden_at="2999-01-01T00:00Z"
    )

    found = of("raw", admin)

    assert "stage" not in {hit.asset.name for hit in found.hits}
    assert way(found, "staged") == ["deleted", "staged"]
    assert found.withheld == 0


# --- The page, the file, the API ---------------------------------------------


def test_the_page_groups_by_distance_and_filters(river, admin):
    client = client_of(admin)

    page = client.get("/datasets/data/raw/impact").content.decode()
    jobs = client.get("/datasets/data/raw/impact?kind=job").content.decode()
    owned = client.get("/datasets/data/raw/impact?owner=harbour+team").content.decode()
    nothing = client.get("/datasets/data/mart/impact").content.decode()

    assert "4 hops away" in page
    assert "harbour team" in page
    assert "/datasets/data/mart" not in jobs
    assert "/jobs/jobs/mix" in jobs
    assert '>Downstream <span class="count">1</span>' in owned
    assert "Nothing downstream is known" in nothing
    assert "sends no events may use it all the same" in nothing


def test_the_page_of_a_column_says_what_is_not_told(river, admin):
    flows("copy", reads=["staged"], writes=["copied"])
    client = client_of(admin)

    page = client.get("/datasets/data/raw/impact?column=email").content.decode()

    assert "Not every job tells of columns" in page
    assert "masked" in page
    assert client.get("/datasets/data/raw/impact?column=nope").status_code == 404
    assert client.get("/datasets/data/raw/impact?column=%00").status_code == 404


def test_the_file_has_a_row_for_each_hit_and_is_journaled(river, admin):
    answer = client_of(admin).get("/datasets/data/raw/impact.csv?column=email")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    told = {(r["to_name"], r["to_column"], r["hops"]) for r in rows}
    assert ("mart", "total", "2") in told
    assert {r["from_column"] for r in rows} == {"email"}
    [mart] = [row for row in rows if row["to_name"] == "mart"]
    assert mart["path"].startswith("raw → staged.email [stage")
    entry = JournalEntry.objects.get(act=Act.LINEAGE_EXPORTED)
    assert entry.changes["table"] == "impact"
    assert entry.changes["column"] == "email"


def test_the_file_holds_no_formula(admin):
    flows("=1+1", reads=["raw"], writes=["@sum"], owner="+cmd")

    text = client_of(admin).get("/datasets/data/raw/impact.csv").content.decode()

    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]
    assert "'=1+1" in cells


def test_the_api_tells_the_same(river, half):
    client = client_of(half)

    answer = client.get("/api/v1/impact?nodeId=dataset:data:raw").json()
    column = client.get("/api/v1/impact?nodeId=datasetField:data:staged:email").json()

    assert answer["withheld"] == 1
    assert not answer["complete"]
    assert {hit["nodeId"]: hit["hops"] for hit in answer["hits"]}[
        "dataset:data:open"
    ] == 4
    [hit] = [h for h in column["hits"] if h["nodeId"] == "datasetField:data:mart:total"]
    assert hit["path"] == [
        {
            "kind": "column",
            "nodeId": "datasetField:data:mart:total",
            "assertedBy": "events",
            "jobs": ["job:jobs:mix"],
            "transformations": [
                {
                    "type": "DIRECT",
                    "subtype": "AGGREGATION",
                    "description": None,
                    "masking": True,
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("nodeId=dataset:data:nope", 404),
        ("nodeId=dataset:vault:secret", 404),
        ("nodeId=dataset:data:raw&depth=101", 400),
        ("nodeId=dataset:data:raw&depth=-1", 400),
        ("nodeId=datasetField:data:raw:nope", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(river, half, query, status):
    assert client_of(half).get(f"/api/v1/impact?{query}").status_code == status


def test_nothing_of_the_vault_is_told_anywhere(river, half):
    client = client_of(half)

    answers = [
        client.get(address).content.decode()
        for address in (
            "/datasets/data/raw/impact",
            "/datasets/data/raw/impact?column=email",
            "/datasets/data/raw/impact.csv",
            "/datasets/data/staged/impact.csv?column=email",
            "/api/v1/impact?nodeId=dataset:data:raw",
            "/api/v1/impact?nodeId=datasetField:data:raw:email",
            "/jobs/jobs/stage/impact",
        )
    ]

    for told in answers:
        assert "open" in told
        for secret in (VAULT, "secret", "seal", "publish"):
            assert secret not in told
    assert client.get("/datasets/vault/secret/impact").status_code == 404


def test_the_queries_do_not_grow_with_the_hits(river, admin):
    def queries(address):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    client = client_of(admin)
    addresses = ["/datasets/data/raw/impact", "/datasets/data/raw/impact?column=email"]
    client.get(addresses[0])
    few = [queries(address) for address in addresses]
    for number in range(12):
        flows(f"more{number}", reads=["staged"], writes=[f"m{number}"],
              email=[("staged", "email", "IDENTITY", False)])  # fmt: skip
    assert [queries(address) for address in addresses] == few


# --- For any graph ---------------------------------------------------------


def reference(world: World, start: int) -> set[str]:
    """The nodeIds that lie downstream of a canonical dataset and may be shown."""
    after = {}
    for io_ in world.io:
        if io_.status not in EFFECTIVE:
            continue
        leader = world.datasets[io_.dataset].leader
        job, data = ("job", io_.job), ("dataset", leader)
        one, other = (data, job) if io_.direction == INPUT else (job, data)
        after.setdefault(one, set()).add(other)
    seen, pending = set(), [("dataset", start)]
    while pending:
        for other in after.get(pending.pop(), ()):
            if other not in seen and other != ("dataset", start):
                seen.add(other)
                pending.append(other)
    return {
        world.job_id(n) if kind == "job" else world.dataset_id(n)
        for kind, n in seen
        if (world.shows_job(n) if kind == "job" else world.shows_dataset(n))
    }


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), data=st.data())
def test_the_hits_are_what_is_downstream_and_permitted(world, data):
    leaders = {one.leader for one in world.datasets}
    shown = sorted(leader for leader in leaders if world.shows_dataset(leader))
    if not shown:
        return
    with transaction.atomic():
        reader = make_principal("vera", "viewer", namespace=OPEN)
        world.create()
        start = data.draw(st.sampled_from(shown))
        found = impact.of_asset(
            Dataset.objects.unrestricted("test").get(pk=200 + start), Reader(reader)
        )
        told = {
            ("job" if hit.kind == "job" else "dataset")
            + f":{hit.asset.namespace.name}:{hit.asset.name}"
            for hit in found.hits
        }
        named = {step.namespace for hit in found.hits for step in hit.path}
        transaction.set_rollback(True)
    assert told == reference(world, start)
    assert named <= {OPEN, ""}
