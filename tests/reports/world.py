"""A small catalog to report about: open and closed namespaces, odd names."""

import json
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from catalog.models import Dataset, Job
from lineage.ingest import ingest

WHY = "test"
OPEN, CLOSED, FLOWS = "open://data", "closed://data", "flows"
ORDERS = "shop.orders"
SECRET = "payroll.salaries"  # in CLOSED; its name must leave no trace
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@sum(a1)",
    "\tindented",
    "\rreturned",
    '=HYPERLINK("http://x.example","x")',
    "zürich.ångström",
    "顧客.メール",
    "العربية",
    "😀𓀀",
    "x" * 900,
)
PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}


def instants():
    """The period as two instants."""
    return datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


def facet(kind, **members):
    url = f"https://openlineage.io/spec/facets/1-0-0/{kind}.json"
    return {"_producer": "https://example.org/p", "_schemaURL": url, **members}


def schema(*columns):
    fields = [
        dict(zip(("name", "type", "description"), each, strict=False))
        for each in columns
    ]
    return facet("SchemaDatasetFacet", fields=fields)


def thing(name, namespace=OPEN, **facets):
    return {"namespace": namespace, "name": name, "facets": facets}


def run(job, at, *, inputs=(), outputs=(), state="COMPLETE", run_facets=None, **facets):
    """A run that starts at a time of March 2026 (`02T03`) and ends a minute later."""
    run_id = str(uuid5(NAMESPACE_URL, f"{job}/{at}"))
    for minute, kind in (("00", "START"), ("01", state)):
        event = {
            "eventType": kind,
            "eventTime": f"2026-03-{at}:{minute}:00Z",
            "producer": "https://example.org/p",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": run_id, "facets": run_facets or {}},
            "job": {"namespace": FLOWS, "name": job, "facets": facets},
            "inputs": list(inputs),
            "outputs": list(outputs),
        }
        [outcome] = ingest([json.dumps(event).encode()])
        assert outcome.status == 201


CHECKS = {
    "inputFacets": {
        "dataQualityAssertions": facet(
            "DataQualityAssertionsDatasetFacet",
            assertions=[
                {"assertion": "not_null", "success": True, "column": "id"},
                {"assertion": "=positive()", "success": False, "column": "=total"},
            ],
        )
    }
}


def make_shop():
    """raw → load → orders → mart → report; and payroll, closed, on both sides."""
    first = schema(("id", "bigint", "Number of the order"), ("=total", "double"))
    second = schema(
        ("id", "bigint", "Number of the order"),
        ("=total", "decimal(12,2)"),
        ("顧客", "text"),
    )
    owners = facet("OwnershipDatasetFacet", owners=[{"name": "team:shop"}])
    tags = facet(
        "TagsDatasetFacet",
        tags=[
            {"key": "gold", "value": "true", "source": "dbt"},
            {"key": "pii", "value": "true", "source": "dbt", "field": "id"},
        ],
    )
    documented = facet("DocumentationDatasetFacet", description="Orders, as told.")
    raw, secret = thing("raw.orders"), thing(SECRET, CLOSED)
    about = {"ownership": owners, "tags": tags, "documentation": documented}
    sql = facet("SQLJobFacet", query="select secret_sql from raw.orders")
    for at, columns in (("02T03", first), ("03T03", second)):
        run(
            "load",
            at,
            inputs=[raw, secret],
            outputs=[thing(ORDERS, schema=columns, **about)],
            sql=sql,
        )
    run("mart", "03T04", inputs=[thing(ORDERS)], outputs=[thing("mart.sales")])
    run("pay", "03T05", inputs=[thing(ORDERS)], outputs=[secret])
    run("test", "03T06", inputs=[{**thing(ORDERS), **CHECKS}])
    message = facet("ErrorMessageRunFacet", message="=boom()", programmingLanguage="x")
    run(
        "mart",
        "04T04",
        state="FAIL",
        inputs=[thing(ORDERS)],
        outputs=[thing("mart.sales")],
        run_facets={"errorMessage": message},
    )


def make_odd_things():
    """Orders become datasets of hostile names."""
    for number, name in enumerate(HOSTILE):
        run(
            f"odd {number}",
            "05T03",
            inputs=[thing(ORDERS)],
            outputs=[thing(name)],
        )


def dataset(name=ORDERS, namespace=OPEN):
    rows = Dataset.objects.unrestricted(WHY).with_names()
    return rows.get(name=name, namespace__name=namespace)


def job(name="load"):
    rows = Job.objects.unrestricted(WHY).select_related("namespace")
    return rows.get(name=name, namespace__name=FLOWS)
