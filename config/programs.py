"""Which programs make up a running Headwater, beside its servers?"""

import os
import shutil
import sys
from pathlib import Path
from typing import IO

from django.conf import settings

from config.embedded.postgres import Postgres
from config.exposure import is_loopback
from config.supervisor import MARK, Program

LOG_KEPT_BYTES = 10 * 2**20
UNNEEDED = ("HEADWATER_ADMIN_PASSWORD", "DATABASE_OWNER_URL")


def environment() -> dict[str, str]:
    """What programs are started with: ours, and the servers' addresses spelt out."""
    postgres: Postgres | None = settings.EMBEDDED_POSTGRES
    kept = {name: word for name, word in os.environ.items() if name not in UNNEEDED}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": postgres.url() if postgres else settings.DATABASE_URL,
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
        "HEADWATER_HOME": str(settings.HEADWATER_HOME),
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
        MARK: str(settings.HEADWATER_HOME),
    }


def web() -> Program:
    """The web server. A process of its that dies is replaced while the others serve."""
    options = {
        "--interface": "wsgi",
        "--host": settings.HOST,
        "--port": settings.PORT,
        "--workers": settings.HEADWATER_WEB_PROCESSES,
        "--blocking-threads": settings.HEADWATER_WEB_THREADS,
        "--respawn-interval": 1,
        "--workers-kill-timeout": settings.HEADWATER_STOP_SECONDS,
        "--log-level": "error",  # it warns of many threads, which are meant
    }
    if settings.HEADWATER_TLS_CERTIFICATE:
        options["--ssl-certificate"] = settings.HEADWATER_TLS_CERTIFICATE
        options["--ssl-keyfile"] = settings.HEADWATER_TLS_KEY
    words = [str(word) for option in options.items() for word in option]
    flags = ["--respawn-failed-workers", "--no-ws"]
    module = [sys.executable, "-m", "granian", *flags, *words]
    counted = {"PROMETHEUS_MULTIPROC_DIR": str(empty_metrics_directory())}
    return Program(
        "web",
        [*module, "config.wsgi:application"],
        environment() | counted,
        log("web"),
    )


def empty_metrics_directory() -> Path:
    """Where web processes put what they count; of former ones nothing is left."""
    directory: Path = settings.HEADWATER_HOME / "metrics"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    return directory


def worker() -> Program:
    """The Celery worker, which also keeps the schedule."""
    command = [sys.executable, "-m", "celery", "--app", "config.celery", "worker"]
    command += ["--beat", "--without-gossip", "--without-mingle"]
    command += ["--loglevel", settings.HEADWATER_LOG_LEVEL]
    return Program("worker", command, environment(), log("worker"))


def log(name: str) -> IO[bytes] | None:
    """A file for what a program says; None if nobody's screen would be spoilt by it."""
    if not sys.stdout.isatty():
        return None  # a service manager or a container collects it
    path = log_path(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_KEPT_BYTES:
        path.rename(path.with_suffix(".log.old"))
    return path.open("ab")


def log_path(name: str) -> Path:
    """Where what this program says is kept, if it is."""
    home: Path = settings.HEADWATER_HOME
    return home / "log" / f"{name}.log"


def web_address() -> str:
    """What to type into a browser on this machine, or beyond if that is served."""
    named = settings.HEADWATER_ALLOWED_HOSTS.split(",")[0].strip()
    if settings.HEADWATER_BEHIND_TLS:
        return f"https://{named}"
    return _address(settings.HOST if is_loopback(settings.HOST) else named)


def own_address() -> str:
    """Where the web server answers to this machine itself, whatever it is called."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared
    return _address(everywhere.get(settings.HOST, settings.HOST))


def _address(host: str) -> str:
    scheme = "https" if settings.HEADWATER_TLS_CERTIFICATE else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.PORT}"
