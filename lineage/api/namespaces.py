"""The routes that tell of namespaces, declare them and hide them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.curation.faults import Refused
from catalog.curation.reading import curated
from catalog.models import Namespace
from catalog.spans import spans_of
from lineage.api.addresses import Reading
from lineage.api.base import PAGING, NamedView, ReadView, demand, page
from lineage.api.inputs import NamespaceInput
from lineage.api.outputs import NamespaceOutput, NamespacesOutput
from lineage.api.sending import BodyInvalid, Sender, put, read_input
from lineage.reader import Reader
from lineage.services.declaring import declare_namespace
from lineage.services.hiding import hide_namespace
from policies.access import Someone
from policies.actions import Action

# Marquez's word for an owner whom nobody named.
NOBODY = "anonymous"


@dataclass(frozen=True, slots=True)
class NamespaceAnswer:
    name: str
    created_at: datetime
    updated_at: datetime
    is_hidden: bool
    owner_name: str = NOBODY
    description: str | None = None


def answer_namespaces(
    rows: Iterable[Namespace], reader: Someone
) -> list[NamespaceAnswer]:
    """Tell of namespaces with what people declare of them; a fixed number of queries.

    Of several owners the one who was named last is told.
    """
    shown = list(rows)
    said = curated(shown, ("owner", "description"))
    spans = spans_of(shown, reader)
    answers = []
    for row in shown:
        own = said[row.pk].own
        answers.append(
            NamespaceAnswer(
                row.name,
                row.created_at,
                spans[row.pk].updated_at,
                is_hidden=row.hidden_at is not None
                and spans[row.pk].updated_at <= row.hidden_at,
                owner_name=str(own["owner"][-1]) if own["owner"] else NOBODY,
                description=own["description"][-1].text if own["description"] else None,
            )
        )
    return answers


class NamespaceListView(ReadView):
    """All namespaces, hidden ones with a mark."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="listNamespaces",
        parameters=PAGING,
        responses=NamespacesOutput,
        tags=["Namespaces"],
    )
    def get(self, request: Request) -> Response:
        """List namespaces, by name."""
        asked = page(request)
        reader = self.reader(request)
        namespaces = reader.namespaces.order_by("name")
        rows: list[Namespace] = asked.of(namespaces)
        answers = answer_namespaces(rows, reader.principal)
        return Response(
            {
                "namespaces": NamespaceOutput(answers, many=True).data,
                "totalCount": namespaces.count(),
            }
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="getNamespace",
        description="Tell of a namespace.",
        responses=NamespaceOutput,
        tags=["Namespaces"],
    )
)
class NamespaceDetailView(NamedView):
    route = "namespace-detail"
    actions = {
        "GET": Action.ASSET_VIEW,
        "PUT": Action.EVENT_INGEST,
        "DELETE": Action.ASSET_EDIT,
    }

    def answer(
        self, request: Request, reader: Reader, asset: Namespace, reading: Reading
    ) -> Response:
        return Response(
            NamespaceOutput(answer_namespaces([asset], reader.principal)[0]).data
        )

    @extend_schema(
        operation_id="putNamespace",
        request=NamespaceInput,
        responses=NamespaceOutput,
        tags=["Namespaces"],
    )
    def put(self, request: Request, **names: str) -> Response:
        """Declare a namespace, its owner and what it is.

        To change what was declared of one takes asset.edit there.
        """
        return put(request)

    def write(self, request: Request, sender: Sender, reading: Reading) -> Response:
        told = read_input(request, NamespaceInput)
        owner, description = told["ownerName"], told.get("description") or None
        rows = Namespace.objects.unrestricted("whoever sends for it may declare it")
        row = rows.filter(name=reading.namespace).first()
        before = answer_namespaces([row], sender.principal)[0] if row else None
        if row is not None and before is not None:
            owner = None if before.owner_name == owner else owner
            description = None if before.description == description else description
            if (owner and before.owner_name != NOBODY) or (
                description and before.description
            ):
                demand(request, Action.ASSET_EDIT, row)
        try:
            row = declare_namespace(
                reading.namespace,
                None if owner == NOBODY else owner,
                description,
                actor=sender.actor,
            )
        except Refused as refused:
            raise BodyInvalid({refused.field: [str(refused)]}) from None
        if not sender.may_see(row.name):
            return Response({"name": row.name})
        return Response(
            NamespaceOutput(answer_namespaces([row], sender.principal)[0]).data
        )

    @extend_schema(
        operation_id="deleteNamespace",
        responses={200: NamespaceOutput},
        tags=["Namespaces"],
    )
    def delete(self, request: Request, **names: str) -> Response:
        """Hide a namespace, its datasets and its jobs, until something new is heard."""
        return self.locate_and_delete(request)

    def hide(self, request: Request, reader: Reader, asset: Any) -> Response:
        demand(request, Action.ASSET_EDIT, asset)
        hide_namespace(asset, actor=request.user)
        asset.refresh_from_db(
            from_queryset=Namespace.objects.permitted(request.user, Action.ASSET_VIEW)
        )
        return Response(
            NamespaceOutput(answer_namespaces([asset], reader.principal)[0]).data
        )
