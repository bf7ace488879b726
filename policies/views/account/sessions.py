"""Where am I signed in, and how do I end that?"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from policies.gates import signed_in
from policies.models import Session
from policies.services.sessions import end_session, end_sessions
from policies.signing_in.session_store import key_in_database
from policies.views.base import reader_of

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "a Python program"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One session as it is listed."""

    row: Session
    device: str
    is_this: bool


@require_safe
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """The reader's live sessions, the one that asks first."""
    mine = Session.objects.filter(
        principal=reader_of(request), expire_date__gt=timezone.now()
    ).order_by("-last_seen_at")
    this = key_in_database(request.session.session_key or "")
    shown = [Shown(row, device_of(row.device), row.pk == this) for row in mine]
    shown.sort(key=lambda each: not each.is_this)
    return render(request, "policies/account_sessions.html", {"sessions": shown})


@require_POST
@signed_in
def end(request: HttpRequest) -> HttpResponse:
    """End one session of the reader's, or all but this one."""
    reader = reader_of(request)
    if key := request.POST.get("session"):
        row = Session.objects.filter(principal=reader, pk=key[:64]).first()
        if row is not None:
            end_session(row, actor=reader)
        messages.success(request, "The session is ended.")
    else:
        count = end_sessions(
            reader, actor=reader, keep=request.session.session_key or None
        )
        messages.success(request, f"Other sessions are ended: {count}.")
    return redirect("account-sessions")


def device_of(agent: str) -> str:
    """What a browser says it is, in two words; programs lie, so this is a hint."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return " on ".join(filter(None, (browser, system))) or agent[:40] or "unknown"
