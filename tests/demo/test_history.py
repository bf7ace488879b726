"""Is the history that the demo sends the same each time, and does it hang together?"""

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from openlineage.client.event_v2 import RunEvent
from openlineage.client.serde import Serde

from demo.history import history
from demo.releases import PROJECT
from demo.tables import SOURCES, WAREHOUSE

SATURDAY = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


def sent(now: datetime) -> list[str]:
    return [Serde.to_json(event) for event in history(now)]


def test_sending_a_day_again_sends_the_same_bytes():
    assert sent(SATURDAY) == sent(SATURDAY)


def test_a_later_hour_adds_events_and_changes_none():
    earlier, later = sent(SATURDAY), sent(SATURDAY + timedelta(hours=9))

    assert set(earlier) < set(later)


@pytest.mark.parametrize("hours", range(0, 7 * 24, 13))
def test_no_event_lies_in_the_future(hours):
    now = SATURDAY + timedelta(hours=hours)
    times = [datetime.fromisoformat(event.eventTime) for event in history(now)]

    assert times == sorted(times)
    assert times[-1] <= now
    assert now - times[0] > timedelta(days=6)


def test_every_parent_and_root_sends_events_of_its_own():
    runs = [event for event in history(SATURDAY) if isinstance(event, RunEvent)]
    own = {(event.run.runId, event.job.name) for event in runs}
    parents = [
        event.run.facets["parent"] for event in runs if "parent" in event.run.facets
    ]

    assert {(facet.run.runId, facet.job.name) for facet in parents} <= own
    assert {(facet.root.run.runId, facet.root.job.name) for facet in parents} <= own


def test_the_copies_have_the_columns_that_dbt_declares_for_its_sources():
    staging = yaml.safe_load((PROJECT / "models/staging/staging.yml").read_text())
    declared = {
        table["name"]: {
            column["name"]: column["data_type"] for column in table["columns"]
        }
        for table in staging["sources"][0]["tables"]
    }

    assert declared == SOURCES


def test_the_last_night_leaves_the_tables_as_dbt_finds_them():
    written = {
        output.name: [field.name for field in output.facets["schema"].fields]
        for event in history(SATURDAY)
        if isinstance(event, RunEvent)
        for output in event.outputs
        if output.namespace == WAREHOUSE and output.name.startswith("shop.raw.")
    }

    assert written == {
        f"shop.raw.{name}": list(columns) for name, columns in SOURCES.items()
    }
