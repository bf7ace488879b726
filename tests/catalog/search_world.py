"""A small world to search in: its events, and what people say of it."""

# ruff: noqa: E501 - a row of the table is a line

import json
from contextlib import contextmanager

from django.db import transaction

from catalog.curation.entries import read_facts
from catalog.curation.kinds import Written, kind_named
from catalog.curation.subjects import Named, find_subject
from catalog.models import Change, DataProduct, Domain, Tag, Term
from catalog.search.indexing import catch_up
from catalog.services import Saying, changing, define_entry, say
from lineage.ingest import ingest
from policies.models import Principal
from policies.services import create_group
from tests.factories import make_principal

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
PRODUCER = "https://example.org/producer"

PG = "postgres://db.example:5432"
SNOW = "snowflake://acme-prod"
LAKE = "s3://lake"
KAFKA = "kafka://broker:9092"
FLOWS = "airflow-prod"
DBT = "dbt"
SECRET = "vault://closed"

RUN = "0195a0c8-1111-7000-8000-0000000000aa"
RUN_NAME = "manual__2026-05-04T00:00:00+00:00"

# namespace, name, columns, description, tags, owners
DATASETS = [
    (PG, "shop.public.orders", ["id", "customer_id", "order_total"], "One row an order.", [], ["team:sales"]),
    (PG, "shop.public.order_items", ["order_id", "sku", "quantity"], "", [], []),
    (PG, "shop.public.customers", ["id", "customer_email", "vorname"], "People who bought something.", ["gdpr"], ["team:crm"]),
    (PG, "shop.archive.orders", ["id"], "Orders of former years.", [], []),
    (PG, "shop.public.100%_match", ["score"], "", [], []),
    (PG, "shop.public.a_b", ["x"], "", [], []),
    (PG, "shop.public.axb", ["x"], "", [], []),
    (PG, "shop.public.résumé_uploads", ["file"], "", [], []),
    (PG, "shop.public.Straßenverzeichnis", ["ort"], "", [], []),
    (PG, "shop.public.müller_kunden", ["name"], "", [], []),
    (PG, "shop.public.Ångström_readings", ["value"], "", [], []),
    (PG, "shop.public.łódź_stores", ["id"], "", [], []),
    (PG, "shop.public.顧客マスタ", ["氏名"], "顧客の基本情報を保持する表", [], []),
    (PG, "shop.public.客户订单明细", ["编号"], "", [], []),
    (PG, "shop.public.고객정보", ["이름"], "고객의 주소와 전화번호", [], []),
    (PG, "shop.public.🚀_launches", ["at"], "", [], []),
    (SNOW, "ANALYTICS.PUBLIC.FCT_REVENUE_DAILY", ["DAY", "NET_REVENUE"], "Net revenue after refunds, by day.", [], []),
    (SNOW, "ANALYTICS.PUBLIC.dimCustomerAddress", ["postcode"], "", [], []),
    (SNOW, "ANALYTICS.PUBLIC.HTTPRequestLog", ["userAgent"], "", [], []),
    (SNOW, "ANALYTICS.PUBLIC.tmp_20260504_v2", ["a"], "", [], []),
    (LAKE, "raw/clickstream/2026/05/04/part-0001.parquet", ["event_time"], "", [], []),
    (LAKE, "raw/payments", ["iban", "amount"], "Payments as the bank sends them.", [], []),
    (KAFKA, "checkout.events.v1", ["basket"], "", [], []),
    (KAFKA, "O'Reilly books", ["isbn"], "", [], []),
    (PG, "shop.public." + "very_long_" * 40 + "end", ["x"], "", [], []),
    (SECRET, "shop.public.orders_secret", ["hidden_column"], "Nobody may know of orders here.", ["gdpr"], ["team:shadow"]),
]  # fmt: skip
JOBS = [
    (FLOWS, "nightly_load.extract_orders", "Takes orders out of the shop."),
    (FLOWS, "nightly_load", ""),
    (DBT, "model.shop.stg_customers", "Cleans customers."),
    (SECRET, "orders_launder", "Not for everybody."),
]
ALIAS = (LAKE, "warehouse/fct_revenue_daily")
HIDDEN_ALIAS = (SECRET, "pseudonym/of/revenue")


def facet(kind, **members):
    url = f"https://openlineage.io/spec/facets/1-0-0/{kind}.json"
    return {"_producer": PRODUCER, "_schemaURL": url, **members}


def dataset_event(namespace, name, columns, text, tags, owners):
    facets = {
        "schema": facet(
            "SchemaDatasetFacet", fields=[{"name": c, "type": "text"} for c in columns]
        )
    }
    if text:
        facets["documentation"] = facet("DocumentationDatasetFacet", description=text)
    if tags:
        facets["tags"] = facet(
            "TagsDatasetFacet",
            tags=[{"key": t, "value": "true", "source": "USER"} for t in tags],
        )
    if owners:
        facets["ownership"] = facet(
            "OwnershipDatasetFacet", owners=[{"name": o, "type": "x"} for o in owners]
        )
    if name == "ANALYTICS.PUBLIC.FCT_REVENUE_DAILY":
        facets["symlinks"] = facet(
            "SymlinksDatasetFacet",
            identifiers=[
                {"namespace": n, "name": m, "type": "TABLE"}
                for n, m in (ALIAS, HIDDEN_ALIAS)
            ],
        )
    return {
        "eventTime": "2026-05-04T03:02:01Z",
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/DatasetEvent",
        "dataset": {"namespace": namespace, "name": name, "facets": facets},
    }


def run_event(number, namespace, name, text):
    facets = {"documentation": facet("DocumentationJobFacet", description=text)}
    run = (
        RUN
        if name == "nightly_load.extract_orders"
        else f"0195a0c9-0000-7000-8000-0000000000{number:02}"
    )
    return {
        "eventTime": "2026-05-04T03:02:01Z",
        "eventType": "COMPLETE",
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/RunEvent",
        "run": {"runId": RUN_NAME if name == "nightly_load" else run},
        "job": {"namespace": namespace, "name": name, "facets": facets if text else {}},
    }


def events():
    told = [dataset_event(*each) for each in DATASETS]
    told += [run_event(number, *each) for number, each in enumerate(JOBS)]
    return [json.dumps(event).encode() for event in told]


def take_in():
    """The events alone."""
    assert {outcome.status for outcome in ingest(events())} == {201}


def define(model, **told):
    with changing(actor=None, via=Change.Via.PAGE) as making:
        return define_entry(making, model, read_facts(model, told))


def declare(kind, subject, value, detail="", *, by):
    """One statement, as a page would make it. `subject` is (kind, namespace, name)."""
    found = find_subject(Named(*subject), by, [])
    fields = kind_named(kind).fields_of(found, Written(value, detail, by))
    saying = Saying(kind_named(kind), found, fields)
    return say([saying], actor=by, via=Change.Via.PAGE)


@contextmanager
def kept_world():
    """The world for a whole module of tests, each of which takes back its own."""
    with transaction.atomic():
        steward = make_world()
        while catch_up():
            pass
        yield steward
        transaction.set_rollback(True)


def make_world():
    """The events, a vocabulary and what people say with it; returns who said it."""
    take_in()
    steward = make_principal("stella", "steward", name="Stella Maris")
    create_group("Data Platform", actor=None)
    define(Domain, name="Finance", description="Money in and out.")
    define(Domain, name="Finance/Payments")
    define(Tag, name="PII")
    define(Tag, name="PII.email", description="Addresses of electronic mail.")
    define(
        Term,
        name="Net revenue",
        description="What is left of sales after refunds.",
        synonyms="Turnover\nNettoumsatz",
    )
    define(DataProduct, name="Customer 360", description="All about a customer.")
    orders = ("dataset", PG, "shop.public.orders")
    customers = ("dataset", PG, "shop.public.customers")
    payments = ("dataset", LAKE, "raw/payments")
    declare("tag", (*customers, "customer_email"), "PII.email", by=steward)
    declare("owner", orders, "stella", "steward", by=steward)
    declare("owner", payments, "group:Data Platform", "technical", by=steward)
    declare("domain", payments, "Finance/Payments", by=steward)
    declare("tier", orders, "1", by=steward)
    declare("lifecycle", ("dataset", PG, "shop.archive.orders"), "archived", by=steward)
    declare("environment", ("namespace", "", PG), "production", by=steward)
    declare("product", customers, "Customer 360", by=steward)
    revenue = ("dataset", SNOW, "ANALYTICS.PUBLIC.FCT_REVENUE_DAILY")
    declare("term", revenue, "Net revenue", by=steward)
    declare("description", orders, "The **golden** order table.", by=steward)
    assert Principal.objects.filter(username="stella").exists()
    return steward
