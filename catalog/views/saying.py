"""How does a page take what a steward says, and offer to take it back?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from catalog.curation.entries import WORDS
from catalog.curation.faults import Refused
from catalog.curation.kinds import Kind, Written, kind_named
from catalog.curation.subjects import ASSETS, ENTRIES, Subject
from catalog.models import Change
from catalog.services import Saying, say
from catalog.templatetags.curation import UNDO
from policies import access
from policies.actions import Action
from policies.gates import denial
from policies.models import Principal
from policies.problems import Problem

# The words whose lack has a remedy on another page, by kind of statement.
DEFINABLE = {
    "domain": "domains",
    "tag": "tags",
    "term": "terms",
    "product": "products",
}
REASON_MAX = 500


@dataclass(frozen=True)
class Fault:
    """What was said and could not be: shown in the form that it came from."""

    aspect: str
    message: str
    told: Mapping[str, str]
    field: str = "value"
    define_url: str = ""


def allowed_on(request: HttpRequest, subject: Subject) -> set[Action]:
    """What the reader may say of a subject: asset.edit, asset.tag, or neither."""
    if request.user.is_anonymous:
        return set()
    if subject.kind in ENTRIES:
        may = access.may(request.user, Action.GLOSSARY_EDIT)
        return {Action.ASSET_EDIT, Action.ASSET_TAG} if may else set()
    rows: Any = ASSETS[subject.kind]
    return {
        action
        for action in (Action.ASSET_EDIT, Action.ASSET_TAG)
        if rows.objects.permitted(request.user, action)
        .filter(pk=subject.row.pk)
        .exists()
    }


def take(request: HttpRequest, subject: Subject) -> Fault | None:
    """Say or take back what a form of a page asks for; a fault if it cannot be.

    Raises Problem for who may not, and for a form that no page makes.
    """
    told = request.POST
    try:
        kind = kind_named(told.get("aspect", ""))
        kind.refuse_level(subject)
    except Refused as refusal:
        raise Problem(400, "aspect_unknown", str(refusal)) from None
    demand(request, subject, kind.action)
    try:
        change = say(
            [_saying(request, subject, kind)],
            actor=actor_of(request),
            via=Change.Via.PAGE,
            reason=reason_of(request),
        )
    except Refused as refusal:
        return _fault(request, kind, refusal)
    inside = f" of column {subject.column}" if subject.column else ""
    if change is None:
        messages.info(request, f"The {kind.label}{inside} was so already.")
    else:
        what = "removed" if told.get("act") == "withdraw" else "saved"
        offer_undo(request, f"{kind.label.capitalize()}{inside} {what}.", change)
    return None


def demand(request: HttpRequest, subject: Subject, action: Action) -> None:
    """Raise Problem unless the reader may do this to the subject."""
    if action not in allowed_on(request, subject):
        raise denial(request, actor_of(request), action)


def actor_of(request: HttpRequest) -> Principal:
    """Who does it. Raises Problem for somebody anonymous, whatever they may see."""
    if isinstance(request.user, Principal):
        return request.user
    raise Problem(
        403, "action_forbidden", "Sign in first: a change has to be somebody's."
    )


def offer_undo(request: HttpRequest, text: str, change: Change) -> None:
    """Tell what was done on the next page, with a button that undoes it."""
    messages.success(request, text, extra_tags=f"{UNDO}{change.public_id}")


def reason_of(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "").strip()[:REASON_MAX]


def way_back(request: HttpRequest, default: str) -> HttpResponseRedirect:
    """Go where the form came from, if that is here."""
    after = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(after, None) and after.startswith("/")
    response = HttpResponseRedirect(after if is_ours else default)
    response.status_code = 303
    return response


def _saying(request: HttpRequest, subject: Subject, kind: Kind) -> Saying:
    value, detail = request.POST.get("value", ""), request.POST.get("detail", "")
    if request.POST.get("act") == "withdraw":
        said = (value, detail) if value or detail else None
        return Saying(kind, subject, None, said=said)
    written = Written(value, detail, by=request.user)
    return Saying(kind, subject, kind.fields_of(subject, written))


def _fault(request: HttpRequest, kind: Kind, refusal: Refused) -> Fault:
    value = request.POST.get("value", "").strip()
    define = ""
    word = DEFINABLE.get(kind.name)
    is_unknown = word and "Define it first" in str(refusal)
    if is_unknown and access.may(request.user, Action.GLOSSARY_EDIT):
        define = f"{reverse(f'{word}-new')}?{urlencode({'name': value})}"
    return Fault(kind.name, str(refusal), request.POST.dict(), refusal.field, define)


assert all(word in WORDS for word in DEFINABLE.values())
