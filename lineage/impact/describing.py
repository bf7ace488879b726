"""Whose are the hits, what are they, and how do they come about?"""

from collections.abc import Sequence

from catalog import facets
from catalog.about import About
from catalog.curation.reading import Curated, curated
from catalog.models import Dataset, Facet, Job
from lineage.graph.cut import NOW, Cut
from lineage.impact import checking, schedules
from lineage.impact.answers import Hit, Owner
from lineage.reader import Reader

FACETS = ("ownership", "tags")
SAID = ("owner", "tag", "domain")


def describe(hits: Sequence[Hit], reader: Reader, cut: Cut = NOW) -> None:
    """Add whose the hits are, what they are tagged with, and how their jobs went.

    What people declare is as it was recorded then, what producers say of owners and
    tags as it stands now. The queries are of a fixed number.
    """
    jobs = {hit.asset.pk: hit.asset for hit in hits if isinstance(hit.asset, Job)}
    datasets = {h.asset.pk: h.asset for h in hits if isinstance(h.asset, Dataset)}
    harvested = {
        True: facets.by_key(
            {pk: [(job.facets, job.facet_events)] for pk, job in jobs.items()}, FACETS
        ),
        False: facets.by_key(
            {
                pk: [(name.facets, name.facet_events) for name in dataset.names.all()]
                for pk, dataset in datasets.items()
            },
            FACETS,
        ),
    }
    then = cut.recorded_at
    said = {
        True: curated(list(jobs.values()), SAID, recorded_at=then),
        False: curated(list(datasets.values()), SAID, recorded_at=then),
    }
    last = schedules.last_runs(list(jobs), reader, cut)
    for hit in hits:
        is_job = isinstance(hit.asset, Job)
        _say(hit, harvested[is_job][hit.asset.pk], said[is_job][hit.asset.pk])
        if is_job:
            hit.last_run = last.get(hit.asset.pk)


def describe_making(hits: Sequence[Hit], reader: Reader, cut: Cut) -> None:
    """Add when the hits were last made, how often they are, and what tests them."""
    jobs = {hit.asset.pk for hit in hits if isinstance(hit.asset, Job)}
    datasets = {hit.asset.pk for hit in hits if isinstance(hit.asset, Dataset)}
    of_jobs = schedules.of_jobs(jobs, reader, cut) if jobs else {}
    of_datasets = schedules.of_datasets(datasets, reader, cut) if datasets else {}
    checks = checking.of_datasets(datasets, reader, cut) if datasets else {}
    for hit in hits:
        if isinstance(hit.asset, Job):
            hit.schedule = of_jobs.get(hit.asset.pk)
        else:
            hit.schedule = of_datasets.get(hit.asset.pk)
            hit.checks = checking.catching(checks, hit.asset.pk, hit.column)


def _say(hit: Hit, held: dict[str, Facet], said: Curated) -> None:
    about = About(held)
    hit.owners = [Owner(str(row), str(row.kind), True) for row in said.all("owner")]
    hit.owners += [Owner(one.name, one.type, False) for one in about.owners]
    rows = [*said.all("tag"), *said.of_column(hit.column, "tag")]
    tags = [str(row) for row in rows]
    tags += [str(tag) for tag in about.all_tags if tag.field in ("", hit.column)]
    hit.tags = list(dict.fromkeys(tags))
    placement = said.one("domain")
    hit.domain = placement.domain.name if placement else ""
