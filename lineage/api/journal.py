"""The route that reads the journal."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from lineage import journal_asked, trails
from lineage.api.base import DEFAULT_LIMIT, ReadView, invalid, number
from lineage.journal_asked import DOERS, KINDS
from policies.actions import Action
from policies.journal import Cursor

MAX_LIMIT = 1000
FILTERS = [
    OpenApiParameter("act", description="One act, `grant.given`, or a noun, `grant`."),
    OpenApiParameter("who", description="A sign-in name, or a principal's id."),
    OpenApiParameter("by", enum=DOERS, description="Acts of no principal."),
    OpenApiParameter("kind", enum=[*KINDS], description="What it was done to."),
    OpenApiParameter("namespace", description="The namespace of that dataset or job."),
    OpenApiParameter("name", description="The exact name of what it was done to."),
    OpenApiParameter("from", description="A time, or a day; included."),
    OpenApiParameter("to", description="A time, excluded; or a day, included."),
    OpenApiParameter("request", description="The id of the request that did it."),
    OpenApiParameter("after", description="Where to go on: the last answer's `next`."),
    OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"How many; up to {MAX_LIMIT}.",
        default=DEFAULT_LIMIT,
    ),
]  # fmt: skip


class PartyOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["principal", "system", "anonymous"])
    id = serializers.UUIDField(required=False)
    name = serializers.CharField(required=False)


class TargetOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    key = serializers.ListField(child=serializers.CharField(), allow_null=True)


class JournalEntryOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    recordedAt = serializers.DateTimeField()  # noqa: N815
    act = serializers.CharField()
    actor = PartyOutput()
    onBehalfOf = PartyOutput(allow_null=True)  # noqa: N815
    target = TargetOutput()
    reason = serializers.CharField(allow_null=True)
    changes = serializers.DictField()
    requestId = serializers.CharField()  # noqa: N815
    withheld = serializers.BooleanField()


class JournalOutput(serializers.Serializer[Any]):
    entries = JournalEntryOutput(many=True)
    next = serializers.CharField(allow_null=True)


class JournalView(ReadView):
    actions = {"GET": Action.JOURNAL_VIEW}

    @extend_schema(
        operation_id="listJournal",
        summary="List who did what, to what, when and why.",
        description=(
            "The latest first; `next` of an answer is `after` of the one that goes on "
            "from there, and null at the end. A value of `changes` is a fact, or a "
            "list of two: before and after. Of an entry about an asset that the reader "
            "may not see, `target.key` is null, `changes` is empty and `withheld` true."
        ),
        parameters=FILTERS,
        responses=JournalOutput,
        tags=["Journal"],
    )
    def get(self, request: Request) -> Response:
        reader = self.reader(request)
        asked = journal_asked.read(request.query_params.dict(), reader)
        for parameter, detail in asked.faults.items():
            raise invalid(parameter, detail)
        limit = number(request, "limit", DEFAULT_LIMIT, most=MAX_LIMIT)
        entries, goes_on = trails.part(asked.sought, _after(request), limit, reader)
        return Response(
            {
                "entries": [trails.as_json(entry) for entry in entries],
                "next": str(goes_on) if goes_on else None,
            }
        )


def _after(request: Request) -> Cursor | None:
    text = request.query_params.get("after")
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except ValueError:
        raise invalid("after", "after is what an answer has in `next`.") from None
