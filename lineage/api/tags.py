"""The routes that tell of tags, and put them on things and take them off."""

from collections.abc import Callable
from typing import Any, cast

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import facets, versions
from catalog.curation.faults import Refused
from catalog.curation.subjects import Subject
from catalog.hidden_columns import hidden_columns
from catalog.models import Dataset, Tag
from lineage.api.addresses import Reading
from lineage.api.answers.datasets import answer_datasets
from lineage.api.answers.jobs import answer_jobs
from lineage.api.base import PAGING, NamedView, ReadView, demand, not_found, page
from lineage.api.inputs import TagInput
from lineage.api.outputs import DatasetOutput, JobOutput, listing, named
from lineage.api.sending import put, read_input
from lineage.reader import Reader
from lineage.services.tagging import describe_tag, put_tag, take_tag
from policies.access import Someone
from policies.actions import Action
from policies.models import Principal
from policies.problems import Problem

TAGS = ["Tags"]

Act = Callable[..., None]


@named("Tag")
class TagOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField(allow_null=True)


TagsOutput = listing("Tags", "tags", TagOutput)


def answer_tag(tag: Tag) -> dict[str, Any]:
    return {"name": tag.name, "description": tag.description or None}


class TagListView(ReadView):
    """The tags that people have defined."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listTags", parameters=PAGING, responses=TagsOutput, tags=TAGS
    )
    def get(self, request: Request) -> Response:
        """List tags, by name."""
        asked = page(request)
        found = Tag.objects.current().order_by("name")
        rows: list[Tag] = asked.of(found)
        told = TagOutput([answer_tag(tag) for tag in rows], many=True).data
        return Response({"tags": told, "totalCount": found.count()})


class TagDetailView(ReadView):
    """One tag."""

    actions = {"PUT": Action.GLOSSARY_EDIT}

    @extend_schema(
        operation_id="putTag", request=TagInput, responses=TagOutput, tags=TAGS
    )
    def put(self, request: Request, tag: str) -> Response:
        """Define a tag, or say what it means."""
        told = read_input(request, TagInput)
        try:
            row = describe_tag(
                tag, told.get("description") or "", actor=cast(Principal, request.user)
            )
        except Refused as refused:
            raise unusable(refused) from None
        return Response(TagOutput(answer_tag(row)).data)


class TaggingView(NamedView):
    """A tag on something, which is put there by POST and taken off by DELETE."""

    route = "tagging"

    def tag(self, request: Request, method: str, act: Act) -> Response:
        reader = self.reader(request)
        view, reading, asset = self.locate(request, reader, method)
        if not isinstance(view, TaggingView):  # "/tags/" is part of a name
            if method == "POST":
                return put(request, method)
            return view.hide(request, reader, asset)
        demand(request, Action.ASSET_TAG, asset)
        try:
            act(*view.subject(request, asset, reading), actor=request.user)
        except Refused as refused:
            raise unusable(refused) from None
        return view.answer(request, self.reader(request), asset, reading)

    def subject(
        self, request: Request, asset: Any, reading: Reading
    ) -> tuple[Subject, str]:
        """What is tagged, and with which tag."""
        kind = asset._meta.model_name
        return Subject(kind, asset), cast(str, reading.tag)


# Where a path with such an end is asked for by GET, it means the asset of that name.
BY_NAME = extend_schema_view(get=extend_schema(exclude=True))


@BY_NAME
class DatasetTagView(TaggingView):
    route = "dataset-tag"
    actions = {"POST": Action.ASSET_TAG, "DELETE": Action.ASSET_TAG}

    def answer(
        self, request: Request, reader: Reader, asset: Dataset, reading: Reading
    ) -> Response:
        return Response(DatasetOutput(answer_datasets([asset], reader)[0]).data)

    @extend_schema(
        operation_id="tagDataset",
        request=None,
        responses={200: DatasetOutput},
        tags=TAGS,
    )
    def post(self, request: Request, **names: str) -> Response:
        """Put a tag on a dataset; a tag that nobody has defined is."""
        return self.tag(request, "POST", put_tag)

    @extend_schema(
        operation_id="untagDataset", responses={200: DatasetOutput}, tags=TAGS
    )
    def delete(self, request: Request, **names: str) -> Response:
        """Take a tag off a dataset, also one that producers gave it."""
        return self.tag(request, "DELETE", take_tag)


@BY_NAME
class FieldTagView(DatasetTagView):
    route = "dataset-field-tag"

    @extend_schema(
        operation_id="tagField", request=None, responses={200: DatasetOutput}, tags=TAGS
    )
    def post(self, request: Request, **names: str) -> Response:
        """Put a tag, in upper case, on a field of a dataset."""
        return self.tag(request, "POST", put_tag)

    @extend_schema(operation_id="untagField", responses={200: DatasetOutput}, tags=TAGS)
    def delete(self, request: Request, **names: str) -> Response:
        """Take a tag off a field of a dataset."""
        return self.tag(request, "DELETE", take_tag)

    def subject(
        self, request: Request, asset: Any, reading: Reading
    ) -> tuple[Subject, str]:
        field = cast(str, reading.field)
        if field not in columns_of(asset, request.user):
            raise not_found("field")
        return Subject("dataset", asset, field), cast(str, reading.tag).upper()


@BY_NAME
class JobTagView(TaggingView):
    route = "job-tag"
    actions = {"POST": Action.ASSET_TAG, "DELETE": Action.ASSET_TAG}

    def answer(
        self, request: Request, reader: Reader, asset: Any, reading: Reading
    ) -> Response:
        return Response(JobOutput(answer_jobs([asset], reader)[0]).data)

    @extend_schema(
        operation_id="tagJob", request=None, responses={200: JobOutput}, tags=TAGS
    )
    def post(self, request: Request, **names: str) -> Response:
        """Put a tag on a job; a tag that nobody has defined is."""
        return self.tag(request, "POST", put_tag)

    @extend_schema(operation_id="untagJob", responses={200: JobOutput}, tags=TAGS)
    def delete(self, request: Request, **names: str) -> Response:
        """Take a tag off a job, also one that producers gave it."""
        return self.tag(request, "DELETE", take_tag)


def columns_of(dataset: Dataset, principal: Someone) -> set[str]:
    """The columns of a dataset's current version that the reader may see, by path."""
    current = versions.current(versions.of_datasets([dataset])[dataset.pk])
    if current is None or current.facet_id is None:
        return set()
    schema = facets.load([current.facet_id])[current.facet_id]
    hidden = hidden_columns(principal, [dataset.pk])
    return {f.path for f in hidden.shown(dataset.pk, facets.fields(schema))}


def unusable(refused: Refused) -> Problem:
    """The refusal of a name in the path that no tag can have."""
    return Problem(422, "tag_unusable", f"{refused} Choose another name for the tag.")
