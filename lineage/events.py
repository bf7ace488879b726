"""Which events may somebody read, and what was sent with them?"""

from collections.abc import Collection, Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any

import orjson
from django.db.models import Exists, Model, OuterRef, Q

from catalog.hidden_columns import with_hidden_columns
from catalog.models import Dataset, Facet, Job
from lineage import bodies, withholding
from lineage.models import Event, IOEvidence, RawEvent
from lineage.models.events import EventQuerySet
from policies.access import (
    Someone,
    beyond_denies,
    namespace_scope,
    outside_denies,
    permitted,
)
from policies.actions import Action
from policies.compiler.scopes import REGEX_SIGNS, Glob, NamespaceScope

# Bodies are opened in portions of about this size, so that memory stays flat.
PORTION_BYTES = 8 * 2**20
# As a regular expression; a JSON string ends at the first quote without a backslash.
ANY_TEXT = r'(?:[^"\\]|\\.)*'

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def readable(principal: Someone, action: Action) -> EventQuerySet:
    """The events on which `principal` may do `action`.

    An event tells of its job, or its dataset, and of all that it reads and writes: it
    takes the right on each of them. What was not applied may have none of these yet,
    and takes the right on everything. The text tells of what its facets name, too, and
    of columns, be they hidden or not.
    """
    is_raw = action is Action.EVENT_VIEW_RAW
    asked = (Action.ASSET_VIEW, action)
    partly = with_hidden_columns(principal, asked) if is_raw else frozenset()
    if are_all_readable(principal, action):
        every = Event.objects.all()
        return _of_none(every, partly) if is_raw and partly else every
    jobs, datasets = (
        every.filter(_told(principal, action, every.model)).values("pk")
        for every in (_unrestricted(Job), _unrestricted(Dataset))
    )
    hidden = IOEvidence.objects.filter(event=OuterRef("pk")).exclude(
        dataset__in=datasets
    )
    found = Event.objects.filter(
        Q(job__in=jobs) | Q(job=None, dataset__in=datasets), ~Exists(hidden)
    )
    if is_raw:
        found = _of_none(found, partly)
        return _naming_none_outside(found, namespaces_told(principal, action))
    return found


def with_texts(events: Iterable[Event], principal: Someone) -> set[int]:
    """Those of the events whose texts, and what follows from these, may be told.

    The size of a text tells how long the names in it are.
    """
    told = readable(principal, Action.EVENT_VIEW_RAW)
    rows = told.filter(pk__in=[event.pk for event in events])
    return set(rows.values_list("pk", flat=True))


def are_all_readable(principal: Someone, action: Action) -> bool:
    """Whether there is no event, now or to come, on which `principal` may not do it."""
    return not any(_told(principal, action, model) for model in (Job, Dataset))


def namespaces_told(principal: Someone, action: Action) -> NamespaceScope:
    """The namespaces of which events tell everything, whatever names what is there."""
    told = namespace_scope(principal, action)
    for denied in (action, Action.ASSET_VIEW):
        told &= outside_denies(principal, denied)
    return told


def _told(principal: Someone, action: Action, model: type[Model]) -> Q:
    """The assets on which somebody may do `action`, and which no deny hides."""
    allowed = permitted(principal, action, model)
    return allowed & beyond_denies(principal, Action.ASSET_VIEW, model)


def _unrestricted(model: type[Dataset] | type[Job]) -> Any:
    return model.objects.unrestricted("a part of the filter of events")


def _of_none(found: EventQuerySet, datasets: Collection[int]) -> EventQuerySet:
    """Those that read or write none of some datasets: a text tells of all columns."""
    of_them = IOEvidence.objects.filter(
        event=OuterRef("pk"), dataset__canonical__among=datasets
    )
    return found.exclude(Exists(of_them)) if datasets else found


def _naming_none_outside(found: EventQuerySet, scope: NamespaceScope) -> EventQuerySet:
    """Those of whose facets none names an asset in a namespace outside of `scope`."""
    if scope.is_nothing:
        return found.none()
    patterns = [f"(?!(?:{_any_of(globs)}))" for globs in scope.clauses]
    patterns += [f"(?:{_any_of(scope.denied)})"] if scope.denied else []
    outside = Facet.objects.filter(
        reduce(or_, (Q(scope=of, key=key) for of, key in withholding.NAMING)),
        reduce(or_, (Q(body__regex=f'"namespace":"{one}') for one in patterns), Q()),
    )
    of_datasets = IOEvidence.objects.filter(_holds(outside, "facets"))
    return found.exclude(
        _holds(outside, "run_facets")
        | _holds(outside, "job_facets")
        | Exists(of_datasets.filter(event=OuterRef("pk")))
    )


def _holds(facets: Any, array: str) -> Q:
    return Q(Exists(facets.filter(pk__among=OuterRef(array))))


def _any_of(globs: Iterable[Glob]) -> str:
    """A regular expression: a namespace, as a facet spells it, that fits some glob."""
    return "|".join(
        ANY_TEXT.join(REGEX_SIGNS.sub(r"\\\g<0>", _spell(part)) for part in literals)
        + '"'
        for literals in (glob.literals for glob in globs)
    )


def _spell(text: str) -> str:
    return orjson.dumps(text)[1:-1].decode()


def open_bodies(events: Iterable[Event]) -> Iterator[bytes]:
    """The exact text of each event, without a byte order mark, in the same order.

    One query for each `PORTION_BYTES`. Raises bodies.BodyLost.
    """
    portion: list[Event] = []
    size = 0
    for event in events:
        if portion and size + event.size_bytes > PORTION_BYTES:
            yield from _open(portion)
            portion, size = [], 0
        portion.append(event)
        size += event.size_bytes
    yield from _open(portion)


def _open(events: list[Event]) -> Iterator[bytes]:
    if not events:
        return
    rows = RawEvent.objects.filter(
        recorded_at__in={event.recorded_at for event in events},
        event_id__in=[event.pk for event in events],
    )
    sealed = {row.event_id: bytes(row.body) for row in rows}
    for event in events:
        digest = bytes(event.digest)
        if event.pk not in sealed:
            raise bodies.BodyLost(f"Event {digest.hex()} has no body.")
        yield bodies.unseal(sealed[event.pk], digest).removeprefix(_BYTE_ORDER_MARK)
