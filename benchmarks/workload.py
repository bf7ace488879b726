"""Which events are the benchmarks made of?

A warehouse of 1,000 jobs in 50 DAGs. A job reads two tables and writes one of twenty
columns; each of its runs sends a START and a COMPLETE of about 4 KB, both with schema,
column lineage, SQL and parent. Event number n is always the same bytes.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

JOBS: Final = 1_000
DAGS: Final = 50
COLUMNS: Final = 20
# So many runs start, then they complete: their events meet in a batch, as those of a
# scheduler do that starts many tasks at once.
BLOCK: Final = 50
WAREHOUSE: Final = "postgres://dwh:5432"
SCHEDULER: Final = "airflow-bench"
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
ADAPTER: Final = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/integration"
FACETS: Final = "https://openlineage.io/spec/facets"
TYPES: Final = ("integer", "varchar", "numeric(12,2)", "timestamp", "boolean")
UNSEEN: Final = "~"  # in a column's name, the place of what makes a schema a new one


class Workload:
    """A stream of events, each found by its number.

    With `has_new_schemas` every event brings twenty columns that were never seen.
    """

    def __init__(self, *, has_new_schemas: bool = False) -> None:
        kept = UNSEEN if has_new_schemas else ""
        self.has_new_schemas = has_new_schemas
        self.templates = [
            template(job).replace(UNSEEN, kept).encode() for job in range(JOBS)
        ]

    def event(self, number: int) -> bytes:
        """The bytes of event `number`, counted from 0."""
        job, turn, is_end = position(number)
        begins, stamp = turn_begins(turn)
        body = self.templates[job] % (
            b"COMPLETE" if is_end else b"START",
            b"%b%d:%02d.%03dZ" % (begins, is_end, job // 20, job % 20 * 50),
            b"%b%012x" % (stamp, job),
            b"%b%012x" % (stamp, JOBS + job % DAGS),
        )
        if self.has_new_schemas:
            body = body.replace(UNSEEN.encode(), b"_%x" % number)
        return body


def position(number: int) -> tuple[int, int, bool]:
    """Whose event it is: the job, which of its runs, and whether that ends."""
    block, place = divmod(number, 2 * BLOCK)
    is_end, offset = divmod(place, BLOCK)
    turn, first = divmod(block * BLOCK, JOBS)
    return first + offset, turn, bool(is_end)


@cache
def turn_begins(turn: int) -> tuple[bytes, bytes]:
    """When the runs of this turn begin, up to ten minutes, and how their ids begin.

    The ids are UUIDs of version 7, as clients make them.
    """
    at = BEGINNING + timedelta(minutes=10 * turn)
    stamp = f"{int(at.timestamp() * 1000):012x}"
    begins = f"{at:%Y-%m-%dT%H:%M}"[:-1]
    return begins.encode(), f"{stamp[:8]}-{stamp[8:]}-7000-8000-".encode()


def run_name(job: int, turn: int) -> str:
    """The id of this run of the job."""
    return f"{turn_begins(turn)[1].decode()}{job:012x}"


def job_name(job: int) -> str:
    """The task's name, of which its DAG's is the first part."""
    return f"dag_{job % DAGS:02}.load_{job:04}"


def table_name(job: int) -> str:
    """The table that the job writes."""
    return f"dwh.m{job % DAGS:02}.table_{job:04}"


def template(job: int) -> str:
    """The job's event as JSON, with a `%s` for its type, time, run and parent's run."""
    columns = [f"col_{index:02}{UNSEEN}" for index in range(COLUMNS)]
    sources = [table_name((job * 7 + step) % JOBS) for step in (1, 2)]
    event = {
        "eventType": "%s",
        "eventTime": "%s",
        "producer": f"{ADAPTER}/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "%s", "facets": {"parent": parent(job)}},
        "job": {
            "namespace": SCHEDULER,
            "name": job_name(job),
            "facets": {"sql": sql(job, columns, sources)},
        },
        "inputs": [{"namespace": WAREHOUSE, "name": name} for name in sources],
        "outputs": [
            {
                "namespace": WAREHOUSE,
                "name": table_name(job),
                "facets": {
                    "schema": schema(columns),
                    "columnLineage": column_lineage(columns, sources),
                },
            }
        ],
    }
    return json.dumps(event, separators=(",", ":"))


def facet(name: str, **content: object) -> dict[str, object]:
    """A facet with what every facet has."""
    url = f"{FACETS}/{name}.json"
    return {"_producer": f"{ADAPTER}/airflow", "_schemaURL": url, **content}


def parent(job: int) -> dict[str, object]:
    """The DAG's run, which is also the root."""
    dag = {"namespace": SCHEDULER, "name": f"dag_{job % DAGS:02}"}
    return facet("1-2-0/ParentRunFacet", run={"runId": "%s"}, job=dag)


def sql(job: int, columns: list[str], sources: list[str]) -> dict[str, object]:
    """The statement that fills the table."""
    query = (
        f"insert into {table_name(job)} select {', '.join(columns)} "
        f"from {sources[0]} join {sources[1]} using (col_00)"
    )
    return facet("1-1-0/SQLJobFacet", query=query)


def schema(columns: list[str]) -> dict[str, object]:
    """Twenty columns of five types."""
    fields = [
        {"name": name, "type": TYPES[index % len(TYPES)]}
        for index, name in enumerate(columns)
    ]
    return facet("1-2-0/SchemaDatasetFacet", fields=fields)


def column_lineage(columns: list[str], sources: list[str]) -> dict[str, object]:
    """Each column comes from the column of the same name in one of the sources."""
    fields = {
        name: {
            "inputFields": [
                {
                    "namespace": WAREHOUSE,
                    "name": sources[index % len(sources)],
                    "field": f"col_{index:02}",
                }
            ]
        }
        for index, name in enumerate(columns)
    }
    return facet("1-2-0/ColumnLineageDatasetFacet", fields=fields)
