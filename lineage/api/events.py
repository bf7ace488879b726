"""The routes that give events back, as they were sent and as they were taken."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset, Job
from lineage import events
from lineage.acceptances import Receipt, Sender, Warned, receipt_of
from lineage.api.base import PAGING, ReadView, invalid, not_found, page
from lineage.api.outputs import EVENTS_SCHEMA, EventOutput
from lineage.event_time import NoInstant, read_time
from lineage.identities import text_misfit
from lineage.models import Event
from policies.actions import Action

TAGS = ["Events"]
# Above it the events are sent as they are opened.
MAX_BYTES_AT_ONCE = 32 * 2**20
DIGEST = re.compile("[0-9a-f]{64}")
# A `+` that nobody encoded arrives as a space.
LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")
WINDOW = [
    OpenApiParameter(
        "after", OpenApiTypes.DATETIME, description="The earliest eventTime, included."
    ),
    OpenApiParameter(
        "before", OpenApiTypes.DATETIME, description="The latest eventTime, excluded."
    ),
    OpenApiParameter(
        "sortDirection", OpenApiTypes.STR, enum=["asc", "desc"], default="desc"
    ),
]


class LineageEventListView(ReadView):
    """The run events, each as it was sent."""

    actions = {"GET": Action.EVENT_VIEW_RAW}

    @extend_schema(
        operation_id="listLineageEvents",
        parameters=[*WINDOW, *PAGING],
        responses={200: EVENTS_SCHEMA},
        tags=TAGS,
    )
    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        """List run events by eventTime, the latest first; each once, as it was sent."""
        return self.listed(request)

    def listed(
        self, request: Request, **narrower: Any
    ) -> HttpResponse | StreamingHttpResponse:
        asked = page(request)
        found = events.readable(request.user, Action.EVENT_VIEW_RAW).filter(
            kind=Event.Kind.RUN, **narrower
        )
        for name, lookup in (("after", "gte"), ("before", "lt")):
            at = instant(request, name)
            if at is not None:
                found = found.filter(**{f"event_time__{lookup}": at})
        total = found.count()
        sign = "-" if is_descending(request) else ""
        rows: list[Event] = asked.of(found.order_by(f"{sign}event_time", f"{sign}id"))
        parts = write(rows, total)
        if sum(row.size_bytes for row in rows) <= MAX_BYTES_AT_ONCE:
            return HttpResponse(b"".join(parts), content_type="application/json")
        return StreamingHttpResponse(parts, content_type="application/json")


class OlderEventListView(LineageEventListView):
    """The run events at the address that Marquez's Python client still asks."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        return self.listed(request)


class NamespaceEventListView(LineageEventListView):
    """The run events of one namespace's jobs, where that client asks for them."""

    @extend_schema(exclude=True)  # a digest has the same place in the address
    def get(
        self, request: Request, **names: str
    ) -> HttpResponse | StreamingHttpResponse:
        """List run events of the jobs of a namespace, the latest first."""
        namespace = names["namespace"]
        known = self.reader(request).namespaces.filter(name=namespace)
        if text_misfit(namespace, "name") or not known.exists():
            raise not_found("namespace")
        return self.listed(request, job__namespace__name=namespace)


def write(rows: list[Event], total: int) -> Iterator[bytes]:
    """The answer's JSON, into which the events' own texts are set."""
    separators = chain([b""], (b"," for _ in rows))
    yield b'{"events":['
    for separator, body in zip(separators, events.open_bodies(rows), strict=False):
        yield separator + body
    yield b'],"totalCount":%d}' % total


def instant(request: Request, name: str) -> datetime | None:
    """A time among the query's parameters. Raises Problem (400)."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return read_time(LOST_PLUS.sub("+", text))[0]
    except NoInstant:
        raise invalid(
            name, f"{name} is a time such as 2026-05-04T03:02:01.5Z."
        ) from None


def is_descending(request: Request) -> bool:
    """Whether the latest come first. Raises Problem (400)."""
    direction = request.query_params.get("sortDirection", "desc").lower()
    if direction not in ("asc", "desc"):
        raise invalid("sortDirection", "sortDirection is asc or desc.")
    return direction == "desc"


@dataclass(frozen=True, slots=True)
class EventAnswer:
    digest: str
    kind: str
    type: str | None
    event_time: datetime
    recorded_at: datetime
    size_bytes: int | None
    producer: str
    status: str
    error: str | None
    job: Job | None
    run_id: UUID | None
    dataset: Dataset | None
    warnings: list[Warned]
    acceptances: list[Sender]
    body: str | None


class EventDetailView(ReadView):
    """One event, by the SHA-256 of its bytes."""

    actions = {"GET": Action.EVENT_VIEW}

    @extend_schema(operation_id="getEvent", responses=EventOutput, tags=TAGS)
    def get(self, request: Request, digest: str) -> Response:
        """Tell what became of an event, and show its text to whoever may see it."""
        found = events.readable(request.user, Action.EVENT_VIEW)
        event = (
            found.filter(digest=bytes.fromhex(digest))
            .select_related("producer", "run", "job__namespace", "dataset__namespace")
            .first()
            if DIGEST.fullmatch(digest)
            else None
        )
        if event is None:
            raise not_found("event")
        raw = events.readable(request.user, Action.EVENT_VIEW_RAW)
        is_raw = raw.filter(pk=event.pk).exists()
        body = next(events.open_bodies([event])).decode() if is_raw else None
        receipt = receipt_of(event, request.user)
        return Response(EventOutput(answer_event(event, receipt, body)).data)


def answer_event(event: Event, receipt: Receipt, body: str | None) -> EventAnswer:
    return EventAnswer(
        digest=bytes(event.digest).hex(),
        kind=Event.Kind(event.kind).name,
        type=Event.Type(event.type).name if event.type else None,
        event_time=event.event_time,
        recorded_at=event.recorded_at,
        size_bytes=None if body is None else event.size_bytes,
        producer=event.producer.uri,
        status=Event.Status(event.status).name,
        error=event.error or None,
        job=event.job,
        run_id=event.run.run_id if event.run else None,
        dataset=event.dataset,
        warnings=receipt.warnings,
        acceptances=receipt.senders,
        body=body,
    )
