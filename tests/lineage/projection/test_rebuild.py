"""What becomes of events that arrive while the catalog is made anew?"""

import pytest

from lineage import rebuilding
from lineage.ingest import ingest
from lineage.models import Event, ProjectionState
from lineage.services.replays import retract_event
from lineage.writing import LOCK
from tests.lineage.projection.catalogs import catalog_of
from tests.lineage.projection.happenings import event
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
