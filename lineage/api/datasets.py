"""The routes that tell of datasets and their versions, describe them and hide them."""

from datetime import timedelta
from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import versions
from catalog.models import Dataset, Namespace
from lineage import sources
from lineage.api.addresses import Reading
from lineage.api.answers.dataset_versions import answer_dataset_versions
from lineage.api.answers.datasets import answer_datasets
from lineage.api.base import PAGING, NamedView, demand, not_found, page, version_of
from lineage.api.inputs import DatasetInput
from lineage.api.outputs import (
    DatasetOutput,
    DatasetsOutput,
    DatasetVersionOutput,
    DatasetVersionsOutput,
)
from lineage.api.sending import Sender, put, read_input, told_again, told_of
from lineage.composing import DatasetTold, FieldTold, dataset_event, written_event
from lineage.reader import Reader
from lineage.services.hiding import hide_dataset
from lineage.sources import KnownSource
from policies.actions import Action

TAGS = ["Datasets"]
MOMENT = timedelta(microseconds=1)


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
    actions = {
        "GET": Action.ASSET_VIEW,
        "PUT": Action.EVENT_INGEST,
        "DELETE": Action.ASSET_EDIT,
    }

    def answer(
        self, request: Request, reader: Reader, asset: Dataset, reading: Reading
    ) -> Response:
        return Response(DatasetOutput(answer_datasets([asset], reader)[0]).data)

    @extend_schema(
        operation_id="putDataset",
        request=DatasetInput,
        responses=DatasetOutput,
        tags=TAGS,
    )
    def put(self, request: Request, **names: str) -> Response:
        """Describe a dataset, as an event would; with runId, as an output of a run."""
        return put(request)

    def write(self, request: Request, sender: Sender, reading: Reading) -> Response:
        told = read_input(request, DatasetInput)
        reader = self.reader(request)
        source = sources.named(told["sourceName"], reader)
        if source is None:
            raise not_found("source")
        dataset = read_dataset(reading, told, source)
        at = timezone.now()
        events = [dataset_event(dataset, at)]
        if told.get("runId"):
            run = told_of(sender.find_run(str(told["runId"])))
            # It wrote what is then described: the version is its own.
            events.insert(0, written_event(dataset, run, at - MOMENT))
        sender.send(*events)
        return told_again(self, request, sender, reading)

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


def read_dataset(reading: Reading, told: Any, source: KnownSource) -> DatasetTold:
    """What a body tells of the dataset that a path names."""
    return DatasetTold(
        reading.namespace,
        cast(str, reading.name),
        type=told["type"],
        physical_name=told["physicalName"],
        source_name=told["sourceName"],
        source_url=source.connection_url or None,
        schema_location=told.get("schemaLocation") or None,
        description=told.get("description") or None,
        fields=[
            FieldTold(
                field["name"],
                field.get("type") or None,
                field.get("description") or None,
                [tag.upper() for tag in field.get("tags") or ()],
            )
            for field in told.get("fields") or ()
        ],
        tags=told.get("tags") or (),
    )


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
