"""Which entries of the journal does a query string ask for, and what is amiss in it?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Lower

from lineage import trails
from lineage.event_time import NoInstant, read_time
from lineage.reader import Reader
from policies.audit import Act, Target
from policies.journal import Sought, nouns
from policies.models import Group, Principal, Role

# Words for kinds of targets, and whether a name alone says which one.
KINDS = {
    "dataset": trails.DATASET,
    "job": trails.JOB,
    "namespace": trails.NAMESPACE,
    "event": trails.EVENT,
    "alias-rule": trails.ALIAS_RULE,
    "principal": trails.PRINCIPAL,
    "group": trails.GROUP,
    "role": "policies.role",
    "grant": "policies.grant",
    "token": "policies.token",
}
ASSETS = ("dataset", "job")
DOERS = ("system", "anonymous")
PARAMETERS = ("act", "who", "by", "kind", "namespace", "name", "from", "to", "request")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(slots=True)
class Asked:
    """What was asked for; `faults` say by parameter what cannot be understood."""

    sought: Sought
    faults: dict[str, str] = field(default_factory=dict)


class _Fault(ValueError):
    def __init__(self, parameter: str, remedy: str) -> None:
        super().__init__(remedy)
        self.parameter = parameter


def read(query: Mapping[str, str], reader: Reader) -> Asked:
    """Read the filters of a query; with a fault among them nothing is found."""
    told = {name: query.get(name, "").strip() for name in PARAMETERS}
    found: dict[str, Any] = {"request_id": told["request"]}
    faults: dict[str, str] = {}
    for step in (_act, _doer, _target, _time):
        try:
            found |= step(told, reader)
        except _Fault as fault:
            faults[fault.parameter] = str(fault)
    if faults:
        return Asked(Sought(targets=frozenset()), faults)
    return Asked(Sought(**found))


def _act(told: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    act = told["act"]
    if act and act not in nouns() and act not in {str(one) for one in Act}:
        raise _Fault("act", "act is one act, such as grant.given, or the noun of some.")
    return {"act": act}


def _doer(told: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    who, by = told["who"], told["by"]
    if by and by not in DOERS:
        raise _Fault("by", "by is system or anonymous.")
    if by and who:
        raise _Fault("by", "Ask for one of them: by, or who.")
    if not who:
        return {"by": by}
    try:
        return {"actor": UUID(who)}
    except ValueError:
        return {"actor": _principal("who", who).public_id}


def _principal(parameter: str, username: str) -> Principal:
    named = Principal.objects.alias(folded=Lower("username"))
    principal = named.filter(folded=username.lower()).first()
    if principal is None:
        raise _Fault(parameter, f"Nobody signs in as {username}.")
    return principal


def _target(told: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    kind, namespace, name = told["kind"], told["namespace"], told["name"]
    if not kind:
        if namespace or name:
            raise _Fault("kind", "Say of which kind it is: a dataset, a job …")
        return {}
    if kind not in KINDS:
        raise _Fault("kind", f"kind is one of {', '.join(KINDS)}.")
    if kind in ASSETS and bool(namespace) != bool(name):
        which = "namespace" if name else "name"
        raise _Fault(which, "An asset goes by its namespace and its name.")
    key = _key(kind, namespace, name)
    if key is None:
        return {"kind": KINDS[kind]}
    target = Target(KINDS[kind], key)
    # An asset that the reader may not see is answered as one that there is not.
    known = frozenset({target}) if trails.may_be_told(target, reader) else frozenset()
    return {"targets": known}


def _key(kind: str, namespace: str, name: str) -> tuple[str, ...] | None:
    """How the journal writes what is asked for; None if only the kind is."""
    if kind in ASSETS:
        return (namespace, name) if name else None
    text = name or namespace
    if not text:
        return None
    match kind:
        case "principal":
            return (str(_principal("name", text).public_id),)
        case "group":
            group = Group.objects.filter(name=text).first()
            return (str(group.public_id if group else text),)
        case "role":
            role = Role.objects.filter(name=text).first()
            return (str(role.pk if role else text),)
    return (text,)


def _time(told: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    since = _instant("from", told["from"], days_later=0)
    before = _instant("to", told["to"], days_later=1)
    if since and before and since >= before:
        raise _Fault("to", "It ends before it begins.")
    return {"since": since, "before": before}


def _instant(parameter: str, text: str, *, days_later: int) -> datetime | None:
    """A time; a day alone is its beginning, or that of a later day."""
    if not text:
        return None
    try:
        if DAY.fullmatch(text):
            day = date.fromisoformat(text) + timedelta(days=days_later)
            return datetime.combine(day, time(), UTC)
        return read_time(text)[0]
    except (NoInstant, ValueError, OverflowError):
        remedy = f"{parameter} is a day, or a time such as 2026-05-04T03:02Z."
        raise _Fault(parameter, remedy) from None
