"""What have all reading routes in common: who asks, for how much, and of what?"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Dataset, Job, Namespace
from lineage.api.addresses import PREFIX, Reading, readings
from lineage.reader import Reader
from policies.actions import Action
from policies.asked import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    PAGING,
    Page,
    invalid,
    not_found,
    number,
    page,
)
from policies.gates import denial
from policies.models import Governed, Principal
from policies.rendering import JSONRenderer

__all__ = [
    "DEFAULT_LIMIT",
    "MAX_LIMIT",
    "PAGING",
    "NamedView",
    "Page",
    "ReadView",
    "demand",
    "find",
    "invalid",
    "not_found",
    "number",
    "one_of",
    "page",
    "version_of",
]
# A path of many slashes has many readings, and each costs a query.
MAX_READINGS = 32


class ReadView(APIView):
    """A route that reads, as one principal."""

    renderer_classes = [JSONRenderer]

    def reader(self, request: Request) -> Reader:
        return Reader(request.user)


class NamedView(ReadView):
    """A route under /namespaces, whose names may hold slashes.

    Django finds some route that fits the path; `answer` of the one that an existing
    asset fits best is what runs. See `lineage.api.addresses`.
    """

    route: ClassVar[str]
    actions: ClassVar[dict[str, Action]]
    views: ClassVar[dict[str, type["NamedView"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        NamedView.views[cls.route] = cls

    def dispatch(self, request: Any, *args: Any, **names: str) -> Any:
        """Leave a method that this route lacks to the likeliest route that has it."""
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        if method not in self.actions:
            for reading in path_readings(request):
                view = self.views[reading.route]
                if method in view.actions:
                    return view.as_view()(request, *args, **names)
        return super().dispatch(request, *args, **names)

    def get(self, request: Request, **names: str) -> Response:
        reader = self.reader(request)
        view, reading, asset = self.locate(request, reader, "GET")
        return view.answer(request, reader, asset, reading)

    def answer(
        self, request: Request, reader: Reader, asset: Any, reading: Reading
    ) -> Response:
        """Answer about the namespace, dataset or job that the path means."""
        raise NotImplementedError

    def write(self, request: Request, sender: Any, reading: Reading) -> Response:
        """Take in what is told of that which the path means, there already or not."""
        raise NotImplementedError

    def locate_and_delete(self, request: Request) -> Response:
        reader = self.reader(request)
        view, _, asset = self.locate(request, reader, "DELETE")
        return view.hide(request, reader, asset)

    def hide(self, request: Request, reader: Reader, asset: Any) -> Response:
        """Take the asset that the path means out of sight."""
        raise NotImplementedError

    def locate(
        self, request: Request, reader: Reader, method: str
    ) -> tuple["NamedView", Reading, Any]:
        """The view, reading and asset that the path means. Raises Problem (404)."""
        for reading in path_readings(request):
            view = self.views[reading.route]()
            asset = find(reader, reading) if method in view.actions else None
            if asset is not None:
                return view, reading, asset
        raise not_found(self.route.partition("-")[0])


def path_readings(request: Any) -> Iterator[Reading]:
    """What the path of a request may mean, as far as it is worth looking up."""
    path = request.path_info.removeprefix(PREFIX)
    return islice(readings(path), MAX_READINGS if "\0" not in path else 0)


def find(reader: Reader, reading: Reading) -> Namespace | Dataset | Job | None:
    """The permitted asset that a reading of a path names, if there is one."""
    if reading.kind == "namespace":
        return reader.namespaces.filter(name=reading.namespace).first()
    if reading.kind == "job":
        return (
            reader.jobs.filter(namespace__name=reading.namespace, name=reading.name)
            .select_related("namespace")
            .first()
        )
    # Any name that the reader may know will do; the answer is about the canonical one.
    named = reader.names.filter(namespace__name=reading.namespace, name=reading.name)
    return reader.datasets.filter(pk__in=named.values("canonical")).with_names().first()


def one_of(request: Request, name: str, allowed: Sequence[str], default: str) -> str:
    """A word out of the query. Raises Problem (400)."""
    word = request.query_params.get(name) or default
    if word not in allowed:
        raise invalid(name, f"{name} is one of {', '.join(allowed)}.")
    return word


def demand(request: Request, action: Action, asset: Governed) -> None:
    """Refuse what the asker may see but not do. Raises Problem (403)."""
    rows: Any = type(asset)._default_manager
    if not rows.permitted(request.user, action).filter(pk=asset.pk).exists():
        raise denial(request._request, cast(Principal, request.user), action)


def version_of(reading: Reading) -> UUID:
    """The version that a path names. Raises Problem (404)."""
    try:
        return UUID(reading.version)
    except (TypeError, ValueError):
        raise not_found("version") from None
