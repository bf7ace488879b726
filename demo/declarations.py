"""What is declared about the platform without a run: owners, tags, documentation?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from openlineage.client.event_v2 import (
    DatasetEvent,
    Job,
    JobEvent,
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
    DAILY_REVENUE,
    PRODUCT_SALES,
    SESSIONS,
    SHOP_DATABASE,
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
MIGRATION = Process("shop-migrations", "2019_carts_and_clients", "FLYWAY", "SCRIPT")
Change = lifecycle_state_change_dataset.LifecycleStateChange


def declarations(at: datetime) -> Iterator[DatasetEvent | JobEvent]:
    """What the platform's engineers wrote down about their tables and dashboard."""
    for name, (description, owner, personal) in DESCRIBED.items():
        table = shop_table(name)
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


def migration(at: datetime) -> Iterator[RunEvent]:
    """A migration of the shop's database: a table renamed, another dropped."""
    run = Execution(MIGRATION, at)
    renamed = shop_table("customers").written()
    renamed.facets = {
        **(renamed.facets or {}),
        "lifecycleStateChange": (
            lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
                Change.RENAME,
                lifecycle_state_change_dataset.PreviousIdentifier(
                    name="shop.public.clients", namespace=SHOP_DATABASE
                ),
            )
        ),
    }
    dropped = Table(SHOP_DATABASE, "shop.public.carts_2019").written()
    dropped.facets = {
        "lifecycleStateChange": (
            lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(Change.DROP)
        )
    }
    yield run.event(RunState.START, at)
    yield run.event(
        RunState.COMPLETE, at + timedelta(seconds=3), outputs=[renamed, dropped]
    )


def _declared(
    table: Table, at: datetime, facets: dict[str, DatasetFacet]
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
