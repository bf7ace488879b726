"""What must hold before others than this machine may reach us?"""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

SECRET_KEY_LEAST_CHARACTERS = 32
PASSWORD_LEAST_CHARACTERS = 12
ISSUER_MOST_CHARACTERS = 200  # what its column takes
ROLES_FOR_STRANGERS = ("", "viewer")


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_exposure(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """What is wrong with the settings, each with its remedy."""
    found = list(_half_settings())
    if not is_loopback(settings.HOST):
        where = f"HOST={settings.HOST} can be reached from other machines, and"
        found += _dangers_beyond_the_loopback(where, "set HOST=127.0.0.1")
    elif settings.HEADWATER_BEHIND_TLS:
        where = "HEADWATER_BEHIND_TLS=1 means that a proxy lets others in, and"
        found += _dangers_beyond_the_loopback(where, "unset HEADWATER_BEHIND_TLS")
    return found


def refuse_exposure() -> None:
    """Raise ImproperlyConfigured if the settings would let strangers in."""
    if found := check_exposure():
        told = "\n".join(f"- {error.msg}\n  {error.hint}" for error in found)
        raise ImproperlyConfigured(f"Headwater does not start like this:\n{told}")


def _half_settings() -> Iterator[CheckMessage]:
    yield from _provider_settings()
    if bool(settings.HEADWATER_TLS_CERTIFICATE) != bool(settings.HEADWATER_TLS_KEY):
        yield Error(
            "Of HEADWATER_TLS_CERTIFICATE and HEADWATER_TLS_KEY only one is set.",
            hint="Set both, to PEM files, or neither.",
            id="headwater.E001",
        )


def _provider_settings() -> Iterator[CheckMessage]:
    issuer = settings.HEADWATER_OIDC_ISSUER
    if not issuer:
        if settings.HEADWATER_OIDC_ONLY:
            yield Error(
                "HEADWATER_OIDC_ONLY is set, and there is no provider to sign on by.",
                hint="Set HEADWATER_OIDC_ISSUER, or unset HEADWATER_OIDC_ONLY.",
                id="headwater.E008",
            )
        return
    if not settings.HEADWATER_OIDC_CLIENT_ID:
        yield Error(
            "HEADWATER_OIDC_ISSUER is set, and HEADWATER_OIDC_CLIENT_ID is not.",
            hint="Register Headwater with the provider, and set the id it gives.",
            id="headwater.E009",
        )
    parts = urlsplit(issuer)
    if len(issuer) > ISSUER_MOST_CHARACTERS or not (
        parts.scheme == "https"
        or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    ):
        yield Error(
            "HEADWATER_OIDC_ISSUER is no https address: whoever is on the way could "
            "vouch for anybody.",
            hint="Set it to https://…, exactly as the provider calls itself.",
            id="headwater.E010",
        )
    if "openid" not in settings.HEADWATER_OIDC_SCOPES.split():
        yield Error(
            "HEADWATER_OIDC_SCOPES lacks openid: the provider would vouch for nobody.",
            hint="Put openid first, as in: openid profile email",
            id="headwater.E011",
        )


def _dangers_beyond_the_loopback(
    where: str, to_be_alone: str
) -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            f"{where} DEBUG shows settings and code to whoever causes an error.",
            hint=f"Unset DEBUG, or {to_be_alone}.",
            id="headwater.E002",
        )
    if not settings.IS_SECURE:
        yield Error(
            f"{where} without TLS everybody on the way reads passwords and tokens.",
            hint=(
                "Set HEADWATER_TLS_CERTIFICATE and HEADWATER_TLS_KEY; or put a proxy "
                "that speaks TLS in front, let it set X-Forwarded-Proto, and set "
                f"HEADWATER_BEHIND_TLS=1; or {to_be_alone}."
            ),
            id="headwater.E003",
        )
    if not settings.HEADWATER_ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            f"{where} it would answer to any name, or to none but localhost.",
            hint=(
                "Set HEADWATER_ALLOWED_HOSTS to the names people type, separated by "
                "commas: lineage.example.com,10.0.0.7"
            ),
            id="headwater.E004",
        )
    if settings.HEADWATER_ANONYMOUS_ROLE not in ROLES_FOR_STRANGERS:
        yield Error(
            f"{where} whoever reaches it would have the role "
            f"{settings.HEADWATER_ANONYMOUS_ROLE} without signing in.",
            hint="Unset HEADWATER_ANONYMOUS_ROLE, or set it to viewer.",
            id="headwater.E005",
        )
    if len(settings.SECRET_KEY) < SECRET_KEY_LEAST_CHARACTERS:
        yield Error(
            f"{where} SECRET_KEY is short enough to be guessed.",
            hint=(
                f"Unset it, so that one is made and kept in {settings.HEADWATER_HOME}, "
                f"or use {SECRET_KEY_LEAST_CHARACTERS} random characters or more."
            ),
            id="headwater.E006",
        )
    password = settings.HEADWATER_ADMIN_PASSWORD
    if password and len(password) < PASSWORD_LEAST_CHARACTERS:
        yield Error(
            f"{where} HEADWATER_ADMIN_PASSWORD is short enough to be guessed.",
            hint=(
                f"Use {PASSWORD_LEAST_CHARACTERS} characters or more, or unset it, so "
                "that one is made and printed once."
            ),
            id="headwater.E007",
        )
