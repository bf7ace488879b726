"""What do the Flink job that lands clicks and the Spark job that reads them report?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from openlineage.client.event_v2 import RunEvent, RunState
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    documentation_job,
    external_query_run,
    output_statistics_output_dataset,
    ownership_job,
    processing_engine_run,
)

from demo.execution import Execution, Process
from demo.tables import CLICK_TOPIC, CLICKS, SESSIONS, shop_table

LANDING = Process(
    "flink-prod",
    "clicks_to_lake",
    "FLINK",
    "JOB",
    processing="STREAMING",
    facets={
        "documentation": documentation_job.DocumentationJobFacet(
            description="Lands every click of the web shop, bots marked."
        ),
        "ownership": ownership_job.OwnershipJobFacet(
            owners=[ownership_job.Owner(name="team:web-analytics", type="MAINTAINER")]
        ),
    },
)
APPLICATION = Process("spark-prod", "sessionize_clicks", "SPARK", "APPLICATION")
COMMAND = Process(
    "spark-prod",
    "sessionize_clicks.execute_insert_into_hadoop_fs_relation_command.web_sessions",
    "SPARK",
    "SQL_JOB",
)
SPARK = processing_engine_run.ProcessingEngineRunFacet(
    version="3.5.4", name="spark", openlineageAdapterVersion="1.54.0"
)
FLINK = processing_engine_run.ProcessingEngineRunFacet(
    version="1.20.1", name="flink", openlineageAdapterVersion="1.54.0"
)
TASK = Process("airflow-prod", "shop_nightly.sessionize", "AIRFLOW", "TASK")
OUT_OF_MEMORY = "Job aborted due to stage failure: Task 17 in stage 4.0 failed 4 times"
STACK_TRACE = f"""\
org.apache.spark.SparkException: {OUT_OF_MEMORY}, most recent failure: Lost task 17.3
	at org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages
	at org.apache.spark.sql.execution.datasources.FileFormatWriter$.write
Caused by: java.lang.OutOfMemoryError: Java heap space
	at java.base/java.util.Arrays.copyOf(Arrays.java:3537)"""


def landing(begun: datetime, until: datetime) -> Iterator[RunEvent]:
    """A streaming run that is heard of every six hours, and has not ended yet."""
    run = Execution(LANDING, begun, facets={"processing_engine": FLINK})
    lineage = column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            "visitor_id": _made_of(CLICK_TOPIC.origin("visitor_id")),
            "customer_id": _made_of(CLICK_TOPIC.origin("customer_id")),
            "url": _made_of(CLICK_TOPIC.origin("url")),
            "clicked_at": _made_of(
                CLICK_TOPIC.origin("clicked_at", subtype="TRANSFORMATION")
            ),
            "is_bot": _made_of(
                CLICK_TOPIC.origin("user_agent", subtype="TRANSFORMATION")
            ),
        }
    )
    state, at = RunState.START, begun
    while at <= until:
        yield run.event(state, at, [CLICK_TOPIC.read()], [CLICKS.written(lineage)])
        state, at = RunState.RUNNING, at + timedelta(hours=6)


def sessionizing(dag: Execution, begun: datetime) -> Iterator[RunEvent]:
    """An Airflow task that starts a Spark application that runs one command."""
    task, application, command = _runs(dag, begun)
    yield task.event(RunState.START, task.begun)
    yield application.event(RunState.START, application.begun)
    rows = 5_000 + begun.toordinal() % 7 * 311
    written = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=rows, size=rows * 58, fileCount=8
    )
    query = external_query_run.ExternalQueryRunFacet(
        externalQueryId=f"application_{begun:%Y%m%d}_0042", source="yarn"
    )
    yield from command.completed(
        begun + timedelta(minutes=6),
        [CLICKS.read(), shop_table("customers").read()],
        [SESSIONS.written(_sessions_lineage(), outputStatistics=written)],
        externalQuery=query,
    )
    yield application.event(RunState.COMPLETE, begun + timedelta(minutes=6, seconds=4))
    yield task.event(RunState.COMPLETE, begun + timedelta(minutes=6, seconds=9))


def failed_sessionizing(dag: Execution, begun: datetime) -> Iterator[RunEvent]:
    """The same, on a night on which Spark ran out of memory."""
    task, application, command = _runs(dag, begun)
    yield task.event(RunState.START, task.begun)
    yield application.event(RunState.START, application.begun)
    yield from command.failed(
        begun + timedelta(minutes=3),
        OUT_OF_MEMORY,
        STACK_TRACE,
        [CLICKS.read(), shop_table("customers").read()],
        [SESSIONS.written(_sessions_lineage())],
        language="JAVA",
    )
    yield application.event(RunState.FAIL, begun + timedelta(minutes=3, seconds=4))
    yield task.event(RunState.FAIL, begun + timedelta(minutes=3, seconds=7))


def _runs(dag: Execution, begun: datetime) -> tuple[Execution, Execution, Execution]:
    task = Execution(TASK, begun, parent=dag)
    spark = {"processing_engine": SPARK}
    application = Execution(
        APPLICATION, begun + timedelta(seconds=8), parent=task, facets=spark
    )
    command = Execution(
        COMMAND, begun + timedelta(seconds=21), parent=application, facets=spark
    )
    return task, application, command


def _sessions_lineage() -> column_lineage_dataset.ColumnLineageDatasetFacet:
    customers = shop_table("customers")
    return column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            "session_id": _made_of(
                CLICKS.origin("visitor_id", subtype="TRANSFORMATION"),
                CLICKS.origin("clicked_at", subtype="TRANSFORMATION"),
            ),
            "customer_id": _made_of(CLICKS.origin("customer_id")),
            "country": _made_of(customers.origin("country")),
            "started_at": _made_of(CLICKS.origin("clicked_at", subtype="AGGREGATION")),
            "page_count": _made_of(CLICKS.origin("url", subtype="AGGREGATION")),
        },
        dataset=[
            CLICKS.origin("is_bot", "INDIRECT", "FILTER"),
            CLICKS.origin("customer_id", "INDIRECT", "JOIN"),
            customers.origin("customer_id", "INDIRECT", "JOIN"),
            CLICKS.origin("visitor_id", "INDIRECT", "GROUP_BY"),
        ],
    )


def _made_of(
    *origins: column_lineage_dataset.InputField,
) -> column_lineage_dataset.Fields:
    return column_lineage_dataset.Fields(inputFields=list(origins))
