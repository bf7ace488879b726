"""Does the name of a setting say that its value is a secret?"""

import re
from enum import IntEnum
from functools import lru_cache


class Secrecy(IntEnum):
    """How sure a name makes it. A LIKELY one also has to look like a secret."""

    NONE = 0
    LIKELY = 1
    CERTAIN = 2


_SEGMENT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_CERTAIN = frozenset(
    {
        "accesskey",
        "accesstoken",
        "accountkey",
        "apikey",
        "authtoken",
        "clientsecret",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "privatekey",
        "pwd",
        "secret",
        "secretkey",
        "secrets",
        "sharedaccesskey",
        "sharedkey",
    }
)
_CERTAIN_ENDINGS = ("password", "passwd", "secretkey", "accesskey", "apikey")
_KINDS_OF_KEY = frozenset(
    {
        "access",
        "account",
        "api",
        "encryption",
        "master",
        "private",
        "secret",
        "shared",
        "signing",
        "ssh",
        "storage",
    }
)
_KINDS_OF_TOKEN = frozenset(
    {
        "access",
        "api",
        "auth",
        "bearer",
        "bot",
        "oauth",
        "personal",
        "refresh",
        "sas",
        "security",
        "session",
    }
)
_LIKELY = frozenset(
    {
        "auth",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "sas",
        "sig",
        "signature",
        "token",
    }
)
# What follows here tells about a secret without being one: `password_file`.
_ABOUT = frozenset(
    {
        "arn",
        "class",
        "column",
        "count",
        "endpoint",
        "enabled",
        "expiration",
        "expires",
        "expiry",
        "field",
        "file",
        "id",
        "ids",
        "issuer",
        "length",
        "limit",
        "manager",
        "method",
        "name",
        "names",
        "path",
        "policy",
        "provider",
        "ref",
        "region",
        "required",
        "scope",
        "scopes",
        "ttl",
        "type",
        "uri",
        "url",
        "version",
    }
)

_BROAD = (
    "auth",
    "credential",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "signature",
    "token",
)


@lru_cache(maxsize=4096)
def secrecy(name: str) -> Secrecy:
    """Judge the name of a setting, a parameter or a member, in any spelling."""
    segments = [segment.lower() for segment in _SEGMENT.findall(name)]
    if not segments or segments[-1] in _ABOUT:
        return Secrecy.NONE
    for before, segment in zip(["", *segments], segments, strict=False):
        if (
            segment in _CERTAIN
            or segment.endswith(_CERTAIN_ENDINGS)
            or (segment == "key" and before in _KINDS_OF_KEY)
            or (segment == "token" and before in _KINDS_OF_TOKEN)
            or (segment == "pass" and before)
        ):
            return Secrecy.CERTAIN
    if _LIKELY.intersection(segments):
        return Secrecy.LIKELY
    return Secrecy.NONE


@lru_cache(maxsize=4096)
def is_secret_variable(name: str) -> bool:
    """Judge the name of an environment variable or parameter, sooner too strictly."""
    lowered = name.lower()
    return any(word in lowered for word in _BROAD) or secrecy(name) is Secrecy.CERTAIN
