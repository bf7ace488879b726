"""How is a change of access held back until a second person approves it?

A service that widens access is decorated with `may_be_held` and calls `demand` when it
knows what it is about to do:

    @may_be_held
    def grant_role(…, approval: HeldChange | None = None):
        …
        holding.demand(Proposed(…), actor=actor, approval=approval)

Where a rule stands and `approval` is not the approval of this very change, nothing is
done: the change is kept as a HeldChange, and the caller gets ApprovalNeeded. At the
edges `config.problems` turns that into 202 or a page about what waits; who catches it
inside a transaction of their own goes on, and the held change is kept with theirs.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from policies import audit
from policies.models import ApprovalRule, Group, HeldChange, Principal
from policies.second_person import Proposed, rule_over


class ApprovalNeeded(Exception):
    """A second person has to approve the change, which is kept as `change` until then.

    An outer transaction that this exception leaves takes the kept change with it:
    `keep` then keeps it anew.
    """

    def __init__(
        self, proposed: Proposed, rule: ApprovalRule, maker: Principal
    ) -> None:
        super().__init__(
            "This needs a second person's word. It waits under Access, Approvals."
        )
        self.proposed, self.rule, self.maker = proposed, rule, maker
        self.change = self.keep()

    def keep(self) -> HeldChange:
        """The held change, kept if it is not yet. Raises CannotBeHeld."""
        gainer, group = self.proposed.gainer, self.proposed.gaining_group
        if not (_is_there(gainer) and _is_there(group)):
            raise CannotBeHeld(
                "A second person has to approve what this account is to get. Make the "
                "account without it first, and grant it then."
            )
        self.change = _keep(self.proposed, self.rule, self.maker)
        return self.change


class CannotBeHeld(RuntimeError):
    """What a change is about was made in the same act, and undone with it."""


class _Unapproved(Exception):
    """Undoes what a service had begun before it knew that it needs approval."""

    def __init__(self, *facts: object) -> None:
        super().__init__()
        self.facts = facts


def may_be_held[**P, R](service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in a transaction, or keep its change and raise ApprovalNeeded."""

    @wraps(service)
    def held(*args: P.args, **named: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return service(*args, **named)
        except _Unapproved as stop:
            proposed, rule, maker = stop.facts
        raise ApprovalNeeded(proposed, rule, maker)  # type: ignore[arg-type]

    return held


def demand(
    proposed: Proposed, *, actor: Principal | None, approval: HeldChange | None
) -> None:
    """Stop a service whose change needs an approval that it does not have."""
    if actor is None:
        return
    if approval is not None and approval.fingerprint == proposed.fingerprint:
        return
    rule = rule_over(proposed)
    if rule is not None:
        raise _Unapproved(proposed, rule, actor)


def _is_there(row: Principal | Group | None) -> bool:
    return row is None or type(row)._default_manager.filter(pk=row.pk).exists()


@transaction.atomic
def _keep(proposed: Proposed, rule: ApprovalRule, maker: Principal) -> HeldChange:
    """Keep a change until somebody answers; an equal one that waits stays alone."""
    # The rule's row is the lock: two equal changes at once become one.
    ApprovalRule.objects.select_for_update().get(pk=rule.pk)
    fingerprint = proposed.fingerprint
    waiting = HeldChange.objects.filter(
        fingerprint=fingerprint, state=HeldChange.State.WAITING
    ).first()
    if waiting is not None:
        if waiting.expires_at > timezone.now():
            return waiting
        waiting.state, waiting.decided_at = HeldChange.State.EXPIRED, timezone.now()
        waiting.save(update_fields=["state", "decided_at"])
        audit.record(audit.Act.CHANGE_EXPIRED, waiting, actor=None)
    change = HeldChange.objects.create(
        kind=proposed.kind,
        facts=proposed.facts,
        fingerprint=fingerprint,
        rule=rule,
        maker=maker,
        gainer=proposed.gainer,
        gaining_group=proposed.gaining_group,
        reason=proposed.reason,
        expires_at=timezone.now() + timedelta(days=settings.HEADWATER_APPROVAL_DAYS),
    )
    audit.record(
        audit.Act.CHANGE_HELD,
        change,
        actor=maker,
        reason=proposed.reason or None,
        changes={"kind": change.kind, "facts": change.facts, "rule": rule.public_id},
    )
    return change
