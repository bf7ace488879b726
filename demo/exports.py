"""What leaves the warehouse: pseudonymous customers, and revenue for the books?"""

from datetime import datetime

from openlineage.client.event_v2 import OutputDataset
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    job_dependencies_run,
    lineage,
    sql_job,
)

from demo.execution import Execution, Process
from demo.tables import (
    DAILY_REVENUE,
    REVENUE_EXPORT,
    SEGMENTS,
    raw_table,
)

AIRFLOW = "airflow-prod"
PSEUDONYMISE = Process(
    AIRFLOW,
    "shop_nightly.pseudonymise",
    "AIRFLOW",
    "TASK",
    facets={
        "sql": sql_job.SQLJobFacet(
            dialect="duckdb",
            query="""\
create or replace table shop.analytics.customers_pseudonymous as
select
    sha256(concat(customer_id, getenv('PSEUDONYM_SALT'))) as customer_key,
    country,
    signed_up_on
from shop.raw.customers""",
        )
    },
)
# The export's columns, and the mart's that they are made of.
RENAMED = {"day": "ordered_on", "orders": "order_count", "revenue_eur": "revenue"}


def pseudonymous_customers() -> OutputDataset:
    """The customers without their identity: the key is masked, the rest copied."""
    customers = raw_table("customers")
    masked = customers.origin("customer_id", subtype="TRANSFORMATION", masking=True)
    origins = {
        "customer_key": [masked],
        "country": [customers.origin("country")],
        "signed_up_on": [customers.origin("signed_up_on")],
    }
    fields = {
        column: column_lineage_dataset.Fields(inputFields=inputs)
        for column, inputs in origins.items()
    }
    return SEGMENTS.written(
        column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields)
    )


def export_run(dag: Execution, after: Execution, begun: datetime) -> Execution:
    """A run of the export, which asserts its lineage itself and waits for `after`."""
    process = Process(
        AIRFLOW,
        "shop_nightly.export_finance",
        "AIRFLOW",
        "TASK",
        facets={"lineage": lineage.LineageJobFacet(entries=[_exported()])},
    )
    waits = job_dependencies_run.JobDependenciesRunFacet(
        upstream=[
            job_dependencies_run.JobDependency(
                job_dependencies_run.JobIdentifier(
                    after.process.namespace, after.process.name
                ),
                run=job_dependencies_run.RunIdentifier(after.run_id),
                dependency_type="DIRECT_INVOCATION",
                sequence_trigger_rule="FINISH_TO_START",
                status_trigger_rule="EXECUTE_ON_SUCCESS",
            )
        ],
        trigger_rule="ALL_SUCCESS",
    )
    return Execution(process, begun, parent=dag, facets={"jobDependencies": waits})


def _exported() -> lineage.LineageDatasetEntry:
    return lineage.LineageDatasetEntry(
        REVENUE_EXPORT.namespace,
        REVENUE_EXPORT.name,
        "DATASET",
        inputs=[_from_revenue()],
        fields={
            column: lineage.LineageFieldEntry(inputs=[_from_revenue(origin)])
            for column, origin in RENAMED.items()
        },
    )


def _from_revenue(column: str | None = None) -> lineage.LineageDatasetInput:
    identity = lineage.LineageTransformation("DIRECT", "IDENTITY")
    return lineage.LineageDatasetInput(
        DAILY_REVENUE.namespace,
        DAILY_REVENUE.name,
        "DATASET",
        field=column,
        transformations=[identity] if column else [],
    )
