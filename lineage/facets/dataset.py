"""What do the facets of a dataset say about the dataset as a whole?"""

import msgspec

from lineage.conformance import Conformance
from lineage.facets.shapes import Count, Identity, usable


class DataSource(msgspec.Struct, frozen=True):
    name: str = ""
    uri: str = ""


class DatasetType(msgspec.Struct, frozen=True, rename="camel"):
    dataset_type: str = ""
    sub_type: str = ""


class DatasetVersion(msgspec.Struct, frozen=True, rename="camel"):
    """The version as the producer calls it."""

    dataset_version: str = ""


class Level(msgspec.Struct, frozen=True):
    type: str = ""
    name: str = ""


class Hierarchy(msgspec.Struct, frozen=True):
    """The containers of a dataset, from the highest to the lowest."""

    hierarchy: tuple[Level, ...] = ()


class Catalog(msgspec.Struct, frozen=True, rename="camel"):
    framework: str = ""
    type: str = ""
    name: str = ""
    metadata_uri: str = ""
    warehouse_uri: str = ""
    source: str = ""
    catalog_properties: dict[str, str] = {}


class Storage(msgspec.Struct, frozen=True, rename="camel"):
    storage_layer: str = ""
    file_format: str = ""


class Symlink(msgspec.Struct, frozen=True):
    """Another name of the dataset. A LOCATION may be shared by several datasets."""

    namespace: str
    name: str
    type: str = ""


class Symlinks(msgspec.Struct, frozen=True):
    identifiers: tuple[Symlink, ...] = ()


def read_symlinks(sent: Symlinks, warnings: list[Conformance]) -> Symlinks:
    return Symlinks(
        tuple(
            symlink
            for index, symlink in enumerate(sent.identifiers)
            if usable(
                symlink.namespace, symlink.name, f"/identifiers/{index}", warnings
            )
        )
    )


class SentLifecycle(msgspec.Struct, frozen=True, rename="camel"):
    lifecycle_state_change: str = ""
    previous_identifier: Identity | None = None


class Lifecycle(msgspec.Struct, frozen=True):
    """ALTER, CREATE, DROP, OVERWRITE, RENAME or TRUNCATE, and the name before it."""

    state: str
    previous_namespace: str | None
    previous_name: str | None


def read_lifecycle(sent: SentLifecycle, warnings: list[Conformance]) -> Lifecycle:
    previous = sent.previous_identifier
    if previous is not None and not usable(
        previous.namespace, previous.name, "/previousIdentifier", warnings
    ):
        previous = None
    return Lifecycle(
        sent.lifecycle_state_change.upper(),
        previous.namespace if previous else None,
        previous.name if previous else None,
    )


class InputStatistics(msgspec.Struct, frozen=True, rename="camel"):
    row_count: Count | None = None
    size: Count | None = None
    file_count: Count | None = None


class OutputStatistics(msgspec.Struct, frozen=True, rename="camel"):
    row_count: Count | None = None
    size: Count | None = None
    file_count: Count | None = None
