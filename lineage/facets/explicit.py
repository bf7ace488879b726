"""What does the `lineage` facet say, which is the whole truth about what it names?"""

from typing import Literal
from uuid import UUID

import msgspec

from lineage.conformance import Conformance
from lineage.facets.shapes import Transformation, parent_run_uuid, usable
from lineage.identities import text_misfit
from lineage.json_text import pointer

NodeType = Literal["DATASET", "JOB"]


class Source(msgspec.Struct, frozen=True):
    """Where data comes from. A JOB without a name is the event's own job.

    `field` is a column of the source dataset, or "" for the whole of it.
    """

    type: NodeType
    namespace: str | None
    name: str | None
    field: str
    run_id: UUID | None
    transformations: tuple[Transformation, ...]


class TargetField(msgspec.Struct, frozen=True):
    """A column of the target, and where it comes from."""

    field: str
    sources: tuple[Source, ...]


class Target(msgspec.Struct, frozen=True):
    """Something that data flows into; no `sources` says that it has no upstream.

    A JOB without a name is the event's own job. `has_sources` tells an empty list from
    an absent one.
    """

    type: NodeType
    namespace: str | None
    name: str | None
    run_id: UUID | None
    sources: tuple[Source, ...]
    has_sources: bool
    fields: tuple[TargetField, ...]


class JobLineage(msgspec.Struct, frozen=True):
    """All the edges of the targets that a run or a job names."""

    targets: tuple[Target, ...]


class DatasetLineage(msgspec.Struct, frozen=True):
    """All the edges into the dataset that carries the facet."""

    sources: tuple[Source, ...]
    has_sources: bool
    fields: tuple[TargetField, ...]


class _SentSource(msgspec.Struct, frozen=True):
    type: str = "DATASET"
    namespace: str | None = None
    name: str | None = None
    field: str | None = None
    run_id: str | None = msgspec.field(name="runId", default=None)
    transformations: tuple[Transformation, ...] | None = None


class _SentField(msgspec.Struct, frozen=True):
    inputs: tuple[_SentSource, ...] | None = None


class _SentTarget(msgspec.Struct, frozen=True):
    type: str = "DATASET"
    namespace: str | None = None
    name: str | None = None
    run_id: str | None = msgspec.field(name="runId", default=None)
    inputs: tuple[_SentSource, ...] | None = None
    fields: dict[str, _SentField] | None = None


class SentJobLineage(msgspec.Struct, frozen=True):
    entries: tuple[_SentTarget, ...] = ()


class SentDatasetLineage(msgspec.Struct, frozen=True):
    inputs: tuple[_SentSource, ...] | None = None
    fields: dict[str, _SentField] | None = None


def read_job_lineage(sent: SentJobLineage, warnings: list[Conformance]) -> JobLineage:
    targets = []
    for index, entry in enumerate(sent.entries):
        at = pointer("entries", index)
        node = _node(entry, at, warnings)
        if node is not None:
            targets.append(
                Target(
                    *node,
                    _sources(entry.inputs, f"{at}/inputs", warnings),
                    entry.inputs is not None,
                    _fields(entry.fields, f"{at}/fields", warnings),
                )
            )
    return JobLineage(tuple(targets))


def read_dataset_lineage(
    sent: SentDatasetLineage, warnings: list[Conformance]
) -> DatasetLineage:
    return DatasetLineage(
        _sources(sent.inputs, "/inputs", warnings),
        sent.inputs is not None,
        _fields(sent.fields, "/fields", warnings),
    )


def _fields(
    sent: dict[str, _SentField] | None, at: str, warnings: list[Conformance]
) -> tuple[TargetField, ...]:
    fields = []
    for name, field in sorted((sent or {}).items()):
        here = at + pointer(name)
        fault = text_misfit(name, "column")
        if fault is not None:
            warnings.append(
                Conformance(here, "name_unusable", f"{fault.message} It was not read.")
            )
        else:
            sources = _sources(field.inputs, f"{here}/inputs", warnings)
            fields.append(TargetField(name, sources))
    return tuple(fields)


def _sources(
    sent: tuple[_SentSource, ...] | None, at: str, warnings: list[Conformance]
) -> tuple[Source, ...]:
    sources = []
    for index, one in enumerate(sent or ()):
        here = f"{at}/{index}"
        node = _node(one, here, warnings)
        fault = text_misfit(one.field, "field") if one.field is not None else None
        if fault is not None:
            warnings.append(
                Conformance(here, "name_unusable", f"{fault.message} It was not read.")
            )
        elif node is not None:
            kind, namespace, name, run_id = node
            sources.append(
                Source(
                    kind,
                    namespace,
                    name,
                    one.field or "",
                    run_id,
                    one.transformations or (),
                )
            )
    return tuple(sources)


def _node(
    sent: _SentSource | _SentTarget, at: str, warnings: list[Conformance]
) -> tuple[NodeType, str | None, str | None, UUID | None] | None:
    """Name what an entry is about, or None where it names nothing usable."""
    kind: NodeType = "JOB" if sent.type.upper() == "JOB" else "DATASET"
    if kind == "DATASET" and sent.type.upper() != "DATASET":
        warnings.append(
            Conformance(f"{at}/type", "type_unknown", "It was read as DATASET.")
        )
    if kind == "JOB" and sent.namespace is None and sent.name is None:
        return kind, None, None, None
    namespace, name = sent.namespace or "", sent.name or ""
    if not usable(namespace, name, at, warnings):
        return None
    run_id = None
    if sent.run_id:
        run_id = parent_run_uuid(namespace, name, sent.run_id)
    return kind, namespace, name, run_id
