"""What does the catalog say now, in the words of `happenings`?"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import orjson

from catalog.models import Dataset, DatasetVersion, Facet, Job, JobVersion
from lineage.models import (
    ColumnDerivation,
    ColumnSource,
    DatasetAlias,
    Edge,
    ExplicitEdge,
    JobDependency,
    Run,
)
from tests.lineage.projection.happenings import DATA, JOBS, minute, run_name

WHY = "a test reads all rows"
STATES = {0: "unknown", 1: "running", 2: "completed", 3: "aborted", 4: "failed"}
STATUSES = {1: "effective", 2: "attempt", 3: "former", 4: "attempted"}
WAYS = {1: "reads", 2: "writes"}


def name(asset: Dataset | Job) -> str:
    home = asset.namespace.name
    return asset.name if home in (DATA, JOBS) else f"{home}|{asset.name}"


def run(one: Run | None) -> str | None:
    if one is None:
        return None
    spelled = one.external_id or run_name(one.run_id)
    return f"{name(one.job)} {spelled}"


def runs() -> dict[str, tuple[str, float | None, float | None]]:
    """State, start and end of each run that is more than a stub."""
    return {
        str(run(one)): (
            STATES[one.state],
            minute(one.started_at),
            minute(one.ended_at),
        )
        for one in _runs().filter(first_event_at__isnull=False)
    }


def hierarchy() -> dict[str, tuple[str | None, str | None]]:
    """Parent and root of each run that has one."""
    return {
        str(run(one)): (run(one.parent), run(one.root))
        for one in _runs()
        if one.parent_id or one.root_id
    }


def stubs() -> dict[str, float | None]:
    """When each run was first named by another."""
    return {str(run(one)): minute(one.stub_at) for one in _runs().exclude(stub_at=None)}


def _runs() -> Any:
    return Run.objects.unrestricted(WHY).select_related("job__namespace")


def edges() -> dict[str, str]:
    """`job reads dataset` → its status."""
    rows = Edge.objects.select_related("job__namespace", "dataset__namespace")
    return {
        f"{name(e.job)} {WAYS[e.direction]} {name(e.dataset)}": STATUSES[e.status]
        for e in rows
    }


def versions() -> dict[str, set[str]]:
    """Dataset → `written a,b` or `read a`."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = DatasetVersion.objects.select_related("dataset__namespace", "facet")
    for row in rows:
        how = "written" if row.origin == DatasetVersion.Origin.WRITTEN else "read"
        found[name(row.dataset)].add(f"{how} {_columns(row.facet)}".strip())
    return dict(found)


def _columns(facet: Facet | None) -> str:
    if facet is None:
        return ""
    fields = orjson.loads(facet.body)["fields"]
    return ",".join(
        f"{one['name']}:{one['type']}" if one["type"] else one["name"] for one in fields
    )


def names() -> dict[str, str]:
    """Dataset → the canonical one, of those that evidence names."""
    seen = Dataset.objects.unrestricted(WHY).filter(first_seen__isnull=False)
    rows = seen.select_related("namespace", "canonical__namespace")
    return {name(row): name(row.canonical) for row in rows}


def renames() -> dict[str, str]:
    """Dataset → its name before."""
    rows = DatasetAlias.objects.filter(kind=DatasetAlias.Kind.RENAME)
    rows = rows.select_related("dataset__namespace", "alias__namespace")
    return {name(row.dataset): name(row.alias) for row in rows}


def written() -> dict[str, float | None]:
    """Dataset → when it was last written, of those that anything wrote."""
    rows = Dataset.objects.unrestricted(WHY).exclude(last_written=None)
    return {name(row): minute(row.last_written) for row in rows}


def facets() -> dict[str, dict[str, Any]]:
    """Dataset or job → facet key → what it says, None where a tombstone stands."""
    found: dict[str, dict[str, Any]] = {}
    for model in (Dataset, Job):
        for row in model.objects.unrestricted(WHY).select_related("namespace"):
            held = Facet.objects.filter(pk__in=row.facets)
            if held:
                found[name(row)] = {one.key: _said(one) for one in held}
    return found


def _said(facet: Facet) -> Any:
    return None if facet.is_deleted else orjson.loads(facet.body)


def jobs() -> dict[str, tuple[float | None, float | None]]:
    """When evidence named each job first and last."""
    seen = Job.objects.unrestricted(WHY).seen().select_related("namespace")
    return {name(row): (minute(row.first_seen), minute(row.last_seen)) for row in seen}


def job_versions() -> dict[str, set[str]]:
    """Job → `inputs > outputs`, and the SQL if it had any."""
    named = {
        d.pk: name(d)
        for d in Dataset.objects.unrestricted(WHY).select_related("namespace")
    }
    found: dict[str, set[str]] = defaultdict(set)
    for row in JobVersion.objects.select_related("job__namespace", "sql"):
        sides = [
            ",".join(sorted(named[i] for i in ids)) for ids in (row.inputs, row.outputs)
        ]
        sql = orjson.loads(row.sql.body)["query"] if row.sql else ""
        found[name(row.job)].add(f"{sides[0]} > {sides[1]} {sql}".strip())
    return dict(found)


def columns() -> set[str]:
    """`job: source.column > target.column`, of what is in force."""
    jobs = Job.objects.unrestricted(WHY).select_related("namespace").in_bulk()
    found = set()
    sources = ColumnSource.objects.filter(is_effective=True)
    for source in sources.select_related("dataset__namespace"):
        lines = ColumnDerivation.objects.filter(facet_id=source.facet_id)
        job = name(jobs[source.job_id]) if source.job_id else "-"
        for line in lines.select_related("dataset__namespace"):
            start = f"{name(line.dataset)}.{line.in_field}"
            found.add(f"{job}: {start} > {name(source.dataset)}.{line.out_field}")
    return found


def explicit() -> set[str]:
    """`job: source.column > target.column`, of all `lineage` facets that there were."""
    return _explicit(ExplicitEdge.objects.all())


def in_force() -> set[str]:
    """The same, of what `lineage` facets say now."""
    return _explicit(ExplicitEdge.objects.filter(is_effective=True))


def _explicit(edges: Iterable[ExplicitEdge]) -> set[str]:
    found = set()
    for edge in edges:
        start = _end(edge.source_dataset, edge.source_job, edge.source_field)
        end = _end(edge.target_dataset, edge.target_job, edge.target_field)
        found.add(f"{name(edge.job) if edge.job else '-'}: {start} > {end}")
    return found


def _end(of_dataset: Dataset | None, of_job: Job | None, column: str) -> str:
    asset = of_dataset or of_job
    spelled = name(asset) if asset else "nothing"
    spelled = f"job {spelled}" if of_job else spelled
    return f"{spelled}.{column}" if column else spelled


def dependencies() -> set[str]:
    rows = JobDependency.objects.select_related(
        "upstream__namespace", "downstream__namespace"
    )
    return {
        f"{name(row.upstream)} before {name(row.downstream)} {row.kind}".strip()
        for row in rows
    }
