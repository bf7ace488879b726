"""What is told to a reader of a dataset's freshness, volume and quality?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils import timezone

from catalog import facet_columns
from catalog.models import Dataset, Facet, Job
from lineage.graph.cut import NOW, Cut
from lineage.quality import assertions, evidence, freshness, schemas, volume
from lineage.quality.assertions import History
from lineage.quality.evidence import Touch
from lineage.quality.freshness import Rhythm, Write
from lineage.quality.past import Standing
from lineage.quality.robust import Judged
from lineage.quality.schemas import Change
from lineage.quality.volume import Count, Series
from lineage.reader import Reader
from policies.actions import Action


@dataclass(frozen=True)
class DatasetQuality:
    """A canonical dataset by the last runs that wrote it or told of it.

    `at` is the time that it is judged at: now, or the time that was asked about. `jobs`
    are those that the runs are of, by id.
    """

    dataset: Dataset
    at: datetime
    touches: Sequence[Touch]
    jobs: dict[int, Job]

    @cached_property
    def rhythm(self) -> Rhythm:
        return freshness.rhythm(self.touches)

    @property
    def writes_with_gaps(self) -> list[tuple[Write, Judged | None]]:
        """Each write with how long after the one before it came, latest first."""
        gaps = [*self.rhythm.gaps, None]
        return list(zip(self.rhythm.writes, gaps, strict=False))

    @property
    def is_late(self) -> bool:
        return self.rhythm.is_late(self.at)

    @cached_property
    def counts(self) -> list[Count]:
        return volume.counts(self.touches)

    @cached_property
    def series(self) -> list[Series]:
        return volume.series(self.counts)

    @cached_property
    def assertions(self) -> list[History]:
        return assertions.histories(self.touches)

    @cached_property
    def schema_changes(self) -> list[Change]:
        return schemas.changes(schemas.shown(self.touches))

    def job_of(self, run: Standing) -> Job:
        return self.jobs[run.job]


def of_dataset(dataset: Dataset, reader: Reader, cut: Cut = NOW) -> DatasetQuality:
    """What the reader may know of it: by runs that they may see, of shown columns.

    The number of queries is fixed.
    """
    jobs = reader.jobs.permitted(reader.principal, Action.RUN_VIEW)
    names = evidence.names_of([dataset.pk])
    touches = evidence.touches(names, jobs, cut=cut)[dataset.pk]
    hidden = reader.hidden_columns([dataset.pk]).of.get(dataset.pk, frozenset())
    if hidden:
        touches = _without(touches, hidden)
    return DatasetQuality(
        dataset, cut.as_of or timezone.now(), touches, jobs_of(touches, reader)
    )


def jobs_of(touches: Sequence[Touch], reader: Reader) -> dict[int, Job]:
    """The jobs that did it, with their namespaces."""
    ids = {touch.run.job for touch in touches if touch.run is not None}
    return dict(reader.jobs.select_related("namespace").in_bulk(ids)) if ids else {}


def _without(touches: Sequence[Touch], hidden: frozenset[str]) -> list[Touch]:
    """The touches without what names hidden columns; each facet is cut once."""
    cut: dict[int, Facet | None] = {}
    told = []
    for touch in touches:
        for facet in touch.facets:
            if facet.pk not in cut:
                cut[facet.pk] = facet_columns.without(facet, hidden)
        kept = [cut[facet.pk] for facet in touch.facets]
        shown = tuple(facet for facet in kept if facet is not None)
        told.append(Touch(touch.at, shown, touch.run, touch.writes))
    return told
