"""How often does a job succeed, how long does it take, and what failed last?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from statistics import median
from typing import Any

from django.utils import timezone

from catalog import facets
from catalog.facets import text
from catalog.models import Facet, Job
from lineage.graph.cut import NOW, Cut
from lineage.models import Event, Run
from lineage.quality import past
from lineage.quality.past import ENDED, Standing
from lineage.quality.robust import Judged, judge_all, percentile
from lineage.reader import Reader

RUNS = 100  # the last ones that ended
TREND = 10  # runs whose median is held against that of as many before
LEAST_SECONDS = 1.0  # times that differ by less do not differ
ERROR = "errorMessage"


@dataclass(frozen=True, slots=True)
class Trend:
    """The medians of the last completed runs, and of those before them, in seconds."""

    recent: float
    earlier: float

    @property
    def change(self) -> float | None:
        """By which share the runs became longer; shorter if negative."""
        return self.recent / self.earlier - 1 if self.earlier else None


@dataclass(frozen=True)
class JobQuality:
    """A job by its last runs that ended, latest first."""

    job: Job
    at: datetime
    runs: Sequence[Standing]
    error: str = ""  # of the last run that failed

    @cached_property
    def count(self) -> Counter[int]:
        """How many runs ended in which state."""
        return Counter(run.state for run in self.runs)

    @property
    def success_rate(self) -> float | None:
        """The share of runs that completed; None if none has ended."""
        if not self.runs:
            return None
        return self.count[Run.State.COMPLETED] / len(self.runs)

    @cached_property
    def durations(self) -> list[tuple[Standing, Judged]]:
        """How many seconds each completed run took, latest first."""
        done = [run for run in self.runs if run.state == Run.State.COMPLETED]
        timed = [(run, run.seconds) for run in reversed(done)]
        known = [(run, took) for run, took in timed if took is not None]
        judged = judge_all([took for _, took in known], least=LEAST_SECONDS)
        runs = [run for run, _ in known]
        return list(zip(runs, judged, strict=True))[::-1]

    @cached_property
    def seconds(self) -> list[float]:
        return [judged.value for _, judged in self.durations]

    @property
    def median_seconds(self) -> float | None:
        return median(self.seconds) if self.seconds else None

    @property
    def p95_seconds(self) -> float | None:
        return percentile(self.seconds, 0.95)

    @property
    def trend(self) -> Trend | None:
        """None while there are too few runs to tell."""
        recent, earlier = self.seconds[:TREND], self.seconds[TREND : 2 * TREND]
        if len(earlier) < TREND:
            return None
        return Trend(median(recent), median(earlier))

    @property
    def unusual(self) -> list[tuple[Standing, Judged]]:
        """Runs that took unusually long or short, latest first."""
        return [one for one in self.durations if one[1].is_unusual]

    @property
    def last_failure(self) -> Standing | None:
        return self._last(Run.State.FAILED)

    @property
    def has_recovered(self) -> bool:
        """Whether a run completed after the last one that failed."""
        ended = (run.state for run in self.runs)
        of_note = (Run.State.COMPLETED, Run.State.FAILED)
        return next((s for s in ended if s in of_note), None) == of_note[0]

    @property
    def last_success(self) -> Standing | None:
        return self._last(Run.State.COMPLETED)

    def _last(self, state: int) -> Standing | None:
        return next((run for run in self.runs if run.state == state), None)


def of_job(job: Job, reader: Reader, cut: Cut = NOW) -> JobQuality:
    """What is told of a job whose runs the reader may see; few queries."""
    runs = last_ended(job, cut)
    found = JobQuality(job, cut.as_of or timezone.now(), runs)
    failure = found.last_failure
    if failure is None:
        return found
    return JobQuality(job, found.at, runs, _error_of(failure, reader, cut))


def last_ended(job: Job, cut: Cut = NOW, *, limit: int = RUNS) -> list[Standing]:
    """The last runs of a job that ended, latest first, by the index event_ends."""
    ends: Any = past.known(cut).filter(
        job=job, kind=Event.Kind.RUN, type__in=[int(one) for one in ENDED]
    )
    rows = ends.order_by("-event_time").values_list("run", flat=True)
    # A run may have been told to end more than once.
    ids = list(dict.fromkeys(rows[: 2 * limit]))[:limit]
    ended = [run for run in past.standing(ids, cut).values() if run.is_ended]
    return sorted(ended, key=lambda run: (run.at, str(run.run_id)), reverse=True)


def _error_of(run: Standing, reader: Reader, cut: Cut) -> str:
    """What a failed run said last of its error, as far as the reader may know."""
    rows: Any = past.known(cut).filter(run=run.pk, run_facets__isnull=False)
    events = rows.order_by("event_time", "digest").values_list("run_facets", flat=True)
    shown = list(events)
    known = facets.load((facet for some in shown for facet in some), [ERROR])
    told: Facet | None = None
    for some in shown:
        told = next((known[facet] for facet in some if facet in known), told)
    if told is None or told.is_deleted:
        return ""
    for facet, body in reader.readable([told]):
        cut_for_reader = Facet(scope=facet.scope, key=facet.key, body=body)
        return (text(cut_for_reader, "message") or "").strip()
    return ""
