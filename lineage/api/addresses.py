"""Which asset does a path mean, when names hold slashes?

A WSGI server hands the path over decoded: `%2F` inside of a name and the `/` between
two members look alike. So a path has several readings, and the one that an existing
asset answers to is meant.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PREFIX = "/api/v1/namespaces/"

_COLLECTION = re.compile("/(datasets|jobs)(?=/|$)")
_VERSION = re.compile("(.+)/versions/([0-9a-fA-F-]{36})", re.DOTALL)
_TAGS = re.compile("/tags/")
_FIELDS = re.compile("/fields/")
_LISTS = {"datasets": ("versions",), "jobs": ("versions", "runs")}


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a path: `route` is "dataset-detail", "job-run-list" and so on.

    `name` is None where the route is about a namespace; `version`, `field` and `tag`
    are the members of the routes that have such.
    """

    route: str
    namespace: str
    name: str | None = None
    version: str | None = None
    field: str | None = None
    tag: str | None = None

    @property
    def kind(self) -> str:
        """Whose row has to exist: a "namespace", a "dataset" or a "job"."""
        return self.route.partition("-")[0]


def readings(path: str) -> Iterator[Reading]:
    """Every reading of what follows `PREFIX`, the likeliest first.

    Short names come before long ones: `…/datasets/a/versions` is a list of versions
    unless there is no dataset `a`.
    """
    for found in _COLLECTION.finditer(path):
        namespace, name = path[: found.start()], path[found.end() + 1 :]
        collection = found[1]
        kind = collection.removesuffix("s")
        if not namespace:
            continue
        if found.end() == len(path):
            yield Reading(f"namespace-{kind}-list", namespace)
        elif name:
            version = _VERSION.fullmatch(name)
            if version:
                yield Reading(f"{kind}-version-detail", namespace, *version.groups())
            yield from _tags(kind, namespace, name)
            for members in _LISTS[collection]:
                owner = name.removesuffix(f"/{members}")
                if owner and owner != name:
                    route = f"{kind}-{members.removesuffix('s')}-list"
                    yield Reading(route, namespace, owner)
            yield Reading(f"{kind}-detail", namespace, name)
    if path:
        yield Reading("namespace-detail", path)


def _tags(kind: str, namespace: str, path: str) -> Iterator[Reading]:
    """The readings of `{name}/tags/{tag}` and `{name}/fields/{field}/tags/{tag}`."""
    for found in _TAGS.finditer(path):
        owner, tag = path[: found.start()], path[found.end() :]
        if not owner or not tag:
            continue
        inner = _FIELDS.finditer(owner) if kind == "dataset" else ()
        for part in inner:
            name, field = owner[: part.start()], owner[part.end() :]
            if name and field:
                route = "dataset-field-tag"
                yield Reading(route, namespace, name, field=field, tag=tag)
        yield Reading(f"{kind}-tag", namespace, owner, tag=tag)
