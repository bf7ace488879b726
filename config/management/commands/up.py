"""Start everything, say where it is, keep it running, and stop it at Ctrl-C."""

import fcntl
import json
import os
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, connections

from config import programs
from config.embedded.places import make_home, open_lock
from config.embedded.runtime import OLDEST_MAJOR
from config.static import collect_changed_files
from config.supervisor import (
    Program,
    Watch,
    end_strays,
    stop_on_signals,
    supervise,
)
from config.welcome import FirstVisit, prepare_first_visit, welcome
from policies import services

WEB_START_SECONDS = 120


class Command(BaseCommand):
    """Start the servers, migrate, start the web server and the worker."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        stop_on_signals(stopping)
        with self._alone():
            end_strays(settings.HEADWATER_HOME, settings.HEADWATER_STOP_SECONDS)
            refuse_a_taken_port()
            refuse_certificates_that_do_not_serve()
            with self._servers() as servers:
                first_visit = self._prepare()
                self._run(servers, first_visit, stopping)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold this home; if it is held, say by whom and end."""
        home = make_home(settings.HEADWATER_HOME)
        with open_lock(home / "up.lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                told = json.loads(lock.read() or "{}")
                self.stdout.write(
                    f"Headwater is running already: {told.get('address', 'starting')} "
                    f"(process {told.get('process')}, home {home})."
                )
                raise SystemExit(0) from None
            lock.seek(0)
            lock.truncate()
            running = {"address": programs.web_address(), "process": os.getpid()}
            lock.write(json.dumps(running))
            lock.flush()
            yield

    @contextmanager
    def _servers(self) -> Iterator[list[Watch]]:
        """Start the embedded servers that are wanted; stop them at the end."""
        watches = []
        if postgres := settings.EMBEDDED_POSTGRES:
            self._say("Starting PostgreSQL")
            postgres.attach()
            watches.append(Watch("PostgreSQL", postgres))
        if valkey := settings.EMBEDDED_VALKEY:
            valkey.start()
            watches.append(Watch("Valkey", valkey))
        try:
            yield watches
        finally:
            connections.close_all()
            if valkey:
                valkey.stop()
            if postgres and not postgres.detach():
                self._say("PostgreSQL stays up for another command, which stops it.")

    def _prepare(self) -> FirstVisit:
        for fault in faults_of_the_database():
            self._say(fault)
        self._say("Migrating")
        call_command("migrate", verbosity=0)
        collect_changed_files()
        first_visit = prepare_first_visit()
        refuse_an_unknown_role()
        connections.close_all()
        return first_visit

    def _run(
        self, servers: list[Watch], first_visit: FirstVisit, stopping: threading.Event
    ) -> None:
        web, worker = programs.web(), programs.worker()
        try:
            self._say("Starting the web server and the worker")
            web.start()
            worker.start()
            if wait_for_web(web, stopping):
                welcome(first_visit)
            children = [Watch("The web server", web), Watch("The worker", worker)]
            supervise([*servers, *children], stopping, self._say)
        finally:
            self._say("Stopping")
            web.stop(settings.HEADWATER_STOP_SECONDS)
            worker.stop(settings.HEADWATER_STOP_SECONDS)

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)


def refuse_a_taken_port() -> None:
    """Raise CommandError if another program listens where we would."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"{settings.HOST}:{settings.PORT} cannot be listened on: "
                f"{error.strerror}. Choose another: PORT={settings.PORT + 1} make run"
            ) from error


def refuse_certificates_that_do_not_serve() -> None:
    """Raise CommandError if TLS is wanted and its files are none, or no pair."""
    if not settings.HEADWATER_TLS_CERTIFICATE:
        return
    try:
        # Without a password: for an encrypted key it would be asked for.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.HEADWATER_TLS_CERTIFICATE, settings.HEADWATER_TLS_KEY, password=""
        )
    except OSError as error:
        raise CommandError(
            "HEADWATER_TLS_CERTIFICATE and HEADWATER_TLS_KEY are no certificate and "
            "its unencrypted key, in PEM files that can be read: "
            f"{error.strerror or error}."
        ) from error


def refuse_an_unknown_role() -> None:
    """Raise CommandError if strangers are to have a role that there is not."""
    if wanted := settings.HEADWATER_ANONYMOUS_ROLE:
        try:
            services.role_named(wanted)
        except services.UnknownRole as refusal:
            raise CommandError(f"HEADWATER_ANONYMOUS_ROLE: {refusal}") from None


def faults_of_the_database() -> Iterator[str]:
    """What people should know of the database.

    Raises CommandError if it cannot be reached or is too old.
    """
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise CommandError(f"DATABASE_URL: {error}") from error
    major, _ = connection.get_database_version()
    if major < OLDEST_MAJOR:
        raise CommandError(
            f"DATABASE_URL leads to PostgreSQL {major}; Headwater needs {OLDEST_MAJOR} "
            "or newer."
        )
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        if cursor.fetchone() == ("off",):
            yield (
                "WARNING: PostgreSQL runs with fsync=off. A power failure will lose "
                "events that were acknowledged; set fsync=on."
            )


def wait_for_web(web: Program, stopping: threading.Event) -> bool:
    """Whether the web server answered before it was to stop.

    Raises CommandError if it ended, or is silent for too long.
    """
    address = f"{programs.own_address()}/livez"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # it is ourselves that we ask, by whatever name
    context.verify_mode = ssl.CERT_NONE
    deadline = time.monotonic() + WEB_START_SECONDS
    while not stopping.wait(0.1):
        try:
            answer = urllib.request.urlopen(address, timeout=5, context=context)  # noqa: S310
            answer.close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            if web.is_running() and time.monotonic() < deadline:
                continue
            where = programs.log_path("web") if sys.stdout.isatty() else "above"
            raise CommandError(f"The web server does not start; see {where}.") from None
        else:
            return True
    return False
