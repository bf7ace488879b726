"""What does one facet say, whatever state it came in?"""

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import orjson

from lineage import json_text, redaction
from lineage.conformance import Conformance
from lineage.facets import (
    columns,
    dataset,
    described,
    explicit,
    job,
    quality,
    run,
    subset,
)
from lineage.facets.lenient import convert

Build = Callable[[Any, list[Conformance]], Any]


class Reader(NamedTuple):
    """How a facet is read: its type as sent, and what is made of that.

    `required` are the members that the specification asks for and that can be missed.
    """

    sent: type[Any]
    build: Build | None = None
    required: tuple[str, ...] = ()


class Reading(msgspec.Struct, frozen=True):
    """One facet, read. The pointers of its warnings start at the facet.

    `value` is a frozen struct of `lineage.facets`, or None where nothing could be read,
    the facet is not a standard one, or it is a tombstone (`deleted`). `body` is the
    facet without its secrets, as compact JSON with sorted keys, the same for the same
    content.
    """

    value: Any
    body: bytes
    deleted: bool
    warnings: tuple[Conformance, ...]


_DOCUMENTATION = Reader(described.Documentation, None, ("description",))
_OWNERSHIP = Reader(described.Ownership, described.read_ownership)
_TAGS = Reader(described.Tags, described.read_tags)
_METRICS = Reader(
    quality.SentDataQualityMetrics,
    quality.read_data_quality_metrics,
    ("columnMetrics",),
)
_ASSERTIONS = Reader(quality.DataQualityAssertions, None, ("assertions",))

REGISTRY: dict[tuple[str, str], Reader] = {
    ("run", "environmentVariables"): Reader(
        run.EnvironmentVariables, None, ("environmentVariables",)
    ),
    ("run", "errorMessage"): Reader(
        run.ErrorMessage, None, ("message", "programmingLanguage")
    ),
    ("run", "executionParameters"): Reader(run.ExecutionParameters),
    ("run", "externalQuery"): Reader(
        run.ExternalQuery, None, ("externalQueryId", "source")
    ),
    ("run", "extractionError"): Reader(
        run.ExtractionError, None, ("totalTasks", "failedTasks", "errors")
    ),
    ("run", "jobDependencies"): Reader(
        run.SentJobDependencies, run.read_job_dependencies
    ),
    ("run", "nominalTime"): Reader(
        run.SentNominalTime, run.read_nominal_time, ("nominalStartTime",)
    ),
    ("run", "parent"): Reader(run.SentParent, run.read_parent),
    ("run", "processing_engine"): Reader(run.ProcessingEngine, None, ("version",)),
    ("run", "tags"): _TAGS,
    ("run", "test"): Reader(run.Tests, None, ("tests",)),
    ("job", "documentation"): _DOCUMENTATION,
    ("job", "jobType"): Reader(
        job.SentJobType, job.read_job_type, ("processingType", "integration")
    ),
    ("job", "lineage"): Reader(
        explicit.SentJobLineage, explicit.read_job_lineage, ("entries",)
    ),
    ("job", "ownership"): _OWNERSHIP,
    ("job", "sourceCode"): Reader(job.SourceCode, None, ("language", "sourceCode")),
    ("job", "sourceCodeLocation"): Reader(
        job.SourceCodeLocation, None, ("type", "url")
    ),
    ("job", "sql"): Reader(job.Sql, None, ("query",)),
    ("job", "tags"): _TAGS,
    ("dataset", "catalog"): Reader(
        dataset.Catalog, None, ("framework", "type", "name")
    ),
    ("dataset", "columnLineage"): Reader(
        columns.SentColumnLineage, columns.read_column_lineage, ("fields",)
    ),
    ("dataset", "dataQualityAssertions"): _ASSERTIONS,
    ("dataset", "dataQualityMetrics"): _METRICS,
    ("dataset", "dataSource"): Reader(dataset.DataSource),
    ("dataset", "datasetType"): Reader(dataset.DatasetType, None, ("datasetType",)),
    ("dataset", "documentation"): _DOCUMENTATION,
    ("dataset", "hierarchy"): Reader(dataset.Hierarchy, None, ("hierarchy",)),
    ("dataset", "lifecycleStateChange"): Reader(
        dataset.SentLifecycle, dataset.read_lifecycle, ("lifecycleStateChange",)
    ),
    ("dataset", "lineage"): Reader(
        explicit.SentDatasetLineage, explicit.read_dataset_lineage
    ),
    ("dataset", "ownership"): _OWNERSHIP,
    ("dataset", "schema"): Reader(columns.SentSchema, columns.read_schema),
    ("dataset", "storage"): Reader(dataset.Storage, None, ("storageLayer",)),
    ("dataset", "symlinks"): Reader(dataset.Symlinks, dataset.read_symlinks),
    ("dataset", "tags"): _TAGS,
    ("dataset", "version"): Reader(dataset.DatasetVersion, None, ("datasetVersion",)),
    ("input", "dataQualityAssertions"): _ASSERTIONS,
    ("input", "dataQualityMetrics"): _METRICS,
    ("input", "inputStatistics"): Reader(dataset.InputStatistics),
    ("input", "subset"): Reader(
        subset.SentInputSubset, subset.read_input_subset, ("inputCondition",)
    ),
    ("output", "outputStatistics"): Reader(dataset.OutputStatistics),
    ("output", "subset"): Reader(
        subset.SentOutputSubset, subset.read_output_subset, ("outputCondition",)
    ),
}

# Only what a job or a dataset *is* can be taken back; what a run did cannot.
_DELETABLE = frozenset({"job", "dataset"})


def read(scope: str, key: str, body: bytes) -> Reading:
    """Read one facet. Never raises; what does not fit is left out, with a warning."""
    warnings: list[Conformance] = []
    document = _document(body, warnings)
    if document is None:
        return Reading(None, b"{}", False, tuple(warnings))
    if redaction.may_hold_secrets(body):
        document = redaction.scrub_facet(scope, key, document)
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    for member in ("_producer", "_schemaURL"):
        if not isinstance(document.get(member), str):
            warnings.append(
                Conformance(
                    f"/{member}", "member_missing", f"The facet lacks its {member}."
                )
            )
    if document.get("_deleted") is True and scope in _DELETABLE:
        return Reading(None, canonical, True, tuple(warnings))
    reader = REGISTRY.get((scope, key))
    value = _value(reader, document, warnings) if reader else None
    return Reading(value, canonical, False, tuple(warnings))


def _value(
    reader: Reader, document: dict[str, Any], warnings: list[Conformance]
) -> Any:
    for member in reader.required:
        if document.get(member) is None:
            warnings.append(
                Conformance(
                    f"/{member}", "member_missing", f"The facet lacks its {member}."
                )
            )
    value = convert(document, reader.sent, warnings)
    if value is None or reader.build is None:
        return value
    return reader.build(value, warnings)


def _document(body: bytes, warnings: list[Conformance]) -> dict[str, Any] | None:
    try:
        read: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        read = _lenient_document(body, warnings)
    if not isinstance(read, dict):
        warnings.append(Conformance("", "facet_unreadable", "It is no JSON object."))
        return None
    document: dict[str, Any] = read
    if rb"\u0000" in body:
        document = _without_nul(document, warnings)
    return document


def _lenient_document(body: bytes, warnings: list[Conformance]) -> Any:
    """Read JSON that orjson refuses: lone surrogates, numbers beyond any double."""
    if json_text.is_deeper(body):
        return None
    mended = json_text.mend_surrogates(body)
    try:
        document = json.loads(
            mended, parse_int=_number, parse_float=_number, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        return None
    return _without_nul(document, warnings)


def _number(text: str) -> int | float | str:
    """Read a number; one that no double can hold stays the text that it is."""
    if len(text) < 19 and text.removeprefix("-").isdigit():
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON.")


def _without_nul(document: Any, warnings: list[Conformance]) -> Any:
    replaced = _replace_nul(document)
    if replaced != document:
        warnings.append(
            Conformance(
                "",
                "character_replaced",
                "NUL or a lone surrogate became the replacement character.",
            )
        )
    return replaced


def _replace_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case list():
            return [_replace_nul(one) for one in value]
        case dict():
            return {_replace_nul(key): _replace_nul(one) for key, one in value.items()}
    return value
