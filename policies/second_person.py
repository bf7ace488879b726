"""Which changes of access need a second person's word, and who can give it?

A rule stands on a scope. Whatever widens access to anything in it is held: giving an
allow or a share, revoking a deny, and what comes to the same by groups and roles. The
system itself (`actor=None`: a command on the machine, what is shipped) is never held.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from policies import access, audit
from policies.actions import Action
from policies.compiler.overlap import may_reach, owned_in
from policies.compiler.rights import One, Scope
from policies.compiler.standing import current_reading, scope_of_grant
from policies.deciders import could_give
from policies.granting import may_grant_anything, why_not_given
from policies.models import (
    AccessRequest,
    ApprovalRule,
    Grant,
    Group,
    HeldChange,
    Nesting,
    Principal,
    Role,
)

OWNER_WORD = "owner_is_me"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change that somebody wants to make: what a second person would approve.

    `facts` are JSON, and enough to do it; `scopes` are where it widens access.
    """

    kind: HeldChange.Kind
    facts: dict[str, Any]
    scopes: list[Scope] = field(default_factory=list)
    owning: frozenset[int] = frozenset()  # groups whose assets somebody comes to own
    gainer: Principal | None = None
    gaining_group: Group | None = None
    reason: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same change, whoever wants it and why."""
        return fingerprint_of(self.kind, self.facts)


def fingerprint_of(kind: str, facts: dict[str, Any]) -> str:
    return audit.digest_of({"kind": kind, "facts": facts})


def rule_over(proposed: Proposed) -> ApprovalRule | None:
    """The oldest standing rule that a change needs a second person by, if there is."""
    rules = list(ApprovalRule.objects.standing().order_by("recorded_from", "pk"))
    if proposed.kind == HeldChange.Kind.BREAK_GLASS:
        return next((rule for rule in rules if rule.covers_emergencies), None)
    return next((rule for rule in rules if _bears_on(rule, proposed)), None)


def _bears_on(rule: ApprovalRule, proposed: Proposed) -> bool:
    guarded = scope_of_grant(rule)
    if any(may_reach(scope, guarded) for scope in proposed.scopes):
        return True
    return bool(proposed.owning) and owned_in(proposed.owning, guarded)


def gains(change: HeldChange, principal: Principal) -> bool:
    """Whether somebody would have more rights by a held change."""
    if change.gainer_id == principal.pk:
        return True
    standing = current_reading().standing(principal)
    if change.gaining_group_id is not None:
        return change.gaining_group_id in standing.groups
    if change.kind == HeldChange.Kind.CHANGE_ROLE:
        grants = [right.grant for right in standing.rights if right.grant is not None]
        role = change.facts["role"]
        return Grant.objects.filter(pk__in=grants, role=role).exists()
    return False


def could_make(principal: Principal, change: HeldChange) -> bool:
    """Whether somebody could make a held change themselves.

    Who has `access.grant` can make any, but that nobody breaks the glass without the
    right to that; who answers an access request can make what it asks for; who has
    `access.share` on what a grant or a share is about, and all that it gives, can make
    that one.
    """
    if not principal.is_active:
        return False
    told = change.facts
    if change.kind == HeldChange.Kind.BREAK_GLASS and told["principal"] == principal.pk:
        return access.may(principal, Action.ACCESS_BREAK_GLASS)
    if may_grant_anything(principal):
        return True
    request = AccessRequest.objects.filter(held=change).first()
    if request is not None and could_give(principal, request):
        return True
    match change.kind:
        case HeldChange.Kind.GRANT:
            scope = scope_of_grant(Grant(**told["scope"]))
            role = Role.objects.filter(pk=told["role"]).first()
            effect = told["effect"]
        case HeldChange.Kind.SHARE:
            scope, effect = One(*told["asset"]), Grant.Effect.ALLOW
            role = Role(actions=[told["action"]])
        case _:
            return False
    return role is not None and not why_not_given(principal, role, effect, scope)


def may_approve(principal: Principal, change: HeldChange) -> bool:
    """Whether somebody can be the second person: neither maker nor who gains.

    A service account is none: its tokens may be the maker's.
    """
    return (
        principal.kind == Principal.Kind.PERSON
        and change.maker_id != principal.pk
        and could_make(principal, change)
        and not gains(change, principal)
    )


def groups_around(group: Group) -> frozenset[int]:
    """A group and all that it is nested in."""
    found = {group.pk}
    edge = set(found)
    while edge:
        outer = Nesting.objects.standing().filter(inner__in=edge)
        edge = set(outer.values_list("outer", flat=True)) - found
        found |= edge
    return frozenset(found)


def owning_that_bars(groups: Iterable[int]) -> frozenset[int]:
    """These groups, if owning something by them can take rights from somebody.

    It can where a grant asks who owns an asset: under a `not`, or in a deny.
    """
    conditional = Grant.objects.standing().filter(condition__isnull=False)
    documents = conditional.values_list("condition", flat=True)
    asks = any(OWNER_WORD in json.dumps(document) for document in documents)
    return frozenset(groups) if asks else frozenset()


def scopes_held(groups: Iterable[int], effect: Grant.Effect) -> list[Scope]:
    """Where the standing grants of groups reach, or their denies."""
    grants = Grant.objects.standing().filter(group__in=groups, effect=effect)
    return list(dict.fromkeys(scope_of_grant(grant) for grant in grants))
