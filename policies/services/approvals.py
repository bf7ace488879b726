"""Who asks for a second person where, and what does that person say?"""

from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from policies import audit
from policies.actions import Action
from policies.administrators import administrators
from policies.compiler.conditions import stored
from policies.compiler.standing import scope_of_grant
from policies.compiler.trees import asset_models
from policies.models import (
    AccessRequest,
    ApprovalRule,
    Grant,
    Group,
    HeldChange,
    Principal,
    Role,
)
from policies.second_person import Proposed, could_make, gains, may_approve
from policies.services.glass import break_glass
from policies.services.grants import GrantScope, grant_role, revoke_grant
from policies.services.groups import (
    add_member,
    nest_group,
    remove_member,
    unnest_group,
)
from policies.services.holding import demand, may_be_held
from policies.services.renewing import reached_by
from policies.services.roles import change_role
from policies.services.shares import share_asset


class NobodySecond(RuntimeError):
    """A rule would stop every change: fewer than two people could approve."""


class NotApprovable(RuntimeError):
    """Somebody cannot answer a held change, or not any more; the message says why."""


@may_be_held
def set_rule(
    scope: GrantScope,
    *,
    covers_emergencies: bool = False,
    reason: str = "",
    actor: Principal | None,
    approval: HeldChange | None = None,
) -> ApprovalRule:
    """Have a second person approve what widens access within a scope.

    One that stands as it is wanted stays; one of other emergencies is replaced. Raises
    NobodySecond where fewer than two people administer access, ScopeInvalid, and
    ApprovalNeeded where a rule on the same things stands already.
    """
    fields = _scope_fields(scope)
    if len(administrators(2)) < 2:
        raise NobodySecond(
            "There is nobody who could be the second person: give somebody else a role "
            f"with {Action.ACCESS_GRANT} on everything first."
        )
    standing = ApprovalRule.objects.standing().select_for_update().filter(**fields)
    same = standing.first()
    if same is not None and same.covers_emergencies == covers_emergencies:
        return same
    demand(
        Proposed(
            HeldChange.Kind.SET_RULE,
            {"scope": fields, "covers_emergencies": covers_emergencies},
            scopes=[scope_of_grant(ApprovalRule(**fields))],
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
    if same is not None:
        _lift(same, actor=actor, reason="replaced")
    rule = ApprovalRule.objects.create(
        **fields, covers_emergencies=covers_emergencies, reason=reason, set_by=actor
    )
    audit.record(
        audit.Act.APPROVAL_RULE_SET,
        rule,
        actor=actor,
        reason=reason or None,
        changes={"scope": fields, "covers_emergencies": covers_emergencies},
    )
    return rule


@may_be_held
def lift_rule(
    rule: ApprovalRule,
    *,
    reason: str = "",
    actor: Principal | None,
    approval: HeldChange | None = None,
) -> None:
    """No longer ask for a second person within a scope; repeating changes nothing.

    Raises ApprovalNeeded, unless the system itself does it.
    """
    standing = ApprovalRule.objects.standing().select_for_update().filter(pk=rule.pk)
    if not standing.exists():
        return
    demand(
        Proposed(
            HeldChange.Kind.LIFT_RULE,
            {"rule": rule.pk},
            scopes=[scope_of_grant(rule)],
            reason=reason,
        ),
        actor=actor,
        approval=approval,
    )
    _lift(rule, actor=actor, reason=reason)


def _lift(rule: ApprovalRule, *, actor: Principal | None, reason: str) -> None:
    ApprovalRule.objects.standing().filter(pk=rule.pk).update(recorded_to=Now())
    audit.record(
        audit.Act.APPROVAL_RULE_LIFTED,
        rule,
        actor=actor,
        reason=reason or None,
        changes={"scope": rule.scope_fields},
    )


@transaction.atomic
def approve_change(
    change: HeldChange, *, answer: str = "", actor: Principal
) -> HeldChange:
    """Be the second person: the change is made now, in this very transaction.

    The rights of maker and approver are asked for as they are now, and the change is
    refused as the service refuses it. Raises NotApprovable.
    """
    locked = _locked(change)
    _demand_second(locked, actor)
    if not could_make(locked.maker, locked):
        raise NotApprovable(
            f"{locked.maker} may not make this change any more. Decline it; who still "
            "may can make it anew."
        )
    try:
        made = _make(locked)
    except ObjectDoesNotExist:
        raise NotApprovable("What it is about is gone. Decline it.") from None
    grant = made if isinstance(made, Grant) else None
    _close(locked, HeldChange.State.APPROVED, actor=actor, answer=answer, grant=grant)
    _settle(locked, AccessRequest.State.GRANTED, actor=actor, answer=answer)
    return locked


@transaction.atomic
def decline_change(change: HeldChange, *, answer: str, actor: Principal) -> HeldChange:
    """Say no to a change that somebody else wants. Raises NotApprovable."""
    locked = _locked(change)
    _demand_second(locked, actor)
    _close(locked, HeldChange.State.DECLINED, actor=actor, answer=answer)
    _settle(locked, AccessRequest.State.DECLINED, actor=actor, answer=answer)
    return locked


@transaction.atomic
def withdraw_change(change: HeldChange, *, actor: Principal) -> HeldChange:
    """Give up a change that one wanted oneself. Raises NotApprovable."""
    locked = _locked(change)
    if locked.maker_id != actor.pk:
        raise NotApprovable("Only who asked for a change withdraws it.")
    _close(locked, HeldChange.State.WITHDRAWN, actor=actor, answer="")
    _settle(
        locked,
        AccessRequest.State.DECLINED,
        actor=actor,
        answer="The change was withdrawn before a second person answered.",
    )
    return locked


def expire_changes() -> int:
    """Close the held changes that nobody answered in time; how many there were."""
    count = 0
    for change in HeldChange.objects.overdue().order_by("pk")[:1000]:
        with transaction.atomic():
            rows = HeldChange.objects.select_for_update(skip_locked=True)
            locked = rows.filter(pk=change.pk, state=HeldChange.State.WAITING).first()
            if locked is None:
                continue
            _close(locked, HeldChange.State.EXPIRED, actor=None, answer="")
            _settle(
                locked,
                AccessRequest.State.EXPIRED,
                actor=None,
                answer="No second person answered in time.",
            )
            count += 1
    return count


def why_not_second(change: HeldChange, principal: Principal) -> str:
    """Why somebody cannot be the second person; "" if they can."""
    if change.maker_id == principal.pk:
        return "You asked for this change yourself: somebody else has to approve it."
    if principal.kind != Principal.Kind.PERSON:
        return "A service account is no second person: its tokens may be anybody's."
    if not could_make(principal, change):
        return "You may not make such a change yourself, and so cannot approve it."
    if gains(change, principal):
        return "You would gain by this change: somebody else has to approve it."
    return ""


def _demand_second(change: HeldChange, actor: Principal) -> None:
    if not may_approve(actor, change):
        raise NotApprovable(why_not_second(change, actor))


def _locked(change: HeldChange) -> HeldChange:
    rows = HeldChange.objects.select_for_update(of=("self",))
    locked = rows.select_related("maker").get(pk=change.pk)
    if not locked.is_waiting:
        raise NotApprovable(f"It is {locked.get_state_display()} already.")
    if locked.expires_at <= timezone.now():
        raise NotApprovable("Nobody answered in time; whoever wants it asks anew.")
    return locked


def _close(
    change: HeldChange,
    state: HeldChange.State,
    *,
    actor: Principal | None,
    answer: str,
    grant: Grant | None = None,
) -> None:
    change.state, change.answer, change.grant = state, answer, grant
    change.decided_by, change.decided_at = actor, timezone.now()
    change.save(update_fields=["state", "answer", "grant", "decided_by", "decided_at"])
    audit.record(
        audit.Act(f"change.{state}"),
        change,
        actor=actor,
        on_behalf_of=change.maker,
        reason=answer or None,
        changes={
            "kind": change.kind,
            "facts": change.facts,
            "maker": change.maker.public_id,
            "decided_by": actor and actor.public_id,
        },
    )


def _settle(
    change: HeldChange,
    state: AccessRequest.State,
    *,
    actor: Principal | None,
    answer: str,
) -> None:
    """Bring the access request along whose grant was held."""
    AccessRequest.objects.filter(held=change, state=AccessRequest.State.HELD).update(
        state=state, grant=change.grant, **({"answer": answer} if answer else {})
    )


def _make(change: HeldChange) -> Grant | None:
    """Do what was held, by the service that held it. Raises what that raises."""
    told: dict[str, Any] = change.facts
    by: dict[str, Any] = {"actor": change.maker, "approval": change}
    why = {**by, "reason": change.reason}
    kinds = HeldChange.Kind
    match change.kind:
        case kinds.GRANT:
            return _make_grant(told, why)
        case kinds.REVOKE_DENY:
            revoke_grant(_row(Grant, told["grant"]), **why)
        case kinds.SHARE:
            kind, pk = told["asset"]
            asset = asset_models()[kind]._default_manager.unrestricted(_REASON)
            person = _row(Principal, told["to"])
            share_asset(asset.get(pk=pk), person, Action(told["action"]), **why)
        case kinds.ADD_MEMBER | kinds.REMOVE_MEMBER:
            service = add_member if change.kind == kinds.ADD_MEMBER else remove_member
            group = _row(Group, told["group"])
            service(group, _row(Principal, told["principal"]), **why)
        case kinds.NEST | kinds.UNNEST:
            nesting = nest_group if change.kind == kinds.NEST else unnest_group
            nesting(_row(Group, told["outer"]), _row(Group, told["inner"]), **why)
        case kinds.CHANGE_ROLE:
            role = _row(Role, told["role"])
            change_role(role, told["actions"], description=told["description"], **by)
        case kinds.SET_RULE:
            scope = reached_by(Grant(**told["scope"]))
            set_rule(scope, covers_emergencies=told["covers_emergencies"], **why)
        case kinds.LIFT_RULE:
            lift_rule(_row(ApprovalRule, told["rule"]), **why)
        case kinds.BREAK_GLASS:
            minutes = told["minutes"]
            break_glass(
                _row(Principal, told["principal"]),
                reason=change.reason,
                minutes=minutes,
                most_minutes=minutes,
                approval=change,
            )
    return None


_REASON = "what a held change is about; its approver's rights were asked for"


def _make_grant(told: dict[str, Any], why: dict[str, Any]) -> Grant:
    until = told["valid_to"] and datetime.fromisoformat(told["valid_to"])
    if until and until <= timezone.now():
        raise NotApprovable("The time for which it was to hold is over. Decline it.")
    model, pk = told["holder"]
    holder = _row(Principal if model == "principal" else Group, pk)
    if isinstance(holder, Principal) and not holder.is_active:
        raise NotApprovable(f"{holder} is not active any more. Decline it.")
    since = told["valid_from"] and datetime.fromisoformat(told["valid_from"])
    return grant_role(
        holder,
        _row(Role, told["role"]).name,
        scope=reached_by(Grant(**told["scope"])),
        effect=Grant.Effect(told["effect"]),
        condition=told["condition"] and stored(told["condition"]),
        valid_from=since or None,
        valid_to=until or None,
        **why,
    )


def _row(model: Any, pk: int) -> Any:
    return model.objects.get(pk=pk)


def _scope_fields(scope: GrantScope) -> dict[str, Any]:
    blank = {"namespace_glob": "", "asset_kind": "", "scope_id": None}
    fields = {**blank, **scope.as_fields()}
    return {name: str(v) if name == "reach" else v for name, v in fields.items()}
