"""The routes that tell what people say of an asset, and let them say it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog import facet_columns, facets
from catalog.about import About
from catalog.api.base import told_change
from catalog.api.outputs import AspectsOutput, CurationOutput, StatementsOutput
from catalog.curation.csv_import import Row
from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS, kind_of
from catalog.curation.planning import ACTIONS
from catalog.curation.proposals import Told, proposals_of
from catalog.curation.reading import Curated, curated, said_of_entry
from catalog.curation.subjects import ASSETS, Named, Subject, find_subject
from catalog.curation.subjects import KINDS as SUBJECT_KINDS
from catalog.curation.successors import conceal_successors
from catalog.hidden_columns import HiddenColumns, hidden_columns
from catalog.models import Change, Dataset, Job
from catalog.services.import_formats import LINE, STATEMENTS
from catalog.services.importing import REFUSED, Report, Result, take_in_rows, try_rows
from policies import asked
from policies.actions import Action
from policies.json_api import Input, ReasonField, View, asker, demand_any, sent
from policies.problems import Problem

TAGS = ["Curation"]
MAX_STATEMENTS = 1000
EDITING = (Action.ASSET_EDIT, Action.ASSET_TAG, Action.GLOSSARY_EDIT)
OF_ASSET = [
    OpenApiParameter("kind", enum=[*SUBJECT_KINDS], required=True),
    OpenApiParameter("namespace", description="Of a dataset or a job."),
    OpenApiParameter("name", required=True),
]
TRYING = [
    OpenApiParameter(
        "dryRun", OpenApiTypes.BOOL, default=False,
        description="Tell what would change, and change nothing.",
    ),
    OpenApiParameter(
        "partial", OpenApiTypes.BOOL, default=False,
        description="Do what can be done, though some is refused.",
    ),
]  # fmt: skip


class StatementInput(Input):
    kind = serializers.CharField(max_length=32)
    namespace = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False
    )
    name = serializers.CharField(trim_whitespace=False)
    column = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False
    )
    aspect = serializers.CharField(max_length=32)
    value = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False
    )
    detail = serializers.CharField(required=False, allow_blank=True, default="")
    action = serializers.ChoiceField(ACTIONS, required=False, default="set")


class StatementsInput(Input):
    reason = ReasonField()
    statements = StatementInput(
        many=True,
        max_length=MAX_STATEMENTS,  # type: ignore[call-arg]
    )


class CurationView(View):
    actions = {"GET": Action.ASSET_VIEW, "POST": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="getCuration",
        summary="Tell what people say of an asset or a word, who, when and why.",
        description=(
            "`own` is said of the thing itself, `columns` of its columns, `inherited` "
            "of what is above it where it says nothing itself. `harvested` is what "
            "events say, and null with `recordedAt`, as of which people's word is told."
        ),
        parameters=[
            *OF_ASSET,
            OpenApiParameter(
                "recordedAt", OpenApiTypes.DATETIME, description="As was said then."
            ),
        ],
        responses=CurationOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        at = asked.moment(request, "recordedAt")
        subject = _subject(request)
        row = subject.row
        whose = [row.pk] if subject.kind == "dataset" else []
        hidden = hidden_columns(asker(request), whose)
        if subject.kind in ASSETS:
            every = curated([row], recorded_at=at)
            hidden.leave(every)
            said = every[row.pk]
        else:
            said = said_of_entry(row, recorded_at=at)
        return Response(
            {
                "kind": subject.kind,
                "namespace": row.namespace.name if hasattr(row, "namespace") else None,
                "name": row.name,
                "recordedAt": at,
                **_told(said, request),
                **_harvested(row, at, hidden),
            }
        )

    @extend_schema(
        operation_id="declare",
        summary="Say things of assets, or take them back, as one change.",
        description=(
            "All of it is done, or with `partial` what can be done. What is so already "
            "stays, so that it can be sent again. Where something is refused and "
            "nothing was done, the answer is 422 with the same `results`."
        ),
        parameters=TRYING,
        request=StatementsInput,
        responses=StatementsOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        demand_any(request, *EDITING)
        is_trial = asked.is_asked(request, "dryRun")
        is_partial = asked.is_asked(request, "partial")
        body = sent(request, StatementsInput)
        rows = [
            Row(index, {name: str(each[name]) for name in LINE})
            for index, each in enumerate(body["statements"])
        ]
        who = asker(request)
        if is_trial:
            report = try_rows(STATEMENTS, rows, asker=who, via=Change.Via.API)
        else:
            report = take_in_rows(
                STATEMENTS, rows, asker=who, actor=who, via=Change.Via.API,
                reason=body["reason"].strip(), is_partial=is_partial,
            )  # fmt: skip
        told = _declared(report)
        if report.refused and not is_trial and not is_partial:
            raise _all_refused(report, told)
        return Response(told)


class AspectsView(View):
    """The kinds of statements."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listAspects",
        summary="List what can be said, of what, and how it is written.",
        responses=AspectsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        return Response(
            {
                "aspects": [
                    {
                        "aspect": kind.name,
                        "label": kind.label,
                        "levels": list(kind.levels),
                        "isSingle": kind.is_single,
                        "right": str(kind.action),
                        "value": kind.value_hint,
                        "detail": kind.detail_hint,
                    }
                    for kind in KINDS.values()
                ]
            }
        )


def _subject(request: Request) -> Subject:
    told = {n: request.query_params.get(n, "") for n in ("kind", "namespace", "name")}
    for name, text in told.items():
        if "\0" in text:
            raise asked.invalid(name, f"{name} holds a NUL character.")
    if told["kind"] not in SUBJECT_KINDS:
        raise asked.invalid("kind", f"kind is one of {', '.join(SUBJECT_KINDS)}.")
    if not told["name"]:
        raise asked.invalid("name", "name is missing.")
    space = told["namespace"] if told["kind"] in ("dataset", "job") else ""
    try:
        return find_subject(
            Named(told["kind"], space, told["name"]), asker(request), []
        )
    except Refused:
        raise asked.not_found(told["kind"]) from None


def _told(said: Curated, request: Request) -> dict[str, Any]:
    groups = [said.own, said.inherited, *said.columns.values()]
    every = [row for group in groups for rows in group.values() for row in rows]
    conceal_successors(every, asker(request))
    return {
        "own": _statements(said.own),
        "columns": {name: _statements(of) for name, of in sorted(said.columns.items())},
        "inherited": [
            {**told, "inheritedFrom": subject_output(row.subject_row)}
            for told, row in _pairs(said.inherited)
            # An asset has its own word before the one of what is above it.
            if not said.own.get(told["aspect"])
        ],
    }


def _statements(by_kind: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [told for told, _ in _pairs(by_kind)]


def _pairs(by_kind: dict[str, list[Any]]) -> Iterable[tuple[dict[str, Any], Any]]:
    for name in KINDS:
        for row in by_kind.get(name, ()):
            kind = kind_of(row)
            yield (
                {
                    "aspect": name,
                    "value": kind.value(row),
                    "detail": kind.detail(row),
                    "said": told_change(row.opened_in),
                },
                row,
            )


def subject_output(row: Any) -> dict[str, Any]:
    """How an asset or an entry of the vocabulary is named in an answer."""
    kind = next(k for k, model in SUBJECT_KINDS.items() if type(row) is model)
    space = row.namespace.name if kind in ("dataset", "job") else None
    return {"kind": kind, "namespace": space, "name": row.name}


def _harvested(row: Any, at: datetime | None, hidden: HiddenColumns) -> dict[str, Any]:
    if at is not None or not isinstance(row, Dataset | Job):
        return {"harvested": None, "proposals": []}
    if isinstance(row, Dataset):
        known = Dataset.objects.unrestricted("facets of an asset that the reader sees")
        whole = known.with_names().get(pk=row.pk)
        held = facets.of_datasets([whole])[row.pk]
        about = About(facet_columns.shown(held, hidden.of.get(row.pk, ())))
    else:
        about = About(facets.of_jobs([row])[row.pk])
    return {
        "harvested": {
            "description": about.description or None,
            "owners": [{"name": o.name, "type": o.type} for o in about.owners],
            "tags": [
                {"key": t.key, "value": t.value, "source": t.source, "column": t.field}
                for t in about.all_tags
            ],
        },
        "proposals": [_proposal(told) for told in proposals_of(row, hidden=hidden)],
    }


def _proposal(told: Told) -> dict[str, Any]:
    claim = told.claim
    return {
        "column": claim.column,
        "aspect": claim.aspect,
        "value": claim.value,
        "detail": claim.detail,
        "producer": claim.producer,
        "state": str(told.state),
    }


def _declared(report: Report) -> dict[str, Any]:
    return {
        "dryRun": report.is_trial,
        "change": str(report.change.public_id) if report.change else None,
        "counts": dict(report.counts),
        "results": [_result(each) for each in report.results],
    }


def told_result(each: Result) -> dict[str, Any]:
    """What became of one statement or line, wherever it stood."""
    told: dict[str, Any] = {
        "what": each.what,
        "outcome": each.outcome,
        "before": each.before or None,
        "after": each.after or None,
    }
    if each.message:
        told["detail"] = each.message
    return told


def _result(each: Result) -> dict[str, Any]:
    told = {"index": each.number, **told_result(each)}
    if each.outcome == REFUSED:
        told["pointer"] = f"/statements/{each.number}/{each.field}"
    return told


def _all_refused(report: Report, told: dict[str, Any]) -> Problem:
    first = report.refused[0]
    return Problem(
        422,
        "statements_refused",
        f"{len(report.refused)} of {len(report.results)} statements cannot be made, so "
        f"that nothing was changed. The first one: {first.message}",
        pointer=f"/statements/{first.number}/{first.field}",
        extra={"counts": told["counts"], "results": told["results"]},
    )
