"""What do the settings say that name servers: of the database, the broker, the mail?"""

import shlex
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MAIL_SCHEMES = ("smtp", "smtp+tls", "smtps")
MAIL_SECONDS = 20  # after which a silent mail server is given up
# `memory` is for tests: it ends at the process.
BROKERS = ("redis", "rediss", "redis+socket", "amqp", "amqps", "memory")


def database_login(url: str, setting: str) -> dict[str, Any]:
    """Django's words for a postgresql:// address; its query goes to libpq.

    Raises ImproperlyConfigured, which names `setting` and repeats nothing of the
    address: what is wrong with it may be a piece of the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{setting} must look like postgresql://user:password@host:5432/name. "
            "In a password write / as %2F, # as %23, ? as %3F, [ as %5B."
        )
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": query.pop("host", unquote(parts.hostname or "")),
        "PORT": str(port or query.pop("port", "")),
        "OPTIONS": query,
    }


def mailer(url: str) -> dict[str, Any]:
    """Django's words for HEADWATER_MAIL_URL: smtp://, smtp+tls:// or smtps://.

    Raises ImproperlyConfigured, which repeats nothing of the address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
        raise ImproperlyConfigured(
            "HEADWATER_MAIL_URL must look like smtps://user:password@host:465, "
            "smtp+tls://user:password@host:587 (STARTTLS), or smtp://host:25."
        )
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": port,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp+tls",
            "timeout": MAIL_SECONDS,
        },
    }


def server_options(words: str) -> dict[str, str]:
    """What HEADWATER_POSTGRES_OPTIONS says, by name."""
    try:
        return dict(word.split("=", 1) for word in shlex.split(words))
    except ValueError:
        raise ImproperlyConfigured(
            "HEADWATER_POSTGRES_OPTIONS must look like name=value name=value, "
            "shared_buffers=2GB work_mem=64MB say."
        ) from None


def checked_broker(url: str) -> str:
    """CELERY_BROKER_URL as it is; empty if it is not set.

    Raises ImproperlyConfigured if Celery would not know what to do with it.
    """
    if url and url.partition("://")[0] not in BROKERS:
        raise ImproperlyConfigured(
            "CELERY_BROKER_URL must begin with redis:// or rediss:// (Redis, Valkey), "
            "or with amqp:// or amqps:// (RabbitMQ)."
        )
    return url
