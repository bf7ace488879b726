"""Which datasets does the shop's data platform hold, and with which columns?"""

from dataclasses import dataclass, field

from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    column_lineage_dataset,
    schema_dataset,
    symlinks_dataset,
)

SHOP_DATABASE = "postgres://shop-db:5432"
WAREHOUSE = "duckdb://shop.duckdb"
KAFKA = "kafka://kafka-1:9092"
LAKE = "s3://shop-lake"
METASTORE = "hive://metastore:9083"
EXPORTS = "s3://shop-exports"

type Columns = dict[str, str]


@dataclass(frozen=True)
class Table:
    """A dataset by its OpenLineage name, and what its events always say of it."""

    namespace: str
    name: str
    columns: Columns = field(default_factory=dict)
    metastore_name: str = ""

    @property
    def facets(self) -> dict[str, DatasetFacet]:
        facets: dict[str, DatasetFacet] = {}
        if self.columns:
            facets["schema"] = schema_dataset.SchemaDatasetFacet(
                fields=[
                    schema_dataset.SchemaDatasetFacetFields(name=name, type=type_)
                    for name, type_ in self.columns.items()
                ]
            )
        if self.metastore_name:
            facets["symlinks"] = symlinks_dataset.SymlinksDatasetFacet(
                identifiers=[
                    symlinks_dataset.Identifier(
                        namespace=METASTORE, name=self.metastore_name, type="TABLE"
                    )
                ]
            )
        return facets

    def read(self, **facets: InputDatasetFacet) -> InputDataset:
        """This table as an input, with facets of this reading."""
        return InputDataset(
            self.namespace, self.name, facets=self.facets, inputFacets=facets or None
        )

    def written(
        self,
        lineage: column_lineage_dataset.ColumnLineageDatasetFacet | None = None,
        **facets: OutputDatasetFacet,
    ) -> OutputDataset:
        """This table as an output, with its columns' origins if they are known."""
        dataset_facets = self.facets
        if lineage:
            dataset_facets["columnLineage"] = lineage
        return OutputDataset(
            self.namespace,
            self.name,
            facets=dataset_facets,
            outputFacets=facets or None,
        )

    def origin(
        self,
        column: str,
        kind: str = "DIRECT",
        subtype: str = "IDENTITY",
        *,
        masking: bool | None = None,
    ) -> column_lineage_dataset.InputField:
        """One of this table's columns as the origin of another's."""
        return column_lineage_dataset.InputField(
            self.namespace,
            self.name,
            column,
            transformations=[
                column_lineage_dataset.Transformation(
                    type=kind, subtype=subtype, masking=masking
                )
            ],
        )


def copied(source: Table) -> column_lineage_dataset.ColumnLineageDatasetFacet:
    """The lineage of a copy: each column from the one of the same name."""
    return column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            column: column_lineage_dataset.Fields(inputFields=[source.origin(column)])
            for column in source.columns
        }
    )


# `raw` has the columns and types that dbt's sources declare for these tables.
CUSTOMERS: Columns = {
    "customer_id": "integer",
    "first_name": "varchar",
    "last_name": "varchar",
    "email": "varchar",
    "country": "varchar",
    "signed_up_on": "date",
    "wants_newsletter": "boolean",
}
SOURCES: dict[str, Columns] = {
    "customers": CUSTOMERS | {"loyalty_tier": "varchar"},
    "products": {
        "product_id": "integer",
        "sku": "varchar",
        "name": "varchar",
        "category": "varchar",
        "price": "double",
        "cost": "double",
    },
    "orders": {
        "order_id": "integer",
        "customer_id": "integer",
        "ordered_at": "timestamp",
        "channel": "varchar",
        "status": "varchar",
    },
    "order_items": {
        "order_item_id": "integer",
        "order_id": "integer",
        "product_id": "integer",
        "quantity": "integer",
        "unit_price": "double",
        "discount_percent": "integer",
    },
    "payments": {
        "payment_id": "integer",
        "order_id": "integer",
        "method": "varchar",
        "amount": "double",
        "paid_at": "timestamp",
        "status": "varchar",
    },
}

CLICK_TOPIC = Table(
    KAFKA,
    "shop.clicks",
    {
        "visitor_id": "string",
        "customer_id": "long",
        "url": "string",
        "clicked_at": "long",
        "user_agent": "string",
    },
)
CLICKS = Table(
    LAKE,
    "events/clicks",
    {
        "visitor_id": "string",
        "customer_id": "bigint",
        "url": "string",
        "clicked_at": "timestamp",
        "is_bot": "boolean",
    },
    metastore_name="web.clicks",
)
SESSIONS = Table(
    LAKE,
    "web/sessions",
    {
        "session_id": "string",
        "customer_id": "bigint",
        "country": "string",
        "started_at": "timestamp",
        "page_count": "bigint",
    },
    metastore_name="web.sessions",
)
SEGMENTS = Table(
    WAREHOUSE,
    "shop.analytics.customers_pseudonymous",
    {"customer_key": "varchar", "country": "varchar", "signed_up_on": "date"},
)
DAILY_REVENUE = Table(WAREHOUSE, "shop.marts.daily_revenue")
PRODUCT_SALES = Table(WAREHOUSE, "shop.marts.product_sales")
REVENUE_EXPORT = Table(
    EXPORTS,
    "finance/daily_revenue",
    {"day": "date", "orders": "bigint", "revenue_eur": "decimal(38, 2)"},
)


def shop_table(name: str, columns: Columns | None = None) -> Table:
    """A table of the shop's own database."""
    return Table(SHOP_DATABASE, f"shop.public.{name}", columns or SOURCES[name])


def raw_table(name: str, columns: Columns | None = None) -> Table:
    """Its copy in the warehouse, where dbt reads it."""
    return Table(WAREHOUSE, f"shop.raw.{name}", columns or SOURCES[name])
