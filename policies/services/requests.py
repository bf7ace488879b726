"""How does somebody ask for access, and what is answered?"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from policies import audit
from policies.actions import Action
from policies.compiler.standing import scope_of_grant, standing_of
from policies.compiler.trees import asset_models
from policies.deciders import Route, found, may_decide, route, sees
from policies.models import AccessRequest, Grant, Principal, Role
from policies.services.grants import GrantScope, grant_role
from policies.services.holding import ApprovalNeeded

MOST_OPEN = 50  # of one requester
MOST_DAYS = 3650
NAME_MAX, REASON_MAX = 1024, 500

State = AccessRequest.State
About = AccessRequest.About


class AlreadyHeld(RuntimeError):
    """The requester has what they ask for."""


class TooManyOpen(RuntimeError):
    """The requester has enough requests that wait for an answer."""


class NotDecidable(RuntimeError):
    """A request cannot be answered so, or not any more; the message says why."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; `days` None is the usual span."""

    about: str
    namespace: str = ""
    name: str = ""
    role: str = "viewer"
    days: int | None = None


@transaction.atomic
def ask_for_access(wish: Wish, *, reason: str, actor: Principal) -> AccessRequest:
    """Note that access is wished for. It is answered alike, whatever there is.

    One that is open for the same is taken up again, with the newer reason and span.
    Raises ValidationError by field, AlreadyHeld, TooManyOpen.
    """
    wanted = _checked(wish, reason, actor)
    _demand_lacking(wanted)
    # The requester's row is the lock: two equal requests at once become one.
    Principal.objects.select_for_update().get(pk=actor.pk)
    mine = AccessRequest.objects.select_for_update().filter(requester=actor)
    same = mine.filter(
        fingerprint=wanted.fingerprint, state__in=(State.WAITING, State.HELD)
    ).first()
    if same is not None and same.state == State.WAITING and same.expires_at <= _now():
        _close(same, State.EXPIRED, actor=None, answer="")
        same = None
    if same is None:
        if mine.waiting().count() >= MOST_OPEN:
            raise TooManyOpen(
                f"{MOST_OPEN} requests of yours wait for an answer. Withdraw one first."
            )
        wanted.save()
        same = wanted
    elif same.state == State.WAITING:
        same.reason, same.days = wanted.reason, wanted.days
        same.expires_at = wanted.expires_at
        same.save(update_fields=["reason", "days", "expires_at"])
    else:
        return same
    audit.record(
        audit.Act.ACCESS_REQUESTED,
        same,
        actor=actor,
        reason=same.reason,
        changes={**_facts(same), "days": same.days},
    )
    return same


@transaction.atomic
def approve_request(
    request: AccessRequest,
    *,
    days: int | None = None,
    role: str = "",
    answer: str = "",
    actor: Principal,
) -> AccessRequest:
    """Give what was asked for, or a narrower role, for so many days.

    Where a second person is needed, the request waits on with the held change. Raises
    NotDecidable.
    """
    locked, to = _deciding(request, actor)
    given = _narrowed(locked, role)
    scope = _scope(locked, to, actor)
    span = locked.days if days is None else days
    if not 1 <= span <= MOST_DAYS:
        raise NotDecidable(f"Say for how many days: from 1 to {MOST_DAYS}.")
    try:
        locked.grant = _standing(locked, given, scope, span) or grant_role(
            locked.requester,
            given.name,
            scope=scope,
            valid_to=_now() + timedelta(days=span),
            reason=f"Access request {locked.public_id}: {locked.reason}"[:REASON_MAX],
            actor=actor,
        )
        state = State.GRANTED
    except ApprovalNeeded as needed:
        locked.held = needed.change
        state = State.HELD
    locked.save(update_fields=["grant", "held"])
    _close(locked, state, actor=actor, answer=answer, role=given.name, given_days=span)
    return locked


@transaction.atomic
def decline_request(
    request: AccessRequest, *, answer: str, actor: Principal
) -> AccessRequest:
    """Say no, and why. Raises NotDecidable."""
    locked, _ = _deciding(request, actor)
    if not answer.strip():
        raise NotDecidable("Say why: whoever asked reads it.")
    _close(locked, State.DECLINED, actor=actor, answer=answer.strip())
    return locked


@transaction.atomic
def withdraw_request(request: AccessRequest, *, actor: Principal) -> AccessRequest:
    """Ask no longer. Raises NotDecidable for another's, or one that is answered."""
    locked = _locked(request)
    if locked.requester_id != actor.pk:
        raise NotDecidable("Only who asked withdraws a request.")
    _close(locked, State.WITHDRAWN, actor=actor, answer="")
    return locked


def expire_requests() -> int:
    """Close the requests that nobody answered in time; how many there were."""
    count = 0
    for each in AccessRequest.objects.overdue().order_by("pk")[:1000]:
        with transaction.atomic():
            rows = AccessRequest.objects.select_for_update(skip_locked=True)
            locked = rows.filter(pk=each.pk, state=State.WAITING).first()
            if locked is not None:
                _close(locked, State.EXPIRED, actor=None, answer="")
                count += 1
    return count


def narrower_roles(role: Role) -> list[Role]:
    """The roles that can be given where `role` is asked for: itself, or less."""
    rows = Role.objects.filter(actions__contained_by=role.actions, retired_at=None)
    return sorted(rows, key=lambda each: (each.pk != role.pk, each.name))


def _checked(wish: Wish, reason: str, actor: Principal) -> AccessRequest:
    faults: dict[str, str] = {}
    namespace, name = wish.namespace, wish.name.strip()
    if wish.about not in About.values:
        faults["about"] = f"Say what it is about: {', '.join(About.values)}."
    needs_space = wish.about in (About.DATASET, About.JOB, About.NAMESPACE)
    needs_name = wish.about in (About.DATASET, About.JOB, About.DOMAIN)
    for field, value, is_needed in (
        ("namespace", namespace, needs_space),
        ("name", name, needs_name),
    ):
        if is_needed and not value.strip():
            faults[field] = f"Say the {field}, as it is written."
        if len(value) > NAME_MAX or "\0" in value:
            faults[field] = f"Up to {NAME_MAX} letters, without NUL."
    role = Role.objects.filter(name=wish.role, retired_at=None).first()
    if role is None:
        faults["role"] = "There is no such role."
    days = settings.HEADWATER_ACCESS_GRANT_DAYS if wish.days is None else wish.days
    if not 1 <= days <= MOST_DAYS:
        faults["days"] = f"From 1 to {MOST_DAYS} days."
    if not reason.strip() or len(reason) > REASON_MAX or "\0" in reason:
        faults["reason"] = f"Say what for, in up to {REASON_MAX} letters."
    if faults or role is None:
        raise ValidationError(dict(faults))
    told = AccessRequest(
        requester=actor,
        about=wish.about,
        namespace=namespace if needs_space else "",
        name=name if needs_name else "",
        role=role,
        days=days,
        reason=reason.strip(),
        expires_at=_now() + timedelta(days=settings.HEADWATER_ACCESS_REQUEST_DAYS),
    )
    told.fingerprint = _fingerprint(told)
    return told


def _demand_lacking(wanted: AccessRequest) -> None:
    """Raise AlreadyHeld; only of what the requester sees anyway.

    The same is asked of the database whether or not there is such an asset.
    """
    actor = wanted.requester
    row = found([wanted]).get(wanted.pk)
    actions = [Action(action) for action in wanted.role.actions]
    if (model := asset_models().get(wanted.about)) is not None:
        rows = model.objects.permitted(actor, Action.ASSET_VIEW)
        rows = rows.filter(pk=0 if row is None else row.pk)
        row = rows.first()
        for action in actions:
            rows = rows.permitted(actor, action)
        is_single = wanted.about != About.NAMESPACE
        if rows.exists() and is_single and all(a.is_bound_to_assets for a in actions):
            raise AlreadyHeld("You may do all of that there already.")
    scope = _where(wanted, row)
    now = _now()
    for right in standing_of(actor.pk).rights:
        if scope is None or right.grant is None or right.condition is not None:
            continue
        has_all = all(right.holds(action, now) for action in actions)
        if has_all and right.effect == "allow" and right.scope == scope:
            raise AlreadyHeld("You have a role there already that gives all of that.")


def _where(request: AccessRequest, row: object) -> object:
    """What a grant of a request would reach, as a scope of rights."""
    fields = _grant_scope(request, row)
    return None if fields is None else scope_of_grant(Grant(**fields.as_fields()))


def _grant_scope(request: AccessRequest, row: object) -> GrantScope | None:
    if request.about == About.EVERYTHING:
        return GrantScope()
    if row is None:
        return None
    if request.about == About.DOMAIN:
        return GrantScope(domain=row)
    return GrantScope(asset=row)  # type: ignore[arg-type]


def _scope(request: AccessRequest, to: Route, actor: Principal) -> GrantScope:
    scope = _grant_scope(request, to.row)
    if scope is None or (to.row is not None and not sees(actor, to)):
        raise NotDecidable(
            "There is nothing of this name that you may see, so that nothing can be "
            "given. Decline it, and say what to ask for instead."
        )
    return scope


def _narrowed(request: AccessRequest, name: str) -> Role:
    if not name or name == request.role.name:
        return request.role
    for role in narrower_roles(request.role):
        if role.name == name:
            return role
    raise NotDecidable(f"{name} gives more than {request.role}, which was asked for.")


def _standing(
    request: AccessRequest, role: Role, scope: GrantScope, days: int
) -> Grant | None:
    """An equal grant that lasts as long already: nothing is taken from anybody."""
    until = _now() + timedelta(days=days)
    held = Grant.objects.valid().filter(
        principal=request.requester, role=role, effect="allow", condition__isnull=True
    )
    blank = {"namespace_glob": "", "asset_kind": "", "scope_id": None}
    for grant in held.filter(**{**blank, **scope.as_fields()}):
        if grant.valid_to is None or grant.valid_to >= until:
            return grant
    return None


def _deciding(request: AccessRequest, actor: Principal) -> tuple[AccessRequest, Route]:
    locked = _locked(request)
    to = route(locked)
    if not may_decide(actor, locked, to, sees_it=sees(actor, to)):
        raise NotDecidable("This request is not yours to answer.")
    return locked, to


def _locked(request: AccessRequest) -> AccessRequest:
    rows = AccessRequest.objects.select_for_update(of=("self",))
    locked = rows.select_related("requester", "role").get(pk=request.pk)
    if locked.state != State.WAITING:
        raise NotDecidable(f"It is {locked.get_state_display()} already.")
    if locked.expires_at <= _now():
        raise NotDecidable("Nobody answered in time; whoever wants it asks anew.")
    return locked


def _close(
    request: AccessRequest,
    state: str,
    *,
    actor: Principal | None,
    answer: str,
    **facts: object,
) -> None:
    request.state, request.answer = state, answer
    request.decided_by, request.decided_at = actor, _now()
    request.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    is_yes = state in (State.GRANTED, State.HELD)
    audit.record(
        audit.Act(f"access_request.{'approved' if is_yes else state}"),
        request,
        actor=actor,
        on_behalf_of=request.requester if is_yes else None,
        reason=answer or None,
        changes={
            **_facts(request),
            **facts,
            "requester": request.requester.public_id,
            "held": request.held and request.held.public_id,
        },
    )


def _facts(request: AccessRequest) -> dict[str, object]:
    # Not the name that was typed: who reads the journal may not see that asset. The
    # digest proves which one it was.
    return {
        "about": str(request.about),
        "asked": request.fingerprint,
        "role": request.role.name,
    }


def _fingerprint(request: AccessRequest) -> str:
    told = {
        "about": str(request.about),
        "namespace": request.namespace,
        "name": request.name,
        "role": request.role.name,
    }
    return audit.digest_of(told)


_now = timezone.now
