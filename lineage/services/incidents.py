"""When does an incident begin and end, who sees to it, and who is told?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import facets
from catalog.models import Dataset, DatasetVersion
from lineage.models import (
    Expectation,
    Incident,
    IncidentNotice,
    ProjectionState,
)
from lineage.quality import evidence
from lineage.quality.expecting import NOTE_MAX, Known, Verdict, judge
from lineage.quality.telling import people_to_tell
from policies import audit
from policies.models import Principal

AT_ONCE = 100  # datasets that are judged together
Ending = Incident.Ending


class IncidentEnded(RuntimeError):
    """The incident is over; nothing of it changes any more."""


class NoReason(ValueError):
    """Whoever closes an incident says why."""


def judge_expectations(now: datetime | None = None) -> Counter[str]:
    """Hold what is expected against what is known; open and resolve incidents.

    It finds its work in the tables and may be done at any time, by several at once: an
    expectation's row is the lock of its incidents. While the catalog is rebuilt events
    wait to be projected, and nothing is judged.
    """
    done: Counter[str] = Counter()
    if ProjectionState.objects.exclude(mode=ProjectionState.Mode.LIVE).exists():
        return done
    at = now or timezone.now()
    standing = Expectation.objects.standing().select_related("dataset")
    by_dataset: dict[int, list[Expectation]] = defaultdict(list)
    for expected in standing.order_by("pk"):
        by_dataset[expected.dataset.canonical_id].append(expected)
    for some in batched(by_dataset, AT_ONCE):
        asked = [one for pk in some for one in by_dataset[pk]]
        for one, verdict in _judged(some, asked, at):
            done[_settle(one, verdict, at)] += 1
    done["withdrawn"] = _withdraw(at)
    del done[""]
    return done


def _judged(
    datasets: Sequence[int], expected: Sequence[Expectation], at: datetime
) -> Iterator[tuple[Expectation, Verdict]]:
    """Of datasets that somebody deleted nothing is expected."""
    rows = Dataset.objects.unrestricted("the system judges all that is expected")
    there = set(rows.visible().filter(pk__among=datasets).values_list("pk", flat=True))
    names = evidence.names_of(there)
    touches = evidence.touches(names, evidence.all_jobs()) if there else {}
    base = _base(expected)
    for one in expected:
        if one.dataset.canonical_id in there:
            known = Known(touches.get(one.dataset.canonical_id, []), at, base)
            yield one, judge(one, known)


def _base(expected: Iterable[Expectation]) -> dict[bytes, list[str]]:
    """The columns of the definitions that expectations rest on."""
    wanted = {bytes(one.definition) for one in expected if one.definition is not None}
    if not wanted:
        return {}
    rows = DatasetVersion.objects.filter(
        definition__in=wanted, facet__isnull=False
    ).distinct("definition")
    shown = {bytes(row.definition): row.facet_id for row in rows}
    known = facets.load(pk for pk in shown.values() if pk is not None)
    return {
        definition: [field.path for field in facets.fields(known.get(pk or 0))]
        for definition, pk in shown.items()
    }


@transaction.atomic
def _settle(expected: Expectation, verdict: Verdict, at: datetime) -> str:
    """Open, go on with, or resolve an incident; what was done, in a word."""
    if verdict.holds is None:
        return ""
    rows = Expectation.objects.standing().select_for_update(of=("self",))
    locked = rows.filter(pk=expected.pk).first()
    if locked is None:  # said anew, or ended, meanwhile
        return ""
    same = Incident.objects.filter(identity=locked.identity)
    running = same.open().first()
    if verdict.holds:
        same.filter(is_silenced=True).update(is_silenced=False)
        return _resolve(running, at) if running else ""
    if running is not None:
        return _go_on(running, locked, verdict)
    if same.filter(is_silenced=True).exists():
        return ""
    return _open(locked, verdict, at)


def _open(expected: Expectation, verdict: Verdict, at: datetime) -> str:
    incident = Incident(
        identity=expected.identity,
        expectation=expected,
        dataset_id=expected.dataset_id,
        severity=expected.severity,
        opened_at=at,
        since=verdict.since,
        facts=verdict.facts,
    )
    try:
        with transaction.atomic():
            incident.save()
    except IntegrityError:  # somebody was quicker, under an older row
        return ""
    _record(audit.Act.INCIDENT_OPENED, incident, actor=None)
    return "opened"


def _go_on(incident: Incident, expected: Expectation, verdict: Verdict) -> str:
    """Keep the latest numbers; the journal has those that it was opened by."""
    now = (expected.pk, expected.severity, verdict.since, verdict.facts)
    held = (incident.expectation_id, incident.severity, incident.since, incident.facts)
    if now != held:
        incident.expectation, incident.severity = expected, expected.severity
        incident.since, incident.facts = verdict.since, verdict.facts
        incident.save(update_fields=["expectation", "severity", "since", "facts"])
    return ""


def _resolve(incident: Incident, at: datetime) -> str:
    incident.ended_at, incident.ending = at, Ending.RESOLVED
    incident.save(update_fields=["ended_at", "ending"])
    _record(audit.Act.INCIDENT_RESOLVED, incident, actor=None)
    return "resolved"


def _withdraw(at: datetime) -> int:
    """End the incidents of what nobody expects any more."""
    standing = Expectation.objects.standing().values("identity")
    left = Incident.objects.open().exclude(identity__in=standing)
    return left.update(ended_at=at, ending=Ending.WITHDRAWN)


@transaction.atomic
def acknowledge_incident(
    incident: Incident, *, actor: Principal, note: str = ""
) -> Incident:
    """Say that one sees to it. Said again, it is the last who does.

    Raises IncidentEnded.
    """
    locked = _still_open(incident)
    locked.acknowledged_at, locked.acknowledged_by = timezone.now(), actor
    locked.acknowledgement = note.replace("\0", "").strip()[:NOTE_MAX]
    locked.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledgement"])
    _record(
        audit.Act.INCIDENT_ACKNOWLEDGED,
        locked,
        actor=actor,
        reason=locked.acknowledgement,
    )
    return locked


@transaction.atomic
def close_incident(incident: Incident, *, actor: Principal, reason: str) -> Incident:
    """End an incident although it does not hold; no other begins until it has held.

    Raises IncidentEnded, NoReason.
    """
    reason = reason.replace("\0", "").strip()[:NOTE_MAX]
    if not reason:
        raise NoReason("Say why it is closed.")
    locked = _still_open(incident)
    locked.ended_at, locked.ended_by = timezone.now(), actor
    locked.ending, locked.reason = Ending.CLOSED, reason
    locked.is_silenced = True
    locked.save(
        update_fields=["ended_at", "ended_by", "ending", "reason", "is_silenced"]
    )
    _record(audit.Act.INCIDENT_CLOSED, locked, actor=actor, reason=reason)
    return locked


def tell_people() -> int:
    """Tell those who answer for something of the incidents they may know of.

    How many were told. Each incident is told of once; whoever is told has the right to
    see it, and of what is downstream only owners of what they may know of themselves.
    """
    count = 0
    waiting = Incident.objects.open().filter(is_told=False).told()
    for incident in waiting.order_by("pk"):
        count += _tell(incident, people_to_tell(incident))
    return count


@transaction.atomic
def _tell(incident: Incident, people: dict[int, str]) -> int:
    rows = Incident.objects.select_for_update(of=("self",))
    locked = rows.filter(pk=incident.pk, is_told=False).first()
    if locked is None:
        return 0
    now = timezone.now()
    IncidentNotice.objects.bulk_create(
        [
            IncidentNotice(incident=locked, principal_id=pk, why=why, told_at=now)
            for pk, why in people.items()
        ],
        ignore_conflicts=True,
    )
    locked.is_told = True
    locked.save(update_fields=["is_told"])
    return len(people)


def _still_open(incident: Incident) -> Incident:
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if locked.ended_at is not None:
        raise IncidentEnded("The incident is over already.")
    return locked


def _record(
    act: audit.Act, incident: Incident, *, actor: Principal | None, reason: str = ""
) -> None:
    expected = incident.expectation
    column = {"column": expected.column} if expected.column else {}
    audit.record(
        act,
        audit.Target.of(incident.dataset.canonical),
        actor=actor,
        reason=reason or None,
        changes={
            "incident": incident.public_id,
            "expectation": incident.identity,
            "kind": str(expected.kind),
            "severity": str(incident.severity),
            **column,
        },
    )
