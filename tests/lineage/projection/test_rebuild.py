"""What becomes of events that arrive while the catalog is made anew?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import rebuilding
from lineage.digesting import digest
from lineage.ingest import ingest
from lineage.models import Event, ProjectionState
from lineage.services.replays import retract_event
from lineage.writing import LOCK, raw_cursor
from tests.lineage.projection.catalogs import catalog_of
from tests.lineage.projection.happenings import dataset, event, schema
from tests.lineage.projection.histories import differences, folds_now
from tests.lineage.projection.test_retraction import event_of
from tests.lineage.projection.test_statements import statements

pytestmark = pytest.mark.django_db


def test_what_waited_for_a_rebuild_is_projected_in_parts(monkeypatch):
    before, gone, *others = (
        event("COMPLETE", at, f"j{at}", reads=["a"], writes=[f"d{at}"])
        for at in range(9)
    )
    with catalog_of([[before, *others]]):
        wanted = folds_now()
    with catalog_of([[before]]):
        ProjectionState.objects.update(mode=ProjectionState.Mode.REBUILDING)
        ingest([gone, *others])
        assert Event.objects.filter(status=Event.Status.PENDING).count() == 8
        retract_event(event_of(gone), reason="test", actor=None)
        monkeypatch.setattr(rebuilding, "CHUNK", 3)

        with statements(monkeypatch) as sent:
            rebuilding.settle()

        assert differences(wanted, folds_now()) == []
        assert event_of(gone).status == Event.Status.RETRACTED
        assert ProjectionState.objects.get().mode == ProjectionState.Mode.LIVE
        # Whoever sends meanwhile waits for a part, not for all.
        assert sent.count(LOCK) > 7 / 3


@given(st.lists(st.integers(1, 3 * rebuilding.PART_BYTES // 2), max_size=40))
def test_parts_keep_the_order_and_fit_in_memory(sizes):
    events = list(enumerate(sizes))
    parts = list(rebuilding._parts(events))
    assert [one for part in parts for one in part] == [i for i, _ in events]
    for part in parts:
        size = sum(sizes[i] for i in part)
        assert len(part) == 1 or size <= rebuilding.PART_BYTES


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, 2, 100])
def test_a_rebuild_in_parts_makes_the_same_catalog(monkeypatch, most):
    kinds = ("START", "COMPLETE", "FAIL", "COMPLETE")
    ingest(
        event(kind, n, f"job{n % 3}", f"r{n % 5}", reads=[dataset("a")],
              writes=[dataset(f"b{n % 2}", schema=schema("x", f"y{n}"))])
        for n, kind in enumerate(kinds * 5)
    )  # fmt: skip
    before = digest(raw_cursor())
    monkeypatch.setattr(rebuilding, "PART_EVENTS", most)

    assert rebuilding.rebuild() == 20
    assert digest(raw_cursor()) == before
