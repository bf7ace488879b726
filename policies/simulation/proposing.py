"""What change do people mean, who write it with names?

{"change": "give", "principal": "ann", "role": "viewer", "scope": {"reach": …}}
{"change": "revoke", "grant": 12}
{"change": "join", "principal": "ann", "group": "finance"}     also "leave"
{"change": "nest", "group": "finance", "outer": "staff"}       also "unnest"
{"change": "role", "role": "analyst", "actions": ["asset.view"]}
{"change": "share", "principal": "ann", "action": "asset.view", "scope": {…}}
                                                               also "unshare"
{"change": "stop", "principal": "ann"}                         also "resume"
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policies.access import Someone, policy_of, share_model
from policies.actions import Action
from policies.compiler.conditions import Condition, document_of
from policies.models import Grant, Group, Principal, Reach, Role
from policies.simulation.states import (
    Change,
    GrantGiven,
    GrantRevoked,
    MemberAdded,
    MemberRemoved,
    NestingAdded,
    NestingRemoved,
    PrincipalResumed,
    PrincipalStopped,
    RoleChanged,
    Share,
    ShareGiven,
    ShareRevoked,
)
from policies.telling.condition_text import document_in
from policies.telling.meaning import (
    ScopeWords,
    Unclear,
    condition_in,
    group_called,
    principal_called,
    scope_meant,
)
from policies.telling.places import place

KINDS = (
    *("give", "revoke", "join", "leave", "nest", "unnest"),
    *("role", "share", "unshare", "stop", "resume"),
)
MOST_CHANGES = 50


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change, and what it is in words."""

    change: Change
    words: str


def change_meant(told: Mapping[str, Any], reader: Someone) -> Proposed:
    """Find what is meant. Raises Unclear, and ConditionInvalid.

    An asset that the reader may not see is not there.
    """
    kind = str(told.get("change", ""))
    if kind not in KINDS:
        raise Unclear("change", f"A change is one of: {', '.join(KINDS)}.")
    ways: dict[str, Callable[[Mapping[str, Any], Someone], Proposed]] = {
        "give": _give,
        "revoke": _revoke,
        "role": _role,
        "share": _share,
        "unshare": _share,
        "stop": _stop,
        "resume": _stop,
        "nest": _nest,
        "unnest": _nest,
    }
    return ways.get(kind, _join)(told, reader)


def _give(told: Mapping[str, Any], reader: Someone) -> Proposed:
    holder = _holder(told)
    scope = scope_meant(_scope(told), reader)
    fields: dict[str, Any] = {"reach": scope.reach}
    if scope.reach == Reach.NAMESPACE:
        fields["namespace_glob"] = scope.pattern
    elif scope.row is not None:
        fields["scope_id"] = scope.row.pk
    if scope.reach == Reach.ASSET:
        fields["asset_kind"] = policy_of(type(scope.row)).kind
    condition = _condition(told.get("condition"))
    begins, ends = told.get("validFrom"), told.get("validTo")
    grant = Grant(
        principal=holder if isinstance(holder, Principal) else None,
        group=holder if isinstance(holder, Group) else None,
        role=_role_called(told),
        effect=told.get("effect") or Grant.Effect.ALLOW,
        condition=None if condition is None else document_of(condition),
        valid_from=begins if isinstance(begins, datetime) else None,
        valid_to=ends if isinstance(ends, datetime) else None,
        **fields,
    )
    if grant.effect not in Grant.Effect.values:
        raise Unclear("effect", "The effect is allow or deny.")
    is_deny = grant.effect == Grant.Effect.DENY
    words = "is denied" if is_deny else "gets"
    when = ", on a condition" if condition is not None else ""
    return Proposed(
        GrantGiven(grant),
        f"{_called(holder)} {words} {grant.role} on {place(grant, reader)}{when}",
    )


def _revoke(told: Mapping[str, Any], reader: Someone) -> Proposed:
    number = str(told.get("grant", ""))
    found = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        standing = Grant.objects.standing().select_related("role", "principal", "group")
        found = standing.filter(pk=int(number)).first()
    if found is None:
        raise Unclear("grant", "Which grant? Its number stands on its page.")
    effect = "is no longer denied" if found.effect == "deny" else "loses"
    holder = _called(found.holder)
    words = f"{holder} {effect} {found.role} on {place(found, reader)}"
    return Proposed(GrantRevoked(found.pk), words)


def _join(told: Mapping[str, Any], _: Someone) -> Proposed:
    group = group_called(str(told.get("group", "")), "group")
    person = principal_called(str(told.get("principal", "")), "principal")
    if told["change"] == "join":
        words = f"{person.username} joins {group}"
        return Proposed(MemberAdded(group.pk, person.pk), words)
    words = f"{person.username} leaves {group}"
    return Proposed(MemberRemoved(group.pk, person.pk), words)


def _nest(told: Mapping[str, Any], _: Someone) -> Proposed:
    inner = group_called(str(told.get("group", "")), "group")
    outer = group_called(str(told.get("outer", "")), "outer")
    if told["change"] == "nest":
        words = f"who is in {inner} is in {outer}, too"
        return Proposed(NestingAdded(outer.pk, inner.pk), words)
    words = f"who is in {inner} is no longer in {outer} by that"
    return Proposed(NestingRemoved(outer.pk, inner.pk), words)


def _role(told: Mapping[str, Any], _: Someone) -> Proposed:
    role = _role_called(told)
    actions = told.get("actions")
    known = {str(action) for action in Action}
    if not isinstance(actions, list) or not known.issuperset(map(str, actions)):
        raise Unclear("actions", f"The actions are some of: {', '.join(Action)}.")
    named = frozenset(map(str, actions))
    words = f"{role} holds {', '.join(sorted(named)) or 'nothing'}"
    return Proposed(RoleChanged(role.pk, named), words)


def _share(told: Mapping[str, Any], reader: Someone) -> Proposed:
    person = principal_called(str(told.get("principal", "")), "principal")
    meant = scope_meant(_scope(told), reader)
    bound = [action for action in Action if action.is_bound_to_assets]
    if told.get("action") not in [str(action) for action in bound]:
        raise Unclear("action", f"The action is one of: {', '.join(bound)}.")
    if meant.row is None or share_model(type(meant.row)) is None:
        raise Unclear("scope", "Shared is one dataset or job.")
    action = Action(told["action"])
    kind = policy_of(type(meant.row)).kind
    share = Share(person.pk, action, kind, meant.row.pk)
    if told["change"] == "share":
        words = f"{person.username} may {action} on {kind} {meant.row}"
        return Proposed(ShareGiven(share), words)
    words = f"{kind} {meant.row} is no longer shared with {person.username}: {action}"
    return Proposed(ShareRevoked(share), words)


def _stop(told: Mapping[str, Any], _: Someone) -> Proposed:
    person = principal_called(str(told.get("principal", "")), "principal")
    if told["change"] == "stop":
        return Proposed(PrincipalStopped(person.pk), f"{person.username} is stopped")
    return Proposed(PrincipalResumed(person.pk), f"{person.username} is let in again")


def _holder(told: Mapping[str, Any]) -> Principal | Group:
    principal, group = str(told.get("principal", "")), str(told.get("group", ""))
    if bool(principal) == bool(group):
        raise Unclear("principal", "Name a principal or a group, and one of them.")
    if group:
        return group_called(group, "group")
    return principal_called(principal, "principal")


def _called(holder: Principal | Group) -> str:
    return holder.username if isinstance(holder, Principal) else f"group {holder}"


def _role_called(told: Mapping[str, Any]) -> Role:
    role = Role.objects.in_use().filter(name=str(told.get("role", ""))).first()
    if role is None:
        names = Role.objects.in_use().order_by("name").values_list("name", flat=True)
        raise Unclear("role", f"The role is one of: {', '.join(names)}.")
    return role


def _scope(told: Mapping[str, Any]) -> ScopeWords:
    scope = told.get("scope") or {}
    if not isinstance(scope, Mapping):
        raise Unclear("scope", "A scope is an object with its `reach`.")
    spelt = {"asset_namespace": "assetNamespace", "asset_name": "assetName"}
    words = {
        name: str(scope.get(spelt.get(name, name)) or "")
        for name in ScopeWords.__slots__
    }
    return ScopeWords(**{**words, "reach": words["reach"] or Reach.EVERYTHING})


def _condition(told: Any) -> Condition | None:
    """In words, or as the grammar has it, with tags by name."""
    if told in (None, ""):
        return None
    return condition_in(document_in(told) if isinstance(told, str) else told)
