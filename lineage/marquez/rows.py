"""What is in one row of a Marquez database that no event tells of?"""

from typing import Any

import msgspec

Facets = list[Any] | None  # {key: body} each, the latest last


class Field(msgspec.Struct):
    name: str
    type: str | None = None
    description: str | None = None


class ColumnSource(msgspec.Struct):
    """One column that an output's column derives from."""

    name: str
    namespace: str
    dataset: str
    field: str
    description: str | None = None
    type: str | None = None


class Identity(msgspec.Struct):
    namespace: str
    name: str
    type: str | None = None


class DatasetRow(msgspec.Struct):
    """A dataset version, or a dataset that has none."""

    namespace: str
    name: str
    at: str
    type: str | None = None
    description: str | None = None
    lifecycle: str | None = None
    physical_name: str | None = None
    schema_location: str | None = None  # of a stream
    source: str | None = None
    source_url: str | None = None
    fields: list[Field] | None = None
    facets: Facets = None
    symlinks: list[Identity] = []


class JobRow(msgspec.Struct):
    """A job version, or a job that has none."""

    namespace: str
    name: str
    at: str
    type: str | None = None
    description: str | None = None
    location: str | None = None
    inputs: list[Identity] | None = None
    outputs: list[Identity] | None = None
    facets: Facets = None


class RunJob(msgspec.Struct):
    namespace: str
    name: str
    type: str | None = None
    description: str | None = None
    location: str | None = None


class ParentRun(msgspec.Struct):
    id: str
    namespace: str
    name: str


class RunDataset(msgspec.Struct):
    """A dataset version that a run read or wrote."""

    namespace: str
    name: str
    fields: list[Field] | None = None
    lifecycle: str | None = None
    facets: Facets = None
    io_facets: Facets = None
    columns: list[ColumnSource] | None = None


class RunRow(msgspec.Struct):
    id: str
    created_at: str
    job: RunJob | None = None
    external_id: str | None = None
    state: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    nominal_start: str | None = None
    nominal_end: str | None = None
    args: str | None = None
    parent: ParentRun | None = None
    states: list[tuple[str, str]] | None = None
    run_facets: Facets = None
    job_facets: Facets = None
    inputs: list[RunDataset] | None = None
    outputs: list[RunDataset] | None = None


class NamedRow(msgspec.Struct):
    """Something that is hidden."""

    name: str
    namespace: str = ""


class NamespaceRow(msgspec.Struct):
    name: str
    description: str | None = None
    owner: str | None = None


class SourceRow(msgspec.Struct):
    name: str
    type: str | None = None
    url: str | None = None
    description: str | None = None


class TagRow(msgspec.Struct):
    name: str
    description: str | None = None


class TaggedRow(msgspec.Struct):
    kind: str
    namespace: str
    name: str
    tag: str
    column: str = ""
