"""What happened in one run of the shop's Airflow DAG?"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from openlineage.client.event_v2 import RunEvent, RunState
from openlineage.client.facet_v2 import (
    documentation_job,
    nominal_time_run,
    ownership_job,
    processing_engine_run,
    source_code_location_job,
    tags_job,
)

from demo.clickstream import failed_sessionizing, sessionizing
from demo.execution import COMPANY, Execution, Process
from demo.exports import PSEUDONYMISE, export_run, pseudonymous_customers
from demo.extraction import extraction
from demo.tables import (
    CUSTOMERS,
    DAILY_REVENUE,
    REVENUE_EXPORT,
    SOURCES,
    raw_table,
)

AIRFLOW = "airflow-prod"
DAG = Process(
    AIRFLOW,
    "shop_nightly",
    "AIRFLOW",
    "DAG",
    facets={
        "documentation": documentation_job.DocumentationJobFacet(
            description="Copies the shop's database, builds the marts, exports them."
        ),
        "ownership": ownership_job.OwnershipJobFacet(
            owners=[ownership_job.Owner(name="team:data-platform", type="MAINTAINER")]
        ),
        "tags": tags_job.TagsJobFacet(
            tags=[tags_job.TagsJobFacetFields("criticality", "high", "AIRFLOW")]
        ),
        "sourceCodeLocation": source_code_location_job.SourceCodeLocationJobFacet(
            type="git",
            url=f"{COMPANY}/git/pipelines/blob/main/dags/shop_nightly.py",
            repoUrl=f"{COMPANY}/git/pipelines",
            path="dags/shop_nightly.py",
            branch="main",
        ),
    },
)
DBT_RUN = Process(AIRFLOW, "shop_nightly.dbt_run", "AIRFLOW", "TASK")
DBT_TEST = Process(AIRFLOW, "shop_nightly.dbt_test", "AIRFLOW", "TASK")


def dag_run(begun: datetime, scheduled: datetime | None = None) -> Execution:
    """A run of the DAG: one that was `scheduled`, or one that was started by hand."""
    nominal = scheduled or begun
    return Execution(
        DAG,
        begun,
        facets={
            "nominalTime": nominal_time_run.NominalTimeRunFacet(
                nominalStartTime=nominal.isoformat(timespec="seconds")
            ),
            "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
                version="3.3.2", name="Airflow", openlineageAdapterVersion="2.20.3"
            ),
        },
    )


def night(scheduled: datetime, *, has_loyalty_tier: bool) -> Iterator[RunEvent]:
    """A night that went well; the customers' tier is copied once the shop has it."""
    noise = random.Random(scheduled.isoformat())  # noqa: S311 - the same again
    dag = dag_run(scheduled + timedelta(seconds=4), scheduled)
    customers = SOURCES["customers"] if has_loyalty_tier else CUSTOMERS
    yield dag.event(RunState.START, dag.begun)
    yield from extraction(dag, scheduled + timedelta(seconds=20), customers)
    yield from sessionizing(dag, scheduled + timedelta(minutes=1))

    clock = scheduled + timedelta(minutes=8)
    built = Execution(DBT_RUN, clock, parent=dag)
    clock += timedelta(seconds=noise.uniform(60, 150))
    yield from built.completed(clock)
    tested = Execution(DBT_TEST, clock, parent=dag)
    clock += timedelta(seconds=noise.uniform(20, 50))
    yield from tested.completed(clock)

    masked = Execution(PSEUDONYMISE, clock, parent=dag)
    copy = raw_table("customers", customers)
    yield from masked.completed(
        clock + timedelta(seconds=noise.uniform(3, 9)),
        [copy.read()],
        [pseudonymous_customers()],
    )
    export = export_run(dag, tested, clock + timedelta(seconds=1))
    clock += timedelta(seconds=noise.uniform(12, 20))
    yield from export.completed(
        clock, [DAILY_REVENUE.read()], [REVENUE_EXPORT.written()]
    )
    yield dag.event(RunState.COMPLETE, clock + timedelta(seconds=2))


def failed_night(scheduled: datetime) -> Iterator[RunEvent]:
    """A night on which Spark failed, and nothing after it ran."""
    dag = dag_run(scheduled + timedelta(seconds=4), scheduled)
    yield dag.event(RunState.START, dag.begun)
    yield from extraction(dag, scheduled + timedelta(seconds=20))
    yield from failed_sessionizing(dag, scheduled + timedelta(minutes=1))
    yield dag.event(RunState.FAIL, scheduled + timedelta(minutes=5))
