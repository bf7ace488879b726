"""Django's `migrate`, acting as the role that owns the tables."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from config import roles
from config.database.ownership import as_owner

UNSEPARATED = (
    "The application will connect as the owner of its tables: this login may not make "
    f"the roles {roles.OWNER} and {roles.APPLICATION}, or the tables were made without "
    "them. docs/operations.md says under 'A PostgreSQL of your own' what it needs."
)


class Command(migrate.Command):
    """Migrate as the owner role; the application connects as one that owns nothing."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(connections[options["database"]]) as separated:
            if not separated and options["verbosity"] > 0:
                self.stderr.write(self.style.WARNING(UNSEPARATED))
            super().handle(*args, **options)
