"""What do the facets say about a dataset's columns, and about where they come from?"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lineage.conformance import Conformance
from lineage.facets.shapes import Ordinal, Transformation, usable
from lineage.identities import text_misfit
from lineage.json_text import pointer


class SentField(msgspec.Struct, frozen=True):
    """A column as the facet nests it."""

    name: str
    type: str = ""
    description: str = ""
    ordinal_position: Ordinal | None = None
    fields: tuple[SentField, ...] | None = None


class SentSchema(msgspec.Struct, frozen=True):
    fields: tuple[SentField, ...] | None = None


class Column(msgspec.Struct, frozen=True):
    """One column or nested field; `path` joins the names down to it by dots.

    `ordinal` counts from 1 in the order of the facet, parents before their children.
    `sent_ordinal` is the producer's own number among its siblings.
    """

    path: str
    type: str
    description: str
    ordinal: int
    sent_ordinal: int | None
    depth: int


class Schema(msgspec.Struct, frozen=True):
    """The columns, flat in `columns` and nested in `tree`. Each path stands once."""

    columns: tuple[Column, ...]
    tree: tuple[SentField, ...]


def read_schema(sent: SentSchema, warnings: list[Conformance]) -> Schema:
    tree = sent.fields or ()
    columns: dict[str, Column] = {}
    for path, field, depth, at in _flattened(tree, "", 0, ""):
        fault = text_misfit(field.name, "name") or text_misfit(path, "path")
        if fault is not None:
            warnings.append(
                Conformance(at, "name_unusable", f"{fault.message} It was not read.")
            )
        elif path in columns:
            warnings.append(
                Conformance(at, "column_repeated", "A column before it has this path.")
            )
        else:
            columns[path] = Column(
                path,
                field.type,
                field.description,
                len(columns) + 1,
                field.ordinal_position,
                depth,
            )
    return Schema(tuple(columns.values()), tree)


def _flattened(
    fields: tuple[SentField, ...], prefix: str, depth: int, at: str
) -> Iterator[tuple[str, SentField, int, str]]:
    for index, field in enumerate(fields):
        path = f"{prefix}{field.name}"
        here = f"{at}/fields/{index}"
        yield path, field, depth, here
        if field.fields:
            yield from _flattened(field.fields, f"{path}.", depth + 1, here)


class ColumnInput(msgspec.Struct, frozen=True):
    """One column that another one, or the whole dataset, comes from, in one way.

    An empty `type` is unknown. Older producers say only MASKED or IDENTITY: they are
    read as direct, with `masking` set or not.
    """

    namespace: str
    name: str
    field: str
    type: str
    subtype: str
    description: str
    masking: bool


class ColumnEdge(msgspec.Struct, frozen=True):
    """`output` is made from the input column."""

    output: str
    input: ColumnInput


class ColumnLineage(msgspec.Struct, frozen=True):
    """Column by column in `edges`; `dataset` are the inputs that affect every column.

    `descriptions` and `transformation_types` are what older producers say per column.
    """

    edges: tuple[ColumnEdge, ...]
    dataset: tuple[ColumnInput, ...]
    descriptions: dict[str, str]
    transformation_types: dict[str, str]


class _SentInput(msgspec.Struct, frozen=True):
    namespace: str
    name: str
    field: str
    transformations: tuple[Transformation, ...] | None = None


class _SentOutput(msgspec.Struct, frozen=True):
    inputs: tuple[_SentInput, ...] = msgspec.field(name="inputFields", default=())
    description: str | None = msgspec.field(
        name="transformationDescription", default=None
    )
    type: str | None = msgspec.field(name="transformationType", default=None)


class SentColumnLineage(msgspec.Struct, frozen=True):
    fields: dict[str, _SentOutput] = {}
    dataset: tuple[_SentInput, ...] | None = None


def read_column_lineage(
    sent: SentColumnLineage, warnings: list[Conformance]
) -> ColumnLineage:
    edges: dict[ColumnEdge, None] = {}
    # In the order of the canonical text, so that the same facet is read the same.
    for output, origin in sorted(sent.fields.items()):
        at = pointer("fields", output)
        fault = text_misfit(output, "column")
        if fault is not None:
            warnings.append(
                Conformance(at, "name_unusable", f"{fault.message} It was not read.")
            )
            continue
        for one in _inputs(origin.inputs, origin, f"{at}/inputFields", warnings):
            edges[ColumnEdge(output, one)] = None
    dataset = dict.fromkeys(_inputs(sent.dataset or (), None, "/dataset", warnings))
    return ColumnLineage(
        tuple(edges),
        tuple(dataset),
        {name: one.description for name, one in sent.fields.items() if one.description},
        {name: one.type for name, one in sent.fields.items() if one.type},
    )


def _inputs(
    sent: tuple[_SentInput, ...],
    origin: _SentOutput | None,
    at: str,
    warnings: list[Conformance],
) -> Iterator[ColumnInput]:
    for index, one in enumerate(sent):
        here = f"{at}/{index}"
        fault = text_misfit(one.field, "field")
        if fault is not None:
            warnings.append(
                Conformance(here, "name_unusable", f"{fault.message} It was not read.")
            )
        elif usable(one.namespace, one.name, here, warnings):
            for how in one.transformations or (_former(origin),):
                yield ColumnInput(
                    one.namespace,
                    one.name,
                    one.field,
                    how.type.upper(),
                    how.subtype.upper(),
                    how.description,
                    how.masking,
                )


def _former(origin: _SentOutput | None) -> Transformation:
    """Read what older producers say of a column as a whole."""
    if origin is None or not origin.type:
        return Transformation(description=(origin and origin.description) or "")
    return Transformation(
        "DIRECT",
        "IDENTITY" if origin.type.upper() == "IDENTITY" else "TRANSFORMATION",
        origin.description or "",
        origin.type.upper() == "MASKED",
    )
