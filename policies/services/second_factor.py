"""Second factors: enrolled and removed by their owners, reset by administrators."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from policies import audit
from policies.models import Principal, Role
from policies.services.sessions import drop_sessions
from policies.signing_in import second_factor


class CodeRefused(ValueError):
    """The code is not the one that the authenticator shows."""


@transaction.atomic
def enrol_second_factor(principal: Principal, secret: str, code: str) -> list[str]:
    """Take an authenticator on that shows `code` for `secret`; its recovery codes.

    One that was there before is replaced, and so are its recovery codes.
    Raises CodeRefused.
    """
    Principal.objects.select_for_update().get(pk=principal.pk)
    counter = second_factor.counter_of(secret, code)
    if counter is None:
        raise CodeRefused(
            "That is not the code for this key just now. Compare the clocks, and type "
            "the code that is shown next."
        )
    Authenticator.objects.filter(user=principal).delete()
    made = TOTP.activate(principal, secret).instance
    made.data[second_factor.LAST_COUNTER] = counter
    made.save(update_fields=["data"])
    audit.record(audit.Act.SECOND_FACTOR_ENROLLED, principal, actor=principal)
    return list(RecoveryCodes.activate(principal).generate_codes())


@transaction.atomic
def make_recovery_codes(principal: Principal) -> list[str]:
    """Make new recovery codes; the former ones are void."""
    Principal.objects.select_for_update().get(pk=principal.pk)
    kind = Authenticator.Type.RECOVERY_CODES
    Authenticator.objects.filter(user=principal, type=kind).delete()
    audit.record(audit.Act.RECOVERY_CODES_MADE, principal, actor=principal)
    return list(RecoveryCodes.activate(principal).generate_codes())


@transaction.atomic
def show_second_factor(principal: Principal, code: str) -> second_factor.Shown | None:
    """Let a good code count, once; None for another. A recovery code is journaled."""
    shown = second_factor.accept(principal, code)
    if shown is second_factor.Shown.RECOVERY_CODE:
        audit.record(audit.Act.RECOVERY_CODE_USED, principal, actor=principal)
    return shown


@transaction.atomic
def remove_second_factor(principal: Principal) -> None:
    """Let somebody go without it again, at their own wish; repeatable."""
    removed, _ = Authenticator.objects.filter(user=principal).delete()
    if removed:
        audit.record(audit.Act.SECOND_FACTOR_REMOVED, principal, actor=principal)


@transaction.atomic
def reset_second_factor(
    principal: Principal, *, actor: Principal | None, reason: str = ""
) -> bool:
    """Take away what somebody lost, and end their sessions; whether there was one."""
    removed, _ = Authenticator.objects.filter(user=principal).delete()
    if not removed:
        return False
    drop_sessions(principal)
    audit.record(
        audit.Act.SECOND_FACTOR_RESET, principal, actor=actor, reason=reason or None
    )
    return True


@transaction.atomic
def demand_second_factor(role: Role, needed: bool, *, actor: Principal | None) -> None:
    """Let whoever holds a role need a second factor, or no longer.

    Shipped roles, too: it is not of their definition. It holds from the next request.
    """
    changed = Role.objects.filter(pk=role.pk, needs_second_factor=not needed)
    if not changed.update(needs_second_factor=needed):
        return
    role.needs_second_factor = needed
    audit.record(
        audit.Act.ROLE_CHANGED,
        audit.Target("policies.role", (role.name,)),
        actor=actor,
        changes={"needs_second_factor": [not needed, needed]},
    )
