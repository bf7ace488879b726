"""What would a dbt project change, as its manifest.json says, in what is there?

Models, seeds and snapshots are named as dbt's OpenLineage adapter names datasets:
database, schema and alias. A model's contract, or else its compiled code, says which
columns it would have; without either nobody can say that one goes. Removed are models
whose jobs wrote something and that the manifest does not have any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog import facets
from catalog.models import Dataset
from lineage.graph.cut import Cut
from lineage.impact.answers import Start
from lineage.impact.changes import Change
from lineage.impact.proposals import sql, standing
from lineage.impact.proposals.comparing import Proposal, Table
from lineage.impact.severities import Kind
from lineage.models import Edge
from lineage.reader import Reader

BUILT = ("model", "seed", "snapshot")
JOB_ENDS = (".build.run", ".build.snapshot", ".snapshot")
# How the namespaces of an adapter's datasets begin, where it is not by its own name.
NAMESPACES = {
    "athena": "awsathena://",
    "bigquery": "bigquery",
    "fabric": "fabric-warehouse://",
    "glue": "arn:aws:glue:",
    "sqlserver": "mssql://",
    "watsonx_presto": "presto://",
}
SPOKEN = {"sqlserver": "tsql", "glue": "spark", "watsonx_presto": "presto"}


class NotAManifest(Exception):
    """A document that is no manifest.json of dbt; says what is missing."""


@dataclass(frozen=True, slots=True)
class _Model:
    table: Table
    tail: str  # of its job's name: package and model
    says_all: bool  # whether a column that it does not name goes


def of_manifest(
    manifest: Any, reader: Reader, cut: Cut, *, namespace: str = ""
) -> Proposal:
    """What a manifest changes. Raises NotAManifest, NamespaceUnclear."""
    adapter, project = _about(manifest)
    dialect = SPOKEN.get(adapter, adapter if adapter in sql.DIALECTS else "")
    models = list(_models(manifest, dialect))
    if not models:
        raise NotAManifest("It has no models.")
    names = {model.table.name for model in models}
    begins = [NAMESPACES.get(adapter, f"{adapter}://")] if adapter else []
    space = namespace or standing.likely_namespace(names, reader, begins)
    found = standing.datasets(space, names, reader)
    known = standing.columns(found.values(), reader, cut)
    proposal = Proposal()
    for model in models:
        dataset = found.get(model.table.name)
        columns = known.get(dataset.pk, {}) if dataset else {}
        if dataset is not None and columns and not model.says_all:
            proposal.unresolved.append(
                f"{model.table.name}: without a contract or compiled code it does not "
                "say which columns it would have."
            )
        proposal.compare(model.table, dataset, columns, dialect)
    here = {dataset.pk for dataset in found.values()}
    proposal.changes += _moved(models, project, space, here, reader)
    return proposal


def _about(manifest: Any) -> tuple[str, str]:
    """The adapter and the project of a manifest. Raises NotAManifest."""
    if not isinstance(manifest, dict) or not isinstance(manifest.get("nodes"), dict):
        raise NotAManifest("It has no `nodes`.")
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or "dbt_schema_version" not in metadata:
        raise NotAManifest("Its `metadata` has no `dbt_schema_version`.")
    return _word(metadata, "adapter_type"), _word(metadata, "project_name")


def _models(manifest: Mapping[str, Any], dialect: str) -> Iterator[_Model]:
    for unique_id, node in manifest["nodes"].items():
        if not isinstance(node, dict) or node.get("resource_type") not in BUILT:
            continue
        if _config(node).get("materialized") == "ephemeral":
            continue
        name = _word(node, "alias") or _word(node, "name")
        parts = (_word(node, "database"), _word(node, "schema"), name)
        tail = unique_id.partition(".")[2]
        columns, says_all = _columns(node, dialect)
        spelt = ".".join(filter(None, parts))
        yield _Model(Table(spelt, columns, says_all), tail, says_all)


def _columns(node: Mapping[str, Any], dialect: str) -> tuple[dict[str, str], bool]:
    """The columns of a model with their types, and whether there would be no others."""
    declared = node.get("columns")
    types = {
        _word(column, "name") or name: _word(column, "data_type")
        for name, column in (declared if isinstance(declared, dict) else {}).items()
        if isinstance(column, dict)
    }
    if _has_contract(node):
        return types, True
    code = _word(node, "compiled_code")
    names = sql.projection(code, dialect) if code else None
    if names is None:
        return types, False
    low = {name.lower(): of_type for name, of_type in types.items()}
    return {name: low.get(name.lower(), "") for name in names}, True


def _has_contract(node: Mapping[str, Any]) -> bool:
    for contract in (node.get("contract"), _config(node).get("contract")):
        if isinstance(contract, dict) and contract.get("enforced") is True:
            return True
    return False


def _config(node: Mapping[str, Any]) -> Mapping[str, Any]:
    found = node.get("config")
    return found if isinstance(found, dict) else {}


def _word(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) and "\0" not in value else ""


def _moved(
    models: list[_Model], project: str, namespace: str, here: set[int], reader: Reader
) -> Iterator[Change]:
    """What models of the project wrote that is no model's any more, or another's name.

    `here` are the datasets, by id, that the manifest has.
    """
    named = {model.tail: model.table.name for model in models}
    for tail, dataset in _written(project, namespace, reader):
        if dataset.pk in here:
            continue
        here.add(dataset.pk)
        if tail in named:
            start = (Start(dataset),)
            yield Change(Kind.RENAME_DATASET, start, to=named[tail])
        else:
            yield Change(Kind.DROP_DATASET, (Start(dataset),))


def _written(
    project: str, namespace: str, reader: Reader
) -> Iterator[tuple[str, Dataset]]:
    """What jobs of the project write there now, with the ends of their names."""
    if not project:
        return
    jobs = {
        job.pk: job for job in reader.linked_jobs.filter(name__contains=f".{project}.")
    }
    kinds = facets.of_jobs(jobs.values())
    edges = Edge.objects.effective().filter(
        job__in=list(jobs),
        direction=Edge.Direction.OUTPUT,
        dataset__namespace__name=namespace,
    )
    rows = edges.order_by("dataset__name", "job__name").values_list(
        "job", "dataset__canonical"
    )
    shown = reader.linked_datasets.with_names().in_bulk({pk for _, pk in rows})
    for job, dataset in rows:
        integration = facets.text(kinds[job].get("jobType"), "integration") or ""
        if dataset in shown and integration.upper() == "DBT":
            yield _tail(jobs[job].name, project), shown[dataset]


def _tail(name: str, project: str) -> str:
    """`project.model`, out of a job's name."""
    for end in JOB_ENDS:
        name = name.removesuffix(end)
    return f"{project}.{name.rpartition(f'.{project}.')[2]}"
