"""How is an impact told over the API?"""

from typing import Any

from rest_framework import serializers

from lineage import nodeids
from lineage.api.outputs import named
from lineage.impact.answers import Hit, Impact, Step
from lineage.impact.asking import node_id, spelt
from lineage.impact.questions import Question, fails
from lineage.impact.severities import Kind, Rule, Severity
from lineage.impact.summaries import Counts, summary
from lineage.runs import state_name

STEP_KINDS = ("dataset", "job", "column", "withheld", "deleted")
SEVERITIES = [str(one) for one in Severity]
FRONTIER = 100


class ImpactOwner(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    curated = serializers.BooleanField()


class ImpactRun(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    startedAt = serializers.DateTimeField(allow_null=True)  # noqa: N815


class ImpactMade(serializers.Serializer[Any]):
    job = serializers.CharField(help_text="By which job, as a nodeId.")
    runId = serializers.UUIDField()  # noqa: N815
    at = serializers.DateTimeField()
    intervalSeconds = serializers.IntegerField(  # noqa: N815
        allow_null=True, help_text="The median of the last 20 gaps between successes."
    )


class ImpactStale(serializers.Serializer[Any]):
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)


class ImpactCheck(serializers.Serializer[Any]):
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)
    outcome = serializers.CharField(allow_null=True)


class ImpactStep(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(STEP_KINDS)
    nodeId = serializers.CharField(allow_null=True)  # noqa: N815
    assertedBy = serializers.ChoiceField(  # noqa: N815
        ["events", "manual"], allow_null=True
    )
    jobs = serializers.ListField(child=serializers.CharField())
    transformations = serializers.ListField(child=serializers.DictField())


class ImpactHit(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    kind = serializers.ChoiceField(STEP_KINDS[:3])
    namespace = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField(allow_null=True)
    hops = serializers.IntegerField()
    owners = ImpactOwner(many=True)
    tags = serializers.ListField(child=serializers.CharField())
    domain = serializers.CharField(allow_null=True)
    lastRun = ImpactRun(allow_null=True)  # noqa: N815
    path = ImpactStep(many=True)


class ImpactOutput(serializers.Serializer[Any]):
    nodeId = serializers.CharField()  # noqa: N815
    hits = ImpactHit(many=True)
    withheld = serializers.IntegerField()
    truncated = serializers.BooleanField()
    complete = serializers.BooleanField()
    silentJobs = serializers.ListField(child=serializers.CharField())  # noqa: N815


@named("ImpactChange")
class ImpactChangeOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([str(kind) for kind in Kind])
    nodeId = serializers.CharField(required=False)  # noqa: N815
    nodeIds = serializers.ListField(  # noqa: N815
        child=serializers.CharField(), required=False
    )
    namespace = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    was = serializers.CharField(required=False)
    to = serializers.CharField(required=False)
    by = serializers.CharField(required=False)


class ConsequenceHit(ImpactHit):
    """A hit, and what becomes of it."""

    severity = serializers.ChoiceField(SEVERITIES)
    rule = serializers.ChoiceField([rule.word for rule in Rule])
    why = serializers.CharField()
    startsAt = serializers.CharField(  # noqa: N815
        allow_null=True, help_text="What is changed, and hits this."
    )
    masked = serializers.BooleanField(help_text="Whether data gets here masked.")
    lastSuccess = ImpactMade(allow_null=True)  # noqa: N815
    stale = ImpactStale(allow_null=True)
    checks = ImpactCheck(many=True, help_text="What tests it, and may catch it.")


class ImpactCount(serializers.Serializer[Any]):
    name = serializers.CharField()
    hits = serializers.IntegerField()


class ImpactSummary(serializers.Serializer[Any]):
    hits = serializers.IntegerField()
    bySeverity = serializers.DictField(child=serializers.IntegerField())  # noqa: N815
    byOwner = ImpactCount(many=True)  # noqa: N815
    byDomain = ImpactCount(many=True)  # noqa: N815
    byTag = ImpactCount(many=True)  # noqa: N815
    withoutOwner = serializers.IntegerField()  # noqa: N815
    inTime = serializers.IntegerField(  # noqa: N815
        help_text="What a delay does not reach, for it is made later anyhow."
    )


class ImpactCompleteness(serializers.Serializer[Any]):
    complete = serializers.BooleanField()
    withheld = serializers.IntegerField()
    truncated = serializers.BooleanField()
    frontier = serializers.ListField(
        child=serializers.CharField(), help_text="The farthest hits, if there is more."
    )
    silentJobs = serializers.ListField(child=serializers.CharField())  # noqa: N815
    hiddenSilentJobs = serializers.BooleanField()  # noqa: N815
    failedJobs = serializers.ListField(child=serializers.CharField())  # noqa: N815
    unresolved = serializers.ListField(child=serializers.CharField())


class ImpactVerdict(serializers.Serializer[Any]):
    failOn = serializers.ChoiceField(SEVERITIES, allow_null=True)  # noqa: N815
    worst = serializers.ChoiceField(SEVERITIES, allow_null=True)
    fails = serializers.BooleanField()


class ConsequencesOutput(serializers.Serializer[Any]):
    changes = ImpactChangeOutput(many=True)
    asOf = serializers.DateTimeField(allow_null=True)  # noqa: N815
    recordedAt = serializers.DateTimeField()  # noqa: N815
    verdict = ImpactVerdict()
    summary = ImpactSummary()
    hits = ConsequenceHit(many=True)
    completeness = ImpactCompleteness()
    again = serializers.CharField(
        allow_null=True,
        help_text="The path that gives this answer later; null if it were too long.",
    )


def told_impact(found: Impact, start: str) -> dict[str, Any]:
    """What is downstream, whatever would be changed."""
    return {
        "nodeId": start,
        "hits": [_hit(hit) for hit in found.hits],
        "withheld": found.withheld,
        "truncated": found.is_truncated,
        "complete": found.is_complete,
        "silentJobs": [node_id(job) for job in found.silent],
    }


def told_consequences(
    question: Question, found: Impact, again: str | None
) -> dict[str, Any]:
    """What changes do."""
    return {
        "changes": [spelt(change) for change in question.changes],
        "asOf": question.cut.as_of,
        "recordedAt": question.recorded_at,
        "verdict": {
            "failOn": question.fail_on,
            "worst": found.worst,
            "fails": fails(found, question.fail_on),
        },
        "summary": _summary(found),
        "hits": [_hit(hit) | _consequence(hit) for hit in found.hits],
        "completeness": _completeness(found),
        "again": again,
    }


def _summary(found: Impact) -> dict[str, Any]:
    counts = summary(found)

    def told(some: Counts) -> list[dict[str, Any]]:
        return [{"name": name, "hits": number} for name, number in some]

    return {
        "hits": counts.hits,
        "bySeverity": {str(one): number for one, number in counts.severities.items()},
        "byOwner": told(counts.owners),
        "byDomain": told(counts.domains),
        "byTag": told(counts.tags),
        "withoutOwner": counts.unowned,
        "inTime": found.in_time,
    }


def _completeness(found: Impact) -> dict[str, Any]:
    farthest = max((hit.hops for hit in found.hits), default=0)
    frontier = [
        hit for hit in found.hits if hit.hops == farthest and found.is_truncated
    ]
    return {
        "complete": found.is_complete,
        "withheld": found.withheld,
        "truncated": found.is_truncated,
        "frontier": [node_id(hit.asset, hit.column) for hit in frontier[:FRONTIER]],
        "silentJobs": [node_id(job) for job in found.silent],
        "hiddenSilentJobs": found.has_hidden_silent,
        "failedJobs": [node_id(job) for job in found.failed],
        "unresolved": found.unresolved,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    run = hit.last_run
    return {
        "nodeId": node_id(hit.asset, hit.column),
        "kind": hit.kind,
        "namespace": hit.asset.namespace.name,
        "name": hit.asset.name,
        "column": hit.column or None,
        "hops": hit.hops,
        "owners": [
            {"name": one.name, "kind": one.kind, "curated": one.is_curated}
            for one in hit.owners
        ],
        "tags": hit.tags,
        "domain": hit.domain or None,
        "lastRun": {
            "id": run.run_id,
            "state": state_name(run),
            "startedAt": run.started_at,
        }
        if run
        else None,
        "path": [_step(step) for step in hit.path],
    }


def _consequence(hit: Hit) -> dict[str, Any]:
    assert hit.rule is not None
    return {
        "severity": hit.rule.severity,
        "rule": hit.rule.word,
        "why": hit.rule.sentence,
        "startsAt": node_id(*hit.start) if hit.start else None,
        "masked": hit.is_masked,
        "lastSuccess": _made(hit),
        "stale": hit.late._asdict() if hit.late else None,
        "checks": [
            {
                "name": one.name,
                "column": one.column or None,
                "outcome": one.outcome or None,
            }
            for one in hit.checks
        ],
    }


def _made(hit: Hit) -> dict[str, Any] | None:
    made = hit.schedule
    if made is None:
        return None
    interval = made.interval
    return {
        "job": node_id(made.job),
        "runId": made.run_id,
        "at": made.last,
        "intervalSeconds": round(interval.total_seconds()) if interval else None,
    }


def _step(step: Step) -> dict[str, Any]:
    is_named = bool(step.name)
    own_id = None
    if step.kind == "column":
        own_id = nodeids.of_field(step.namespace, step.name, step.column)
    elif step.kind == "job":
        own_id = nodeids.of_job(step.namespace, step.name)
    elif is_named:
        own_id = nodeids.of_dataset(step.namespace, step.name)
    told_by = "manual" if step.is_manual else "events"
    return {
        "kind": step.kind,
        "nodeId": own_id,
        "assertedBy": told_by if is_named else None,
        "jobs": [node_id(job) for job in step.jobs],
        "transformations": [
            {
                "type": way.type or None,
                "subtype": way.subtype or None,
                "description": way.description or None,
                "masking": way.masking,
            }
            for way in step.ways
            if way.says_anything
        ],
    }
