"""OpenLineage events for tests of what is read back, and the way to send them."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from lineage.ingest import ingest

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
PRODUCER = "https://example.org/producer"
JOBS = "scheduler"
TABLES = "postgres://warehouse:5432"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = "0195a0c8-0000-7000-8000-000000000001"

Facets = Mapping[str, Mapping[str, Any]]


def at(minutes: float = 0) -> str:
    """An event time: so many minutes after noon."""
    return (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def run_id(number: int) -> str:
    return str(UUID(int=0x0195A0C8_0000_7000_8000_000000000000 + number))


def facet(**members: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{PRODUCER}/facet.json", **members}


def schema(*names: str, **types: str) -> dict[str, Any]:
    """A schema facet: columns by name, and by name and type."""
    columns = [{"name": name, "type": "text"} for name in names]
    columns += [{"name": name, "type": of_type} for name, of_type in types.items()]
    return facet(fields=columns)


def dataset(
    name: str,
    *columns: str,
    namespace: str = TABLES,
    facets: Facets | None = None,
    **own: Facets,
) -> dict[str, Any]:
    """A dataset of an event; `inputFacets` or `outputFacets` are its `own`."""
    held = {"schema": schema(*columns)} if columns else {}
    return {
        "namespace": namespace,
        "name": name,
        "facets": {**held, **(facets or {})},
        **own,
    }


def run_event(
    event_type: str = "COMPLETE",
    minutes: float = 0,
    *,
    run: str = RUN,
    job: str = "load",
    namespace: str = JOBS,
    inputs: Iterable[Mapping[str, Any]] = (),
    outputs: Iterable[Mapping[str, Any]] = (),
    run_facets: Facets | None = None,
    job_facets: Facets | None = None,
) -> dict[str, Any]:
    return {
        "eventType": event_type,
        "eventTime": at(minutes),
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/RunEvent",
        "run": {"runId": run, "facets": dict(run_facets or {})},
        "job": {"namespace": namespace, "name": job, "facets": dict(job_facets or {})},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }


def job_event(
    minutes: float = 0, *, job: str = "load", **members: Any
) -> dict[str, Any]:
    return {
        "eventTime": at(minutes),
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/JobEvent",
        "job": {
            "namespace": JOBS,
            "name": job,
            "facets": members.pop("job_facets", {}),
        },
        **members,
    }


def dataset_event(minutes: float, described: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventTime": at(minutes),
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/DatasetEvent",
        "dataset": dict(described),
    }


def send(*events: Mapping[str, Any] | bytes) -> None:
    """Take events in as the system itself; all of them must be stored."""
    bodies = [e if isinstance(e, bytes) else json.dumps(e).encode() for e in events]
    assert [outcome.status for outcome in ingest(bodies)] == [201] * len(bodies)


def address(*parts: str) -> str:
    """A path under /api/v1, each part encoded as one segment."""
    return "/api/v1/" + "/".join(quote(part, safe="") for part in parts)


def of_dataset(name: str, *rest: str, namespace: str = TABLES) -> str:
    return address("namespaces", namespace, "datasets", name, *rest)


def of_job(name: str = "load", *rest: str, namespace: str = JOBS) -> str:
    return address("namespaces", namespace, "jobs", name, *rest)
