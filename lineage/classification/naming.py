"""What are the columns, tags and jobs called that an explanation names?"""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Dataset, Job, Tag
from lineage.classification.lines import at
from lineage.classification.telling import Step, Why
from lineage.graph import asserting
from lineage.graph.cut import NOW, Cut
from lineage.graph.veil import Column
from lineage.reader import Reader

WHY = "a walk has told of them"


@dataclass(frozen=True)
class Names:
    """The datasets, tags and jobs of an explanation, by id."""

    datasets: dict[int, Dataset]
    tags: dict[int, str]
    jobs: dict[tuple[Column, Column], list[Job]]

    def jobs_at(self, step: Step) -> list[Job]:
        """The jobs that say so, as far as the reader may know of them."""
        if step.line is None:
            return []
        return self.jobs.get((step.line.source, step.line.target), [])


def of_why(told: Why, reader: Reader, cut: Cut = NOW) -> Names:
    """What the ways of an explanation name; five queries."""
    steps = [step for way in told.ways for step in way.steps]
    pairs = {
        (step.line.source, step.line.target) for step in steps if step.line is not None
    }
    # A line out of a structure is told by the jobs that say so of its parts.
    found = asserting.jobs_of({pair for pair in pairs if pair[1].field}, **at(cut))
    known = reader.linked_jobs.filter(
        pk__among=list({job for jobs in found.values() for job in jobs})
    ).select_related("namespace")
    by_id = {job.pk: job for job in known}
    return Names(
        named({step.column.dataset for step in steps}),
        dict(Tag.objects.values_list("pk", "name").filter(
            pk__among=list({step.tag for step in steps})
        )),
        {
            pair: [by_id[job] for job in jobs if job in by_id]
            for pair, jobs in found.items()
        },
    )  # fmt: skip


def named(datasets: Iterable[int]) -> dict[int, Dataset]:
    """Datasets of which a walk has told, with their namespaces."""
    rows = Dataset.objects.unrestricted(WHY).filter(pk__among=list(datasets))
    return {row.pk: row for row in rows.select_related("namespace")}
