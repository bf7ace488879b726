"""What do requests and answers about tags that follow the data look like?"""

from typing import Any

from rest_framework import serializers

from lineage.models import TagRule

KEPT = ("declared", "harvested", "propagated", "suggested")
VERDICTS = ("confirm", "reject", "replace")
MAX_ITEMS = 1000


class TagTransformationOutput(serializers.Serializer[Any]):
    type = serializers.CharField(allow_null=True)
    subtype = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    masking = serializers.BooleanField(allow_null=True)


class TagWayStepOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    tag = serializers.CharField()
    transformation = TagTransformationOutput(allow_null=True)
    assertedBy = serializers.ChoiceField(  # noqa: N815
        ["events", "manual"], allow_null=True
    )
    jobs = serializers.ListField(child=serializers.CharField())


class TagWayOutput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(("propagated", "suggested", "rejected"))
    putBy = serializers.ListField(child=serializers.CharField())  # noqa: N815
    steps = TagWayStepOutput(many=True)


class WhyOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    tag = serializers.CharField()
    state = serializers.ChoiceField((*KEPT, "absent"))
    putBy = serializers.ListField(child=serializers.CharField())  # noqa: N815
    hops = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    ways = TagWayOutput(many=True)
    explained = serializers.BooleanField()
    truncated = serializers.BooleanField()


class ColumnTagOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    namespace = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)
    tag = serializers.CharField()
    state = serializers.ChoiceField(KEPT)
    hops = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)


class ReachOutput(serializers.Serializer[Any]):
    tag = serializers.CharField()
    hits = ColumnTagOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815
    truncated = serializers.BooleanField()


class ClassificationOutput(serializers.Serializer[Any]):
    found = ColumnTagOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class VerdictItem(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    tag = serializers.CharField()


class VerdictsInput(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(VERDICTS)
    items = serializers.ListField(
        child=VerdictItem(), min_length=1, max_length=MAX_ITEMS
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True)
    replacement = serializers.CharField(required=False, default="", allow_blank=True)


class VerdictsOutput(serializers.Serializer[Any]):
    change = serializers.UUIDField(allow_null=True)
    judged = serializers.IntegerField()


class TagRuleInput(serializers.Serializer[Any]):
    propagation = serializers.ChoiceField(
        ["", *TagRule.Propagation.values], required=False, default=""
    )
    aggregation = serializers.ChoiceField(
        ["", *TagRule.Aggregation.values], required=False, default=""
    )
    masking = serializers.ChoiceField(
        ["", *TagRule.Masking.values], required=False, default=""
    )
    maskedAs = serializers.CharField(  # noqa: N815
        required=False, default="", allow_blank=True, allow_null=True
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class EffectiveRuleOutput(serializers.Serializer[Any]):
    follows = serializers.BooleanField()
    aggregation = serializers.CharField()
    maskedAs = serializers.CharField(allow_null=True)  # noqa: N815


class TagRuleOutput(serializers.Serializer[Any]):
    tag = serializers.CharField()
    propagation = serializers.CharField()
    aggregation = serializers.CharField()
    masking = serializers.CharField()
    maskedAs = serializers.CharField(allow_null=True)  # noqa: N815
    effective = EffectiveRuleOutput()
