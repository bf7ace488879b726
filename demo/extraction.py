"""What does the nightly copy of the shop's database report?"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from openlineage.client.event_v2 import RunEvent
from openlineage.client.facet_v2 import (
    data_quality_metrics_input_dataset,
    execution_parameters_run,
    input_statistics_input_dataset,
    output_statistics_output_dataset,
)

from demo.execution import Execution, Process
from demo.tables import SOURCES, Columns, copied, raw_table, shop_table

TASK = Process("airflow-prod", "shop_nightly.extract", "AIRFLOW", "TASK")
ROW_COUNTS = {
    "customers": 40,
    "products": 15,
    "orders": 160,
    "order_items": 308,
    "payments": 145,
}
ROW_BYTES = 96


def extraction(
    dag: Execution, begun: datetime, customers: Columns = SOURCES["customers"]
) -> Iterator[RunEvent]:
    """Copy each table of the shop's database: one mapped task, as many runs."""
    noise = random.Random(begun.isoformat())  # noqa: S311 - the same again
    for index, name in enumerate(SOURCES):
        columns = customers if name == "customers" else SOURCES[name]
        run = Execution(
            TASK,
            begun + timedelta(milliseconds=350 * index),
            parent=dag,
            variant=str(index),
            facets={"executionParameters": _parameters(name)},
        )
        yield from _copy(run, name, columns, noise)


def _copy(
    run: Execution, name: str, columns: Columns, noise: random.Random
) -> Iterator[RunEvent]:
    source, copy = shop_table(name, columns), raw_table(name, columns)
    rows = ROW_COUNTS[name]
    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
        rowCount=rows, size=rows * ROW_BYTES
    )
    written = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=rows, size=rows * ROW_BYTES, fileCount=1
    )
    metrics = _metrics(columns, rows, noise)
    yield from run.completed(
        run.begun + timedelta(seconds=noise.uniform(1, 4)),
        [source.read(inputStatistics=read, dataQualityMetrics=metrics)],
        [copy.written(copied(source), outputStatistics=written)],
    )


def _parameters(table: str) -> execution_parameters_run.ExecutionParametersRunFacet:
    return execution_parameters_run.ExecutionParametersRunFacet(
        parameters=[
            execution_parameters_run.ExecutionParameter(key="table", value=table)
        ]
    )


def _metrics(
    columns: Columns, rows: int, noise: random.Random
) -> data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet:
    key, *others = columns
    metrics = {
        key: data_quality_metrics_input_dataset.ColumnMetrics(
            nullCount=0, distinctCount=rows, count=rows
        )
    }
    for column in others[:2]:
        nulls = noise.choice((0, 0, 0, 1, 2))
        metrics[column] = data_quality_metrics_input_dataset.ColumnMetrics(
            nullCount=nulls, count=rows - nulls
        )
    return data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
        rowCount=rows, bytes=rows * ROW_BYTES, columnMetrics=metrics
    )
