"""The routes that tell which tags follow the data, why, and how far."""

from operator import itemgetter
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import ColumnTag, Dataset, Tag
from lineage import nodeids
from lineage.api.base import PAGING, ReadView, invalid, not_found, page
from lineage.api.classification_outputs import (
    ClassificationOutput,
    ReachOutput,
    WhyOutput,
)
from lineage.api.graphs import resolve
from lineage.api.times import AS_OF, RECORDED_AT, cut
from lineage.classification import naming, rules, shown, telling
from lineage.classification.naming import Names
from lineage.classification.telling import Step, Way, Why
from lineage.graph.cut import Cut
from lineage.graph.veil import Column
from lineage.reader import Reader
from policies.actions import Action

TAGS = ["Classification"]
TAG = OpenApiParameter("tag", OpenApiTypes.STR, required=True)
COLUMN = OpenApiParameter(
    "nodeId",
    OpenApiTypes.STR,
    required=True,
    description="`datasetField:…`, or `dataset:…` for what is suggested of the whole.",
)


class ClassificationView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="listClassification",
        summary="List tags that came along lineage, or are suggested by it.",
        parameters=[
            OpenApiParameter("state", enum=shown.STATES, description="Both if none."),
            OpenApiParameter("tag", description="This tag, and those below it."),
            OpenApiParameter("namespace"),
            *PAGING,
        ],
        responses=ClassificationOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        asked = page(request)
        state = request.query_params.get("state", "")
        if state not in ("", *shown.STATES):
            raise invalid("state", f"state is one of {', '.join(shown.STATES)}.")
        rows = shown.came_along(
            request.user,
            Action.LINEAGE_VIEW,
            state=state,
            tag=_word(request, "tag"),
            namespace=_word(request, "namespace"),
        )
        found = _kept(asked.of(shown.in_order(rows)))
        return Response({"found": found, "totalCount": rows.count()})


class WhyView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getClassificationWhy",
        summary="Tell why a column has a tag.",
        description=(
            "`putBy` says who puts it there itself; `ways` are those by which it comes "
            "along lineage, the best first: from a column on which it is put, step by "
            "step, with the tag as it is there, the transformation, and the jobs that "
            "say so. A way that a steward rejected is told, and does not count. What "
            "the reader may not know of is left out; `explained` is false if the tag "
            "then has no reason that is told. With `asOf` or `recordedAt` it is worked "
            "out for that time."
        ),
        parameters=[COLUMN, TAG, AS_OF, RECORDED_AT],
        responses=WhyOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        at, dataset = _column(request, reader)
        tag = _tag(request)
        when = cut(request)
        told = telling.why(at, tag.pk, reader.veil, when)
        kept = None
        if when.is_now:
            kept = ColumnTag.objects.filter(
                dataset=dataset, column=at.field, tag=tag
            ).first()
        names = naming.of_why(told, reader, when)
        return Response(
            {
                "nodeId": node_id(dataset, at.field),
                "tag": tag.name,
                **_state(told, kept, when),
                "ways": [_way(way, names) for way in told.ways],
                "truncated": told.is_truncated,
            }
        )


class ReachView(ReadView):
    actions = {"GET": Action.LINEAGE_VIEW}

    @extend_schema(
        operation_id="getClassificationReach",
        summary="Tell where a tag reaches.",
        description=(
            "All columns that have the tag or one below it, nearest first: where it is "
            "put, where it came along lineage, where it is suggested. With `nodeId` "
            "those that it reaches from there, or would if it were put there; `hops` "
            "are from there then. With `asOf` or `recordedAt` it is worked out for "
            "that time."
        ),
        parameters=[
            TAG,
            OpenApiParameter("nodeId", description="`datasetField:…`"),
            AS_OF,
            RECORDED_AT,
            *PAGING,
        ],
        responses=ReachOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        asked = page(request)
        tag, when = _tag(request), cut(request)
        if when.is_now and not request.query_params.get("nodeId"):
            rows = shown.shown_to(request.user, Action.LINEAGE_VIEW)
            rows = rows.filter(tag__in=shown.tags_within(tag.name))
            near = shown.in_order(rows).order_by(
                "is_suggested", "hops", "dataset", "column", "tag", "pk"
            )
            hits, total, is_truncated = _kept(asked.of(near)), rows.count(), False
        else:
            found = _reached(request, reader, tag, when)
            every = _hits(found)
            hits, total = asked.of(every), len(every)
            is_truncated = found.is_truncated
        return Response(
            {
                "tag": tag.name,
                "hits": hits,
                "totalCount": total,
                "truncated": is_truncated,
            }
        )


def _word(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if "\0" in text:
        raise invalid(name, f"{name} holds a NUL character.")
    return text


def _tag(request: Request) -> Tag:
    name = _word(request, "tag")
    if not name:
        raise invalid("tag", "tag names the tag in question.")
    return named_tag(name)


def named_tag(name: str) -> Tag:
    found = None
    if "\0" not in name:
        found = Tag.objects.current().filter(name=name).first()
    if found is None:
        raise not_found("tag")
    return found


def _column(request: Request, reader: Reader) -> tuple[Column, Dataset]:
    """The column, or whole, that the query names. Raises Problem (400, 404)."""
    node = resolve(request, reader, reader.column_datasets)
    if node.dataset is None or node.version is not None:
        raise not_found("column")
    return Column(node.dataset.pk, node.field or ""), node.dataset


def _state(told: Why, kept: ColumnTag | None, when: Cut) -> dict[str, Any]:
    """How the tag is there: as it is kept, or as of a past time as it is told."""
    mark = told.mark
    hops = mark.hops if mark else None
    is_suggested = bool(mark and mark.is_suggested)
    if when.is_now:
        hops = kept.hops if kept else None
        is_suggested = bool(kept and kept.is_suggested)
    state = "suggested" if is_suggested else "propagated"
    if hops is None:
        state = "absent"
    elif hops == 0:
        state = "declared" if "declared" in told.put or not told.put else "harvested"
    is_told = bool(told.put) or any(not way.is_rejected for way in told.ways)
    return {
        "state": state,
        "putBy": sorted(told.put),
        "hops": hops,
        "since": kept.since if kept else None,
        "explained": is_told or hops is None,
    }


def _way(way: Way, names: Names) -> dict[str, Any]:
    state = "suggested" if way.is_suggested else "propagated"
    return {
        "state": "rejected" if way.is_rejected else state,
        "putBy": sorted(way.put),
        "steps": [_step(step, names) for step in way.steps],
    }


def _step(step: Step, names: Names) -> dict[str, Any]:
    line = step.line
    told: dict[str, Any] = {
        "nodeId": node_id(names.datasets[step.column.dataset], step.column.field),
        "tag": names.tags[step.tag],
        "transformation": None,
        "assertedBy": None,
        "jobs": [nodeids.of_job(j.namespace.name, j.name) for j in names.jobs_at(step)],
    }
    if line is not None:
        told["assertedBy"] = "manual" if line.is_manual else "events"
        told["transformation"] = {
            "type": line.way.type or None,
            "subtype": line.way.subtype or None,
            "description": line.way.description or None,
            "masking": line.way.masking,
        }
    return told


def node_id(dataset: Dataset, column: str) -> str:
    space = dataset.namespace.name
    if column:
        return nodeids.of_field(space, dataset.name, column)
    return nodeids.of_dataset(space, dataset.name)


def _kept(rows: list[ColumnTag]) -> list[dict[str, Any]]:
    by = shown.put_by(rows, rules.read())
    return [
        _hit(row.dataset, at, row.tag.name, shown.state_of(row, put), row.hops)
        | {"since": row.since}
        for row in rows
        for at in [Column(row.dataset_id, row.column)]
        for put in [by.get((at, row.tag_id), ())]
    ]


def _hit(
    dataset: Dataset, at: Column, tag: str, state: str, hops: int
) -> dict[str, Any]:
    return {
        "nodeId": node_id(dataset, at.field),
        "namespace": dataset.namespace.name,
        "name": dataset.name,
        "column": at.field or None,
        "tag": tag,
        "state": state,
        "hops": hops,
        "since": None,
    }


def _reached(request: Request, reader: Reader, tag: Tag, when: Cut) -> telling.Reach:
    if request.query_params.get("nodeId"):
        at, _ = _column(request, reader)
        if not at.field:
            raise not_found("column")
        return telling.reach({at: {tag.pk: set()}}, reader.veil, when)
    law = rules.read(when.recorded_at)
    begin = telling.beginnings(law.below(tag.pk, tag.name), reader.veil, when)
    return telling.reach(begin, reader.veil, when)


def _hits(found: telling.Reach) -> list[dict[str, Any]]:
    """What was reached, nearest first, without a column from which it was asked."""
    datasets = naming.named({column.dataset for column in found.states})
    tags = dict(Tag.objects.values_list("pk", "name"))
    told = []
    for column, states in found.states.items():
        for tag, mark in states.items():
            by = found.begun.get(column, {}).get(tag)
            if mark.hops or by:
                state = shown.state_of(mark, by or ())
                order = (mark, column, tag)
                dataset = datasets[column.dataset]
                hit = _hit(dataset, column, tags[tag], state, mark.hops)
                told.append((order, hit))
    return [hit for _, hit in sorted(told, key=itemgetter(0))]
