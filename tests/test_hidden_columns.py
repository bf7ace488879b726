"""A column that a reader is denied by a tag is named to them nowhere.

Its name is one that stands nowhere else. It is looked for in the answers of every route
that reads, and of every list and page of the administration.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from catalog import versions
from catalog.curation.kinds import KINDS, Written
from catalog.curation.proposals import proposals_of
from catalog.curation.subjects import Subject
from catalog.hidden_columns import NONE, about_shown_columns, hidden_columns
from catalog.models import Change, Dataset, Job, Mark, Tag
from catalog.search.finding import Wanted, find
from catalog.search.indexing import catch_up
from catalog.search.queries import read
from catalog.search.results import search
from catalog.services import (
    Saying,
    changing,
    define_entry,
    fold_proposals,
    reject_proposals,
    say,
)
from lineage import nodeids
from lineage.ingest import ingest
from lineage.manual import Drawn, End
from lineage.models import Event
from lineage.services.manual import declare_edges
from policies import access
from policies.actions import Action
from policies.admin_site import site
from policies.models import Grant, Role
from policies.services import create_token
from reports.services import produce_report, request_report
from tests.cast import MATRIX, WHY, break_glass
from tests.factories import bearer, make_principal, principal_of
from tests.lineage.projection.happenings import dataset, event, run_id
from tests.policies.test_harvested_denies import tags
from tests.test_permission_matrix import asked

pytestmark = pytest.mark.django_db

MARKER = "zzmarker"
SSN = "zzmarker_ssn"  # tagged by a steward
MAIL = "zzmarker_mail"  # by a producer, in an event
INNER = "zzmarker_inner"  # nested in one that is tagged
NAMES = {"namespace": "data", "dataset": "orders", "job": "load"}
HOME = {"dataset": "data", "job": "jobs"}


def field(name, **more):
    return {"name": name, "type": "text", **more}


def schema(*extra):
    ssn = field(SSN, description="The number of a person.")
    return {"fields": [field("id"), ssn, field("amount"), *extra]}


def schema_of_orders(*extra):
    return schema(
        field(MAIL, description="Where to write to."),
        field("address", fields=[field(INNER), field("city")]),
        field("outer", fields=[field("zzmarker_deep")]),
        *extra,
    )


def source(name, column, **more):
    how = {"type": "DIRECT", "subtype": "TRANSFORMATION", **more}
    return {
        "namespace": "data",
        "name": name,
        "field": column,
        "transformations": [how],
    }


def facets_of_orders():
    metrics = {"nullCount": 1, "distinctCount": 7}
    check = {"assertion": "not_null", "success": True}
    return {
        "schema": schema_of_orders(),
        "tags": tags(f"PII=email@{MAIL}", "gold"),
        "dataQualityMetrics": {
            "rowCount": 5,
            "columnMetrics": {SSN: metrics, "id": metrics, MAIL: metrics},
        },
        "dataQualityAssertions": {
            "assertions": [
                {**check, "column": SSN},
                {**check, "column": "id"},
                {"assertion": f"unique_orders_{MAIL}", "success": False},
            ]
        },
        "custom_profile": {
            "columns": {SSN: {"min": 1}, "id": {"min": 2}},
            "sorted_by": [MAIL, "id"],
            "note": f"distributed by hash({SSN})",
        },
        "columnLineage": {
            "fields": {
                SSN: {"inputFields": [source("crm", SSN)]},
                "id": {
                    "inputFields": [
                        source("crm", SSN),
                        source("crm", "id", description=f"coalesce(id, {SSN})"),
                    ]
                },
            },
            "dataset": [source("crm", SSN)],
        },
    }


def events_of_world():
    crm = dataset("crm", schema=schema(), tags=tags(f"PII@{SSN}"))
    orders = dataset("orders", **facets_of_orders())
    report = {
        "schema": schema(field("total")),
        "columnLineage": {
            "fields": {
                "total": {"inputFields": [source("orders", SSN)]},
                "id": {"inputFields": [source("orders", "id")]},
                SSN: {"inputFields": [source("orders", MAIL)]},
            },
            "dataset": [source("orders", SSN)],
        },
        "tags": tags(f"PII@{SSN}"),
    }
    of_run = {
        "test": {"tests": [{"name": f"not_null_orders_{SSN}", "status": "pass"}]},
        "custom_plan": {"project": ["id", SSN]},
    }
    of_job = {"custom_config": {"key_columns": f"id,{MAIL}"}}
    yield event("START", 0, "load", "r1", reads=[crm], writes=[orders], of_job=of_job)
    subset = {"inputCondition": {"type": "compare", "left": {"field": SSN}}}
    again = dataset("crm", io_subset=subset, io_dataQualityMetrics={
        "columnMetrics": {SSN: {"nullCount": 0}}, "rowCount": 1
    })  # fmt: skip
    yield event("COMPLETE", 1, "load", "r1", reads=[again], writes=[orders], **of_run)
    yield event(
        "COMPLETE", 2, "publish", "r2", reads=[dataset("orders")],
        writes=[dataset("report", **report)],
    )  # fmt: skip
    later = dataset("orders", schema=schema_of_orders(field("zzmarker_new")))
    yield event("COMPLETE", 3, "load", "r3", reads=[crm], writes=[later])


def row(name, model=Dataset):
    rows = model.objects.unrestricted(WHY).select_related("namespace")
    return rows.get(name=name)


def tell(subject, aspect, value, detail=""):
    kind = KINDS[aspect]
    fields = kind.fields_of(subject, Written(value, detail))
    return say(
        [Saying(kind, subject, fields)],
        actor=principal_of("steward"),
        via=Change.Via.PAGE,
        reason=f"since {subject.column} is personal",
    )


@pytest.fixture
def world(db):
    """Datasets with columns that are denied to some, and all that is said of these."""
    make_principal("steward", "steward")
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        for name in ("PII", "PII.email", "gold"):
            define_entry(making, Tag, {"name": name, "description": ""})
    ingest(list(events_of_world()))
    for name in ("orders", "report", "crm"):
        own = Subject("dataset", row(name), SSN)
        tell(own, "tag", "PII")
        tell(own, "description", "What nobody may know.")
    for column in (f"address.{INNER}", "outer", "zzmarker_new"):
        tell(Subject("dataset", row("orders"), column), "tag", "PII")
    change = tell(Subject("dataset", row("orders")), "description", "All orders.")
    hidden = tell(Subject("dataset", row("orders"), MAIL), "description", "Mail.")
    edges = [
        Drawn(End(row("crm"), a), End(row("report"), b), "as it is")
        for a, b in ((SSN, "amount"), ("id", "amount"), ("id", SSN))
    ]
    declare_edges(edges, actor=principal_of("steward"), via=Change.Via.PAGE)
    while fold_proposals():
        pass
    while catch_up():
        pass
    return {"change": str(change.public_id), "hidden_change": str(hidden.public_id)}


def deny(principal, *, tag="PII", actions=None, **more):
    """Deny somebody a tag, for all actions unless told otherwise."""
    told = actions or Role.objects.get(name="admin").actions
    role, _ = Role.objects.get_or_create(
        name=f"deny-{tag.replace('.', '-')}-{len(told)}",
        defaults={"actions": list(told)},
    )
    Grant.objects.create(
        principal=principal, role=role, effect="deny", reach="tag",
        scope_id=Tag.objects.get(name=tag).pk, **more,
    )  # fmt: skip
    return principal


class Surfaces:
    """All answers that somebody gets: by their address, the texts."""

    def __init__(self, principal, world):
        self.client = Client(raise_request_exception=True)
        self.principal = principal
        self.headers = bearer(create_token(principal, "test", actor=None).raw)
        self.world = {**NAMES, **world, **self._ids()}

    def _ids(self):
        known = Dataset.objects.unrestricted(WHY).with_names().filter(name="orders")
        [defined] = versions.of_datasets(known).values()
        jobs = Job.objects.unrestricted(WHY).select_related("namespace")
        [[job_version, *_]] = versions.of_jobs(jobs.filter(name="load")).values()
        now = timezone.now()
        report = request_report(
            row("orders"), since=now - timedelta(days=1000), until=now,
            actor=self.principal,
        )  # fmt: skip
        assert produce_report(report.pk) == "done"
        first = Event.objects.order_by("event_time")[0]
        return {
            "run": run_id("r1"),
            "digest": bytes(first.digest).hex(),
            "dataset_version": str(defined[-1].id),
            "job_version": str(job_version.id),
            "report": str(report.public_id),
            "word": "PII",
        }

    def get(self, path):
        """The text of an answer, be it what it may be."""
        is_api = path.startswith("/api/")
        if is_api:
            self.client.logout()
        else:
            self.client.force_login(self.principal)
        answer = self.client.get(path, headers=self.headers if is_api else {})
        if answer.streaming:
            return b"".join(answer.streaming_content).decode(errors="replace")
        return answer.content.decode(errors="replace")

    def addresses(self):
        """Every route that reads, and every column, page and file that is asked for."""
        for one in MATRIX["row"]:
            if one["request"].startswith("GET") and not one.get("live"):
                for name in ("orders", "report"):
                    yield asked(one, {**self.world, "dataset": name})[1]
                home = {**self.world, "namespace": HOME["job"]}
                if "{job}" in one["request"]:
                    yield asked(one, home)[1]
        for name in ("orders", "report", "crm"):
            yield from self.about(name)
        yield "/changes/" + self.world["hidden_change"]
        for of in ("dataset", "job"):
            yield f"/api/v1/proposals?kind={of}"
        yield "/proposals?aspect=description"
        yield "/api/v1/search?q=person"
        yield f"/api/v1/lineage/impact?nodeId=job:{HOME['job']}:load"
        yield from self._of_admin()

    def about(self, name):
        page = f"/datasets/data/{name}"
        tabs = ("versions", "jobs", "runs", "governance", "trail", "impact", "lineage")
        yield page
        yield from (f"{page}/{tab}" for tab in (*tabs, "impact.csv"))
        node = nodeids.of_dataset("data", name)
        yield f"/lineage/columns?nodeId={node}"
        yield f"/api/v1/column-lineage?nodeId={node}&withDownstream=true"
        yield f"/api/v1/lineage?nodeId={node}"
        for column in ("id", "amount"):
            of = nodeids.of_field("data", name, column)
            yield f"/api/v1/column-lineage?nodeId={of}&withDownstream=true"
            yield f"/api/v1/lineage/impact?nodeId={of}"
            yield f"{page}/impact?column={column}"
        yield f"/api/v1/curation?kind=dataset&namespace=data&name={name}"
        yield f"/api/v1/changes?kind=dataset&namespace=data&name={name}"
        yield f"/journal?namespace=data&name={name}&kind=dataset"

    def _of_admin(self):
        yield reverse("admin:index")
        for model in site._registry:
            meta = model._meta
            at = f"admin:{meta.app_label}_{meta.model_name}"
            yield reverse(f"{at}_changelist")
            rows = model._default_manager
            if hasattr(rows, "unrestricted"):
                rows = rows.unrestricted(WHY)
            for pk in list(rows.values_list("pk", flat=True)[:12]):
                for page in ("change", "history"):
                    with suppress(NoReverseMatch):  # what acts on itself has no history
                        yield reverse(f"{at}_{page}", args=[pk])

    def naming(self, addresses=None, marker=MARKER):
        """The addresses whose answers name it, each with where."""
        found = {}
        for address in dict.fromkeys(addresses or self.addresses()):
            text = self.get(address)
            at = text.lower().find(marker)
            if at >= 0:
                found[address] = text[max(at - 200, 0) : at + 60]
        return found


def test_a_denied_column_is_named_on_no_surface(world):
    someone = deny(make_principal("someone", "admin", is_staff=True))

    assert Surfaces(someone, world).naming() == {}


def test_nor_where_walks_stop(world, settings):
    settings.HEADWATER_WALKS_HIDDEN = "STOP"
    someone = deny(make_principal("someone", "admin", is_staff=True))
    surfaces = Surfaces(someone, world)

    assert surfaces.naming(surfaces.about("orders")) == {}
    assert surfaces.naming(surfaces.about("report")) == {}


def test_without_a_deny_it_is_named_on_many(world):
    someone = make_principal("someone", "admin", is_staff=True)

    assert len(Surfaces(someone, world).naming()) > 60


def test_where_the_glass_is_broken_it_is_named(world):
    someone = deny(make_principal("someone", "admin"))
    path = "/api/v1/namespaces/data/datasets/orders"
    assert SSN not in Surfaces(someone, world).get(path)

    break_glass(someone)

    assert SSN in Surfaces(someone, world).get(path)


def columns_told(principal, name="orders"):
    client = Client()
    headers = bearer(create_token(principal, "again", actor=None).raw)
    path = f"/api/v1/namespaces/data/datasets/{name}"
    told = client.get(path, headers=headers).json()
    return {one["name"] for one in told["fields"]}


def test_an_owner_does_not_pass_the_deny(world):
    owner = deny(make_principal("owner", "viewer"))
    tell(Subject("dataset", row("orders")), "owner", "owner", "business")

    assert columns_told(owner) == {"id", "amount", "address"}


@pytest.mark.parametrize(
    ("condition", "is_told"),
    [
        ({"env_in": ["production"]}, False),
        ({"env_in": ["test"]}, True),
        ({"not": {"env_in": ["production"]}}, True),
        ({"lifecycle_in": ["draft"]}, True),
        ({"owner_is_me": True}, True),
        ({"any": [{"env_in": ["test"]}, {"lifecycle_in": ["active"]}]}, False),
    ],
)
def test_a_condition_is_one_on_the_dataset(world, condition, is_told):
    whole = Subject("dataset", row("orders"))
    tell(whole, "environment", "production")
    tell(whole, "lifecycle", "active")
    someone = deny(make_principal("someone", "viewer"), condition=condition)

    assert (SSN in columns_told(someone)) is is_told
    # Elsewhere the condition is another one's.
    assert (SSN in columns_told(someone, "report")) is ("not" not in condition)


def test_a_deny_of_a_tag_takes_those_below_it_and_not_those_above(world):
    someone = deny(make_principal("someone", "viewer"), tag="PII.email")

    told = columns_told(someone)

    assert SSN in told
    assert MAIL not in told


def test_a_deny_of_lineage_takes_columns_from_lineage_alone(world):
    someone = make_principal("someone", "viewer")
    deny(someone, actions=[Action.LINEAGE_VIEW])
    surfaces = Surfaces(make_principal("other", "admin"), world)
    surfaces.client.force_login(someone)
    node = nodeids.of_dataset("data", "orders")

    assert SSN in columns_told(someone)
    told = surfaces.client.get(f"/lineage/columns?nodeId={node}").content.decode()
    assert MARKER not in told
    assert "amount" in told


def test_a_tag_that_is_rejected_hides_no_column(world):
    someone = deny(make_principal("someone", "viewer"))
    assert MAIL not in columns_told(someone)
    offered = [
        told
        for told in proposals_of(row("orders"))
        if (told.claim.column, told.claim.aspect) == (MAIL, "tag")
    ]

    reject_proposals(offered, actor=principal_of("steward"), via=Change.Via.PAGE)

    assert MAIL in columns_told(someone)


def test_a_column_is_found_by_none_of_what_is_said_of_it(world):
    someone = deny(make_principal("someone", "viewer"))
    for text in (SSN, MAIL, "nobody may know", "number of a person", "tag:PII"):
        words, _, tag = text.partition("tag:")
        wanted = Wanted({Mark.Field.TAG: [tag]} if tag else {})
        assert search(someone, read(words), wanted).hits == [], text

    everybody = make_principal("other", "viewer")
    assert {hit.name for hit in search(everybody, read(SSN), Wanted()).hits} == {
        *("orders", "report", "crm")
    }
    [hit] = search(someone, read("amount orders"), Wanted()).hits
    assert hit.name == "orders"
    assert MARKER not in str(hit)


def test_what_is_found_does_not_tell_where_a_column_is_hidden(world):
    someone = deny(make_principal("someone", "viewer"))
    plain = dataset("plain", schema={"fields": [field("id"), field("amount")]})
    ingest([event("COMPLETE", 9, "other", "r9", writes=[plain])])
    for name in ("crm", "plain"):  # with a hidden column, and without
        tell(Subject("dataset", row(name), "amount"), "tag", "gold")

    hits = search(someone, read("amount"), Wanted()).hits

    assert {hit.name for hit in hits} == {"orders", "report"}


def test_where_walks_stop_an_edge_that_names_a_hidden_column_is_none(world, settings):
    someone = deny(make_principal("someone", "viewer"))
    other = make_principal("other", "viewer")
    told = Drawn(End(row("report"), SSN), End(row("crm"), "amount"), "as it is")
    declare_edges([told], actor=principal_of("steward"), via=Change.Via.PAGE)

    def led_to(principal, walks):
        settings.HEADWATER_WALKS_HIDDEN = walks
        client = Client()
        client.force_login(principal)
        told = client.get("/api/v1/impact?nodeId=dataset:data:report").json()
        return "crm" in {hit["name"] for hit in told["hits"]}

    for walks in ("PASS", "STOP", "SILENT"):
        assert led_to(other, walks)
    assert led_to(someone, "PASS")
    assert not led_to(someone, "STOP")
    assert not led_to(someone, "SILENT")


def test_a_fresh_tag_hides_a_column_from_search_before_it_is_indexed(world):
    someone = deny(make_principal("someone", "viewer"))
    assert search(someone, read("amount"), Wanted()).total == 3

    tell(Subject("dataset", row("crm"), "amount"), "tag", "PII")

    found = find(someone, read("amount"), Wanted())
    ids = [place.subject for place in found.places]
    rows = Dataset.objects.unrestricted(WHY).filter(pk__in=ids)
    assert set(rows.values_list("name", flat=True)) == {"orders", "report"}


def test_a_mistyped_word_is_told_to_mean_nothing_hidden(world):
    ingest([event("COMPLETE", 9, "other", "r9", writes=[dataset("zzmarked")])])
    someone = deny(make_principal("someone", "viewer"))
    everybody = make_principal("other", "viewer")

    told = search(everybody, read("zzmerked"), Wanted()).found.taken
    assert set(told["zzmerked"]) == {"zzmarked", "zzmarker"}
    told = search(someone, read("zzmerked"), Wanted()).found.taken
    assert told == {"zzmerked": ("zzmarked",)}


def test_nothing_can_be_said_of_a_hidden_column(world):
    someone = deny(make_principal("someone", "steward"))
    client = Client()
    client.force_login(someone)
    headers = bearer(create_token(someone, "test", actor=None).raw)
    answers = {}
    for column in (SSN, "zzmarker_none"):
        at = f"/api/v1/namespaces/data/datasets/orders/fields/{column}/tags/gold"
        page = f"/datasets/data/orders/governance?column={column}"
        said = {"kind": "dataset", "namespace": "data", "name": "orders"}
        told = {"column": column, "aspect": "tag", "value": "gold"}
        body = {"statements": [{**said, **told}, {**said, **told, "action": "remove"}]}
        declared = client.post(
            "/api/v1/curation", body, content_type="application/json", headers=headers
        )
        answers[column] = (
            client.post(at, headers=headers).status_code,
            client.post(page, {"aspect": "tag", "value": "gold"}).status_code,
            declared.status_code,
            str(declared.json()["results"]).replace(column, ""),
        )

    assert answers[SSN][:3] == (404, 404, 422)
    assert answers[SSN] == answers["zzmarker_none"]


def test_a_report_is_read_by_nobody_to_whom_it_tells_too_much(world):
    surfaces = Surfaces(make_principal("maker", "admin"), world)
    report = f"/reports/{surfaces.world['report']}"
    reader = make_principal("reader", "admin")
    client = Client()
    client.force_login(reader)
    assert client.get(report).status_code == 200

    deny(reader)

    assert client.get(report).status_code == 403
    cut = Surfaces(reader, world)
    client.force_login(make_principal("whole", "admin"))
    assert client.get(f"/reports/{cut.world['report']}").status_code == 200


def test_whoever_is_denied_no_tag_pays_for_nothing(world):
    viewer = make_principal("viewer", "viewer")
    with access.deciding_once():
        access.permitted(viewer, Action.ASSET_VIEW, Dataset)
        with CaptureQueriesContext(connection) as asked_for:
            assert hidden_columns(viewer, [1, 2, 3]) is NONE
            assert about_shown_columns(viewer) == Q()
    assert len(asked_for) == 0


def test_a_page_pays_one_query_for_hidden_columns(world):
    someone = deny(make_principal("someone", "viewer"))
    ids = list(Dataset.objects.unrestricted(WHY).values_list("pk", flat=True))
    with access.deciding_once():
        hidden_columns(someone, ids)
        with CaptureQueriesContext(connection) as asked_for:
            hidden = hidden_columns(someone, ids)

    assert len(asked_for) == 1
    assert hidden.of[row("orders").pk] == {
        *(SSN, MAIL, f"address.{INNER}", "outer", "zzmarker_new")
    }
