"""The route that says what a change of access would do."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from policies import simulation
from policies.actions import Action
from policies.api.scopes import ScopeInput
from policies.api.told import refusing
from policies.json_api import Input, View, asker, sent
from policies.models import Grant
from policies.simulation.documents import simulation_document
from policies.simulation.proposing import KINDS, MOST_CHANGES, change_meant
from policies.simulation.telling import tell

ACTIONS = [str(action) for action in Action]
TAGS = ["Access: simulation and policy"]


def words(**more: Any) -> serializers.CharField:
    return serializers.CharField(required=False, default="", max_length=150, **more)


class ChangeInput(Input):
    """One change; which members it needs, its kind says."""

    change = serializers.ChoiceField(
        KINDS,
        help_text="give, revoke (a grant); join, leave, nest, unnest (a group); role "
        "(its actions); share, unshare (one asset); stop, resume (a principal).",
    )
    principal = words(help_text="A sign-in name.")
    group = words(help_text="A group's name; the inner one, of nest and unnest.")
    outer = words(help_text="The outer group, of nest and unnest.")
    role = words()
    effect = serializers.ChoiceField(Grant.Effect.values, default="allow")
    scope = ScopeInput(required=False)
    condition = serializers.JSONField(
        required=False, default=None, allow_null=True, help_text="As in giveGrant."
    )
    validFrom = serializers.DateTimeField(  # noqa: N815
        required=False, default=None, allow_null=True
    )
    validTo = serializers.DateTimeField(  # noqa: N815
        required=False, default=None, allow_null=True
    )
    grant = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Of revoke."
    )
    action = serializers.ChoiceField(ACTIONS, required=False, help_text="Of share.")
    actions = serializers.ListField(
        child=serializers.ChoiceField(ACTIONS),
        required=False,
        max_length=len(ACTIONS),
        help_text="Of role.",
    )


class SimulationInput(Input):
    changes = serializers.ListField(
        child=ChangeInput(), min_length=1, max_length=MOST_CHANGES
    )
    at = serializers.DateTimeField(
        required=False,
        default=None,
        allow_null=True,
        help_text="When the validity of grants is judged; now, unless said.",
    )


class CountOutput(serializers.Serializer[Any]):
    decisions = serializers.IntegerField(help_text="Principal, action and asset.")
    principals = serializers.IntegerField()
    assets = serializers.IntegerField()


class DeltaOutput(serializers.Serializer[Any]):
    gained = CountOutput()
    lost = CountOutput()


class ActionDeltaOutput(DeltaOutput):
    action = serializers.ChoiceField(ACTIONS)


class KindDeltaOutput(DeltaOutput):
    kind = serializers.CharField()


class NamespaceDeltaOutput(DeltaOutput):
    namespace = serializers.CharField()


class ActionCountOutput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(ACTIONS)
    gained = serializers.IntegerField()
    lost = serializers.IntegerField()


class ActionAtLargeOutput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(ACTIONS)
    isGained = serializers.BooleanField()  # noqa: N815


class PrincipalDeltaOutput(serializers.Serializer[Any]):
    principal = serializers.CharField(
        allow_null=True, help_text="null is who is not signed in."
    )
    gainedAssets = serializers.IntegerField()  # noqa: N815
    lostAssets = serializers.IntegerField()  # noqa: N815
    actions = ActionCountOutput(many=True)
    atLarge = ActionAtLargeOutput(many=True)  # noqa: N815


class TurnOutput(serializers.Serializer[Any]):
    actions = serializers.ListField(child=serializers.ChoiceField(ACTIONS))
    principals = serializers.IntegerField()
    some = serializers.ListField(child=serializers.CharField(allow_null=True))


class ExampleOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    isGained = serializers.BooleanField()  # noqa: N815
    turns = TurnOutput(many=True)


class SimulationOutput(DeltaOutput):
    at = serializers.DateTimeField()
    changesNothing = serializers.BooleanField()  # noqa: N815
    actions = ActionDeltaOutput(many=True)
    kinds = KindDeltaOutput(many=True)
    atLarge = ActionCountOutput(many=True)  # noqa: N815
    principals = PrincipalDeltaOutput(many=True)
    otherPrincipals = serializers.IntegerField()  # noqa: N815
    namespaces = NamespaceDeltaOutput(many=True)
    otherNamespaces = serializers.IntegerField()  # noqa: N815
    withheldNamespaces = DeltaOutput()  # noqa: N815
    examples = ExampleOutput(many=True)


class SimulateView(View):
    actions = {"POST": Action.ACCESS_VIEW}

    @extend_schema(
        operation_id="simulateAccess",
        summary="Say who would gain and lose what by changes of access.",
        description=(
            "Nothing is changed. The numbers are exact, and of everything there is; "
            "assets and namespaces are named as far as the asker may see them."
        ),
        request=SimulationInput,
        responses=SimulationOutput,
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        told = sent(request, SimulationInput)
        reader = asker(request)
        changes = []
        for number, one in enumerate(told["changes"]):
            fields = (*one, "holder", "domain", "namespace", "tag", "kind", "reach")
            places = {field: f"changes/{number}/{field}" for field in fields}
            with refusing(**places):
                changes.append(change_meant(one, reader).change)
        found = simulation.simulate(changes, at=told["at"])
        return Response(simulation_document(tell(found, reader)))
