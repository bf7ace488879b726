"""The events of a world as producers would send them."""

import json
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from tests.noninterference.worlds import INNER, OTHER_SECRETS

SECRET = "Secret"

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"


def moment(at):
    return NOON + timedelta(minutes=at)


def facet(kind, /, **members):
    return {
        "_producer": "https://example.org/producer",
        "_schemaURL": f"https://example.org/{kind}.json#/$defs/{kind}",
        **members,
    }


def run_id(job, run):
    return str(uuid5(NAMESPACE_URL, f"{job.namespace}/{job.name}/{run}"))


def body_of(sent):
    """One event, to the byte."""
    event = {
        "eventTime": moment(sent.at).isoformat(),
        "producer": "https://example.org/producer",
    }
    if sent.thing is not None:
        event |= _static(sent)
    else:
        event |= _of_run(sent)
    return json.dumps(event, sort_keys=True).encode()


def _static(sent):
    if sent.thing.kind == "job":
        event = {"job": {**sent.thing.key, "facets": _job_facets(sent, sent.thing)}}
        return {"schemaURL": f"{SPEC}/JobEvent", **event}
    facets = {"schema": _schema(sent, sent.thing)}
    facets |= {"documentation": _documentation(sent), **_of_dataset(sent, sent.thing)}
    return {
        "schemaURL": f"{SPEC}/DatasetEvent",
        "dataset": {**sent.thing.key, "facets": facets},
    }


def _of_run(sent):
    use = sent.use
    return {
        "schemaURL": f"{SPEC}/RunEvent",
        "eventType": sent.state,
        "run": {"runId": run_id(use.job, sent.run), "facets": _run_facets(sent)},
        "job": {**use.job.key, "facets": _job_facets(sent, use.job)},
        "inputs": [{**thing.key, **_input(sent, thing)} for thing in use.reads],
        "outputs": [{**thing.key, **_output(sent, thing)} for thing in use.writes],
    }


def _run_facets(sent):
    facets = {}
    if sent.use.parent is not None:
        parent = sent.use.parent
        run = {"runId": run_id(parent, sent.run % 2)}
        facets["parent"] = facet("ParentRunFacet", run=run, job=parent.key)
    if sent.flavour & 1:
        start = moment(sent.at).isoformat()
        facets["nominalTime"] = facet("NominalTimeRunFacet", nominalStartTime=start)
    if sent.state == "FAIL":
        facets["errorMessage"] = facet(
            "ErrorMessageRunFacet", message="It broke.", programmingLanguage="SQL"
        )
    return facets


def _job_facets(sent, job):
    facets = {}
    if sent.flavour & 2:
        facets["sql"] = facet("SQLJobFacet", query=f"SELECT {sent.flavour}")
    if sent.flavour & 4:
        owners = [{"name": f"team {sent.flavour}", "type": "MAINTAINER"}]
        facets["ownership"] = facet("OwnershipJobFacet", owners=owners)
    if sent.flavour == 7:
        facets["documentation"] = facet(
            "DocumentationJobFacet", description=f"What {job.name} does."
        )
    return facets


def _schema(sent, thing):
    more = [{"name": "added", "type": "text"}] if sent.flavour & 4 else []
    fields = [_field(name) for name in thing.columns]
    return facet("SchemaDatasetFacet", fields=[*fields, *more])


def _field(name):
    told = {"name": name, "type": "number" if name in OTHER_SECRETS else "text"}
    if name in INNER:
        inner = INNER[name].removeprefix(f"{name}.")
        told["fields"] = [{"name": inner, "type": "text"}]
    return told


def _documentation(sent):
    return facet("DocumentationDatasetFacet", description=f"Flavour {sent.flavour}.")


def _of_dataset(sent, thing):
    """What producers say of a dataset beside its columns."""
    facets = {}
    if sent.flavour & 1:
        owners = [{"name": f"owner {sent.flavour}", "type": "OWNER"}]
        facets["ownership"] = facet("OwnershipDatasetFacet", owners=owners)
    facets |= _tags(sent, thing)
    if sent.flavour == 3:
        facets["dataSource"] = facet(
            "DatasourceDatasetFacet", name="warehouse", uri="postgres://warehouse"
        )
    return facets


def _tags(sent, thing):
    tags = []
    if sent.flavour & 2:
        tags = [{"key": "pii", "value": str(sent.flavour), "source": "dbt"}]
    for column in thing.told_secrets:
        tag = {"key": SECRET, "value": "true", "source": "dbt", "field": column}
        tags.append(tag)
    if not (tags or thing.tells_tags):
        return {}
    return {"tags": facet("TagsDatasetFacet", tags=tags)}


def _input(sent, thing):
    told = {"facets": _tags(sent, thing)} if thing.tells_tags else {}
    if thing.is_hidden or sent.state == "START" or not sent.flavour & 1:
        return told
    quality = facet(
        "DataQualityMetricsInputDatasetFacet",
        rowCount=sent.flavour,
        columnMetrics={c: {"nullCount": sent.flavour} for c in thing.columns},
    )
    return {**told, "inputFacets": {"dataQualityMetrics": quality}}


def _output(sent, thing):
    facets = _tags(sent, thing) if thing.tells_tags else {}
    # A START says less than a COMPLETE does.
    if sent.state != "START":
        facets = {"schema": _schema(sent, thing), **_of_dataset(sent, thing)}
    if lineage := _column_lineage(sent, thing):
        facets["columnLineage"] = lineage
    if names := [other for own, other in sent.use.aliases if own == thing]:
        told = [{**other.key, "type": "TABLE"} for other in names if other]
        facets["symlinks"] = facet("SymlinksDatasetFacet", identifiers=told)
    if sent.state == "START":
        return {"facets": facets}
    size = facet("OutputStatisticsOutputDatasetFacet", rowCount=100 + sent.flavour)
    return {"facets": facets, "outputFacets": {"outputStatistics": size}}


def _column_lineage(sent, thing):
    said = [one for one in sent.use.derives if one[0] == thing]
    if not said:
        return None
    fields, whole = {}, []
    for _, column, source, source_column in said:
        if column is None:
            continue
        told = {
            "field": source_column,
            "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}],
        }
        if source is not None:
            told |= source.key
        into = fields.setdefault(column, []) if column else whole
        if source is not None:
            into.append(told)
    told = {name: {"inputFields": some} for name, some in fields.items()}
    more = {"dataset": whole} if any(column == "" for _, column, *_ in said) else {}
    return facet("ColumnLineageDatasetFacet", fields=told, **more)
