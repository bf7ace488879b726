"""Which grants does somebody look for, and which of them may they see?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from policies import access, audit
from policies.actions import Action
from policies.compiler.standing import share_models
from policies.granting import givable, may_grant_anything
from policies.models import Grant, JournalEntry, ObjectShare, Principal, Reach
from policies.telling.meaning import GROUP
from policies.telling.wording import State, in_state

# Where grants are judged one by one, of which a reader may know some.
JUDGED_AT_MOST = 2000


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for in a list of grants; empty is anything."""

    holder: str = ""  # a part of a name; `group:` before it seeks groups alone
    role: str = ""
    effect: str = ""
    reach: str = ""
    state: str = ""

    @property
    def is_anything(self) -> bool:
        return self == Sought()

    def as_q(self) -> Q:
        found = Q()
        if self.holder:
            found &= _held_by(self.holder)
        if self.role:
            found &= Q(role__name=self.role)
        if self.effect in Grant.Effect.values:
            found &= Q(effect=self.effect)
        if self.reach in Reach.values:
            found &= Q(reach=self.reach)
        if self.state in list(State):
            found &= in_state(State(self.state), timezone.now())
        return found


class Ended(NamedTuple):
    """By whom a grant was revoked, and why; `by` is None for the system."""

    by: Principal | None
    why: str


class HeldShare(NamedTuple):
    """One action on one asset, shared with somebody; `row` is None if it is hidden."""

    action: str
    kind: str
    row: Any
    name: str


def known_to(reader: Any) -> Any:
    """The grants that `reader` may see: all, or what they could give themselves.

    One's own are on one's own page.
    """
    rows = Grant.objects.select_related("principal", "group", "role", "granted_by")
    if sees_all(reader):
        return rows
    if not access.may_somewhere(reader, Action.ACCESS_SHARE):
        return rows.none()
    # Whole servers' grants are no business of whoever shares a part of it.
    some = rows.filter(effect=Grant.Effect.ALLOW).exclude(reach=Reach.EVERYTHING)
    latest = some.order_by("-pk")[:JUDGED_AT_MOST]
    return rows.filter(pk__in=givable(reader, latest))


def sees_all(reader: Any) -> bool:
    """Whether somebody may see everybody's grants."""
    return access.may(reader, Action.ACCESS_VIEW) or may_grant_anything(reader)


def how_ended(grant: Grant) -> Ended | None:
    """What the journal says of the end of a grant; None, if it says nothing."""
    target = audit.Target.of(grant)
    entry = JournalEntry.objects.filter(
        act=audit.Act.GRANT_REVOKED,
        target_kind=target.kind,
        target_key=audit.canonical(target.key).decode(),
    ).first()
    if entry is None:
        return None
    by = None
    if entry.actor is not None:
        by = Principal.objects.filter(public_id=entry.actor).first()
    return Ended(by, entry.record["reason"] or "")


def held_by(principal: Principal, groups: Iterable[int]) -> Any:
    """The standing grants of a principal and of groups that they belong to."""
    rows = Grant.objects.standing().select_related("principal", "group", "role")
    return rows.filter(Q(principal=principal) | Q(group__in=list(groups)))


def shares_held_by(principal: Principal, reader: Any) -> list[HeldShare]:
    """What is shared with somebody, by name.

    Of an asset that the reader may not see only the kind is told, and of one's own that
    one is denied, nothing.
    """
    return [
        one
        for model in share_models()
        for one in _told_shares(model, principal, reader)
    ]


def _told_shares(
    model: type[ObjectShare], principal: Principal, reader: Any
) -> Iterator[HeldShare]:
    fields: dict[str, Any] = {field.name: field for field in model._meta.fields}
    asset = fields["content_object"].related_model
    shared = model.objects.filter(user=principal.pk)
    held = sorted(shared.values_list("content_object", "permission__codename"))
    if not held:
        return
    policy = access.policy_of(asset)
    seen = asset.objects.permitted(reader, Action.ASSET_VIEW)
    rows = seen.select_related(policy.namespace).in_bulk({pk for pk, _ in held})
    # By name: their numbers tell in which order assets came, hidden ones among them.
    told = [(rows.get(pk), action) for pk, action in held]
    for row, action in sorted(told, key=lambda one: (one[0] is None, str(one[0]))):
        if row is not None or reader != principal:
            yield HeldShare(action, policy.kind, row, row.name if row else "")


def held_by_groups(groups: Iterable[int]) -> Any:
    """The standing grants of groups."""
    rows = Grant.objects.standing().select_related("principal", "group", "role")
    return rows.filter(group__in=list(groups))


def _held_by(text: str) -> Q:
    word = text.strip()
    if "\0" in word:
        return Q(pk__in=[])
    if word.lower().startswith(GROUP):
        return Q(group__name__icontains=word[len(GROUP) :].strip())
    return (
        Q(principal__username__icontains=word)
        | Q(principal__name__icontains=word)
        | Q(group__name__icontains=word)
    )
