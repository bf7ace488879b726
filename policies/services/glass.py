"""Who passes all denies for a while, in an emergency; by whom and when was it over?"""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from policies import audit
from policies.models import BreakGlass, HeldChange, Principal
from policies.models.grants import BreakGlassQuerySet
from policies.second_person import Proposed
from policies.services.holding import demand, may_be_held

DEFAULT_MINUTES = 60
REASON_MIN = 10


@may_be_held
def break_glass(
    principal: Principal,
    *,
    reason: str,
    minutes: int = DEFAULT_MINUTES,
    most_minutes: int,
    approval: HeldChange | None = None,
) -> BreakGlass:
    """Let no deny hold for a principal, who asks for it, until the time is over.

    It adds no right. While one of theirs is open, that one goes on as it is. Raises
    ValidationError for no reason or a span that is too long, and ApprovalNeeded where a
    rule has a second person approve emergencies, too.
    """
    if len(reason.strip()) < REASON_MIN:
        raise ValidationError(
            f"Say why, in {REASON_MIN} letters or more: everybody will read it."
        )
    if not 1 <= minutes <= most_minutes:
        raise ValidationError(f"It can stay open from 1 to {most_minutes} minutes.")
    Principal.objects.select_for_update().get(pk=principal.pk)  # one at a time
    _close(BreakGlass.objects.run_out().filter(principal=principal))
    still = BreakGlass.objects.filter(principal=principal, closed_at=None).first()
    if still is not None:
        return still
    demand(
        Proposed(
            HeldChange.Kind.BREAK_GLASS,
            {"principal": principal.pk, "minutes": minutes},
            gainer=principal,
            reason=reason.strip(),
        ),
        actor=principal,
        approval=approval,
    )
    now = timezone.now()
    emergency = BreakGlass.objects.create(
        principal=principal,
        reason=reason.strip(),
        opened_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    audit.record(
        audit.Act.GLASS_BROKEN,
        principal,
        actor=principal,
        reason=emergency.reason,
        changes={"emergency": emergency.pk, "expires_at": emergency.expires_at},
    )
    return emergency


@transaction.atomic
def close_glass(
    emergency: BreakGlass, *, actor: Principal | None, reason: str = ""
) -> None:
    """Let denies hold again at once; repeating it changes nothing."""
    open_one = BreakGlass.objects.filter(pk=emergency.pk, closed_at=None)
    if not open_one.update(closed_at=Now(), closed_by=actor):
        return
    emergency.refresh_from_db(fields=["closed_at", "closed_by"])
    _record_closed(emergency, actor=actor, reason=reason)


@transaction.atomic
def close_what_ran_out() -> int:
    """Close emergencies whose time is over, at the time that it was; how many."""
    return _close(BreakGlass.objects.run_out())


def _close(run_out: BreakGlassQuerySet) -> int:
    over = list(run_out.select_for_update().select_related("principal"))
    for emergency in over:
        BreakGlass.objects.filter(pk=emergency.pk).update(closed_at=F("expires_at"))
        emergency.closed_at = emergency.expires_at
        _record_closed(emergency, actor=None, reason="")
    return len(over)


def _record_closed(
    emergency: BreakGlass, *, actor: Principal | None, reason: str
) -> None:
    audit.record(
        audit.Act.GLASS_CLOSED,
        emergency.principal,
        actor=actor,
        reason=reason or None,
        changes={"emergency": emergency.pk, "closed_at": emergency.closed_at},
    )
