"""The openlineage-python client works with a URL and a token, and nothing else."""

import uuid

import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    parent_run,
    schema_dataset,
    sql_job,
)

from lineage.models import Conformance, Event

JOB = Job(
    "shop", "load", facets={"sql": sql_job.SQLJobFacet(query="INSERT INTO b TABLE a")}
)
TIME = "2026-05-04T03:02:0{}.000+02:00"
PRODUCER = "https://example.org/producer"


def events():
    """A run of a job under a parent, from its start to its end, and what is static."""
    parent = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=str(uuid.uuid4())), job=parent_run.Job("shop", "dag")
    )
    run = Run(str(uuid.uuid4()), facets={"parent": parent})
    fields = [schema_dataset.SchemaDatasetFacetFields(name="id", type="int")]
    schema = schema_dataset.SchemaDatasetFacet(fields=fields)
    origin = column_lineage_dataset.InputField("pg://db", "a", "id")
    columns = column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={"id": column_lineage_dataset.Fields(inputFields=[origin])}
    )
    inputs = [InputDataset("pg://db", "a", facets={"schema": schema})]
    outputs = [
        OutputDataset(
            "pg://db", "b", facets={"schema": schema, "columnLineage": columns}
        )
    ]
    return [
        RunEvent(
            eventTime=TIME.format(1),
            producer=PRODUCER,
            run=run,
            job=JOB,
            eventType=RunState.START,
        ),
        RunEvent(
            eventTime=TIME.format(2),
            producer=PRODUCER,
            run=run,
            job=JOB,
            eventType=RunState.COMPLETE,
            inputs=inputs,
            outputs=outputs,
        ),
        JobEvent(
            eventTime=TIME.format(3),
            producer=PRODUCER,
            job=JOB,
            inputs=inputs,
            outputs=outputs,
        ),
        DatasetEvent(
            eventTime=TIME.format(4),
            producer=PRODUCER,
            dataset=StaticDataset("pg://db", "a", facets={"schema": schema}),
        ),
    ]


@pytest.mark.parametrize("transport", ["http", "async_http"])
@pytest.mark.parametrize("compression", [None, "gzip"])
def test_the_python_client_delivers_all_kinds_of_events(door, transport, compression):
    config = {
        "type": transport,
        "url": door.url,
        "auth": {"type": "api_key", "apiKey": door.token},
    }
    if compression:
        config["compression"] = compression
    client = OpenLineageClient(config={"transport": config})
    for event in events():
        client.emit(event)
    assert client.close(timeout=20)
    assert sorted(Event.objects.values_list("kind", flat=True)) == sorted(
        [Event.Kind.RUN, Event.Kind.RUN, Event.Kind.JOB, Event.Kind.DATASET]
    )
    assert not Event.objects.not_applied().exists()
    assert not Conformance.objects.exists()
