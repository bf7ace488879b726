"""The routes that tell of sources, and the one that declares them."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.curation.entries import read_facts
from catalog.curation.faults import Refused
from catalog.models import Source
from lineage import sources
from lineage.api.base import PAGING, ReadView, not_found, page
from lineage.api.inputs import SourceInput
from lineage.api.outputs import TimeField, listing, named
from lineage.api.sending import BodyInvalid, Sender, read_input
from lineage.redaction import scrub
from lineage.services.declaring import declare_source
from policies.actions import Action
from policies.gates import denial, holds
from policies.models import Principal

TAGS = ["Sources"]
MEMBERS = {"connection_url": "connectionUrl"}


@named("Source")
class SourceOutput(serializers.Serializer[Any]):
    type = serializers.CharField()
    name = serializers.CharField()
    createdAt = TimeField(source="created_at")  # noqa: N815 - Marquez's names
    updatedAt = TimeField(source="updated_at")  # noqa: N815
    connectionUrl = serializers.CharField(source="connection_url")  # noqa: N815
    description = serializers.CharField(allow_null=True)


SourcesOutput = listing("Sources", "sources", SourceOutput)


class SourceListView(ReadView):
    """All sources."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listSources",
        parameters=PAGING,
        responses=SourcesOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """List sources, by name: those that were declared, and those of datasets."""
        asked = page(request)
        found = sources.known(self.reader(request))
        return Response(
            {
                "sources": SourceOutput(asked.of(found), many=True).data,
                "totalCount": len(found),
            }
        )


class SourceDetailView(ReadView):
    """One source."""

    actions = {"GET": Action.ASSET_VIEW, "PUT": Action.EVENT_INGEST}

    @extend_schema(operation_id="getSource", responses=SourceOutput, tags=TAGS)
    def get(self, request: Request, source: str) -> Response:
        """Tell of a source."""
        found = sources.known(self.reader(request), [source])
        if not found:
            raise not_found("source")
        return Response(SourceOutput(found[0]).data)

    @extend_schema(
        operation_id="putSource",
        request=SourceInput,
        responses=SourceOutput,
        tags=TAGS,
    )
    def put(self, request: Request, source: str) -> Response:
        """Declare a source. To change a declared one takes glossary.edit."""
        sender = Sender.of(request)
        told = read_input(request, SourceInput)
        written = {
            "name": scrub(source),
            "type": told["type"],
            "connection_url": scrub(told["connectionUrl"]),
            "description": told.get("description") or "",
        }
        try:
            facts = read_facts(Source, written)
            before = Source.objects.current().filter(name=facts["name"]).first()
            if before is not None and _differs(before, facts):
                _demand_vocabulary(request)
            declare_source(facts, actor=sender.actor)
        except Refused as refused:
            member = MEMBERS.get(refused.field, refused.field)
            raise BodyInvalid({member: [str(refused)]}) from None
        [answer] = sources.known(self.reader(request), [facts["name"]])
        return Response(SourceOutput(answer).data)


def _differs(source: Source, facts: dict[str, Any]) -> bool:
    return any(getattr(source, name) != value for name, value in facts.items())


def _demand_vocabulary(request: Request) -> None:
    if not holds(request.user, Action.GLOSSARY_EDIT):
        raise denial(
            request._request, cast(Principal, request.user), Action.GLOSSARY_EDIT
        )
