"""The routes of incidents: what was expected of datasets and is not so."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset, Job
from lineage import nodeids
from lineage.api.base import PAGING, ReadView, invalid, not_found, page
from lineage.api.quality import expectations
from lineage.api.quality.expectations import actor_of
from lineage.api.quality.facts import TAGS, dataset_of
from lineage.api.quality.outputs import (
    AcknowledgementInput,
    ClosingInput,
    IncidentDetailOutput,
    IncidentOutput,
    IncidentsOutput,
)
from lineage.models import Incident, Severity
from lineage.quality import incidents
from lineage.quality.incidents import STATES, Downstream
from lineage.reader import Reader
from lineage.services.incidents import (
    IncidentEnded,
    NoReason,
    acknowledge_incident,
    close_incident,
)
from policies.actions import Action
from policies.asked import is_asked
from policies.gates import denial
from policies.problems import Problem


class IncidentListView(ReadView):
    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="listIncidents",
        summary="List incidents, latest first.",
        parameters=[
            OpenApiParameter("nodeId", description="Those of this dataset."),
            OpenApiParameter("state", enum=STATES, default="open"),
            OpenApiParameter("severity", enum=Severity.values),
            OpenApiParameter(
                "mine", OpenApiTypes.BOOL, description="Those that you were told of."
            ),
            *PAGING,
        ],
        responses=IncidentsOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        reader, asked = self.reader(request), page(request)
        shown = incidents.incidents_of(reader, _chosen(request, reader))
        rows: list[Incident] = asked.of(shown.told().order_by("-opened_at", "-pk"))
        told = [_answer(one) for one in rows]
        return Response({"incidents": told, "totalCount": shown.count()})


class IncidentView(ReadView):
    actions = {"GET": Action.RUN_VIEW}

    @extend_schema(
        operation_id="getIncident", responses=IncidentDetailOutput, tags=TAGS
    )
    def get(self, request: Request, id: UUID) -> Response:
        """Tell an incident, with who answers for what is downstream."""
        reader = self.reader(request)
        incident = _find(reader, id)
        found = incidents.downstream(incident, reader)
        told = _downstream(found) if found else None
        return Response({**_answer(incident), "downstream": told})


class IncidentAcknowledgeView(ReadView):
    actions = {"POST": Action.ASSET_EDIT}

    @extend_schema(
        operation_id="acknowledgeIncident",
        summary="Say that you see to an incident.",
        request=AcknowledgementInput,
        responses=IncidentOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        asked = AcknowledgementInput(data=request.data)
        asked.is_valid(raise_exception=True)
        reader = self.reader(request)
        incident = _find_editable(request, reader, id)
        try:
            acknowledge_incident(
                incident, actor=actor_of(request), note=asked.validated_data["note"]
            )
        except IncidentEnded as refusal:
            raise Problem(409, "incident_ended", str(refusal)) from None
        return Response(_answer(_find(reader, id)))


class IncidentCloseView(ReadView):
    actions = {"POST": Action.ASSET_EDIT}

    @extend_schema(
        operation_id="closeIncident",
        summary="Close an incident by hand.",
        description="No other begins until what is expected has held again.",
        request=ClosingInput,
        responses=IncidentOutput,
        tags=TAGS,
    )
    def post(self, request: Request, id: UUID) -> Response:
        asked = ClosingInput(data=request.data)
        asked.is_valid(raise_exception=True)
        reader = self.reader(request)
        incident = _find_editable(request, reader, id)
        try:
            close_incident(
                incident, actor=actor_of(request), reason=asked.validated_data["reason"]
            )
        except IncidentEnded as refusal:
            raise Problem(409, "incident_ended", str(refusal)) from None
        except NoReason as refusal:
            raise Problem(
                422, "value_invalid", str(refusal), pointer="/reason"
            ) from None
        return Response(_answer(_find(reader, id)))


def _chosen(request: Request, reader: Reader) -> Any:
    """The incidents that the query asks for. Raises Problem (400, 404)."""
    asked = request.query_params
    state, severity = asked.get("state") or STATES[0], asked.get("severity") or ""
    if state not in STATES:
        raise invalid("state", f"state is one of {', '.join(STATES)}.")
    if severity and severity not in Severity.values:
        raise invalid("severity", f"severity is one of {', '.join(Severity.values)}.")
    found = incidents.in_state(Incident.objects.all(), state)
    found = incidents.of_severity(found, severity)
    if is_asked(request, "mine"):
        found = incidents.told_to(found, request.user)
    if node_id := asked.get("nodeId"):
        found = found.filter(dataset__canonical=dataset_of(node_id, reader))
    return found


def _find(reader: Reader, public_id: UUID) -> Incident:
    rows = Incident.objects.filter(public_id=public_id)
    found = incidents.incidents_of(reader, rows).told().first()
    if found is None:
        raise not_found("incident")
    return found


def _find_editable(request: Request, reader: Reader, public_id: UUID) -> Incident:
    incident = _find(reader, public_id)
    if not incidents.may_expect(reader, incident.dataset.canonical):
        raise denial(request._request, actor_of(request), Action.ASSET_EDIT)
    return incident


def _answer(incident: Incident) -> dict[str, Any]:
    dataset = incident.dataset.canonical
    return {
        "id": incident.public_id,
        "nodeId": nodeids.of_dataset(dataset.namespace.name, dataset.name),
        "expectation": expectations.answer(incident.expectation),
        "state": incident.state,
        "severity": incident.severity,
        "openedAt": incident.opened_at,
        "since": incident.since,
        "facts": incident.facts,
        "acknowledgedAt": incident.acknowledged_at,
        "acknowledgedBy": _name(incident.acknowledged_by),
        "acknowledgement": incident.acknowledgement,
        "endedAt": incident.ended_at,
        "endedBy": _name(incident.ended_by),
        "reason": incident.reason,
    }


def _name(person: object) -> str | None:
    return str(person) if person is not None else None


def _downstream(found: Downstream) -> dict[str, Any]:
    return {
        "owners": [
            {
                "name": owner.name,
                "curated": owner.is_curated,
                "count": owner.count,
                "nodeIds": [_node_id(asset) for asset in owner.assets],
            }
            for owner in found.owners
        ],
        "unowned": found.unowned,
        "withheld": found.withheld,
        "truncated": found.is_truncated,
    }


def _node_id(asset: Dataset | Job) -> str:
    spell = nodeids.of_job if isinstance(asset, Job) else nodeids.of_dataset
    return spell(asset.namespace.name, asset.name)
