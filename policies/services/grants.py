"""Who gets which rights: shipped roles, and grants."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from policies import access, audit
from policies.actions import Action
from policies.compiler.conditions import Condition, document_of
from policies.compiler.rights import Effect, Everything
from policies.compiler.standing import scope_of_grant, standing_of
from policies.granting import demand_grantable, demand_lasting
from policies.models import (
    Governed,
    Grant,
    Group,
    HeldChange,
    Nesting,
    Principal,
    Reach,
    Role,
)
from policies.roles import BUILT_IN_ROLES
from policies.second_person import Proposed
from policies.services.holding import demand, may_be_held


class UnknownRole(ValueError):
    """There is no role of this name."""


class LastAdministrator(RuntimeError):
    """After this change nobody could grant anything any more."""


class ScopeInvalid(ValueError):
    """A grant cannot reach what was given as its scope."""


@dataclass(frozen=True, slots=True)
class GrantScope:
    """How far a grant reaches: everything, unless one of these is given.

    `domain` and `tag` are rows of the trees of scopes; `asset` is one governed row.
    """

    namespace: str = ""
    domain: Any = None
    tag: Any = None
    asset: Governed | None = None

    def as_fields(self) -> dict[str, Any]:
        """The columns of a Grant. Raises ScopeInvalid where several are given."""
        given = [bool(self.namespace), self.domain, self.tag, self.asset]
        if sum(one is not None and one is not False for one in given) > 1:
            raise ScopeInvalid("A grant has one scope: a namespace, a domain, a tag …")
        if self.namespace:
            return {"reach": Reach.NAMESPACE, "namespace_glob": self.namespace}
        if self.domain is not None:
            return {"reach": Reach.DOMAIN, "scope_id": self.domain.pk}
        if self.tag is not None:
            return {"reach": Reach.TAG, "scope_id": self.tag.pk}
        if self.asset is not None:
            kind = getattr(access.policy_of(type(self.asset)), "kind", "")
            if not kind:
                raise ScopeInvalid("No grant reaches one row of this kind.")
            return {
                "reach": Reach.ASSET,
                "asset_kind": kind,
                "scope_id": self.asset.pk,
            }
        return {"reach": Reach.EVERYTHING}


@may_be_held
def grant_role(
    holder: Principal | Group,
    role: str,
    *,
    actor: Principal | None,
    namespace: str = "",
    scope: GrantScope | None = None,
    effect: Grant.Effect = Grant.Effect.ALLOW,
    condition: Condition | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> Grant:
    """Allow or deny a principal or group a role, within a scope and under a condition.

    A grant that stands already stays as it is, unless its validity differs: then it is
    closed, and this one takes its place. Raises UnknownRole, ScopeInvalid, NotGrantable
    for what could not hold as it is written, and LastAdministrator for a deny after
    which nobody could grant anything any more.

    Where a second person has to approve what an actor gives, the grant is held and
    ApprovalNeeded is raised, which has the HeldChange; `approval` is that change, when
    it is approved. A deny needs no approval, unless it takes the place of a longer one.
    """
    where = (scope or GrantScope(namespace)).as_fields()
    held_role = role_named(role)
    reached = scope_of_grant(Grant(**where))
    demand_grantable(holder, held_role, effect, reached, condition)
    demand_lasting(actor, held_role, reached, valid_to)
    # The holder's row is the lock: two equal grants at once become one.
    type(holder)._default_manager.select_for_update().get(pk=holder.pk)
    who = {_holder_field(holder): holder}
    written = None if condition is None else document_of(condition)
    blank = {"namespace_glob": "", "asset_kind": "", "scope_id": None}
    standing = Grant.objects.standing().filter(
        **who, role=held_role, effect=effect, **{**blank, **where}
    )
    same = [grant for grant in standing if grant.condition == written]
    if same and (same[0].valid_from, same[0].valid_to) == (valid_from, valid_to):
        return same[0]
    if _widens(effect, same, valid_from, valid_to):
        facts = {
            "holder": [_holder_field(holder), holder.pk],
            "role": held_role.pk,
            "effect": str(effect),
            "scope": {**blank, **where},
            "condition": written,
            "valid_from": valid_from and valid_from.isoformat(),
            "valid_to": valid_to and valid_to.isoformat(),
        }
        demand(
            Proposed(
                HeldChange.Kind.GRANT,
                facts,
                scopes=[scope_of_grant(Grant(**{**blank, **where}))],
                gainer=holder if isinstance(holder, Principal) else None,
                gaining_group=holder if isinstance(holder, Group) else None,
                reason=reason,
            ),
            actor=actor,
            approval=approval,
        )
    for replaced in same:
        _close(replaced, actor=actor, reason="replaced by one of other validity")
    with keeping_an_administrator():
        grant = Grant.objects.create(
            **who,
            role=held_role,
            effect=effect,
            **where,
            condition=written,
            valid_from=valid_from,
            valid_to=valid_to,
            reason=reason,
            granted_by=actor,
        )
    audit.record(
        audit.Act.GRANT_GIVEN,
        grant,
        actor=actor,
        reason=reason or None,
        changes={**_facts(grant), "valid_from": valid_from, "valid_to": valid_to},
    )
    return grant


@may_be_held
def revoke_grant(
    grant: Grant,
    *,
    actor: Principal | None,
    reason: str = "",
    approval: HeldChange | None = None,
) -> None:
    """Close a grant; repeating it changes nothing.

    Raises LastAdministrator if nobody could grant anything any more, and ApprovalNeeded
    where a second person has to approve that a deny ends (see `grant_role`).
    """
    if grant.effect == Grant.Effect.DENY and grant.recorded_to is None:
        demand(
            Proposed(
                HeldChange.Kind.REVOKE_DENY,
                {"grant": grant.pk},
                scopes=[scope_of_grant(grant)],
                gainer=grant.principal,
                gaining_group=grant.group,
                reason=reason,
            ),
            actor=actor,
            approval=approval,
        )
    _close(grant, actor=actor, reason=reason)


def _close(grant: Grant, *, actor: Principal | None, reason: str) -> None:
    with keeping_an_administrator():
        closed = Grant.objects.standing().filter(pk=grant.pk).update(recorded_to=Now())
    if not closed:
        return
    grant.refresh_from_db(fields=["recorded_to"])
    audit.record(
        audit.Act.GRANT_REVOKED,
        grant,
        actor=actor,
        reason=reason or None,
        changes=_facts(grant),
    )


def _widens(
    effect: Grant.Effect,
    replaced: list[Grant],
    valid_from: datetime | None,
    valid_to: datetime | None,
) -> bool:
    """Whether a grant gives rights that the one whose place it takes does not give."""
    if not replaced:
        return effect == Grant.Effect.ALLOW
    [old] = replaced
    begins_no_later = valid_from is None or (
        old.valid_from is not None and valid_from <= old.valid_from
    )
    ends_no_earlier = valid_to is None or (
        old.valid_to is not None and valid_to >= old.valid_to
    )
    if effect == Grant.Effect.DENY:
        return not (begins_no_later and ends_no_earlier)
    same_or_later = valid_from == old.valid_from or not begins_no_later
    same_or_earlier = valid_to == old.valid_to or not ends_no_earlier
    return not (same_or_later and same_or_earlier)


def _holder_field(holder: Principal | Group) -> str:
    return "principal" if isinstance(holder, Principal) else "group"


def _facts(grant: Grant) -> dict[str, Any]:
    """What the journal says of a grant."""
    facts = {
        _holder_field(grant.holder): grant.holder.public_id,
        "role": grant.role.name,
        "namespace": grant.namespace_glob or None,
    }
    if grant.effect != Grant.Effect.ALLOW:
        facts["effect"] = grant.effect
    if grant.scope_id is not None:
        facts["scope"] = {
            "reach": grant.reach,
            "kind": grant.asset_kind,
            "id": grant.scope_id,
        }
    if grant.condition is not None:
        facts["condition"] = grant.condition
    return facts


@transaction.atomic
def sync_built_in_roles() -> int:
    """Bring the shipped roles in step with this version; how many changed.

    Roles that people made stay as they are, and a shipped one that was dropped stays
    too: grants may stand on it.
    """
    changed = 0
    for wanted in BUILT_IN_ROLES:
        role, _ = Role.objects.select_for_update().get_or_create(
            name=wanted.name, defaults={"actions": [], "is_built_in": True}
        )
        before = (role.actions, role.description, role.is_built_in)
        role.actions = sorted(str(action) for action in wanted.actions)
        role.description, role.is_built_in = wanted.description, True
        if before == (role.actions, role.description, role.is_built_in):
            continue
        role.save()
        changed += 1
        audit.record(
            audit.Act.ROLE_CHANGED,
            audit.Target("policies.role", (role.name,)),
            actor=None,
            changes={"actions": [before[0], role.actions]},
        )
    return changed


def role_named(name: str) -> Role:
    """The role of this name. Raises UnknownRole, naming those that there are."""
    role = Role.objects.filter(name=name).first()
    if role is None:
        names = ", ".join(Role.objects.order_by("name").values_list("name", flat=True))
        raise UnknownRole(f"There is no role {name!r}; there are {names}.")
    return role


# Whether a change is under way that is looked at when all of it is done.
_keeping: ContextVar[bool] = ContextVar("keeping_an_administrator", default=False)


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Undo a change that takes the last right to grant: raises LastAdministrator.

    Of changes within a change, the outermost is looked at as a whole.
    """
    if _keeping.get():
        yield
        return
    had_one = has_administrator()
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)
    if had_one and not has_administrator():
        raise LastAdministrator(
            "Nobody could grant anything any more: give somebody else a role with "
            f"{Action.ACCESS_GRANT} on everything first."
        )


def has_administrator() -> bool:
    """Whether somebody active may grant everything, now and for good.

    A grant that ends counts for nothing, and neither does one with a condition.
    """
    granting = Grant.objects.valid().filter(
        effect=Grant.Effect.ALLOW,
        role__actions__contains=[Action.ACCESS_GRANT],
        reach=Reach.EVERYTHING,
        condition__isnull=True,
        valid_to=None,
    )
    direct = Q(pk__in=granting.values("principal"))
    inside = Q(memberships__recorded_to=None) & Q(
        memberships__group__in=_groups_within(granting.values_list("group", flat=True))
    )
    candidates = Principal.objects.active().filter(direct | inside).distinct()
    return any(_may_grant_for_good(each) for each in candidates.order_by("pk"))


def _may_grant_for_good(principal: Principal) -> bool:
    standing = standing_of(principal.pk)
    now = timezone.now()
    denied = any(
        right.effect is Effect.DENY
        and Action.ACCESS_GRANT in right.actions
        and isinstance(right.scope, Everything)
        and (right.valid_to is None or right.valid_to > now)
        for right in standing.rights
    )
    return not denied


def _groups_within(groups: Iterable[int | None]) -> set[int]:
    """These groups and all that are nested in them, at whatever depth."""
    found = {group for group in groups if group is not None}
    edge = set(found)
    while edge:
        inner = Nesting.objects.standing().filter(outer__in=edge)
        edge = set(inner.values_list("inner", flat=True)) - found
        found |= edge
    return found
