"""How do answers about curation look?"""

from typing import Any

from rest_framework import serializers

from catalog.curation.kinds import KINDS
from catalog.curation.proposals import State
from catalog.curation.subjects import KINDS as SUBJECT_KINDS
from catalog.models import Change, ProposalVerdict

OUTCOMES = ["new", "replaced", "removed", "unchanged", "overridden", "refused"]


class SubjectOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([*SUBJECT_KINDS])
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField()


class SaidOutput(serializers.Serializer[Any]):
    change = serializers.UUIDField()
    by = serializers.CharField(allow_null=True, help_text="Null is the system.")
    at = serializers.DateTimeField()
    via = serializers.ChoiceField(Change.Via.values)
    reason = serializers.CharField(allow_null=True)


class StatementOutput(serializers.Serializer[Any]):
    aspect = serializers.ChoiceField([*KINDS])
    value = serializers.CharField()
    detail = serializers.CharField()
    said = SaidOutput()


class InheritedOutput(StatementOutput):
    inheritedFrom = SubjectOutput()  # noqa: N815


class HarvestedOwnerOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    type = serializers.CharField()


class HarvestedTagOutput(serializers.Serializer[Any]):
    key = serializers.CharField()
    value = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    column = serializers.CharField()


class HarvestedOutput(serializers.Serializer[Any]):
    description = serializers.CharField(allow_null=True)
    owners = HarvestedOwnerOutput(many=True)
    tags = HarvestedTagOutput(many=True)


class ProposalOutput(serializers.Serializer[Any]):
    column = serializers.CharField()
    aspect = serializers.ChoiceField(ProposalVerdict.Aspect.values)
    value = serializers.CharField()
    detail = serializers.CharField()
    producer = serializers.CharField()
    state = serializers.ChoiceField([*State])


class CurationOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([*SUBJECT_KINDS])
    namespace = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    recordedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815
    own = StatementOutput(many=True)
    columns = serializers.DictField(child=StatementOutput(many=True))
    inherited = InheritedOutput(many=True)
    harvested = HarvestedOutput(allow_null=True)
    proposals = ProposalOutput(many=True)


class AspectOutput(serializers.Serializer[Any]):
    aspect = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    levels = serializers.ListField(child=serializers.CharField())
    isSingle = serializers.BooleanField()  # noqa: N815
    right = serializers.CharField()
    value = serializers.CharField(help_text="How a value is written.")
    detail = serializers.CharField(help_text="What the detail says, if there is one.")


class AspectsOutput(serializers.Serializer[Any]):
    aspects = AspectOutput(many=True)


class ResultOutput(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    what = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES)
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    pointer = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class StatementsOutput(serializers.Serializer[Any]):
    dryRun = serializers.BooleanField()  # noqa: N815
    change = serializers.UUIDField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    results = ResultOutput(many=True)


class LineOutput(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    what = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES)
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    column = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class ImportOutput(serializers.Serializer[Any]):
    format = serializers.CharField()
    dryRun = serializers.BooleanField()  # noqa: N815
    change = serializers.UUIDField(allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    lines = LineOutput(many=True)
    linesLeftOut = serializers.IntegerField()  # noqa: N815


class EntryOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    isRetired = serializers.BooleanField()  # noqa: N815


class DomainOutput(EntryOutput):
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]


class TermOutput(EntryOutput):
    synonyms = serializers.ListField(child=serializers.CharField())
    related = serializers.ListField(child=serializers.CharField())
    domain = serializers.CharField(allow_null=True)


class ProductOutput(EntryOutput):
    purpose = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    freshness = serializers.CharField(allow_null=True)
    freshnessSeconds = serializers.IntegerField(allow_null=True)  # noqa: N815
    quality = serializers.CharField()


class PropertyOutput(EntryOutput):
    type = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    pattern = serializers.CharField()
    appliesTo = serializers.ListField(child=serializers.CharField())  # noqa: N815


class DefinedOutput(serializers.Serializer[Any]):
    change = serializers.UUIDField(allow_null=True, help_text="Null: it was so.")
    entry = serializers.DictField()


class RevisionOutput(serializers.Serializer[Any]):
    said = SaidOutput()
    recordedTo = serializers.DateTimeField(allow_null=True)  # noqa: N815
    entry = serializers.DictField()


class RevisionsOutput(serializers.Serializer[Any]):
    revisions = RevisionOutput(many=True)


class ChangeLineOutput(serializers.Serializer[Any]):
    what = serializers.CharField()
    level = serializers.CharField()
    about = serializers.CharField()
    column = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    detail = serializers.CharField()


class ChangeOutput(SaidOutput):
    summary = serializers.CharField(allow_null=True)
    undoes = serializers.UUIDField(allow_null=True)
    undoneBy = serializers.UUIDField(allow_null=True)  # noqa: N815


class ChangeDetailOutput(ChangeOutput):
    lines = ChangeLineOutput(many=True)
    linesLeftOut = serializers.IntegerField()  # noqa: N815
    whyNotUndone = serializers.CharField(allow_null=True)  # noqa: N815


class ChangesOutput(serializers.Serializer[Any]):
    changes = ChangeOutput(many=True)
    next = serializers.CharField(allow_null=True)


class UndoneOutput(serializers.Serializer[Any]):
    change = serializers.UUIDField(help_text="The change that undid it.")


class PendingOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    asset = SubjectOutput()
    column = serializers.CharField()
    aspect = serializers.ChoiceField(ProposalVerdict.Aspect.values)
    value = serializers.CharField(help_text="Of a long text its beginning.")
    producer = serializers.CharField()


class ProposalsOutput(serializers.Serializer[Any]):
    proposals = PendingOutput(many=True)
    totalCount = serializers.IntegerField()  # noqa: N815


class JudgedProblemOutput(serializers.Serializer[Any]):
    asset = SubjectOutput()
    column = serializers.CharField()
    aspect = serializers.CharField()
    value = serializers.CharField()
    detail = serializers.CharField()


class JudgedOutput(serializers.Serializer[Any]):
    change = serializers.UUIDField(allow_null=True)
    judged = serializers.IntegerField()
    problems = JudgedProblemOutput(many=True)
    left = serializers.IntegerField(help_text="That the filter leaves to be judged.")
