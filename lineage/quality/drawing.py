"""How does a series of numbers look as bars?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lineage.models import Run
from lineage.quality.of_job import JobQuality
from lineage.quality.past import Standing
from lineage.quality.robust import Judged
from lineage.quality.volume import Series

STEP, BAR = 10, 8
TONES = {
    Run.State.COMPLETED: "good",
    Run.State.FAILED: "bad",
    Run.State.ABORTED: "warn",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One value at its place; `tone` colours it where it is out of the usual."""

    x: int
    top: float
    height: float
    at: datetime
    value: float
    tone: str = ""
    judged: Judged | None = None
    run: Standing | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from the oldest to the latest, each of a share of the greatest value.

    `usual_top` is where the median of what came before the last value lies.
    """

    bars: list[Bar] = field(default_factory=list)
    most: float = 0
    usual_top: float | None = None

    @property
    def width(self) -> int:
        return STEP * max(len(self.bars), 1)

    @property
    def first(self) -> datetime:
        return self.bars[0].at

    @property
    def last(self) -> datetime:
        return self.bars[-1].at

    @property
    def unusual(self) -> int:
        return sum(
            bar.judged is not None and bar.judged.is_unusual for bar in self.bars
        )

    @property
    def latest_first(self) -> list[Bar]:
        return self.bars[::-1]


def chart_of(series: Series) -> Chart:
    """The chart of rows or bytes."""
    return _chart(
        [
            Bar(0, 0, 0, p.count.at, p.judged.value, _tone(p.judged), p.judged,
                p.count.run)
            for p in series.points
        ]
    )  # fmt: skip


def chart_of_runs(found: JobQuality) -> Chart:
    """The chart of how long each run that ended took, coloured by how it ended."""
    judged = {run.pk: one for run, one in found.durations}
    return _chart(
        [
            Bar(0, 0, 0, run.at, run.seconds or 0.0, _tone_of(run, judged.get(run.pk)),
                judged.get(run.pk), run)
            for run in reversed(found.runs)
        ]
    )  # fmt: skip


def _chart(bars: Sequence[Bar]) -> Chart:
    most = max((bar.value for bar in bars), default=0)
    placed = [
        Bar(
            STEP * place,
            round(100 - _share(bar.value, most), 2),
            round(_share(bar.value, most), 2),
            bar.at,
            bar.value,
            bar.tone,
            bar.judged,
            bar.run,
        )
        for place, bar in enumerate(bars)
    ]
    past = next((b.judged.past for b in reversed(placed) if b.judged), None)
    usual = round(100 - _share(past.median, most), 2) if past else None
    return Chart(placed, most, usual)


def _share(value: float, most: float) -> float:
    """The height of a bar; also of nothing there is something to point at."""
    return max(1.5, 100 * value / most) if most > 0 else 1.5


def _tone(judged: Judged) -> str:
    return "bad" if judged.is_unusual else ""


def _tone_of(run: Standing, judged: Judged | None) -> str:
    if run.state != Run.State.COMPLETED:
        return TONES[Run.State(run.state)]
    return "busy" if judged is not None and judged.is_unusual else ""
