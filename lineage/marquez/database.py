"""How is a Marquez database read without changing it, and without holding it all?"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

# What is read, by table. All of it is in the schema of Marquez 0.51 (version 74).
NEEDED: Mapping[str, tuple[str, ...]] = {
    "lineage_events": (
        "event_time",
        "event",
        "_event_type",
        "run_uuid",
        "job_name",
        "job_namespace",
    ),
    "namespaces": ("uuid", "name", "description", "current_owner_name", "is_hidden"),
    "sources": ("uuid", "type", "name", "connection_url", "description"),
    "tags": ("uuid", "name", "description"),
    "datasets": (
        "uuid",
        "type",
        "created_at",
        "namespace_uuid",
        "namespace_name",
        "name",
        "physical_name",
        "source_uuid",
        "description",
        "current_version_uuid",
        "is_hidden",
    ),
    "dataset_symlinks": (
        "dataset_uuid",
        "namespace_uuid",
        "name",
        "type",
        "is_primary",
        "created_at",
    ),
    "dataset_versions": (
        "uuid",
        "dataset_uuid",
        "version",
        "created_at",
        "run_uuid",
        "fields",
        "namespace_name",
        "dataset_name",
        "lifecycle_state",
    ),
    "stream_versions": ("dataset_version_uuid", "schema_location"),
    "dataset_fields": ("uuid", "dataset_uuid", "name", "type", "description"),
    "dataset_versions_field_mapping": ("dataset_version_uuid", "dataset_field_uuid"),
    "column_lineage": (
        "output_dataset_version_uuid",
        "output_dataset_field_uuid",
        "input_dataset_version_uuid",
        "input_dataset_field_uuid",
        "transformation_description",
        "transformation_type",
    ),
    "jobs": (
        "uuid",
        "type",
        "created_at",
        "namespace_uuid",
        "namespace_name",
        "name",
        "simple_name",
        "description",
        "current_version_uuid",
        "current_location",
        "current_inputs",
        "parent_job_uuid",
        "symlink_target_uuid",
        "is_hidden",
    ),
    "job_versions": (
        "uuid",
        "job_uuid",
        "version",
        "created_at",
        "location",
        "latest_run_uuid",
    ),
    "job_versions_io_mapping": ("job_version_uuid", "dataset_uuid", "io_type"),
    "runs": (
        "uuid",
        "external_id",
        "created_at",
        "job_uuid",
        "job_version_uuid",
        "parent_run_uuid",
        "run_args_uuid",
        "nominal_start_time",
        "nominal_end_time",
        "current_run_state",
        "started_at",
        "ended_at",
    ),
    "run_args": ("uuid", "args"),
    "run_states": ("run_uuid", "state", "transitioned_at"),
    "runs_input_mapping": ("run_uuid", "dataset_version_uuid"),
    "dataset_facets": (
        "dataset_version_uuid",
        "run_uuid",
        "lineage_event_time",
        "type",
        "facet",
    ),
    "job_facets": ("job_version_uuid", "run_uuid", "lineage_event_time", "facet"),
    "run_facets": ("run_uuid", "lineage_event_time", "facet"),
    "datasets_tag_mapping": ("dataset_uuid", "tag_uuid"),
    "dataset_fields_tag_mapping": ("dataset_field_uuid", "tag_uuid"),
    "jobs_tag_mapping": ("job_uuid", "tag_uuid"),
}
# Where the connection's search_path leads, as for every statement after it.
COLUMNS = """
SELECT c.relname, a.attname
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND pg_catalog.pg_table_is_visible(c.oid) AND a.attnum > 0 AND NOT a.attisdropped
"""
FETCHED_ROWS = 100  # at once: an event may have ten megabytes
CONNECT_SECONDS = 15


class Unreadable(Exception):
    """The database cannot be reached, or is none of Marquez; the message says why."""


class Marquez:
    """One snapshot of a Marquez database, in a transaction that may only read."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def stream(
        self, sql: LiteralString, **parameters: object
    ) -> Iterator[tuple[Any, ...]]:
        """The rows of a query through a cursor on the server, a hundred at a time."""
        with self.connection.cursor(name="headwater_import") as cursor:
            cursor.itersize = FETCHED_ROWS
            cursor.execute(sql, parameters)
            yield from cursor

    def number(self, sql: LiteralString, **parameters: object) -> int:
        """The one number that a query answers."""
        row = self.connection.execute(sql, parameters).fetchone()
        return int(row[0]) if row else 0

    @property
    def place(self) -> str:
        """Host, port and name of the database, for people; without any password."""
        info = self.connection.info
        host = info.host or "localhost"
        return f"{host}:{info.port}/{info.dbname}"

    def check(self) -> None:
        """Raises Unreadable if a table or a column that is read is missing."""
        found = self.connection.execute(COLUMNS, [list(NEEDED)]).fetchall()
        have: dict[str, set[str]] = {}
        for table, column in found:
            have.setdefault(table, set()).add(column)
        faults = [
            f"table {table} is missing"
            if table not in have
            else f"table {table} has no column {', '.join(lacking)}"
            for table, columns in NEEDED.items()
            if (lacking := [c for c in columns if c not in have.get(table, ())])
        ]
        if not faults:
            return
        if len(faults) == len(NEEDED):
            raise Unreadable(
                f"{self.place} holds no table of Marquez. If they are in a schema of "
                "their own, name it: postgresql://…?options=-csearch_path%3DNAME"
            )
        raise Unreadable(
            f"{self.place} has not the schema of Marquez 0.51: {'; '.join(faults)}. "
            "Start Marquez 0.51 once on this database, or on a copy of it: it brings "
            "the tables up to date by itself. Then import again."
        )


@contextmanager
def opened(url: str) -> Iterator[Marquez]:
    """Connect to a Marquez database for one import. Raises Unreadable."""
    try:
        conninfo_to_dict(url)
    except psycopg.Error:
        # The message of libpq would repeat the password.
        raise Unreadable(
            "That is no address of a PostgreSQL database: "
            "postgresql://USER@HOST:PORT/DATABASE is one."
        ) from None
    try:
        connection = psycopg.connect(
            url,
            connect_timeout=CONNECT_SECONDS,
            application_name="headwater import_marquez",
        )
    except psycopg.Error as error:
        raise Unreadable(f"The database cannot be reached: {error}") from None
    with connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        try:
            # Times without a zone are UTC in older schemas, and texts of times here.
            connection.execute("SET TIME ZONE 'UTC'")
            connection.execute("SET datestyle = 'ISO'")
            marquez = Marquez(connection)
            marquez.check()
            yield marquez
        except psycopg.Error as error:
            connection.rollback()
            raise Unreadable(f"The database cannot be read on: {error}") from error
