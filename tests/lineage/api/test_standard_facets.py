"""Every facet of the specification, from the door to whoever reads"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lineage import facets
from lineage.facets.names import STANDARD
from lineage.openlineage import Facet, Scope, parse, split_batch
from tests.lineage.api.conftest import Api
from tests.lineage.api.history import of_dataset, of_job, send

FILE = Path(__file__).parents[2] / "events/standard-facets.json"
RUN_EVENT, DATASET_EVENT, *_ = split_batch(FILE.read_bytes())
WAREHOUSE, PARCELS = "postgres://warehouse.example:5432", "depot.public.parcels"

Facets = dict[tuple[Scope, str], Any]


def sent() -> Facets:
    """Each facet as the door lets it in, without its secrets."""
    event, static = parse(RUN_EVENT), parse(DATASET_EVENT)
    assert static.dataset is not None
    by_scope: Mapping[Scope, tuple[Facet, ...]] = {
        "run": event.run_facets,
        "job": event.job_facets,
        "dataset": event.outputs[0].facets + static.dataset.facets,
        "input": event.inputs[0].io_facets,
        "output": event.outputs[0].io_facets,
    }
    return {
        (scope, facet.key): json.loads(facets.read(scope, facet.key, facet.body).body)
        for scope, found in by_scope.items()
        for facet in found
    }


def told(reader: Api) -> Facets:
    """Each facet as it is read back, from wherever Marquez has it."""
    run_id = json.loads(RUN_EVENT)["run"]["runId"]
    run = reader.get(f"/api/v1/jobs/runs/{run_id}")
    own = reader.get(f"/api/v1/jobs/runs/{run_id}/facets", type="run")["facets"]
    assert own == run["facets"]
    of_its_job = reader.get(f"/api/v1/jobs/runs/{run_id}/facets", type="job")["facets"]
    assert of_its_job == reader.get(of_job("night.load", namespace="depot"))["facets"]
    dataset = reader.get(of_dataset(PARCELS, namespace=WAREHOUSE))
    by_scope: Mapping[Scope, Mapping[str, Any]] = {
        "run": own,
        "job": of_its_job,
        "dataset": dataset["facets"],
        "input": run["inputDatasetVersions"][0]["facets"],
        "output": run["outputDatasetVersions"][0]["facets"],
    }
    return {
        (scope, key): body
        for scope, found in by_scope.items()
        for key, body in found.items()
    }


def test_the_events_have_every_facet_of_the_specification() -> None:
    standard = {(scope, key) for scope, keys in STANDARD.items() for key in keys}

    assert sent().keys() == standard


@pytest.fixture
def read_back(admin: Api) -> Facets:
    send(RUN_EVENT, DATASET_EVENT)
    return told(admin)


def test_every_facet_is_read_back_as_it_was_let_in(read_back: Facets) -> None:
    missing = {key for key, body in sent().items() if read_back.get(key) != body}

    assert missing == set()
