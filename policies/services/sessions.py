"""Ending sessions: one's own, somebody else's, one or all."""

from django.db import transaction

from policies import audit
from policies.models import Principal, Session
from policies.signing_in.session_store import key_in_database


def drop_sessions(principal: Principal, *, keep: str | None = None) -> int:
    """End what is open in a principal's name, but the session of key `keep`.

    For acts that have an entry of their own. The cookies are strangers' from now on.
    """
    sessions = Session.objects.filter(principal=principal)
    if keep:
        sessions = sessions.exclude(pk=key_in_database(keep))
    ended, _ = sessions.delete()
    return ended


@transaction.atomic
def end_sessions(
    principal: Principal,
    *,
    actor: Principal | None,
    keep: str | None = None,
    reason: str = "",
) -> int:
    """Sign a principal out everywhere, but in the session of key `keep`; how many."""
    ended = drop_sessions(principal, keep=keep)
    if ended:
        _record(principal, ended, actor, reason)
    return ended


@transaction.atomic
def end_session(session: Session, *, actor: Principal | None) -> None:
    """End one session of somebody's; repeating it changes nothing."""
    ended, _ = Session.objects.filter(pk=session.pk).delete()
    if ended and session.principal is not None:
        _record(session.principal, ended, actor)


def _record(
    principal: Principal, ended: int, actor: Principal | None, reason: str = ""
) -> None:
    audit.record(
        audit.Act.SESSIONS_ENDED,
        principal,
        actor=actor,
        reason=reason or None,
        changes={"count": ended},
    )
