"""What is set, what would it be otherwise, and where does it come from?"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from policies.actions import Action
from policies.admin_site import Page, Section, site

DOCUMENTED = settings.BASE_DIR / "docs/operations.md"
ROW = re.compile(r"\| `([A-Z_]+)` \|(.*)\|(.*)\|(.*)\|")
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
# The only texts that are shown. What is not named here may be, or hold, a secret.
SHOWN_TEXTS = {
    "HEADWATER_ALLOWED_HOSTS",
    "HEADWATER_ANONYMOUS_ROLE",
    "HEADWATER_HOME",
    "HEADWATER_MAIL_FROM",
    "HEADWATER_OIDC_CLIENT_ID",
    "HEADWATER_OIDC_GROUPS",
    "HEADWATER_OIDC_GROUPS_CLAIM",
    "HEADWATER_OIDC_ISSUER",
    "HEADWATER_OIDC_LABEL",
    "HEADWATER_OIDC_SCOPES",
    "HEADWATER_TLS_CERTIFICATE",
    "HEADWATER_TLS_KEY",
    "HOST",
}
# Of these the server is shown, and neither the name nor the password for it.
ADDRESSES = {
    "CELERY_BROKER_URL",
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "HEADWATER_MAIL_URL",
}
NOT_SHOWN = "set, and not shown"


@dataclass(frozen=True)
class Setting:
    """One setting as it is in force; `value` is empty where nothing is set."""

    name: str
    value: str
    is_set: bool
    default: str
    unit: str
    meaning: str


@require_safe
def settings_in_force(request: HttpRequest) -> HttpResponse:
    """Every setting that is documented, as this process read it when it started."""
    context = {
        **site.each_context(request),
        "title": "Settings in force",
        "groups": in_force(),
    }
    return render(request, "config/settings_in_force.html", context)


def in_force() -> dict[str, list[Setting]]:
    """The settings by the headings of the documentation."""
    groups: dict[str, list[Setting]] = {}
    heading = ""
    for line in DOCUMENTED.read_text().splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if found := ROW.fullmatch(line):
            name, *cells = found.groups()
            default, unit, meaning = (_plain(cell) for cell in cells)
            if name in settings.SETTINGS_READ:
                _, is_set = settings.SETTINGS_READ[name]
                one = Setting(name, shown(name), is_set, default, unit, meaning)
                groups.setdefault(heading, []).append(one)
    return groups


def shown(name: str) -> str:
    """The value in force, as far as it may be shown."""
    reader, is_set = settings.SETTINGS_READ[name]
    value: Any = getattr(settings, name, "")
    if reader != "text":
        return str(int(value)) if isinstance(value, bool) else str(value)
    if name in SHOWN_TEXTS:
        return str(value)
    if not is_set:
        return ""
    return _server_of(str(value)) if name in ADDRESSES else NOT_SHOWN


def _server_of(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return NOT_SHOWN
    host = parts.hostname or " (a socket of this machine)"
    return f"{parts.scheme}://{host}{port}"


def _plain(cell: str) -> str:
    return LINK.sub(r"\1", cell.strip()).replace("`", "")


site.add_page(
    Page(
        name="settings",
        title="Settings in force",
        purpose="What is set, what would it be otherwise, and what it means.",
        section=Section.OPERATIONS,
        opens=(Action.OPERATIONS_VIEW,),
        view=settings_in_force,
        route="settings",
    )
)
