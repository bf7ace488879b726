"""Django's `migrate`, acting as the role that owns the tables."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from config import roles
from config.database.ownership import NotTheOwner, as_owner

UNSEPARATED = (
    "The application will connect as the owner of its tables: this login may not make "
    f"the roles {roles.OWNER} and {roles.APPLICATION}, or the tables were made without "
    "them. docs/operations.md says under 'A PostgreSQL of your own' what it needs."
)

NOT_THE_OWNER = (
    f"There are migrations to apply, and this login may not act as {roles.OWNER}, "
    "which owns the tables. Set DATABASE_OWNER_URL to one that may; docs/operations.md "
    "says more under 'A PostgreSQL of your own'."
)


class Command(migrate.Command):
    """Migrate as the owner role; the application connects as one that owns nothing."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        try:
            with as_owner(connection) as separated:
                if not separated and options["verbosity"] > 0:
                    self.stderr.write(self.style.WARNING(UNSEPARATED))
                super().handle(*args, **options)
        except NotTheOwner:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise CommandError(NOT_THE_OWNER) from None
