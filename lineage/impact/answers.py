"""What is a reader told of an impact: hits, the ways to them, and what is missing?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from catalog.models import Dataset, Job
from lineage.column_sources import Transformation
from lineage.impact.durations import rounded, told_duration
from lineage.impact.severities import Rule, Severity
from lineage.runs import LightRun

type Kind = Literal["dataset", "job", "column"]


class Owner(NamedTuple):
    """Who answers for a hit: as people declare, or as a producer says (harvested)."""

    name: str
    kind: str
    is_curated: bool


class Start(NamedTuple):
    """What is changed itself: an asset, or one of its columns."""

    asset: Dataset | Job
    column: str = ""


class Schedule(NamedTuple):
    """When something was last made by a run that completed, and how often it is.

    `interval` is the median of the last gaps between such runs, None without any;
    `took` is how long the last one took.
    """

    job: Job
    run_id: str
    last: datetime
    interval: timedelta | None
    took: timedelta = timedelta(0)

    @property
    def often(self) -> str:
        """The interval as people say it."""
        return told_duration(rounded(self.interval)) if self.interval else ""


class Late(NamedTuple):
    """From when on data is missing, and until when.

    None: nobody can say, and of `until`: for good.
    """

    since: datetime | None
    until: datetime | None


class QualityCheck(NamedTuple):
    """A check that producers run on a hit; `outcome` is how it went last."""

    name: str
    column: str
    outcome: str


@dataclass(slots=True)
class Step:
    """One link of the way to a hit: what lies at its end, and how data gets there.

    `name` is empty for what is withheld or deleted. Between columns stand the jobs that
    derive one from the other, as far as the reader may know, and the transformations.
    """

    kind: Kind | Literal["withheld", "deleted"]
    namespace: str = ""
    name: str = ""
    column: str = ""
    is_manual: bool = False
    jobs: list[Job] = field(default_factory=list)
    ways: list[Transformation] = field(default_factory=list)

    @property
    def is_masked(self) -> bool:
        """Whether data comes over this link masked, in each way that carries it."""
        carriers = [way for way in self.ways if way.type.upper() != "INDIRECT"]
        return bool(carriers) and all(way.masking for way in carriers)


@dataclass(slots=True)
class Hit:
    """An asset or column that would be affected; `path` leads to it, itself last.

    Of a change, `rule` says how and why, and `path` is the way that explains it: a way
    of fewer hops may hit less hard. `start` is where it begins.
    """

    kind: Kind
    asset: Dataset | Job
    column: str
    hops: int
    path: list[Step]
    start: Start | None = None
    rule: Rule | None = None
    late: Late | None = None
    owners: list[Owner] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    domain: str = ""
    last_run: LightRun | None = None  # of a job
    schedule: Schedule | None = None
    checks: list[QualityCheck] = field(default_factory=list)

    @property
    def is_manual(self) -> bool:
        """Whether any step of the way rests on what people declare alone."""
        return any(step.is_manual for step in self.path)

    @property
    def is_masked(self) -> bool:
        """Whether data gets here masked, by the way that explains the hit."""
        return any(step.is_masked for step in self.path)

    @property
    def severity(self) -> Severity | None:
        return self.rule.severity if self.rule else None

    @property
    def key(self) -> tuple[bool, int, str]:
        """What it is, however it was reached."""
        return isinstance(self.asset, Job), self.asset.pk, self.column

    @property
    def strength(self) -> tuple[int, int]:
        """How hard it is hit, the hardest and nearest first."""
        return self.rule.weakness if self.rule else 0, self.hops

    @property
    def order(self) -> tuple[int, str, str, str, str]:
        asset = self.asset
        return self.hops, self.kind, asset.namespace.name, asset.name, self.column


@dataclass(slots=True)
class Impact:
    """All hits that a reader is told of, nearest first.

    `withheld` counts places that are hidden, `silent` are jobs that read a dataset on
    the way and do not tell which of its columns they use, `failed` those on the way
    whose last run failed: what they write is not what it would be. `unresolved` are
    names of a proposed change that the catalog does not know.
    """

    hits: list[Hit] = field(default_factory=list)
    withheld: int = 0
    is_truncated: bool = False
    silent: list[Job] = field(default_factory=list)
    has_hidden_silent: bool = False
    failed: list[Job] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    in_time: int = 0  # what a delay does not reach, for it is made later anyhow

    @property
    def is_complete(self) -> bool:
        """Whether it can be all that is known to be downstream."""
        silent = self.silent or self.has_hidden_silent
        return not (self.withheld or self.is_truncated or silent or self.unresolved)

    @property
    def worst(self) -> Severity | None:
        """The severity of the hit that is hit hardest."""
        found = {hit.severity for hit in self.hits}
        return next((one for one in Severity if one in found), None)

    def take_in(self, other: "Impact") -> None:
        """Add what another change hits; each thing once, as it is hit hardest."""
        self.hits = once([*self.hits, *other.hits])
        self.hits.sort(key=lambda hit: hit.order)
        self.withheld = max(self.withheld, other.withheld)
        self.is_truncated |= other.is_truncated
        self.silent = by_name([*self.silent, *other.silent])
        self.has_hidden_silent |= other.has_hidden_silent
        self.in_time += other.in_time


def once(hits: Iterable[Hit]) -> list[Hit]:
    """Each asset or column once, as it is hit hardest."""
    found: dict[tuple[bool, int, str], Hit] = {}
    for hit in hits:
        held = found.get(hit.key)
        if held is None or hit.strength < held.strength:
            found[hit.key] = hit
    return list(found.values())


def by_name(jobs: Iterable[Job]) -> list[Job]:
    """Each of some jobs once, by its names."""
    found = {job.pk: job for job in jobs}
    return sorted(found.values(), key=lambda job: (job.namespace.name, job.name))
