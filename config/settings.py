"""What can be set, where it comes from, and what it defaults to.

Everything is read from the environment, here and nowhere else; docs/operations.md has
the table, and tests/test_docs.py compares them.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import addresses, keys, roles
from config.embedded.places import make_home
from config.embedded.postgres import DATABASE, SUPERUSER, Postgres
from config.embedded.valkey import Valkey

# What was read: by which reader, and whether it was set. No value is kept here.
SETTINGS_READ: dict[str, tuple[str, bool]] = {}


def text(name: str, default: str = "", *, reader: str = "text") -> str:
    """The setting as it is; empty counts as not set."""
    told = os.environ.get(name, "").strip()
    SETTINGS_READ[name] = (reader, bool(told))
    return told or default


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """The setting as a whole number, `least` or more, and `most` or less."""
    value = text(name, str(default), reader="number")
    is_within = value.isdecimal() and int(value) >= least
    if not is_within or (most is not None and int(value) > most):
        limits = f"{least} or more" if most is None else f"from {least} to {most}"
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must be a whole number, {limits}."
        )
    return int(value)


def flag(name: str, default: bool = False) -> bool:
    """The setting as yes (1, true, yes, on) or no (0, false, no, off)."""
    value = text(name, str(default), reader="flag").lower()
    if value not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0.")
    return value in ("1", "true", "yes", "on")


def choice(name: str, default: str, allowed: Sequence[str]) -> str:
    """The setting as one of `allowed`, whatever its case."""
    value = text(name, default, reader="choice").upper()
    if value not in allowed:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must be one of {', '.join(allowed)}."
        )
    return value


BASE_DIR = Path(__file__).resolve().parent.parent
SOFTWARE_VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())[
    "project"
]["version"]

# Where data and keys are
HEADWATER_HOME = Path(
    os.path.expanduser(text("HEADWATER_HOME", str(BASE_DIR / ".headwater")))
).absolute()
make_home(HEADWATER_HOME)

# The door
HOST = text("HOST", "127.0.0.1").strip("[]")  # of IPv6 as an address has it
PORT = number("PORT", 8000, least=1, most=65535)
HEADWATER_TLS_CERTIFICATE = text("HEADWATER_TLS_CERTIFICATE")
HEADWATER_TLS_KEY = text("HEADWATER_TLS_KEY")
HEADWATER_BEHIND_TLS = flag("HEADWATER_BEHIND_TLS")
HEADWATER_ALLOWED_HOSTS = text("HEADWATER_ALLOWED_HOSTS")
HEADWATER_WEB_PROCESSES = number("HEADWATER_WEB_PROCESSES", 1, least=1)
# Most threads wait for a commit that they share, so there are many.
HEADWATER_WEB_THREADS = number("HEADWATER_WEB_THREADS", 64, least=1)
HEADWATER_STOP_SECONDS = number("HEADWATER_STOP_SECONDS", 20, least=1)

# The event door
HEADWATER_MAX_BODY_BYTES = number("HEADWATER_MAX_BODY_BYTES", 10 * 2**20, least=1024)
HEADWATER_MAX_WIRE_BYTES = number("HEADWATER_MAX_WIRE_BYTES", 10 * 2**20, least=1024)
HEADWATER_MAX_INFLATE_RATIO = number("HEADWATER_MAX_INFLATE_RATIO", 200, least=1)
HEADWATER_INGEST_QUEUE = number("HEADWATER_INGEST_QUEUE", 1000, least=1)
HEADWATER_INGEST_BATCH = number("HEADWATER_INGEST_BATCH", 200, least=1)

# Who gets in
HEADWATER_ADMIN_PASSWORD = text("HEADWATER_ADMIN_PASSWORD")
HEADWATER_ANONYMOUS_ROLE = text("HEADWATER_ANONYMOUS_ROLE")
HEADWATER_PROXIES = number("HEADWATER_PROXIES", 0)
HEADWATER_WALKS_HIDDEN = choice(
    "HEADWATER_WALKS_HIDDEN", "PASS", ("PASS", "STOP", "SILENT")
)
HEADWATER_SESSION_HOURS = number("HEADWATER_SESSION_HOURS", 12, least=1)
HEADWATER_SESSION_IDLE_MINUTES = number("HEADWATER_SESSION_IDLE_MINUTES", 120, least=2)
SECRET_KEY = text("SECRET_KEY") or keys.read_or_make(HEADWATER_HOME / "secret_key")
# Ids of versions are made with it, so that content cannot be guessed from them; with
# another key they are other ids.
HEADWATER_INSTANCE_KEY = text("HEADWATER_INSTANCE_KEY") or keys.read_or_make(
    HEADWATER_HOME / "instance_key"
)
# The bytes of events are sealed with it: without it they cannot be read again.
HEADWATER_BODY_KEY = text("HEADWATER_BODY_KEY") or keys.read_or_make(
    HEADWATER_HOME / "body_key"
)
# Secrets that must be read again are sealed with it: those of second factors, and
# what sessions hold. Several, separated by commas: the first seals, each opens.
HEADWATER_SEAL_KEY = text("HEADWATER_SEAL_KEY") or keys.read_or_make(
    HEADWATER_HOME / "seal_key"
)
DEBUG = flag("DEBUG")
HEADWATER_HASHED_STATIC = flag("HEADWATER_HASHED_STATIC", not DEBUG)
HEADWATER_PERSONAL_TOKENS = flag("HEADWATER_PERSONAL_TOKENS", True)
HEADWATER_TOKEN_DAYS = number("HEADWATER_TOKEN_DAYS", 365, least=1, most=3650)

# The identity provider
HEADWATER_OIDC_ISSUER = text("HEADWATER_OIDC_ISSUER")
HEADWATER_OIDC_CLIENT_ID = text("HEADWATER_OIDC_CLIENT_ID")
HEADWATER_OIDC_CLIENT_SECRET_FILE = text("HEADWATER_OIDC_CLIENT_SECRET_FILE")
HEADWATER_OIDC_CLIENT_SECRET = text("HEADWATER_OIDC_CLIENT_SECRET") or keys.read(
    HEADWATER_OIDC_CLIENT_SECRET_FILE
)
HEADWATER_OIDC_SCOPES = text("HEADWATER_OIDC_SCOPES", "openid profile email")
HEADWATER_OIDC_GROUPS_CLAIM = text("HEADWATER_OIDC_GROUPS_CLAIM", "groups")
HEADWATER_OIDC_GROUPS = text("HEADWATER_OIDC_GROUPS")
HEADWATER_OIDC_LABEL = text("HEADWATER_OIDC_LABEL", "Single sign-on")
HEADWATER_OIDC_ONLY = flag("HEADWATER_OIDC_ONLY")
HEADWATER_OIDC_SECOND_FACTOR = flag("HEADWATER_OIDC_SECOND_FACTOR")

# The work behind
CELERY_BROKER_URL = addresses.checked_broker(text("CELERY_BROKER_URL"))
HEADWATER_WORKER_PROCESSES = number("HEADWATER_WORKER_PROCESSES", 2, least=1)
HEADWATER_TASK_LEASE_SECONDS = number("HEADWATER_TASK_LEASE_SECONDS", 300, least=60)
HEADWATER_TASK_RESULT_DAYS = number("HEADWATER_TASK_RESULT_DAYS", 7, least=1)
HEADWATER_REPORT_DAYS = number("HEADWATER_REPORT_DAYS", 30, least=1)
HEADWATER_BREAK_GLASS_MINUTES = number(
    "HEADWATER_BREAK_GLASS_MINUTES", 240, least=1, most=1440
)
# How long a held change and an access request wait for an answer, what a granted
# request lasts unless told otherwise, and how often reviewers are reminded.
HEADWATER_APPROVAL_DAYS = number("HEADWATER_APPROVAL_DAYS", 7, least=1, most=365)
HEADWATER_ACCESS_REQUEST_DAYS = number(
    "HEADWATER_ACCESS_REQUEST_DAYS", 14, least=1, most=365
)
HEADWATER_ACCESS_GRANT_DAYS = number(
    "HEADWATER_ACCESS_GRANT_DAYS", 90, least=1, most=3650
)
HEADWATER_REVIEW_REMINDER_DAYS = number(
    "HEADWATER_REVIEW_REMINDER_DAYS", 3, least=1, most=365
)
# Who is told of an incident has a mail, too, if there is a server for it.
HEADWATER_MAIL_URL = text("HEADWATER_MAIL_URL")
HEADWATER_MAIL_FROM = text("HEADWATER_MAIL_FROM", "headwater@localhost")
MAILERS = (
    {"default": addresses.mailer(HEADWATER_MAIL_URL)} if HEADWATER_MAIL_URL else {}
)
HEADWATER_LOG_LEVEL = choice(
    "HEADWATER_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")
)

# The database
DATABASE_URL = text("DATABASE_URL")
DATABASE_OWNER_URL = text("DATABASE_OWNER_URL")
HEADWATER_POSTGRES_OPTIONS = text("HEADWATER_POSTGRES_OPTIONS")
HEADWATER_DATABASE_CONNECT_SECONDS = number(
    "HEADWATER_DATABASE_CONNECT_SECONDS", 2, least=2
)


def login(url: str, setting: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's words for a postgresql:// address."""
    told = addresses.database_login(url, setting)
    told["OPTIONS"] = {
        "connect_timeout": HEADWATER_DATABASE_CONNECT_SECONDS,
        # A server that vanished without a word is given up within seconds.
        "tcp_user_timeout": 1000 * HEADWATER_DATABASE_CONNECT_SECONDS,
        "assume_role": roles.APPLICATION,
        **told["OPTIONS"],
    }
    return told


# Every web thread keeps a connection, and so does every thread of a task or command.
CONNECTIONS = HEADWATER_WEB_PROCESSES * (HEADWATER_WEB_THREADS + 4) + 64
EMBEDDED_POSTGRES = (
    None
    if DATABASE_URL
    else Postgres(
        HEADWATER_HOME,
        {
            "max_connections": str(max(200, CONNECTIONS)),
            **addresses.server_options(HEADWATER_POSTGRES_OPTIONS),
        },
    )
)
EMBEDDED_VALKEY = None if CELERY_BROKER_URL else Valkey(HEADWATER_HOME)
DATABASES = {
    "default": {
        "ENGINE": "config.database",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # else each thread fails once after a restart
        **login(EMBEDDED_POSTGRES.url() if EMBEDDED_POSTGRES else DATABASE_URL),
    }
}
# What `migrate` logs in with instead, to act as the role that owns the tables.
DATABASE_OWNER_LOGIN: dict[str, Any] = {}
if DATABASE_OWNER_URL:
    DATABASE_OWNER_LOGIN = login(DATABASE_OWNER_URL, "DATABASE_OWNER_URL")
elif EMBEDDED_POSTGRES:
    DATABASE_OWNER_LOGIN = login(EMBEDDED_POSTGRES.url(SUPERUSER, DATABASE))

INSTALLED_APPS = [
    "policies",  # before auth: two of its commands stand in for auth's
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static.StaticFiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "django_celery_results",
    "guardian",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "catalog",
    "lineage",
    "reports",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "config.metrics.measure",
    "policies.middleware.request_id",
    "config.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.event_lane.event_lane",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "policies.caching.keep_nothing",
    "config.duties.DutiesFirst",
    "policies.middleware.decide_once",
    "policies.middleware.watch_broken_glass",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # clients turn a redirected POST into an empty GET
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.appearance.shell",
            ]
        },
    }
]

# Accounts and rights
AUTH_USER_MODEL = "policies.Principal"
PASSWORD_HASHERS = [
    "policies.signing_in.hashers.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of before: hashed anew
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": (
            "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
        )
    },
]
# guardian only stores shares of single assets: policies.access compiles its rows like
# any other grant, so its backend, its patches and its anonymous user stay out.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
# Without a mail server there is no mailer: then nobody is mailed.
SILENCED_SYSTEM_CHECKS = ["guardian.W001", "mail.W001"]
# Of allauth there are the code flow of OpenID Connect, and second factors. None of its
# pages is served: it signs nobody up, and sends no mail (docs/decisions/0090).
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
SOCIALACCOUNT_ADAPTER = "policies.signing_in.sign_on.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "policies.signing_in.sign_on.SignOnProvider"}
}
MFA_ADAPTER = "policies.signing_in.second_factor.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds that clocks may be apart
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "config.problems.answer_api_exception",
    # Each view says in `actions` what it needs; one that says nothing answers nobody.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "policies.signing_in.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["policies.permissions.DeclaredActions"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Headwater",
    "DESCRIPTION": "Lineage and governance of data, from OpenLineage events.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "PATH_CONVERTER_OVERRIDES": {
        "decoded": {"type": "string"},
        "transition": {
            "type": "string",
            "enum": ["start", "complete", "fail", "abort"],
        },
    },
    "PREPROCESSING_HOOKS": ["lineage.api.schema.with_door"],
    "POSTPROCESSING_HOOKS": ["lineage.api.schema.describe"],
}

# What browsers are told
LOOPBACK_NAMES = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [
    *(name.strip() for name in HEADWATER_ALLOWED_HOSTS.split(",") if name.strip()),
    *LOOPBACK_NAMES,  # also beyond the loopback: the machine's own health checks
]
IS_SECURE = HEADWATER_BEHIND_TLS or bool(HEADWATER_TLS_CERTIFICATE)
# Where people find it, for links in mails.
OWN_ADDRESS = (
    f"{'https' if IS_SECURE else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}"
    f"{'' if HEADWATER_BEHIND_TLS else f':{PORT}'}"
)
if HEADWATER_BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
COOKIE_PREFIX = "__Host-" if IS_SECURE else ""
SESSION_ENGINE = "policies.signing_in.session_store"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}headwater-session"
SESSION_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_AGE = HEADWATER_SESSION_HOURS * 3600
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}headwater-csrf"
CSRF_COOKIE_SECURE = IS_SECURE
CSRF_FAILURE_VIEW = "config.problems.csrf_failure"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves

# Files for browsers: ours, and the packages that package-lock.json pins
STATIC_URL = "/static/"
STATIC_ROOT = HEADWATER_HOME / "static"
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("npm/tabler/css", NODE_MODULES / "@tabler/core/dist/css"),
    ("npm/tabler/js", NODE_MODULES / "@tabler/core/dist/js"),
    ("npm/htmx", NODE_MODULES / "htmx.org/dist"),
    ("npm/elk", NODE_MODULES / "elkjs/lib"),
    ("npm/plex-sans", NODE_MODULES / "@fontsource-variable/ibm-plex-sans"),
    ("npm/plex-mono", NODE_MODULES / "@fontsource/ibm-plex-mono"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "config.static.HashedStorage"
            if HEADWATER_HASHED_STATIC
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not HEADWATER_HASHED_STATIC
WHITENOISE_AUTOREFRESH = DEBUG

# The worker. A task is delivered again when its lease ends, so none may outlive it:
# longer work stops in time and goes on in its next run.
CELERY_BROKER_URL = CELERY_BROKER_URL or Valkey(HEADWATER_HOME).url
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# What the clock starts leaves its result in the database for some days, and so does
# every task that fails; what else is sent leaves none.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = True
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = HEADWATER_TASK_RESULT_DAYS * 24 * 3600
CELERY_TASK_TIME_LIMIT = HEADWATER_TASK_LEASE_SECONDS - 10
CELERY_TASK_SOFT_TIME_LIMIT = HEADWATER_TASK_LEASE_SECONDS - 30
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = HEADWATER_WORKER_PROCESSES
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Without a broker a request goes on after a second: its task finds the work later.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.4,
}
if CELERY_BROKER_URL.startswith(("redis", "valkey")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": HEADWATER_TASK_LEASE_SECONDS,
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(HEADWATER_HOME / "beat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "journal-failed-attempts": {
        "task": "policies.tasks.journal_failed_attempts",
        "schedule": 60.0,
    },
    "close-emergencies": {
        "task": "policies.tasks.close_emergencies",
        "schedule": 60.0,
    },
    "forget-old-sign-ins": {
        "task": "policies.tasks.forget_old_sign_ins",
        "schedule": 3600.0,
    },
    "make-journal-months": {
        "task": "policies.tasks.make_journal_months",
        "schedule": 6 * 3600.0,
    },
    "close-what-nobody-answered": {
        "task": "policies.tasks.close_what_nobody_answered",
        "schedule": 300.0,
    },
    "close-due-reviews": {
        "task": "policies.tasks.close_due_reviews",
        "schedule": 300.0,
    },
    "remind-reviewers": {
        "task": "policies.tasks.remind_reviewers",
        "schedule": 3600.0,
    },
    "index-what-changed": {
        "task": "catalog.tasks.index_what_changed",
        "schedule": 5.0,
    },
    "make-event-months": {
        "task": "lineage.tasks.make_event_months",
        "schedule": 6 * 3600.0,
    },
    "replay-what-older-projectors-failed-on": {
        "task": "lineage.tasks.replay_what_older_projectors_failed_on",
        "schedule": 60.0,
    },
    "follow-renames": {
        "task": "lineage.tasks.follow_renames",
        "schedule": 60.0,
    },
    "classify-what-changed": {
        "task": "lineage.tasks.classify_what_changed",
        "schedule": 10.0,
    },
    "judge-expectations": {
        "task": "lineage.tasks.judge_expectations",
        "schedule": 60.0,
    },
    "take-up-reports": {
        "task": "reports.tasks.take_up_reports",
        "schedule": 60.0,
    },
    "expire-reports": {
        "task": "reports.tasks.expire_reports",
        "schedule": 3600.0,
    },
    "fold-what-producers-propose": {
        "task": "catalog.tasks.fold_what_producers_propose",
        "schedule": 30.0,
    },
    "recover-from-rebuild": {
        "task": "lineage.tasks.recover_from_rebuild",
        "schedule": 60.0,
    },
    "celery.backend_cleanup": {  # the name by which Celery would add it itself
        "task": "celery.backend_cleanup",
        "schedule": 6 * 3600.0,
    },
}
for _name, _entry in CELERY_BEAT_SCHEDULE.items():
    _headers = {"periodic_task_name": _name}  # what its result is found by
    _entry["options"] = {"ignore_result": False, "headers": _headers}

# What can be imported as CSV: a file is known by its header.
CSV_FORMATS = [
    f"catalog.services.import_formats.{name}"
    for name in ("STATEMENTS", "DOMAINS", "TAGS", "TERMS", "PRODUCTS", "PROPERTIES")
]

# How a review of access ends an ownership, which an app above `policies` keeps.
END_OWNERSHIP = "catalog.services.ownerships.end_ownership"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": HEADWATER_LOG_LEVEL},
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
