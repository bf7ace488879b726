"""The routes that tell of namespaces, and the one that hides them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Namespace
from lineage.api.addresses import Reading
from lineage.api.base import PAGING, NamedView, ReadView, demand, page
from lineage.api.outputs import NamespaceOutput, NamespacesOutput
from lineage.reader import Reader
from lineage.services.hiding import hide_namespace
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


def answer_namespace(row: Namespace) -> NamespaceAnswer:
    hidden = row.hidden_at is not None and row.updated_at <= row.hidden_at
    return NamespaceAnswer(row.name, row.created_at, row.updated_at, hidden)


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
        namespaces = self.reader(request).namespaces.order_by("name")
        rows: list[Namespace] = asked.of(namespaces)
        answers = [answer_namespace(row) for row in rows]
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
    actions = {"GET": Action.ASSET_VIEW, "DELETE": Action.ASSET_EDIT}

    def answer(
        self, request: Request, reader: Reader, asset: Namespace, reading: Reading
    ) -> Response:
        return Response(NamespaceOutput(answer_namespace(asset)).data)

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
        return Response(NamespaceOutput(answer_namespace(asset)).data)
