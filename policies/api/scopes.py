"""How does a program write how far something reaches?"""

from typing import Any

from rest_framework import serializers

from policies.compiler.trees import asset_models
from policies.json_api import Input
from policies.models import Principal, Reach
from policies.problems import Problem
from policies.services import GrantScope
from policies.telling.meaning import ScopeWords, Unclear, scope_meant

MEMBERS = {"asset_namespace": "assetNamespace", "asset_name": "assetName"}
# Which members say more of a reach; everything needs no more words.
WORDS_OF = {
    Reach.DOMAIN: {"domain"},
    Reach.NAMESPACE: {"namespace"},
    Reach.TAG: {"tag"},
    Reach.ASSET: {"kind", "assetNamespace", "assetName"},
}


class ScopeInput(Input):
    """Everything, unless `reach` says otherwise."""

    reach = serializers.ChoiceField(Reach.values, default=Reach.EVERYTHING.value)
    domain = serializers.CharField(required=False, default="", max_length=1024)
    namespace = serializers.CharField(
        required=False, default="", max_length=1024,
        help_text="A name, or a pattern: * stands for anything.",
    )  # fmt: skip
    tag = serializers.CharField(required=False, default="", max_length=1024)
    kind = serializers.CharField(
        required=False, default="", max_length=16, help_text="Of one asset."
    )
    assetNamespace = serializers.CharField(  # noqa: N815
        required=False, default="", max_length=1024
    )
    assetName = serializers.CharField(  # noqa: N815
        required=False, default="", max_length=1024
    )

    def validate_kind(self, kind: str) -> str:
        if kind and kind not in asset_models():
            raise serializers.ValidationError(
                f"The kind of an asset is one of: {', '.join(sorted(asset_models()))}."
            )
        return kind

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        """Refuse words that the reach would drop: they may have been meant."""
        reach = Reach(told["reach"])
        said = {name for name, word in told.items() if word and name != "reach"}
        if lost := sorted(said - WORDS_OF.get(reach, set())):
            raise serializers.ValidationError(
                {lost[0]: [f"It says nothing with the reach {reach}: name the reach."]}
            )
        return told


def scope_in(told: dict[str, Any], reader: Principal) -> GrantScope:
    """The scope that is meant. Raises Problem (400) for what the reader sees not."""
    words = {
        name: told.get(MEMBERS.get(name, name), "") for name in ScopeWords.__slots__
    }
    try:
        meant = scope_meant(ScopeWords(**words), reader)
    except Unclear as unclear:
        member = MEMBERS.get(unclear.field, unclear.field)
        raise Problem(
            400, "scope_unclear", str(unclear), pointer=f"/scope/{member}"
        ) from None
    return GrantScope(**meant.arguments)
