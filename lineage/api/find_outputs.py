"""In which shapes is told what was found?"""

# ruff: noqa: N815 - the names are Marquez's, or fit beside them.

from typing import Any

from rest_framework import serializers

from lineage.api.outputs import TimeField, named


@named("SearchResult")
class MarquezResultOutput(serializers.Serializer[Any]):
    type = serializers.ChoiceField(["DATASET", "JOB"])
    name = serializers.CharField()
    updatedAt = TimeField()
    namespace = serializers.CharField()
    nodeId = serializers.CharField()


@named("SearchResults")
class MarquezSearchOutput(serializers.Serializer[Any]):
    totalCount = serializers.IntegerField(help_text="Of all that fits.")
    results = MarquezResultOutput(many=True)


@named("MarkedText")
class MarkedOutput(serializers.Serializer[Any]):
    text = serializers.CharField()
    ranges = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="What fits: from and up to, without the last, in code points.",
    )


@named("FindReason")
class ReasonOutput(MarkedOutput):
    what = serializers.CharField(help_text="name, column, tag, owner, description …")


@named("FindHit")
class HitOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField(help_text="Of a run, its job's.")
    nodeId = serializers.CharField(allow_null=True)
    runId = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    rank = serializers.CharField(help_text="How it was found, `exact` being best.")
    why = ReasonOutput(many=True)
    description = MarkedOutput(allow_null=True)
    tags = serializers.ListField(child=serializers.CharField())
    owners = serializers.ListField(child=serializers.CharField())
    tier = serializers.CharField(allow_null=True)
    lifecycle = serializers.CharField(allow_null=True)
    environment = serializers.CharField(allow_null=True)
    updatedAt = TimeField(allow_null=True)


@named("FindFacetValue")
class FacetValueOutput(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


@named("Found")
class FoundOutput(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    isTotalExact = serializers.BooleanField(help_text="False: there are more.")
    takenFor = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What mistyped words were taken for.",
    )
    hits = HitOutput(many=True)
    facets = serializers.DictField(child=FacetValueOutput(many=True))


@named("OpenSearchResults")
class OpenSearchOutput(serializers.Serializer[Any]):
    hits = serializers.ListField(child=serializers.DictField())
    highlights = serializers.ListField(
        child=serializers.DictField(
            child=serializers.ListField(child=serializers.CharField())
        )
    )
