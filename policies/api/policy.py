"""The routes of access as one file: given out, planned, applied."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from policies import services
from policies.actions import Action
from policies.api.simulation import TAGS, SimulationOutput
from policies.as_code.answers import (
    STEPS_TOLD,
    drifted,
    plan_document,
    reading_policy,
    step_document,
)
from policies.as_code.nodes import MAX_BYTES
from policies.as_code.planning import Unlisted, Verb, What
from policies.as_code.plans import plan_policy
from policies.as_code.reading import PolicyFile, read_policy_file
from policies.as_code.standing import standing_policy
from policies.asked import invalid
from policies.json_api import View, asker, too_large
from policies.problems import Problem
from policies.rendering import JSONRenderer

YAML = "application/yaml"
FILE = {"type": "string", "format": "binary"}
BODY = {YAML: FILE, "application/json": FILE}


class FileParser(BaseParser):
    """The bytes of a policy file, as they were sent: JSON is YAML, too."""

    media_type = "*/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise too_large(MAX_BYTES)
        return content


class YAMLRenderer(BaseRenderer):
    """The policy as YAML; the answer writes it itself."""

    media_type = YAML
    format = "yaml"


class PolicyStepOutput(serializers.Serializer[Any]):
    verb = serializers.ChoiceField([str(verb) for verb in Verb])
    what = serializers.ChoiceField([str(what) for what in What])
    words = serializers.CharField()


class PlanOutput(serializers.Serializer[Any]):
    current = serializers.CharField(help_text="The digest of what stands.")
    target = serializers.CharField(help_text="The digest of what would stand.")
    changesNothing = serializers.BooleanField()  # noqa: N815
    drift = serializers.CharField(
        allow_null=True, help_text="Why the file does not know what stands."
    )
    stepCount = serializers.IntegerField()  # noqa: N815
    steps = PolicyStepOutput(many=True)
    simulation = SimulationOutput()


class HeldStepOutput(PolicyStepOutput):
    approval = serializers.UUIDField(
        allow_null=True, help_text="The held change; null where others are waited for."
    )


class AppliedOutput(serializers.Serializer[Any]):
    digest = serializers.CharField(help_text="Of what stands now.")
    doneCount = serializers.IntegerField()  # noqa: N815
    done = PolicyStepOutput(many=True)
    held = HeldStepOutput(many=True)


UNLISTED = OpenApiParameter(
    "unlisted",
    enum=[str(one) for one in Unlisted],
    description="Although the file does not know what stands: what becomes of what is "
    "not in it.",
)


class PolicyView(View):
    actions = {"GET": Action.ACCESS_GRANT}
    renderer_classes = [YAMLRenderer, JSONRenderer]

    @extend_schema(
        operation_id="exportPolicy",
        summary="Give out the whole of access as a policy file.",
        description=(
            "YAML, or JSON if the client accepts that alone. 403 where it names assets "
            "that the asker may not see. See docs/access.md."
        ),
        responses={(200, YAML): FILE, (200, "application/json"): {"type": "object"}},
        tags=TAGS,
    )
    def get(self, request: Request) -> HttpResponse:
        reader = asker(request)
        with reading_policy():
            text = services.export_policy(actor=reader, reader=reader)
            if isinstance(request.accepted_renderer, JSONRenderer):
                policy = standing_policy(reader)
                return Response({**policy.document, "base": policy.digest})
        return HttpResponse(text, content_type=YAML)


class PolicyPlanView(View):
    actions = {"POST": Action.ACCESS_GRANT}
    parser_classes = [FileParser]

    @extend_schema(
        operation_id="planPolicy",
        summary="Say what a policy file would change, and for whom.",
        description=f"Nothing is changed. At most {STEPS_TOLD} of the steps are told.",
        parameters=[UNLISTED],
        request=BODY,
        responses=PlanOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        reader, unlisted = asker(request), _unlisted(request)
        with reading_policy():
            plan = plan_policy(
                _file(request), reader=reader, unlisted=unlisted or Unlisted.REMOVE
            )
        return Response(plan_document(plan, reader))


class PolicyApplyView(View):
    actions = {"POST": Action.ACCESS_GRANT}
    parser_classes = [FileParser]

    @extend_schema(
        operation_id="applyPolicy",
        summary="Bring access to what a policy file says, all of it or nothing.",
        description=(
            "Repeating it changes nothing. 409 where the file does not know what "
            "stands, unless `unlisted` says what to do then, and where a step cannot "
            "be done. What needs a second person is held, and listed."
        ),
        parameters=[
            UNLISTED,
            OpenApiParameter(
                "expected", description="The digest of what stood when it was planned."
            ),
        ],
        request=BODY,
        responses=AppliedOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        reader = asker(request)
        try:
            with reading_policy():
                applied = services.apply_policy(
                    _file(request),
                    actor=reader,
                    reader=reader,
                    unlisted=_unlisted(request),
                    expected=request.query_params.get("expected", ""),
                )
        except services.PolicyDrifted as refusal:
            raise drifted(refusal.drift) from None
        except (services.PolicyMoved, services.PolicyRefused) as refusal:
            raise Problem(409, "policy_refused", str(refusal)) from None
        return Response(
            {
                "digest": applied.digest,
                "doneCount": len(applied.done),
                "done": [step_document(step) for step in applied.done[:STEPS_TOLD]],
                "held": [
                    {
                        **step_document(step),
                        "approval": change and str(change.public_id),
                    }
                    for step, change in applied.held
                ],
            }
        )


def _file(request: Request) -> PolicyFile:
    content: Any = request.data
    return read_policy_file(content if isinstance(content, bytes) else b"")


def _unlisted(request: Request) -> Unlisted | None:
    text = request.query_params.get("unlisted", "")
    if not text:
        return None
    if text not in list(Unlisted):
        raise invalid("unlisted", f"unlisted is one of: {', '.join(Unlisted)}.")
    return Unlisted(text)
