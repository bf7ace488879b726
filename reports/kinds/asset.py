"""The report "What is known of this asset", for datasets and jobs."""

from collections.abc import Iterator

from catalog.about import about_dataset, about_job
from catalog.curation.reading import curated
from catalog.models import Dataset, Job
from policies.actions import Action
from reports.asking import Asking
from reports.asset import changes, columns, declared, flow, identity, runs, trail
from reports.documents import Section


class AssetReport:
    """Identity, what people declare, columns, lineage, runs, checks, changes, trail."""

    name = "asset"

    def title(self, asset: Dataset | Job) -> str:
        """`What is known of this dataset`."""
        return f"What is known of this {asset._meta.model_name}"

    def sections(self, asset: Dataset | Job, asking: Asking) -> Iterator[Section]:
        """See `reports.kinds.base.Kind`. Raises Http404 where the asset is gone."""
        asking.tells(Action.REPORT_CREATE, asset)
        asking.tells(Action.ASSET_VIEW, asset)
        if isinstance(asset, Job):
            return _of_job(asset, asking)
        return _of_dataset(asset, asking)


def _of_dataset(dataset: Dataset, asking: Asking) -> Iterator[Section]:
    about = about_dataset(asking.principal, dataset.namespace.name, dataset.name)
    asset = about.dataset  # canonical, also where it was not when it was asked for
    asking.tells(Action.ASSET_VIEW, asset)
    yield identity.of_dataset(about, asking)
    yield identity.names(about, asking)
    asking.tells_columns(asset.pk, about.hidden)
    every = curated([asset], recorded_at=asking.recorded_at)
    about.hidden.leave(every)
    said = every[asset.pk]
    yield from declared.sections(about, said, asking)
    yield columns.of_dataset(about, said, asking)
    yield flow.upstream(asset, asking)
    yield flow.downstream(asset, asking)
    yield from runs.sections(asset, asking)
    yield changes.of_dataset(about, asking)
    yield trail.of_asset(asset, asking)


def _of_job(job: Job, asking: Asking) -> Iterator[Section]:
    about = about_job(asking.principal, job.namespace.name, job.name)
    yield identity.of_job(about, asking)
    yield identity.code(about, asking)
    said = curated([job], recorded_at=asking.recorded_at)[job.pk]
    yield from declared.sections(about, said, asking)
    yield flow.upstream(about.job, asking)
    yield flow.downstream(about.job, asking)
    yield from runs.sections(about.job, asking)
    yield changes.of_job(about, asking)
    yield trail.of_asset(about.job, asking)
