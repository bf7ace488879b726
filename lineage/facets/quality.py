"""What do the facets say about a dataset's quality?"""

from datetime import datetime
from typing import Any

import msgspec

from lineage.conformance import Conformance
from lineage.facets.shapes import Count, instant


class ColumnMetrics(msgspec.Struct, frozen=True, rename="camel"):
    null_count: Count | None = None
    distinct_count: Count | None = None
    sum: float | None = None
    count: float | None = None
    # Producers send dates and texts here too.
    min: Any = None
    max: Any = None
    quantiles: dict[str, float] | None = None


class SentDataQualityMetrics(msgspec.Struct, frozen=True, rename="camel"):
    row_count: Count | None = None
    bytes: Count | None = None
    file_count: Count | None = None
    last_updated: str | None = None
    column_metrics: dict[str, ColumnMetrics] | None = None


class DataQualityMetrics(msgspec.Struct, frozen=True):
    """A profile of the dataset at one time."""

    row_count: int | None
    bytes: int | None
    file_count: int | None
    last_updated: datetime | None
    columns: dict[str, ColumnMetrics]


def read_data_quality_metrics(
    sent: SentDataQualityMetrics, warnings: list[Conformance]
) -> DataQualityMetrics:
    return DataQualityMetrics(
        sent.row_count,
        sent.bytes,
        sent.file_count,
        instant(sent.last_updated or "", "/lastUpdated", warnings),
        sent.column_metrics or {},
    )


class Assertion(msgspec.Struct, frozen=True, rename="camel"):
    """One check of the dataset, or of one `column`. Its severity changes nothing of it.

    `success` is None where the producer did not say.
    """

    assertion: str
    success: bool | None = None
    column: str = ""
    severity: str = ""
    name: str = ""
    description: str = ""
    expected: str = ""
    actual: str = ""
    content: str = ""
    content_type: str = ""
    params: Any = None


class DataQualityAssertions(msgspec.Struct, frozen=True):
    assertions: tuple[Assertion, ...] = ()
