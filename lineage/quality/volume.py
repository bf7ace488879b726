"""How many rows and bytes did runs write, and how many did profiles count?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lineage.checks import read_facet
from lineage.facets.dataset import OutputStatistics
from lineage.facets.quality import DataQualityMetrics
from lineage.quality.evidence import Touch
from lineage.quality.past import Standing
from lineage.quality.robust import Judged, judge_all

type Source = Literal["written", "profiled"]
type Unit = Literal["rows", "bytes"]
UNITS: tuple[Unit, ...] = ("rows", "bytes")
SOURCES: tuple[Source, ...] = ("written", "profiled")


@dataclass(frozen=True, slots=True)
class Count:
    """What one run, or dataset event, counted: what it wrote, or all that there is."""

    at: datetime
    run: Standing | None
    source: Source
    rows: int | None
    bytes: int | None
    files: int | None = None

    def of(self, unit: Unit) -> int | None:
        return self.rows if unit == "rows" else self.bytes


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series, and whether it is unusual beside those before it."""

    count: Count
    judged: Judged


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one unit from one source, oldest first."""

    source: Source
    unit: Unit
    points: list[Point]

    @property
    def unusual(self) -> list[Point]:
        """Those that are out of the usual, latest first."""
        return [point for point in reversed(self.points) if point.judged.is_unusual]


def counts(touches: Iterable[Touch]) -> list[Count]:
    """What runs and dataset events counted, oldest first.

    What a run that failed says that it wrote is no write.
    """
    found = []
    for touch in sorted(touches, key=lambda touch: touch.key):
        for facet in touch.facets:
            match read_facet(facet):
                case OutputStatistics() as said if touch.writes:
                    sizes = said.row_count, said.size, said.file_count
                    found.append(Count(touch.at, touch.run, "written", *sizes))
                case DataQualityMetrics() as said:
                    sizes = said.row_count, said.bytes, said.file_count
                    found.append(Count(touch.at, touch.run, "profiled", *sizes))
    return [one for one in found if one.rows is not None or one.bytes is not None]


def series(counted: Sequence[Count]) -> list[Series]:
    """The series that have any value, each value judged by those before it."""
    found = []
    for source in SOURCES:
        for unit in UNITS:
            own = [one for one in counted if one.source == source]
            some = [(one, n) for one in own if (n := one.of(unit)) is not None]
            judged = judge_all([float(number) for _, number in some], least=1.0)
            points = [
                Point(one, verdict)
                for (one, _), verdict in zip(some, judged, strict=True)
            ]
            if points:
                found.append(Series(source, unit, points))
    return found


def latest(counted: Sequence[Count], unit: Unit) -> Count | None:
    """The last count of rows or bytes; of one time what was written."""
    known = [one for one in counted if one.of(unit) is not None]
    return max(known, key=lambda one: (one.at, one.source == "written"), default=None)
