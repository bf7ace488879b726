"""Which access requests are somebody's to answer, and which may they know of?"""

from dataclasses import dataclass

from policies import access
from policies.actions import Action
from policies.deciders import Level, Route, may_decide, routes, seen
from policies.granting import may_grant_anything
from policies.models import AccessRequest, Principal
from policies.models.requests import AccessRequestQuerySet

RELATED = ("requester", "role", "decided_by", "grant", "held")
# So many waiting requests are looked at, the oldest first.
MOST_ROUTED = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """A request as its reader may know it.

    `to` is whom it goes to, and `leads_somewhere` whether it is about anything that the
    reader sees: neither is for whoever asked.
    """

    request: AccessRequest
    to: str = ""
    leads_somewhere: bool = False
    is_to_answer: bool = False
    is_mine: bool = False


def own_requests(reader: Principal) -> AccessRequestQuerySet:
    """What somebody asked for, the latest first."""
    mine = AccessRequest.objects.filter(requester=reader)
    return mine.select_related("role", "decided_by").order_by("-asked_at", "-pk")


def to_answer(reader: Principal) -> list[Told]:
    """The waiting requests that somebody can answer, the oldest first."""
    waiting = AccessRequest.objects.waiting().exclude(requester=reader)
    some = list(
        waiting.select_related(*RELATED).order_by("asked_at", "pk")[:MOST_ROUTED]
    )
    found = routes(some)
    shown = seen(reader, found)
    told = (_told(reader, e, found[e.pk], sees_it=e.pk in shown) for e in some)
    return [each for each in told if each.is_to_answer]


def answered(reader: Principal) -> AccessRequestQuerySet:
    """What others asked for and is answered, as far as somebody knows of it."""
    over = AccessRequest.objects.exclude(state=AccessRequest.State.WAITING)
    rows = over.exclude(requester=reader).select_related(*RELATED)
    rows = rows.order_by("-decided_at", "-pk")
    return rows if sees_every_request(reader) else rows.filter(decided_by=reader)


def sees_every_request(reader: Principal) -> bool:
    """Whether somebody knows of all requests: auditors and administrators."""
    return may_grant_anything(reader) or access.may(reader, Action.ACCESS_VIEW)


def known_request(reader: Principal, request: AccessRequest) -> Told | None:
    """One request as its reader may know it; None if they may not."""
    if request.requester_id == reader.pk:
        return Told(request, is_mine=True)
    found = routes([request])[request.pk]
    is_known = sees_every_request(reader) or request.decided_by_id == reader.pk
    sees_it = bool(seen(reader, {request.pk: found}))
    told = _told(reader, request, found, sees_it=sees_it)
    return told if is_known or told.is_to_answer else None


def _told(
    reader: Principal, request: AccessRequest, to: Route, *, sees_it: bool
) -> Told:
    is_open = request.state == AccessRequest.State.WAITING
    leads = sees_it or request.about == AccessRequest.About.EVERYTHING
    # Whom it goes to would tell of what the reader may not see.
    level = to.level if leads else Level.ADMINISTRATORS
    return Told(
        request,
        to=str(level),
        leads_somewhere=leads,
        is_to_answer=is_open and may_decide(reader, request, to, sees_it=sees_it),
    )
