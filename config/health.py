"""Is this process alive, and can it do its work?"""

from functools import cache

from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from policies.gates import public

READY_MILLISECONDS = 2000

# A commit with something in the log of writes: it fails on a standby and on a full
# disk, and comes back when the disk has it. No row where tables may not be written.
WRITE = """
SELECT pg_logical_emit_message(true, 'headwater', 'ready')
WHERE current_setting('transaction_read_only') = 'off'
"""


@public
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked, lest it be restarted in vain."""
    return HttpResponse("alive\n", content_type="text/plain")


@public
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database takes writes and has the tables that this program knows."""
    checks = {"database": database_trouble(), "migrations": migration_trouble()}
    troubles = {name: trouble for name, trouble in checks.items() if trouble}
    told = {name: troubles.get(name, "ok") for name in checks}
    return JsonResponse(
        {"status": "unready" if troubles else "ready", "checks": told},
        status=503 if troubles else 200,
        headers={"Retry-After": "1"} if troubles else {},
    )


def database_trouble() -> str:
    """Why nothing can be written; empty if it can."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {READY_MILLISECONDS}")
            cursor.execute(WRITE)
            return "" if cursor.fetchone() else "read-only"
    except Error as error:
        return type(error).__name__


def migration_trouble() -> str:
    """How far the database is behind this program; empty if it is not."""
    try:
        applied = MigrationRecorder(connection).applied_migrations().keys()
    except Error as error:
        return type(error).__name__
    missing = known_migrations() - applied
    return f"{len(missing)} to apply" if missing else ""


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations that came with this program."""
    disk = MigrationLoader(None).disk_migrations
    return frozenset(disk)
