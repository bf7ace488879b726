"""What was done, by whom, to what, and why: the way into the journal."""

import hashlib
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import rfc8785
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from policies.models.principals import Principal

BODY_VERSION = 1

# The request that is being answered; the middleware sets it.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")

# `recorded_at` is the database's: the application may not name that column.
INSERT = """
    INSERT INTO policies_journalentry
        (id, act, actor, target_kind, target_key, request_id, body)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""


class Act(StrEnum):
    """What can stand in the journal, as `noun.verb_past`."""

    PRINCIPAL_CREATED = "principal.created"
    PRINCIPAL_CHANGED = "principal.changed"
    PRINCIPAL_ACTIVATED = "principal.activated"
    PRINCIPAL_DEACTIVATED = "principal.deactivated"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105
    GROUP_CREATED = "group.created"
    GROUP_CHANGED = "group.changed"
    GROUP_NESTED = "group.nested"
    GROUP_UNNESTED = "group.unnested"
    GROUP_RETIRED = "group.retired"
    GROUP_REINSTATED = "group.reinstated"
    MEMBER_ADDED = "member.added"
    MEMBER_REMOVED = "member.removed"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_RETIRED = "role.retired"
    ROLE_REINSTATED = "role.reinstated"
    GRANT_GIVEN = "grant.given"
    GRANT_REVOKED = "grant.revoked"
    SHARE_GIVEN = "share.given"
    SHARE_REVOKED = "share.revoked"
    APPROVAL_RULE_SET = "approval_rule.set"
    APPROVAL_RULE_LIFTED = "approval_rule.lifted"
    CHANGE_HELD = "change.held"
    CHANGE_APPROVED = "change.approved"
    CHANGE_DECLINED = "change.declined"
    CHANGE_WITHDRAWN = "change.withdrawn"
    CHANGE_EXPIRED = "change.expired"
    ACCESS_REQUESTED = "access.requested"
    ACCESS_REQUEST_APPROVED = "access_request.approved"
    ACCESS_REQUEST_DECLINED = "access_request.declined"
    ACCESS_REQUEST_WITHDRAWN = "access_request.withdrawn"
    ACCESS_REQUEST_EXPIRED = "access_request.expired"
    REVIEW_STARTED = "review.started"
    REVIEW_ASSIGNED = "review.assigned"
    REVIEW_DECIDED = "review.decided"
    REVIEW_REMINDED = "review.reminded"
    REVIEW_CLOSED = "review.closed"
    REVIEW_EXPORTED = "review.exported"
    GLASS_BROKEN = "glass.broken"
    GLASS_USED = "glass.used"
    GLASS_CLOSED = "glass.closed"
    POLICY_APPLIED = "policy.applied"
    POLICY_EXPORTED = "policy.exported"
    TOKEN_CREATED = "token.created"  # noqa: S105
    TOKEN_ROTATED = "token.rotated"  # noqa: S105
    TOKEN_REVOKED = "token.revoked"  # noqa: S105

    SESSION_OPENED = "session.opened"
    SESSION_CLOSED = "session.closed"
    SESSIONS_ENDED = "sessions.ended"
    SIGN_IN_BLOCKED = "sign_in.blocked"
    SIGN_IN_UNBLOCKED = "sign_in.unblocked"
    SECOND_FACTOR_ENROLLED = "second_factor.enrolled"
    SECOND_FACTOR_REMOVED = "second_factor.removed"
    SECOND_FACTOR_RESET = "second_factor.reset"
    RECOVERY_CODES_MADE = "recovery_codes.made"
    RECOVERY_CODE_USED = "recovery_code.used"
    IDENTITY_LINKED = "identity.linked"
    DIRECTORY_SYNCHRONISED = "directory.synchronised"
    AUTHENTICATION_FAILED = "authentication.failed"
    ACCESS_DENIED = "access.denied"

    EVENT_RETRACTED = "event.retracted"
    EVENT_REPLAYED = "event.replayed"
    EVENT_REINSTATED = "event.reinstated"
    CATALOG_REBUILT = "catalog.rebuilt"
    ALIAS_RULE_MADE = "alias_rule.made"
    ALIAS_RULE_ENDED = "alias_rule.ended"

    DATASET_HIDDEN = "dataset.hidden"
    JOB_HIDDEN = "job.hidden"
    NAMESPACE_HIDDEN = "namespace.hidden"
    NAMESPACE_DECLARED = "namespace.declared"

    PLACEMENT_SET = "placement.set"
    PLACEMENT_CLEARED = "placement.cleared"
    OWNER_NAMED = "owner.named"
    OWNER_REMOVED = "owner.removed"
    TAG_ASSIGNED = "tag.assigned"
    TAG_REMOVED = "tag.removed"
    DESCRIPTION_SET = "description.set"
    DESCRIPTION_CLEARED = "description.cleared"
    ATTRIBUTE_SET = "attribute.set"
    ATTRIBUTE_CLEARED = "attribute.cleared"
    TERM_LINKED = "term.linked"
    TERM_UNLINKED = "term.unlinked"
    PROPERTY_SET = "property.set"
    PROPERTY_CLEARED = "property.cleared"
    DECLARATION_MADE = "declaration.made"
    DECLARATION_ENDED = "declaration.ended"
    TICKET_LINKED = "ticket.linked"
    TICKET_UNLINKED = "ticket.unlinked"
    OUTPUT_ADDED = "output.added"
    OUTPUT_REMOVED = "output.removed"
    PROPOSAL_DECIDED = "proposal.decided"
    PROPOSAL_REOPENED = "proposal.reopened"
    TAG_RULE_SET = "tag_rule.set"
    TAG_RULE_CLEARED = "tag_rule.cleared"
    TAG_PATH_REJECTED = "tag_path.rejected"
    TAG_PATH_REOPENED = "tag_path.reopened"
    ENTRY_DEFINED = "entry.defined"
    ENTRY_RETIRED = "entry.retired"
    CHANGE_UNDONE = "change.undone"

    SCHEDULE_STARTED = "schedule.started"

    MARQUEZ_IMPORTED = "marquez.imported"
    REPORT_REQUESTED = "report.requested"
    REPORT_FINISHED = "report.finished"
    REPORT_FAILED = "report.failed"
    REPORT_CANCELLED = "report.cancelled"
    REPORT_DOWNLOADED = "report.downloaded"
    REPORT_DELETED = "report.deleted"

    MANUAL_LINEAGE_DECLARED = "manual_lineage.declared"
    MANUAL_LINEAGE_ENDED = "manual_lineage.ended"

    EXPECTATION_SET = "expectation.set"
    EXPECTATION_ENDED = "expectation.ended"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_ACKNOWLEDGED = "incident.acknowledged"
    INCIDENT_RESOLVED = "incident.resolved"
    INCIDENT_CLOSED = "incident.closed"

    LINEAGE_EXPORTED = "lineage.exported"
    JOURNAL_EXPORTED = "journal.exported"
    CURATION_EXPORTED = "curation.exported"


@dataclass(frozen=True, slots=True)
class Target:
    """What an act was done to, by a name that outlives its row."""

    kind: str
    key: tuple[str, ...]

    @classmethod
    def of(cls, thing: "Model | Target") -> "Target":
        """Name a row: by its public id, its natural key, or else its number."""
        if isinstance(thing, Target):
            return thing
        kind = thing._meta.label_lower
        if hasattr(thing, "public_id"):
            return cls(kind, (str(thing.public_id),))
        if hasattr(thing, "natural_key"):
            return cls(kind, tuple(str(part) for part in thing.natural_key()))
        return cls(kind, (str(thing.pk),))


class NotInTransaction(RuntimeError):
    """An act was to be recorded where it could not share its change's fate."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, before it stands in the journal; the members are those of `record`."""

    act: Act
    target: Model | Target
    changes: Mapping[str, object] | None = None


def record(
    act: Act,
    target: Model | Target,
    *,
    actor: Principal | AnonymousUser | None,
    changes: Mapping[str, object] | None = None,
    reason: str | None = None,
    on_behalf_of: Principal | None = None,
    request_id: str | None = None,
) -> UUID:
    """Add an act to the journal, within the transaction that does it; answer its id.

    `actor=None` is the system itself. `changes` maps a field to [before, after], or to
    a single fact; of text, numbers (whole, up to 2^53), truth values, times, UUIDs and
    collections of these. Leave personal data out: it could never be erased.

    Raises NotInTransaction outside of a transaction, TypeError or
    rfc8785.CanonicalizationError where `changes` cannot be written exactly.
    """
    entry = Entry(act, target, changes)
    [entry_id] = record_many(
        [entry],
        actor=actor,
        reason=reason,
        on_behalf_of=on_behalf_of,
        request_id=request_id,
    )
    return entry_id


def record_many(
    entries: Sequence[Entry],
    *,
    actor: Principal | AnonymousUser | None,
    reason: str | None = None,
    on_behalf_of: Principal | None = None,
    request_id: str | None = None,
) -> list[UUID]:
    """Add what was done at once to many things, one entry each. As `record`."""
    if not connection.in_atomic_block:
        raise NotInTransaction(
            f"{entries[0].act} must be recorded in the transaction that does it"
        )
    actor_id = actor.public_id if isinstance(actor, Principal) else None
    shared = {
        "actor": actor_id,
        "actor_kind": _kind(actor),
        "at": timezone.now(),
        "on_behalf_of": on_behalf_of.public_id if on_behalf_of else None,
        "reason": reason,
        "request_id": current_request_id.get() if request_id is None else request_id,
        "v": BODY_VERSION,
    }
    rows = [_row(entry, shared) for entry in entries]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)
    return [row[0] for row in rows]


def _row(entry: Entry, shared: Mapping[str, Any]) -> list[Any]:
    entry_id = uuid4()
    named = Target.of(entry.target)
    facts = {
        **shared,
        "act": entry.act,
        "changes": entry.changes or {},
        "id": entry_id,
        "target": {"key": named.key, "kind": named.kind},
    }
    return [
        entry_id,
        str(entry.act),
        shared["actor"],
        named.kind,
        canonical(named.key).decode(),
        shared["request_id"],
        canonical(facts),
    ]


def record_alone(act: Act, target: Model | Target, **facts: Any) -> UUID:
    """Record what leaves no other trace, a denial for one, in its own transaction."""
    with transaction.atomic(durable=True):
        return record(act, target, **facts)


def canonical(value: object) -> bytes:
    """The value as RFC 8785 JSON: of the few types that have one spelling in it."""
    return rfc8785.dumps(_plain(value))


def digest_of(value: object) -> str:
    """SHA-256 over the one spelling of a value, in hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: object) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str() | UUID():
            return str(value)
        case datetime():
            in_utc = value.astimezone(UTC).isoformat(timespec="microseconds")
            return in_utc.replace("+00:00", "Z")
        case Target():
            return {"key": list(value.key), "kind": value.kind}
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case set() | frozenset():
            return sorted(str(_plain(each)) for each in value)
    raise TypeError(f"{type(value).__name__} has no exact spelling in the journal")


def _kind(actor: Principal | AnonymousUser | None) -> str:
    if actor is None:
        return "system"
    return "principal" if isinstance(actor, Principal) else "anonymous"


def make_months(ahead: int = 2) -> int:
    """Make the guarded partitions of this month and the next; how many were new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT policies_make_journal_months(%s)", [ahead])
        made: int = cursor.fetchone()[0]
    return made
