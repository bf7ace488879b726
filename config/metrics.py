"""What can be measured from outside, and how does Prometheus read it?

Counters of all web processes of a machine are added up (`PROMETHEUS_MULTIPROC_DIR`,
which `manage.py up` sets). No metric names a namespace, a dataset or a job.
"""

from collections.abc import Callable, Iterator
from time import perf_counter

from django.db import Error
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from lineage.models import Event, Producer
from policies.gates import public

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter(
    "headwater_http_requests",
    "Requests answered.",
    ["method", "route", "status"],
)
SECONDS = Histogram(
    "headwater_http_request_seconds",
    "From the first to the last middleware; a streamed body comes after.",
    ["method", "route"],
    buckets=BUCKETS,
)


def measure(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Count each request by its route's name, never by its path."""

    def answer(request: HttpRequest) -> HttpResponse:
        start = perf_counter()
        response = get_response(request)
        method = request.method if request.method in METHODS else "OTHER"
        match = request.resolver_match
        route = match.view_name if match else "none"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(perf_counter() - start)
        return response

    return answer


class StoreCollector(Collector):
    """What the database has to tell, the same from every process."""

    def collect(self) -> Iterator[Metric]:
        reachable = GaugeMetricFamily(
            "headwater_database_up", "Whether the database answers."
        )
        try:
            found = list(_stored())
        except Error:
            found = []
        reachable.add_metric([], 1 if found else 0)
        yield reachable
        yield from found


def _stored() -> Iterator[Metric]:
    events = CounterMetricFamily(
        "headwater_events", "Distinct events stored since the beginning."
    )
    events.add_metric([], Producer.objects.aggregate(n=Sum("event_count"))["n"] or 0)
    yield events
    waiting = GaugeMetricFamily(
        "headwater_events_unapplied",
        "Events stored and not in the catalog: failed, or waiting for a rebuild.",
        labels=["status"],
    )
    for status in (Event.Status.NOT_APPLIED, Event.Status.PENDING):
        count = Event.objects.filter(status=status).count()
        waiting.add_metric([status.name.lower()], count)
    yield waiting
    latest = Event.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
    if latest is not None:
        last = GaugeMetricFamily(
            "headwater_last_event_timestamp_seconds",
            "When the last event was recorded, in seconds of the epoch.",
        )
        last.add_metric([], latest.timestamp())
        yield last


class _Registered(Collector):
    """What this process alone has counted."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything measured, in Prometheus' text format."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    except ValueError:  # one process, or each by itself
        registry.register(_Registered())
    registry.register(StoreCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
