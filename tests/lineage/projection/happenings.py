"""How is a small event told in few words?

Jobs live in the namespace `jobs`, datasets in `data`, times are minutes, and runs have
names of at most six characters that stand for a UUID of the same order.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

JOBS, DATA = "jobs", "data"
BEGINNING = datetime(2026, 5, 4, tzinfo=UTC)
GONE = {"_deleted": True}  # a tombstone

Facets = dict[str, dict[str, Any]]


def moment(minute: float) -> str:
    return (BEGINNING + timedelta(minutes=minute)).isoformat()


def minute(at: datetime | None) -> float | None:
    return None if at is None else (at - BEGINNING) / timedelta(minutes=1)


def run_id(name: str) -> str:
    return f"00000000-0000-4000-8000-{name.encode().hex():0>12}"


def run_name(run: object) -> str:
    return bytes.fromhex(str(run)[24:]).lstrip(b"\0").decode()


def event(
    kind: str,
    at: float,
    job: str = "j",
    run: str = "r",
    *,
    reads: list[Any] | None = None,
    writes: list[Any] | None = None,
    of_job: Facets | None = None,
    **of_run: dict[str, Any],
) -> bytes:
    """A RunEvent; an empty `kind` is an absent type. Other words are run facets."""
    sent: dict[str, Any] = {
        **_envelope("RunEvent", at),
        "eventType": kind,
        "run": {"runId": run if len(run) > 6 else run_id(run), "facets": of_run},
        "job": _job(job, of_job),
        **_io(reads, writes),
    }
    if not kind:
        del sent["eventType"]
    return json.dumps(sent).encode()


def declared(
    at: float,
    job: str = "j",
    *,
    reads: list[Any] | None = None,
    writes: list[Any] | None = None,
    **of_job: dict[str, Any],
) -> bytes:
    """A JobEvent; other words are job facets."""
    sent = {
        **_envelope("JobEvent", at),
        "job": _job(job, of_job),
        **_io(reads, writes),
    }
    return json.dumps(sent).encode()


def described(at: float, name: str = "d", **facets: dict[str, Any]) -> bytes:
    """A DatasetEvent; other words are dataset facets."""
    sent = {**_envelope("DatasetEvent", at), "dataset": dataset(name, **facets)}
    return json.dumps(sent).encode()


def dataset(name: str, **facets: dict[str, Any]) -> dict[str, Any]:
    """A dataset with facets; those of a single input or output begin with `io_`."""
    sent: dict[str, Any] = {**identity(name), "facets": {}}
    for key, facet in facets.items():
        if key.startswith("io_"):
            for side in ("inputFacets", "outputFacets"):
                sent.setdefault(side, {})[key.removeprefix("io_")] = facet
        else:
            sent["facets"][key] = facet
    return sent


def identity(name: str, home: str = DATA) -> dict[str, str]:
    """`space|name` names another namespace than the usual."""
    namespace, bar, rest = name.rpartition("|")
    return {"namespace": namespace if bar else home, "name": rest}


def schema(*columns: str) -> dict[str, Any]:
    """Of columns like `a` or `a:int`."""
    pairs = [column.partition(":") for column in columns]
    return {"fields": [{"name": name, "type": type_} for name, _, type_ in pairs]}


def parent(run: str, job: str = "p", root: tuple[str, str] | None = None) -> Any:
    facet: dict[str, Any] = _link(run, job)
    if root is not None:
        facet["root"] = _link(*root)
    return facet


def symlinks(*names: str, kind: str = "TABLE") -> dict[str, Any]:
    return {"identifiers": [{**identity(name), "type": kind} for name in names]}


def lifecycle(state: str, before: str | None = None) -> dict[str, Any]:
    facet: dict[str, Any] = {"lifecycleStateChange": state}
    if before is not None:
        facet["previousIdentifier"] = identity(before)
    return facet


def job_type(processing: str, *, snapshots: bool = False) -> dict[str, Any]:
    facet: dict[str, Any] = {"processingType": processing, "integration": "X"}
    if snapshots:
        facet["emissionPattern"] = {"eventContentMode": "COMPLETE_SNAPSHOT"}
    return facet


def derived(**columns: str) -> dict[str, Any]:
    """A columnLineage facet: `derived(out="src.a src.b")`."""
    return {
        "fields": {
            output: {"inputFields": [_field(text) for text in sources.split()]}
            for output, sources in columns.items()
        }
    }


def _field(text: str) -> dict[str, str]:
    name, _, column = text.partition(".")
    return {**identity(name), "field": column}


def _link(run: str, job: str) -> dict[str, Any]:
    return {
        "run": {"runId": run if len(run) > 6 else run_id(run)},
        "job": identity(job, JOBS),
    }


def _envelope(kind: str, at: float) -> dict[str, str]:
    return {
        "eventTime": moment(at),
        "producer": "https://example.org/producer",
        "schemaURL": f"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/{kind}",
    }


def _job(name: str, facets: Facets | None) -> dict[str, Any]:
    return {**identity(name, JOBS), "facets": facets or {}}


def _io(reads: list[Any] | None, writes: list[Any] | None) -> dict[str, Any]:
    return {
        side: [dataset(one) if isinstance(one, str) else one for one in sent]
        for side, sent in (("inputs", reads), ("outputs", writes))
        if sent is not None
    }
