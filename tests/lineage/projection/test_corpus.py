"""Do real events give the catalog that a reader of them expects, in any order?"""

import json
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from catalog.models import Dataset, Job
from lineage.models import ColumnSource, Edge, Event, Run
from tests.corpus import CORPUS, corpus_files, events_of, expected
from tests.lineage.projection.catalogs import catalog_of, digest_now, digest_of

pytestmark = pytest.mark.django_db
WHY = "a test reads all rows"


@pytest.mark.parametrize("file", corpus_files())
def test_a_file_of_the_corpus_gives_what_is_expected(file: str) -> None:
    wanted = expected()[file]
    events = events_of(CORPUS / file)

    with catalog_of([events]) as outcomes:
        refused = [outcome for outcome in outcomes if outcome.status != 201]
        assert len(refused) == wanted["unusable_events"]
        assert not Event.objects.not_applied().exists()
        assert _jobs() >= set(wanted["jobs"])
        assert _datasets() >= set(wanted["datasets"])
        assert _runs() == {
            key: _expected_run(run)
            for key, run in _with_unknown_types_running(wanted["runs"], events).items()
        }
        assert _io() == {tuple(edge) for edge in wanted["job_io"]}
        assert _parents() >= {tuple(link) for link in wanted["parent_links"]}
        assert _column_edges() == wanted["column_edges"]
        digest = digest_now()

    for batches in _orders(events):
        assert digest_of(batches) == digest


def _orders(events: list[bytes]) -> list[list[Sequence[bytes]]]:
    shuffled = random.Random(len(events)).sample(events, len(events))
    return [
        [events[::-1]],
        [shuffled],
        [events, events],
        [[event] for event in shuffled],
        [shuffled[: len(events) // 2], events],
    ]


def _expected_run(run: dict[str, Any]) -> tuple[str, datetime | None, datetime | None]:
    return run["state"], _time(run["started_at"]), _time(run["ended_at"])


def _with_unknown_types_running(
    wanted: dict[str, Any], events: list[bytes]
) -> dict[str, Any]:
    """The corpus leaves a type that the specification does not know out of account."""
    unknown = {
        event["run"]["runId"]
        for event in map(json.loads, events)
        if event.get("eventType") == "INVALID_TYPE"
    }
    return {
        key: run | {"state": "RUNNING"} if key.split()[0] in unknown else run
        for key, run in wanted.items()
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _jobs() -> set[str]:
    return {f"{j.namespace.name}|{j.name}" for j in Job.objects.unrestricted(WHY)}


def _datasets() -> set[str]:
    return {
        f"{d.namespace.name}|{d.name}"
        for d in Dataset.objects.unrestricted(WHY).filter(first_seen__isnull=False)
    }


STATES = {0: "UNKNOWN", 1: "RUNNING", 2: "COMPLETE", 3: "ABORT", 4: "FAIL"}


def _runs() -> dict[str, tuple[str, datetime | None, datetime | None]]:
    return {
        f"{run.external_id or run.run_id} {run.job.namespace.name}|{run.job.name}": (
            STATES[run.state],
            run.started_at,
            run.ended_at,
        )
        for run in Run.objects.unrestricted(WHY).filter(first_event_at__isnull=False)
    }


def _io() -> set[tuple[str, str, str]]:
    return {
        (
            "IN" if edge.direction == Edge.Direction.INPUT else "OUT",
            f"{edge.dataset.namespace.name}|{edge.dataset.name}",
            f"{edge.job.namespace.name}|{edge.job.name}",
        )
        for edge in Edge.objects.all()
    }


def _parents() -> set[tuple[str, str]]:
    return {
        (
            str(run.external_id or run.run_id),
            str(run.parent.external_id or run.parent.run_id),
        )
        for run in Run.objects.unrestricted(WHY).filter(parent__isnull=False)
        if run.parent is not None
    }


def _column_edges() -> int:
    return len(
        {
            (line.dataset_id, line.in_field, source.dataset_id, line.out_field)
            for source in ColumnSource.objects.select_related("facet")
            for line in source.facet.derivations.exclude(out_field="")
        }
    )
