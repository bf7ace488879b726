"""What is declared about the platform without a run: owners, tags, documentation?"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from openlineage.client.event_v2 import (
    DatasetEvent,
    Job,
    JobEvent,
    OutputDataset,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import (
    DatasetFacet,
    catalog_dataset,
    dataset_type_dataset,
    documentation_dataset,
    documentation_job,
    hierarchy_dataset,
    job_type_job,
    lifecycle_state_change_dataset,
    ownership_dataset,
    ownership_job,
    storage_dataset,
    tags_dataset,
    tags_job,
)

from demo.execution import COMPANY, Execution, Process
from demo.tables import (
    CLICKS,
    CUSTOMERS,
    DAILY_REVENUE,
    PRODUCT_SALES,
    SESSIONS,
    Table,
    shop_table,
)

CATALOG = f"{COMPANY}/data-catalog"
# Per table of the shop's database: what it holds, whose it is, its personal columns.
DESCRIBED = {
    "customers": (
        "People who have an account.",
        "team:storefront",
        ("first_name", "last_name", "email"),
    ),
    "products": ("What the shop sells.", "team:catalogue", ()),
    "orders": ("One row per checkout.", "team:storefront", ()),
    "order_items": ("One row per product in an order.", "team:storefront", ()),
    "payments": ("What the payment provider reports.", "team:finance", ()),
}
DASHBOARD = Process("bi-prod", "revenue_dashboard", "BI", "DASHBOARD")
MIGRATIONS = "shop-migrations"
RENAMING = Process(MIGRATIONS, "V41__clients_become_customers", "FLYWAY", "SCRIPT")
ALTERATION = Process(MIGRATIONS, "V42__loyalty_tier", "FLYWAY", "SCRIPT")
CLIENTS = shop_table("clients", CUSTOMERS)
CARTS = shop_table("carts_2019", {"cart_id": "integer", "client_id": "integer"})
Change = lifecycle_state_change_dataset.LifecycleStateChange


def legacy(at: datetime) -> Iterator[DatasetEvent]:
    """What was written down about two tables before they were renamed and dropped."""
    for table, description in (
        (CLIENTS, "People who have an account, by their old name."),
        (CARTS, "Carts of the old web shop; nobody reads them any more."),
    ):
        facets = {
            "documentation": _documentation(description),
            "ownership": _owned_by("team:storefront"),
        }
        yield _declared(table, at, facets)


def declarations(at: datetime) -> Iterator[DatasetEvent | JobEvent]:
    """What the platform's engineers wrote down about their tables and dashboard."""
    for name, (description, owner, personal) in DESCRIBED.items():
        table = shop_table(name, CUSTOMERS if name == "customers" else None)
        yield _declared(
            table,
            at,
            {
                "documentation": _documentation(description),
                "ownership": _owned_by(owner),
                "tags": _tags(personal),
                "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("TABLE"),
                "hierarchy": _hierarchy(name),
            },
        )
    for table, description in (
        (CLICKS, "Every click of the web shop, by day."),
        (SESSIONS, "Clicks of one visitor without a pause of half an hour."),
    ):
        yield _declared(table, at, {**_lake_facets(), **_described(description)})
    yield _dashboard(at)


def renaming(at: datetime) -> Iterator[RunEvent]:
    """A migration of the shop's database: a table renamed, another dropped."""
    previous = lifecycle_state_change_dataset.PreviousIdentifier(
        name=CLIENTS.name, namespace=CLIENTS.namespace
    )
    changed = [
        _changed(shop_table("customers", CUSTOMERS), Change.RENAME, previous),
        _changed(CARTS, Change.DROP),
    ]
    run = Execution(RENAMING, at)
    yield run.event(RunState.START, at)
    yield run.event(RunState.COMPLETE, at + timedelta(seconds=3), outputs=changed)


def alteration(at: datetime) -> Iterator[RunEvent]:
    """A later one, which gives customers their loyalty tier."""
    run = Execution(ALTERATION, at)
    altered = _changed(shop_table("customers"), Change.ALTER)
    yield from run.completed(at + timedelta(seconds=1), outputs=[altered])


def _changed(
    table: Table,
    change: lifecycle_state_change_dataset.LifecycleStateChange,
    previous: lifecycle_state_change_dataset.PreviousIdentifier | None = None,
) -> OutputDataset:
    facet = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
        change, previous
    )
    return OutputDataset(
        table.namespace,
        table.name,
        facets={**table.facets, "lifecycleStateChange": facet},
    )


def _declared(
    table: Table, at: datetime, facets: Mapping[str, DatasetFacet]
) -> DatasetEvent:
    return DatasetEvent(
        eventTime=at.isoformat(timespec="milliseconds"),
        producer=CATALOG,
        dataset=StaticDataset(
            table.namespace, table.name, facets={**table.facets, **facets}
        ),
    )


def _documentation(
    description: str,
) -> documentation_dataset.DocumentationDatasetFacet:
    return documentation_dataset.DocumentationDatasetFacet(
        description=description, contentType="text/markdown"
    )


def _owned_by(owner: str) -> ownership_dataset.OwnershipDatasetFacet:
    return ownership_dataset.OwnershipDatasetFacet(
        owners=[ownership_dataset.Owner(name=owner, type="OWNER")]
    )


def _described(description: str) -> dict[str, DatasetFacet]:
    return {
        "documentation": _documentation(description),
        "ownership": _owned_by("team:web-analytics"),
    }


def _tags(personal: tuple[str, ...]) -> tags_dataset.TagsDatasetFacet:
    tags = [tags_dataset.TagsDatasetFacetFields("environment", "production", "USER")]
    for column in personal:
        tags.append(
            tags_dataset.TagsDatasetFacetFields("pii", "true", "USER", field=column)
        )
    return tags_dataset.TagsDatasetFacet(tags=tags)


def _hierarchy(name: str) -> hierarchy_dataset.HierarchyDatasetFacet:
    levels = {"DATABASE": "shop", "SCHEMA": "public", "TABLE": name}
    return hierarchy_dataset.HierarchyDatasetFacet(
        hierarchy=[
            hierarchy_dataset.HierarchyDatasetFacetLevel(type=level, name=called)
            for level, called in levels.items()
        ]
    )


def _lake_facets() -> dict[str, DatasetFacet]:
    return {
        "storage": storage_dataset.StorageDatasetFacet("hive", fileFormat="parquet"),
        "catalog": catalog_dataset.CatalogDatasetFacet(
            framework="hive",
            type="hive",
            name="lake",
            metadataUri="thrift://metastore:9083",
            warehouseUri="s3://shop-lake",
            source="spark",
        ),
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet(
            "TABLE", subType="EXTERNAL"
        ),
    }


def _dashboard(at: datetime) -> JobEvent:
    return JobEvent(
        eventTime=at.isoformat(timespec="milliseconds"),
        producer=CATALOG,
        job=Job(
            DASHBOARD.namespace,
            DASHBOARD.name,
            facets={
                "jobType": job_type_job.JobTypeJobFacet(
                    processingType="BATCH", integration="BI", jobType="DASHBOARD"
                ),
                "documentation": documentation_job.DocumentationJobFacet(
                    description="What the board looks at on Mondays."
                ),
                "ownership": ownership_job.OwnershipJobFacet(
                    owners=[ownership_job.Owner(name="team:finance", type="OWNER")]
                ),
                "tags": tags_job.TagsJobFacet(
                    tags=[tags_job.TagsJobFacetFields("audience", "board", "USER")]
                ),
            },
        ),
        inputs=[DAILY_REVENUE.read(), PRODUCT_SALES.read()],
    )
