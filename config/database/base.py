"""Django's PostgreSQL backend, with a server to start and a role to assume."""

from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base

from config import roles

# The rows that a list asks for are found one by one, in the order of its index. The
# planner takes a filter by rights for dearer than it is, each time anew, and would
# rather read and keep all rows first.
PLANNER = "SET enable_material = off"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that finds its server running, and owns nothing there."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        if settings.EMBEDDED_POSTGRES is not None:
            settings.EMBEDDED_POSTGRES.attach()
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        return connection

    def _configure_role(self, connection: psycopg.Connection) -> bool:
        """Act as the application's role, if this database knows it."""
        connection.execute(PLANNER)
        if self.settings_dict["OPTIONS"].get("assume_role") != roles.APPLICATION:
            super()._configure_role(connection)  # type: ignore[misc]
            return True
        connection.execute(roles.ASSUME_APPLICATION)
        return True
