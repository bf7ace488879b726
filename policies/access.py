"""Who may do what, where: grants compiled into one filter for every surface."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q
from django.utils import timezone

from policies.actions import Action
from policies.credentials import Narrowing
from policies.models.grants import Grant, PolicyEpoch, Reach, Role
from policies.models.principals import Principal
from policies.models.shares import ObjectShare
from policies.scopes import EVERYWHERE, NOWHERE, Glob, NamespaceScope

type Someone = Principal | AnonymousUser


@dataclass(frozen=True, slots=True)
class Right:
    """One standing grant: some actions, somewhere, for some time."""

    actions: frozenset[str]
    glob: Glob | None  # None is everything
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds(self, action: Action, at: datetime) -> bool:
        return (
            action in self.actions
            and (self.valid_from is None or self.valid_from <= at)
            and (self.valid_to is None or at < self.valid_to)
        )


@dataclass(slots=True)
class Reading:
    """Rights as read at one policy epoch; thrown away whole when the epoch moves."""

    epoch: int | None
    rights: dict[int | str, tuple[Right, ...]] = field(default_factory=dict)
    shares: dict[tuple[int, type[Model]], frozenset[str]] = field(default_factory=dict)


_reading = Reading(epoch=None)
# Where one answer is being made: the reading that all of it goes by, once there is one.
_held: ContextVar[list[Reading] | None] = ContextVar("held_reading", default=None)


def permitted(principal: Someone, action: Action, model: type[Model]) -> Q:
    """The filter that leaves the rows of `model` where `principal` may do `action`.

    It is built from the lookups in the model's `class Policy`, and from shares of
    single rows. What it says holds until the policy epoch moves.
    """
    reading = _current_reading()
    lookup = namespace_name_lookup(model)
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action):
        return NOWHERE.as_q(lookup)
    granted = scope_of(_rights(reading, principal), action, timezone.now())
    result = granted.as_q(lookup)
    for path, share in _shares_of(model):
        if not granted.is_everything and action in _shared_actions(
            reading, principal, share
        ):
            result |= Q(**{f"{path}__in": _shared_ids(principal, action, share)})
    return result & narrowing.reach.as_q(lookup)


def may(principal: Someone, action: Action) -> bool:
    """Whether `principal` may do `action` at large; for what is bound to no asset."""
    return namespace_scope(principal, action).is_everything


def may_somewhere(principal: Someone, action: Action) -> bool:
    """Whether there can be anything on which `principal` may do `action`."""
    if not namespace_scope(principal, action).is_nothing:
        return True
    if not narrowing_of(principal).covers(action):
        return False
    return has_shares(principal, action)


def has_shares(principal: Someone, action: Action) -> bool:
    """Whether single assets were shared with `principal` for `action`."""
    reading = _current_reading()
    return any(
        action in _shared_actions(reading, principal, share)
        for share in _share_models()
    )


def namespace_scope(principal: Someone, action: Action) -> NamespaceScope:
    """The namespaces in which `principal` may do `action`, single shares left out."""
    narrowing = narrowing_of(principal)
    if not narrowing.covers(action):
        return NOWHERE
    rights = _rights(_current_reading(), principal)
    return scope_of(rights, action, timezone.now()) & narrowing.reach


def scope_of(rights: tuple[Right, ...], action: Action, at: datetime) -> NamespaceScope:
    """What `rights` together reach for `action` at one moment."""
    globs = []
    for right in rights:
        if right.holds(action, at):
            if right.glob is None:
                return EVERYWHERE
            globs.append(right.glob)
    return NamespaceScope.any_of(globs)


def reach_of(reach: str, namespace_glob: str) -> Glob | None:
    """The glob that a grant's or token's two columns stand for; None is everything."""
    return None if reach == Reach.EVERYTHING else Glob.parse(namespace_glob)


def narrowing_of(principal: Someone) -> Narrowing:
    """What the token of this request leaves; everything, for a session."""
    narrowing = getattr(principal, "narrowing", None)
    return narrowing or Narrowing(actions=None, reach=EVERYWHERE)


def namespace_name_lookup(model: type[Model]) -> str:
    """The lookup from a governed model to the name of its namespace."""
    lookup: str = policy_of(model).namespace
    return f"{lookup}__name" if lookup else "name"


def policy_of(model: type[Model]) -> Any:
    """The model's `class Policy`: how its rows hang in the tree of scopes."""
    policy = getattr(model, "Policy", None)
    if policy is None:
        raise TypeError(f"{model.__name__} says in no class Policy how it is governed")
    return policy


def share_model(model: type[Model]) -> type[ObjectShare] | None:
    """Where shares of single rows of `model` are kept, if they can be shared."""
    for share in _share_models():
        fields = {field.name: field for field in share._meta.fields}
        if fields["content_object"].related_model is model:
            return share
    return None


def _shares_of(model: type[Model]) -> Iterator[tuple[str, type[ObjectShare]]]:
    """How shares reach rows of `model`: those of the row, or of an asset it is about.

    The latter are the foreign keys that `Policy.shared` names.
    """
    if share := share_model(model):
        yield "pk", share
    for name in getattr(policy_of(model), "shared", ()):
        reached: Any = model._meta.get_field(name)
        if share := share_model(reached.related_model):
            yield name, share


def current_epoch() -> int | None:
    """The policy epoch as this transaction sees it; None in an emptied database."""
    return PolicyEpoch.objects.values_list("epoch", flat=True).first()


@contextmanager
def deciding_once() -> Iterator[None]:
    """Let everything within go by one reading of the rights, asked for once.

    For what changes no rights itself: a page must not count by others than it lists by.
    """
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def _current_reading() -> Reading:
    held = _held.get()
    if held:
        return held[0]
    reading = _read_anew()
    if held is not None:
        held.append(reading)
    return reading


def _read_anew() -> Reading:
    global _reading
    epoch = current_epoch()
    reading = _reading
    if epoch is None or reading.epoch != epoch:
        # Another thread may replace it at the same time by an equal one: no harm.
        _reading = reading = Reading(epoch)
    return reading


def _rights(reading: Reading, principal: Someone) -> tuple[Right, ...]:
    role_name: str = settings.HEADWATER_ANONYMOUS_ROLE
    key = principal.pk or role_name
    if not key:
        return ()
    if key not in reading.rights:
        reading.rights[key] = (
            granted_rights(principal.pk)
            if principal.pk
            else _anonymous_rights(role_name)
        )
    return reading.rights[key]


def granted_rights(principal_id: int) -> tuple[Right, ...]:
    """What the standing grants of an active principal say, whatever their validity."""
    grants = Grant.objects.standing().filter(
        principal_id=principal_id, principal__is_active=True
    )
    rows = grants.values_list(
        "role__actions", "reach", "namespace_glob", "valid_from", "valid_to"
    )
    return tuple(
        Right(frozenset(actions), reach_of(reach, glob), valid_from, valid_to)
        for actions, reach, glob, valid_from, valid_to in rows
    )


def _anonymous_rights(role_name: str) -> tuple[Right, ...]:
    roles = Role.objects.filter(name=role_name).values_list("actions", flat=True)
    return tuple(Right(frozenset(actions), glob=None) for actions in roles)


def _shared_actions(
    reading: Reading, principal: Someone, share: type[ObjectShare]
) -> frozenset[str]:
    """What was shared with `principal` at all: mostly nothing, which spares a join."""
    if not principal.pk:
        return frozenset()
    key = (principal.pk, share)
    if key not in reading.shares:
        rows = share.objects.filter(user=principal.pk, user__is_active=True)
        codenames = rows.values_list("permission__codename", flat=True).distinct()
        reading.shares[key] = frozenset(codenames)
    return reading.shares[key]


def _shared_ids(principal: Someone, action: Action, share: type[ObjectShare]) -> Any:
    rows = share.objects.filter(user=principal.pk, permission__codename=action)
    return rows.values("content_object_id")


def _share_models() -> Iterator[type[ObjectShare]]:
    return (m for m in apps.get_models() if issubclass(m, ObjectShare))
