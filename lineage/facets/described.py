"""What do the facets say that jobs and datasets share: words, owners, tags?"""

import msgspec

from lineage.conformance import Conformance
from lineage.identities import text_misfit


class Documentation(msgspec.Struct, frozen=True, rename="camel"):
    description: str = ""
    content_type: str = ""


class Owner(msgspec.Struct, frozen=True):
    name: str
    type: str = ""


class Ownership(msgspec.Struct, frozen=True):
    owners: tuple[Owner, ...] = ()


class Tag(msgspec.Struct, frozen=True):
    """A tag of a run, a job or a dataset; with `field`, of that column."""

    key: str
    value: str = ""
    source: str = ""
    field: str = ""


class Tags(msgspec.Struct, frozen=True):
    tags: tuple[Tag, ...] = ()


def read_ownership(sent: Ownership, warnings: list[Conformance]) -> Ownership:
    return Ownership(
        tuple(
            owner
            for index, owner in enumerate(sent.owners)
            if _is_usable(owner.name, f"/owners/{index}/name", warnings)
        )
    )


def read_tags(sent: Tags, warnings: list[Conformance]) -> Tags:
    return Tags(
        tuple(
            tag
            for index, tag in enumerate(sent.tags)
            if _is_usable(tag.key, f"/tags/{index}/key", warnings)
            and _is_usable(tag.value or "-", f"/tags/{index}/value", warnings)
        )
    )


def _is_usable(text: str, at: str, warnings: list[Conformance]) -> bool:
    fault = text_misfit(text, at.rpartition("/")[2])
    if fault is not None:
        warnings.append(
            Conformance(at, "name_unusable", f"{fault.message} It was not read.")
        )
    return fault is None
