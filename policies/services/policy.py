"""How does a policy file become the state of access?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from policies import audit
from policies.access import Someone
from policies.actions import Action
from policies.as_code.document import GrantKey, GrantTerms, On
from policies.as_code.planning import Drift, Step, Unlisted, Verb, What
from policies.as_code.plans import Plan, plan_policy
from policies.as_code.reading import SHIPPED, PolicyFile
from policies.as_code.standing import standing_policy
from policies.as_code.writing import policy_text
from policies.compiler.trees import asset_models, tree_model
from policies.granting import NotGrantable
from policies.models import (
    ApprovalRule,
    Grant,
    Group,
    HeldChange,
    Principal,
    Role,
)
from policies.services.approvals import NobodySecond, lift_rule, set_rule
from policies.services.directory import follow_directory
from policies.services.grants import (
    GrantScope,
    LastAdministrator,
    grant_role,
    keeping_an_administrator,
    revoke_grant,
)
from policies.services.groups import (
    FollowsDirectory,
    GroupInUse,
    NestingCycle,
    add_member,
    create_group,
    describe_group,
    nest_group,
    reinstate_group,
    remove_member,
    retire_group,
    unnest_group,
)
from policies.services.holding import ApprovalNeeded
from policies.services.roles import (
    RoleInUse,
    change_role,
    create_role,
    reinstate_role,
    retire_role,
)
from policies.services.second_factor import demand_second_factor
from policies.services.shares import NotShareable, share_asset, unshare_asset

TARGET = audit.Target("policies.policy", ("policy",))
REASON = "as the policy file has it"
_ASSET = "an asset that a policy names; its reader's rights were asked for"
REFUSALS = (
    FollowsDirectory,
    GroupInUse,
    IntegrityError,
    LastAdministrator,
    NestingCycle,
    NobodySecond,
    NotGrantable,
    NotShareable,
    RoleInUse,
    ValidationError,
)


class PolicyDrifted(RuntimeError):
    """A file does not know the state that it would change; see `drift`."""

    def __init__(self, drift: Drift) -> None:
        super().__init__(drift.reason)
        self.drift = drift


class PolicyMoved(RuntimeError):
    """Access changed while a policy was looked at, or applied."""


class PolicyRefused(RuntimeError):
    """A step of a policy cannot be done; the message says which, and why."""


@dataclass
class Applied:
    """What a file came to: the steps that were done, and those that are held."""

    plan: Plan
    digest: str
    done: list[Step] = field(default_factory=list)
    held: list[tuple[Step, HeldChange | None]] = field(default_factory=list)


@transaction.atomic
def apply_policy(
    file: PolicyFile,
    *,
    actor: Principal | None,
    reader: Someone | None = None,
    unlisted: Unlisted | None = None,
    expected: str = "",
) -> Applied:
    """Bring access to what a file says, all or nothing; repeating it changes nothing.

    Without `unlisted`, a file that does not know the state is refused: PolicyDrifted.
    With it, what is not in the file is removed, or kept. What needs a second person is
    held and listed. `expected` is the digest of the state that somebody looked at.

    Raises TextInvalid, Withheld, Gone, PolicyDrifted, PolicyMoved, PolicyRefused.
    """
    plan = plan_policy(file, reader=reader, unlisted=unlisted or Unlisted.REMOVE)
    if expected and plan.current.digest != expected:
        raise PolicyMoved("Access has changed since you looked. Look at the plan anew.")
    if plan.drift is not None and unlisted is None:
        raise PolicyDrifted(plan.drift)
    if plan.changes_nothing:
        return Applied(plan, plan.current.digest)
    applying = _Applying(plan, actor)
    try:
        with keeping_an_administrator():
            for step in plan.steps:
                applying.take(step)
    except LastAdministrator as refusal:
        raise PolicyRefused(str(refusal)) from None
    digest = standing_policy(reader).digest
    if not applying.held and digest != plan.target.digest:
        raise PolicyMoved("Access changed while the file was applied. Try again.")
    audit.record(
        audit.Act.POLICY_APPLIED,
        TARGET,
        actor=actor,
        changes={
            "digest": [plan.current.digest, digest],
            "steps": len(applying.done),
            "held": len(applying.held),
            "drift": plan.drift is not None,
            "unlisted": str(plan.unlisted),
        },
    )
    return Applied(plan, digest, applying.done, applying.held)


@contextmanager
def as_if_applied(file: PolicyFile) -> Iterator[None]:
    """Let decisions within be those that a file would make; then undo it all.

    Whoever changes access meanwhile waits. Raises as `apply_policy` does.
    """
    with transaction.atomic():
        apply_policy(file, actor=None, unlisted=Unlisted.REMOVE)
        yield
        transaction.set_rollback(True)


@transaction.atomic
def export_policy(*, actor: Principal | None, reader: Someone | None = None) -> str:
    """Write the whole policy that stands, and journal that it was.

    Raises Withheld, and Gone.
    """
    policy = standing_policy(reader)
    audit.record(
        audit.Act.POLICY_EXPORTED,
        TARGET,
        actor=actor,
        changes={"digest": policy.digest},
    )
    return policy_text(policy)


class _Applying:
    """Does one step after the other, by the services that do it for everybody."""

    def __init__(self, plan: Plan, actor: Principal | None) -> None:
        self.plan, self.names, self.actor = plan, plan.names, actor
        self.done: list[Step] = []
        self.held: list[tuple[Step, HeldChange | None]] = []
        self.ways: dict[What, Callable[[Step], None]] = {
            What.ROLE: self._role,
            What.GROUP: self._group,
            What.NESTING: self._nesting,
            What.MEMBER: self._member,
            What.GRANT: self._grant,
            What.SHARE: self._share,
            What.SECOND_PERSON: self._rule,
        }

    def take(self, step: Step) -> None:
        """Do a step, or hold it. Raises PolicyRefused."""
        try:
            with transaction.atomic():
                self.ways[step.what](step)
        except ApprovalNeeded as needed:
            # What the service had kept went with the savepoint.
            self.held.append((step, needed.keep()))
        except (GroupInUse, RoleInUse) as refusal:
            if not self.held:
                raise PolicyRefused(f"{step}: {refusal}") from None
            self.held.append((step, None))  # what is held may be why
        except LastAdministrator:
            raise
        except ValidationError as refusal:
            raise PolicyRefused(f"{step}: {' '.join(refusal.messages)}") from None
        except REFUSALS as refusal:
            raise PolicyRefused(f"{step}: {refusal}") from None
        else:
            self.done.append(step)

    def _role(self, step: Step) -> None:
        name, after = step.key, step.after
        role = Role.objects.filter(name=name).first()
        if name not in SHIPPED:
            if step.verb is Verb.REMOVE:
                assert role is not None
                retire_role(role, actor=self.actor, reason=REASON)
                return
            actions = [Action(one) for one in sorted(after.actions)]
            said: dict[str, Any] = {
                "actor": self.actor,
                "description": after.description,
            }
            if role is None:
                role = create_role(name, actions, **said)
            else:
                reinstate_role(role, actor=self.actor)
                change_role(role, actions, **said)
        assert role is not None
        needed = after is not None and after.needs_second_factor
        demand_second_factor(role, needed, actor=self.actor)

    def _group(self, step: Step) -> None:
        group = Group.objects.filter(name__iexact=step.key).first()
        if step.verb is Verb.REMOVE:
            assert group is not None
            follow_directory(group, "", actor=self.actor)
            retire_group(group, actor=self.actor, reason=REASON)
            return
        said = step.after.description
        if group is None:
            group = create_group(step.key, description=said, actor=self.actor)
            self.names.groups[step.key.lower()] = (step.key, group.pk)
        elif group.retired_at is not None:
            self._reinstate(group, step)
        describe_group(group, name=group.name, description=said, actor=self.actor)
        follow_directory(group, step.after.directory, actor=self.actor)

    def _reinstate(self, group: Group, step: Step) -> None:
        """Take a group into use again, without those whom the file does not name."""
        reinstate_group(group, actor=self.actor)
        wanted = self.plan.target.groups[step.key].members
        former = group.memberships.filter(recorded_to=None).select_related("principal")
        for membership in former:
            if membership.principal.username not in wanted:
                remove_member(
                    group, membership.principal, actor=self.actor, reason=REASON
                )

    def _nesting(self, step: Step) -> None:
        inner, outer = map(self._group_named, step.key)
        nesting = unnest_group if step.verb is Verb.REMOVE else nest_group
        nesting(outer, inner, actor=self.actor, reason=REASON)

    def _member(self, step: Step) -> None:
        name, group = step.key
        moving = remove_member if step.verb is Verb.REMOVE else add_member
        moving(
            self._group_named(group),
            self._principal(name),
            actor=self.actor,
            reason=REASON,
        )

    def _grant(self, step: Step) -> None:
        key: GrantKey = step.key
        if step.verb is not Verb.ADD:
            before: GrantTerms = step.before
            if step.verb is Verb.REMOVE or before[:2] == step.after[:2]:
                # A grant whose reason alone differs makes room for the other one.
                revoke_grant(self._standing(key), actor=self.actor, reason=REASON)
        if step.verb is Verb.REMOVE:
            return
        terms: GrantTerms = step.after
        holder: Principal | Group = (
            self._group_named(key.name)
            if key.holder == "group"
            else self._principal(key.name)
        )
        grant_role(
            holder,
            key.role,
            actor=self.actor,
            scope=self._scope(key.on),
            effect=Grant.Effect(key.effect),
            condition=self.names.stored_condition(key.when),
            valid_from=terms.begins,
            valid_to=terms.ends,
            reason=terms.reason,
        )

    def _standing(self, key: GrantKey) -> Grant:
        """The grant that stands with this key."""
        held = (
            {"group": self._group_named(key.name)}
            if key.holder == "group"
            else {"principal": self._principal(key.name)}
        )
        scope = {"namespace_glob": "", "asset_kind": "", "scope_id": None}
        some = Grant.objects.standing().filter(
            **held,
            role__name=key.role,
            effect=key.effect,
            **{**scope, **self._scope(key.on).as_fields()},
        )
        wanted = self.names.stored_document(key.when)
        for grant in some:
            if grant.condition == wanted:
                return grant
        raise PolicyMoved("Access changed while the file was applied. Try again.")

    def _share(self, step: Step) -> None:
        share = step.key
        given = self._asset(share.on), self._principal(share.principal)
        moving = unshare_asset if step.verb is Verb.REMOVE else share_asset
        moving(*given, Action(share.action), actor=self.actor, reason=REASON)

    def _rule(self, step: Step) -> None:
        scope = self._scope(step.key)
        if step.verb is not Verb.ADD and (
            step.verb is Verb.REMOVE
            or step.before.emergencies == step.after.emergencies
        ):
            fields = {"namespace_glob": "", "asset_kind": "", "scope_id": None}
            standing = ApprovalRule.objects.standing()
            rule = standing.filter(**{**fields, **scope.as_fields()}).get()
            lift_rule(rule, actor=self.actor, reason=REASON)
        if step.verb is not Verb.REMOVE:
            set_rule(
                scope,
                covers_emergencies=step.after.emergencies,
                reason=step.after.reason,
                actor=self.actor,
            )

    def _group_named(self, name: str) -> Group:
        return Group.objects.get(name__iexact=name)

    def _principal(self, name: str) -> Principal:
        return Principal.objects.get(pk=self.names.principal(name))

    def _asset(self, on: On) -> Any:
        rows: Any = asset_models()[on.kind]._default_manager
        return rows.unrestricted(_ASSET).get(pk=self.names.assets[on])

    def _scope(self, on: On) -> GrantScope:
        match on.reach:
            case "namespace":
                return GrantScope(namespace=on.name)
            case "asset":
                return GrantScope(asset=self._asset(on))
            case "domain" | "tag":
                rows = tree_model(on.reach)._default_manager
                return GrantScope(**{on.reach: rows.get(pk=self.names.scope_id(on))})
        return GrantScope()
