"""The routes that tell of datasets and their versions, and the one that hides them."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import versions
from catalog.models import Dataset, Namespace
from lineage.api.addresses import Reading
from lineage.api.answers.dataset_versions import answer_dataset_versions
from lineage.api.answers.datasets import answer_datasets
from lineage.api.base import PAGING, NamedView, demand, not_found, page, version_of
from lineage.api.outputs import (
    DatasetOutput,
    DatasetsOutput,
    DatasetVersionOutput,
    DatasetVersionsOutput,
)
from lineage.reader import Reader
from lineage.services.hiding import hide_dataset
from policies.actions import Action

TAGS = ["Datasets"]


@extend_schema_view(
    get=extend_schema(
        operation_id="listDatasets",
        description="List the datasets of a namespace, by name.",
        parameters=PAGING,
        responses=DatasetsOutput,
        tags=TAGS,
    )
)
class DatasetListView(NamedView):
    route = "namespace-dataset-list"
    actions = {"GET": Action.ASSET_VIEW}

    def answer(
        self, request: Request, reader: Reader, asset: Namespace, reading: Reading
    ) -> Response:
        asked = page(request)
        datasets = reader.datasets.filter(namespace=asset)
        rows: list[Dataset] = asked.of(datasets.with_names().order_by("name"))
        answers = answer_datasets(rows, reader)
        return Response(
            {
                "datasets": DatasetOutput(answers, many=True).data,
                "totalCount": datasets.count(),
            }
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="getDataset",
        description="Tell of a dataset, by any of its names.",
        responses=DatasetOutput,
        tags=TAGS,
    )
)
class DatasetDetailView(NamedView):
    route = "dataset-detail"
    actions = {"GET": Action.ASSET_VIEW, "DELETE": Action.ASSET_EDIT}

    def answer(
        self, request: Request, reader: Reader, asset: Dataset, reading: Reading
    ) -> Response:
        return Response(DatasetOutput(answer_datasets([asset], reader)[0]).data)

    @extend_schema(
        operation_id="deleteDataset", responses={200: DatasetOutput}, tags=TAGS
    )
    def delete(self, request: Request, **names: str) -> Response:
        """Hide a dataset until something new is heard of it; tells of it once more."""
        return self.locate_and_delete(request)

    def hide(self, request: Request, reader: Reader, asset: Any) -> Response:
        demand(request, Action.ASSET_EDIT, asset)
        told = DatasetOutput(answer_datasets([asset], reader)[0]).data
        hide_dataset(asset, actor=request.user)
        return Response(told)


@extend_schema_view(
    get=extend_schema(
        operation_id="listDatasetVersions",
        description="List the versions of a dataset, the newest first.",
        parameters=PAGING,
        responses=DatasetVersionsOutput,
        tags=TAGS,
    )
)
class DatasetVersionListView(NamedView):
    route = "dataset-version-list"
    actions = {"GET": Action.ASSET_VIEW}

    def answer(
        self, request: Request, reader: Reader, asset: Dataset, reading: Reading
    ) -> Response:
        asked = page(request)
        known = versions.of_datasets([asset])[asset.pk]
        answers = answer_dataset_versions(asset, asked.of(known[::-1]), reader)
        return Response(
            {
                "versions": DatasetVersionOutput(answers, many=True).data,
                "totalCount": len(known),
            }
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="getDatasetVersion",
        description="Tell of one version of a dataset.",
        responses=DatasetVersionOutput,
        tags=TAGS,
    )
)
class DatasetVersionDetailView(NamedView):
    route = "dataset-version-detail"
    actions = {"GET": Action.ASSET_VIEW}

    def answer(
        self, request: Request, reader: Reader, asset: Dataset, reading: Reading
    ) -> Response:
        wanted = version_of(reading)
        known = versions.of_datasets([asset])[asset.pk]
        found = [version for version in known if version.id == wanted]
        if not found:
            raise not_found("version")
        [answer] = answer_dataset_versions(asset, found, reader)
        return Response(DatasetVersionOutput(answer).data)
