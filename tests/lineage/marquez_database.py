"""A database with the tables of Marquez 0.51 that an import reads, beside the tests'.

The tables and columns are those that a Marquez 0.51 makes (version 74 of its schema),
written down here by their names and types; its views, triggers and indexes are not
needed to be read.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import psycopg
from psycopg import sql

from tests.conftest import url_of_test_database

NAME = "marquez_{}"
BEGINNING = datetime(2026, 5, 4, tzinfo=UTC)

# Table: its columns, each with a type; enough for what is read and what it must be.
TABLES = {
    "namespaces": "uuid uuid PRIMARY KEY, created_at timestamptz,"
    " updated_at timestamptz, name varchar UNIQUE NOT NULL,"
    " description text, current_owner_name varchar,"
    " is_hidden boolean DEFAULT false",
    "owners": "uuid uuid PRIMARY KEY, created_at timestamptz, name varchar UNIQUE",
    "namespace_ownerships": "uuid uuid PRIMARY KEY, started_at timestamptz,"
    " ended_at timestamptz, namespace_uuid uuid, owner_uuid uuid",
    "sources": "uuid uuid PRIMARY KEY, type varchar NOT NULL, created_at timestamptz,"
    " updated_at timestamptz, name varchar UNIQUE NOT NULL, connection_url varchar,"
    " description text",
    "datasets": "uuid uuid PRIMARY KEY, type varchar NOT NULL, created_at timestamptz,"
    " updated_at timestamptz, namespace_uuid uuid REFERENCES namespaces,"
    " source_uuid uuid REFERENCES sources, name varchar NOT NULL,"
    " physical_name varchar, description text, current_version_uuid uuid,"
    " last_modified_at timestamptz, namespace_name varchar, source_name varchar,"
    " is_deleted boolean DEFAULT false, is_hidden boolean DEFAULT false",
    "dataset_symlinks": "dataset_uuid uuid, name varchar NOT NULL,"
    " namespace_uuid uuid REFERENCES namespaces, type varchar,"
    " is_primary boolean DEFAULT false, created_at timestamptz,"
    " updated_at timestamptz, UNIQUE (namespace_uuid, name)",
    "jobs": "uuid uuid PRIMARY KEY, type varchar NOT NULL, created_at timestamptz,"
    " updated_at timestamptz, namespace_uuid uuid REFERENCES namespaces,"
    " namespace_name varchar, name varchar NOT NULL, simple_name varchar,"
    " description text, current_version_uuid uuid, current_location varchar,"
    " current_inputs jsonb, current_run_uuid uuid, parent_job_uuid uuid,"
    " symlink_target_uuid uuid, aliases varchar[], is_hidden boolean DEFAULT false,"
    " UNIQUE (namespace_uuid, name)",
    "job_versions": "uuid uuid PRIMARY KEY, created_at timestamptz,"
    " updated_at timestamptz, job_uuid uuid REFERENCES jobs, version uuid NOT NULL,"
    " location varchar, latest_run_uuid uuid, namespace_uuid uuid,"
    " namespace_name varchar, job_name varchar",
    "job_versions_io_mapping": "job_version_uuid uuid, dataset_uuid uuid,"
    " io_type varchar NOT NULL, job_uuid uuid, job_symlink_target_uuid uuid,"
    " is_current_job_version boolean DEFAULT false, made_current_at timestamp",
    "run_args": "uuid uuid PRIMARY KEY, created_at timestamptz, args text,"
    " checksum varchar",
    "runs": "uuid uuid PRIMARY KEY, created_at timestamptz, updated_at timestamptz,"
    " job_version_uuid uuid, run_args_uuid uuid, nominal_start_time timestamptz,"
    " nominal_end_time timestamptz, current_run_state varchar,"
    " start_run_state_uuid uuid, end_run_state_uuid uuid, external_id varchar,"
    " namespace_name varchar, job_name varchar, location varchar,"
    " transitioned_at timestamptz, started_at timestamptz, ended_at timestamptz,"
    " parent_run_uuid uuid, job_uuid uuid",
    "run_states": "uuid uuid PRIMARY KEY, transitioned_at timestamptz NOT NULL,"
    " run_uuid uuid REFERENCES runs, state varchar NOT NULL",
    "dataset_versions": "uuid uuid PRIMARY KEY, created_at timestamptz,"
    " dataset_uuid uuid REFERENCES datasets, version uuid NOT NULL, run_uuid uuid,"
    " fields jsonb, namespace_name varchar, dataset_name varchar,"
    " lifecycle_state varchar, dataset_schema_version_uuid uuid",
    "stream_versions": "dataset_version_uuid uuid, schema_location varchar NOT NULL",
    "dataset_fields": "uuid uuid PRIMARY KEY, type varchar, created_at timestamptz,"
    " updated_at timestamptz, dataset_uuid uuid REFERENCES datasets,"
    " name varchar NOT NULL, description text",
    "dataset_versions_field_mapping": "dataset_version_uuid uuid,"
    " dataset_field_uuid uuid",
    "column_lineage": "output_dataset_version_uuid uuid,"
    " output_dataset_field_uuid uuid, input_dataset_version_uuid uuid,"
    " input_dataset_field_uuid uuid,"
    " transformation_description text, transformation_type varchar,"
    " created_at timestamptz, updated_at timestamptz",
    "runs_input_mapping": "run_uuid uuid, dataset_version_uuid uuid",
    "dataset_facets": "created_at timestamptz, dataset_uuid uuid,"
    " dataset_version_uuid uuid, run_uuid uuid, lineage_event_time timestamptz,"
    " lineage_event_type varchar, type varchar NOT NULL, name varchar NOT NULL,"
    " facet jsonb NOT NULL",
    "job_facets": "created_at timestamptz, job_uuid uuid, job_version_uuid uuid,"
    " run_uuid uuid, lineage_event_time timestamptz, lineage_event_type varchar,"
    " name varchar NOT NULL, facet jsonb NOT NULL",
    "run_facets": "created_at timestamptz, run_uuid uuid,"
    " lineage_event_time timestamptz, lineage_event_type varchar,"
    " name varchar NOT NULL, facet jsonb NOT NULL",
    "tags": "uuid uuid PRIMARY KEY, created_at timestamptz, updated_at timestamptz,"
    " name varchar UNIQUE NOT NULL, description text",
    "datasets_tag_mapping": "dataset_uuid uuid, tag_uuid uuid, tagged_at timestamptz",
    "dataset_fields_tag_mapping": "dataset_field_uuid uuid, tag_uuid uuid,"
    " tagged_at timestamptz",
    "jobs_tag_mapping": "job_uuid uuid, tag_uuid uuid, tagged_at timestamptz",
    "lineage_events": "event_time timestamptz, event jsonb, event_type text,"
    " _event_type varchar DEFAULT 'RUN_EVENT', run_uuid uuid, job_name text,"
    " job_namespace text, producer text, created_at timestamptz DEFAULT now()",
}
KINDS = {
    "RunEvent": "RUN_EVENT",
    "JobEvent": "JOB_EVENT",
    "DatasetEvent": "DATASET_EVENT",
}


def moment(minute: float) -> datetime:
    return BEGINNING + timedelta(minutes=minute)


def named_uuid(*parts: object) -> UUID:
    """The same UUID for the same words."""
    return uuid5(NAMESPACE_URL, "/".join(map(str, parts)))


class MarquezDatabase:
    """Writes rows as Marquez would leave them; `url` is where an import reads them."""

    def __init__(self, connection: psycopg.Connection[Any], url: str) -> None:
        self.connection = connection
        self.url = url

    def execute(self, statement: str, *parameters: object) -> None:
        self.connection.execute(statement, parameters)

    def add(self, table: str, **row: Any) -> Any:
        """Insert a row; its `uuid`, where the table has one, is made of the others."""
        if TABLES[table].startswith("uuid "):
            row.setdefault("uuid", named_uuid(table, *row.values()))
        names = sql.SQL(", ").join(map(sql.Identifier, row))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table), names, places
        )
        values = [
            json.dumps(v) if isinstance(v, dict | list) else v for v in row.values()
        ]
        self.connection.execute(statement, values)
        return row.get("uuid")

    def event(self, body: bytes | dict[str, Any], **columns: Any) -> None:
        """An event as Marquez keeps it, in `lineage_events` alone."""
        told = json.loads(body) if isinstance(body, bytes) else body
        job = told.get("job") or {}
        kind = str(told.get("schemaURL", "RunEvent")).rpartition("/")[2]
        row = {
            "event_time": told.get("eventTime"),
            "event": told,
            "event_type": told.get("eventType"),
            "_event_type": KINDS.get(kind, "RUN_EVENT"),
            "run_uuid": (told.get("run") or {}).get("runId"),
            "job_name": job.get("name"),
            "job_namespace": job.get("namespace"),
            "producer": told.get("producer"),
            **columns,
        }
        self.add("lineage_events", **row)

    def namespace(self, name: str, **more: Any) -> UUID:
        uuid = named_uuid("namespace", name)
        exists = self.connection.execute(
            "SELECT 1 FROM namespaces WHERE uuid = %s", [uuid]
        ).fetchone()
        if not exists:
            row = {"created_at": moment(0), "current_owner_name": "anonymous", **more}
            self.add("namespaces", uuid=uuid, name=name, **row)
        return uuid

    def dataset(self, namespace: str, name: str, **more: Any) -> UUID:
        row = {"created_at": moment(0), "type": "DB_TABLE", **more}
        uuid: UUID = self.add(
            "datasets",
            uuid=named_uuid("dataset", namespace, name),
            namespace_uuid=self.namespace(namespace),
            namespace_name=namespace,
            name=name,
            **row,
        )
        self.add(
            "dataset_symlinks",
            dataset_uuid=uuid,
            namespace_uuid=self.namespace(namespace),
            name=name,
            is_primary=True,
            created_at=moment(0),
        )
        return uuid

    def version(
        self,
        namespace: str,
        name: str,
        minute: float,
        columns: Sequence[str] = (),
        **more: Any,
    ) -> UUID:
        """A version of a dataset; its columns are of type TEXT."""
        uuid: UUID = self.add(
            "dataset_versions",
            uuid=named_uuid("version", namespace, name, minute),
            dataset_uuid=named_uuid("dataset", namespace, name),
            namespace_name=namespace,
            dataset_name=name,
            version=named_uuid("hash", namespace, name, minute),
            created_at=moment(minute),
            **{
                "fields": [{"name": f, "type": "TEXT", "tags": []} for f in columns],
                **more,
            },
        )
        return uuid

    def field(self, namespace: str, dataset: str, name: str) -> UUID:
        uuid: UUID = self.add(
            "dataset_fields",
            uuid=named_uuid("field", namespace, dataset, name),
            dataset_uuid=named_uuid("dataset", namespace, dataset),
            name=name,
            type="TEXT",
        )
        return uuid

    def job(self, namespace: str, name: str, **more: Any) -> UUID:
        row = {"created_at": moment(0), "type": "BATCH", "simple_name": name, **more}
        uuid: UUID = self.add(
            "jobs",
            uuid=named_uuid("job", namespace, name),
            namespace_uuid=self.namespace(namespace),
            namespace_name=namespace,
            name=name,
            **row,
        )
        return uuid

    def run(self, namespace: str, job: str, name: str, **more: Any) -> UUID:
        row = {"created_at": moment(0), **more}
        uuid: UUID = self.add(
            "runs",
            uuid=named_uuid("run", name),
            job_uuid=named_uuid("job", namespace, job),
            **row,
        )
        return uuid

    def state(self, run: UUID, state: str, minute: float) -> None:
        self.add(
            "run_states", run_uuid=run, state=state, transitioned_at=moment(minute)
        )

    def tag(self, name: str, description: str | None = None) -> UUID:
        uuid: UUID = self.add(
            "tags", uuid=named_uuid("tag", name), name=name, description=description
        )
        return uuid


@contextmanager
def marquez_database(worker: str) -> Iterator[MarquezDatabase]:
    """An empty Marquez database on the tests' own server, dropped at the end."""
    name, maintenance = NAME.format(worker), url_of_test_database()
    with psycopg.connect(maintenance, autocommit=True) as server:
        server.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)
            )
        )
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = psycopg.conninfo.make_conninfo(maintenance, dbname=name)
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                for table, columns in TABLES.items():
                    connection.execute(f"CREATE TABLE {table} ({columns})")
                yield MarquezDatabase(connection, url)
        finally:
            server.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                    sql.Identifier(name)
                )
            )
