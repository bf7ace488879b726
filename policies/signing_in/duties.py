"""What does somebody have to do before anything else?"""

from enum import StrEnum

from django.http import HttpRequest
from django.utils import timezone

from policies.compiler.standing import current_reading
from policies.gates import PUBLIC, View
from policies.models import Principal
from policies.signing_in.session_store import SECOND_FACTOR

DURING_DUTIES = "during_duties"


class Duty(StrEnum):
    """What comes first, and the name of the page where it is done."""

    PASSWORD = "account-password"  # noqa: S105
    SECOND_FACTOR = "account-second-factor"

    @property
    def code(self) -> str:
        return {
            Duty.PASSWORD: "password_change_needed",
            Duty.SECOND_FACTOR: "second_factor_needed",
        }[self]

    @property
    def said(self) -> str:
        return {
            Duty.PASSWORD: "Choose a password of your own first: somebody else knows "
            "the one that you signed in with.",
            Duty.SECOND_FACTOR: "A role of yours needs a second factor: set one up, or "
            "show it, first.",
        }[self]


def duty_of(request: HttpRequest) -> Duty | None:
    """What whoever asks by a session has to do first; nothing, mostly."""
    user = request.user
    if not isinstance(user, Principal):
        return None
    if user.must_change_password and user.has_usable_password():
        return Duty.PASSWORD
    if needs_second_factor(user) and not request.session.get(SECOND_FACTOR):
        return Duty.SECOND_FACTOR
    return None


def needs_second_factor(principal: Principal) -> bool:
    """Whether a role that somebody holds, in whatever way, asks for one."""
    return current_reading().standing(principal).needs_second_factor(timezone.now())


def is_before_duties(view: View) -> bool:
    """Whether a page may be seen by those who have to do something first."""
    api_view = getattr(view, "cls", None)
    declared = getattr(view, "actions", getattr(api_view, "actions", None))
    return declared == PUBLIC or getattr(view, DURING_DUTIES, False)


def during_duties(view: View) -> View:
    """Let a page be open to those who have to do something first."""
    setattr(view, DURING_DUTIES, True)
    return view
