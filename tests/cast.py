"""Who asks for every route in tests/permission_matrix.toml, and with which rights?"""

import tomllib
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Job, Namespace
from catalog.services import Saying, say
from policies.models import BreakGlass, Grant
from policies.services import grant_role
from tests.factories import make_cast, make_namespace, make_principal

MATRIX = tomllib.loads((Path(__file__).parent / "permission_matrix.toml").read_text())
CAST = MATRIX["cast"]
LIKE = MATRIX["like"]
WHY = "the world of a test"
ALL_ACTIONS = "admin"  # the role that has every one of them, for allows and for denies


def make_people():
    """The cast as principals, the anonymous one left out; no two share a row."""
    people = make_cast()
    make_namespace("elsewhere")
    people["neighbour"] = make_principal("neighbour", "admin", namespace="elsewhere")
    people["denied-owner"] = _denied("denied-owner")
    flags = {"is_staff": True, "is_superuser": True}
    people["denied-superuser"] = _denied("denied-superuser", "admin", **flags)
    people["expired"] = _expired()
    people["break-glass"] = _denied("break-glass", "admin", **flags)
    break_glass(people["break-glass"])
    return people


def break_glass(principal):
    """Open an emergency: for an hour no deny holds for somebody."""
    return BreakGlass.objects.create(
        principal=principal,
        reason="the pager rang",
        expires_at=timezone.now() + timedelta(hours=1),
    )


def name_as_owner(principal):
    """Make somebody answer for every namespace, dataset and job that there is."""
    written = Written(principal.username, "business")
    sayings = []
    for kind, model in (("namespace", Namespace), ("dataset", Dataset), ("job", Job)):
        for row in model.objects.unrestricted(WHY):
            subject = Subject(kind, row)
            fields = KINDS["owner"].fields_of(subject, written)
            sayings.append(Saying(KINDS["owner"], subject, fields))
    say(sayings, actor=None, via=Change.Via.SYSTEM, reason=WHY)


def expected_of(answers, but=None):
    """What each of the cast is to be told: those left out are told as who they equal.

    `answers` has a word for each of the cast, or for all but those in `like`.
    """
    words = answers.split()
    told = dict(zip(CAST, words, strict=len(words) == len(CAST)))
    if set(told) | set(LIKE) != set(CAST):
        raise ValueError(f"{len(words)} answers, but the cast is {', '.join(CAST)}")
    for who, like in LIKE.items():
        told.setdefault(who, told[like])
    unknown = set(but or {}) - set(CAST)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is not of the cast")
    return {**told, **(but or {})}


def _denied(username, role=None, **flags):
    person = make_principal(username, role)
    for flag, value in flags.items():
        setattr(person, flag, value)
    person.save(update_fields=list(flags) or None)
    grant_role(person, ALL_ACTIONS, effect=Grant.Effect.DENY, actor=None)
    return person


def _expired():
    person = make_principal("expired")
    ended = timezone.now() - timedelta(hours=1)
    grant_role(person, ALL_ACTIONS, valid_to=ended, actor=None)
    return person
