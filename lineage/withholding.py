"""Which names of other assets stand in a facet, and may this reader see them?

Lists and graphs leave out what a reader may not see. A facet is a text that somebody
sent, and some say in it what else there is: those are shown without such parts.
"""

import json
import math
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from catalog.models import Facet

# Facets that name other datasets or jobs. Of a facet that the specification does not
# know nobody can tell; it is shown as it is.
NAMING = {
    (Facet.Scope.RUN, "parent"),
    (Facet.Scope.RUN, "jobDependencies"),
    (Facet.Scope.JOB, "lineage"),
    (Facet.Scope.DATASET, "lineage"),
    (Facet.Scope.DATASET, "columnLineage"),
    (Facet.Scope.DATASET, "symlinks"),
    (Facet.Scope.DATASET, "lifecycleStateChange"),
}
# Facets that show code or lineage, each of which takes a right of its own.
CODE = {(Facet.Scope.JOB, "sql"), (Facet.Scope.JOB, "sourceCode")}
LINEAGE = {
    (Facet.Scope.JOB, "lineage"),
    (Facet.Scope.DATASET, "lineage"),
    (Facet.Scope.DATASET, "columnLineage"),
}

_WITHHELD = object()


class Identity(NamedTuple):
    """An asset as a facet names it."""

    is_job: bool
    namespace: str
    name: str


def names_others(facet: Facet) -> bool:
    return (facet.scope, facet.key) in NAMING


def shows_code(facet: Facet) -> bool:
    return (facet.scope, facet.key) in CODE


def shows_lineage(facet: Facet) -> bool:
    return (facet.scope, facet.key) in LINEAGE


def read(facet: Facet) -> Any:
    """The facet's members, with numbers beyond a double's reach as text."""
    return json.loads(facet.body, parse_float=_number)


def identities(document: Any) -> Iterator[Identity]:
    """Every dataset and job that a facet of `NAMING` names."""
    pending = [(False, document)]
    while pending:
        is_job, value = pending.pop()
        if isinstance(value, dict):
            identity = _identity(value, is_job)
            if identity is not None:
                yield identity
            pending += [(key == "job", member) for key, member in value.items()]
        elif isinstance(value, list):
            pending += [(is_job, member) for member in value]


def prune(document: Any, withheld: Collection[Identity]) -> Any:
    """What a facet says without what names a withheld asset; None if that is all."""
    kept = _kept(document, withheld, is_job=False)
    return None if kept is _WITHHELD else kept


def write(told: Any) -> str:
    """Members as the facet's body."""
    return json.dumps(told, separators=(",", ":"))


def _kept(value: Any, withheld: Collection[Identity], *, is_job: bool) -> Any:
    # Facets are bounded in depth at the door.
    if isinstance(value, list):
        members = (_kept(member, withheld, is_job=is_job) for member in value)
        return [member for member in members if member is not _WITHHELD]
    if not isinstance(value, dict):
        return value
    if _identity(value, is_job) in withheld:
        return _WITHHELD
    kept = {
        key: _kept(member, withheld, is_job=key == "job")
        for key, member in value.items()
    }
    if kept.get("job") is _WITHHELD:
        return _WITHHELD  # what remains would be that job's run
    return {key: member for key, member in kept.items() if member is not _WITHHELD}


def _identity(value: dict[str, Any], is_job: bool) -> Identity | None:
    namespace, name = value.get("namespace"), value.get("name")
    if not isinstance(namespace, str) or not isinstance(name, str):
        return None
    return Identity(is_job or value.get("type") == "JOB", namespace, name)


def _number(spelling: str) -> float | str:
    value = float(spelling)
    return value if math.isfinite(value) else spelling
