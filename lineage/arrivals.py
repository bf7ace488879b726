"""How much arrived when, and what of it does not conform?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.db.models.functions import Trunc

from lineage.models import Conformance, Event
from lineage.models.events import EventQuerySet


@dataclass(frozen=True, slots=True)
class Span:
    """How many distinct events were recorded from `start` on, for one step."""

    start: datetime
    total: int
    not_applied: int


@dataclass(frozen=True, slots=True)
class Scale:
    """How a stretch of time is cut: `steps` of an hour or a day, the last one now."""

    name: str
    unit: str
    steps: int

    def start(self, now: datetime) -> datetime:
        last = now.replace(minute=0, second=0, microsecond=0)
        if self.unit == "day":
            last = last.replace(hour=0)
        return last - (self.steps - 1) * self.step

    @property
    def step(self) -> timedelta:
        return timedelta(days=1) if self.unit == "day" else timedelta(hours=1)


DAY = Scale("24 hours", "hour", 24)
WEEK = Scale("7 days", "day", 7)
MONTH = Scale("30 days", "day", 30)


def spans(events: EventQuerySet, scale: Scale, now: datetime) -> list[Span]:
    """The events recorded up to `now`, one entry a step, empty ones too."""
    first = scale.start(now)
    rows = (
        events.filter(recorded_at__gte=first, recorded_at__lte=now)
        .annotate(step=Trunc("recorded_at", scale.unit))
        .values_list("step")
        .annotate(
            total=Count("pk"),
            not_applied=Count("pk", filter=Q(status=Event.Status.NOT_APPLIED)),
        )
        .order_by("step")
    )
    counted = {step: (total, failed) for step, total, failed in rows}
    starts = [first + n * scale.step for n in range(scale.steps)]
    return [Span(start, *counted.get(start, (0, 0))) for start in starts]


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as a bar in a drawing that is 100 high: whole numbers and tenths."""

    span: Span
    x: int
    top: float
    height: float
    bad_top: float
    bad_height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """Spans as they are drawn, each 10 wide."""

    scale: Scale
    bars: list[Bar]
    total: int
    not_applied: int
    most: int

    @property
    def width(self) -> int:
        return 10 * len(self.bars)

    @property
    def first(self) -> datetime:
        return self.bars[0].span.start

    @property
    def last(self) -> datetime:
        return self.bars[-1].span.start

    @property
    def date_format(self) -> str:
        """How Django's `date` filter writes the two ends."""
        return "j M, H:i" if self.scale.unit == "hour" else "j M"


def bars_of(counted: list[Span], scale: Scale) -> Bars:
    """Draw spans; the highest fills the drawing, and none that counts vanishes."""
    most = max((span.total for span in counted), default=0)

    def height(count: int) -> float:
        return round(max(2.0, 100 * count / most), 1) if count else 0.0

    bars = []
    for index, span in enumerate(counted):
        whole, bad = height(span.total), height(span.not_applied)
        bars.append(Bar(span, 10 * index, 100 - whole, whole, 100 - bad, bad))
    return Bars(
        scale,
        bars,
        sum(span.total for span in counted),
        sum(span.not_applied for span in counted),
        most,
    )


@dataclass(frozen=True, slots=True)
class WarningKind:
    """One kind of conformance warning: how often, until when, and an example."""

    code: str
    count: int
    last_at: datetime
    message: str
    pointer: str
    digest: str


def warning_kinds(events: EventQuerySet, *, since: datetime) -> list[WarningKind]:
    """The kinds of warnings about events recorded since then, most frequent first."""
    recent = events.filter(recorded_at__gte=since)
    kinds = list(
        Conformance.objects.filter(event__in=recent.values("pk"))
        .values("code")
        .annotate(
            count=Count("pk"), last_at=Max("event__recorded_at"), example=Max("pk")
        )
        .order_by("-count", "code")
    )
    examples = Conformance.objects.select_related("event").in_bulk(
        [kind["example"] for kind in kinds]
    )
    return [
        WarningKind(
            code=kind["code"],
            count=kind["count"],
            last_at=kind["last_at"],
            message=(example := examples[kind["example"]]).message,
            pointer=example.pointer,
            digest=bytes(example.event.digest).hex(),
        )
        for kind in kinds
    ]
