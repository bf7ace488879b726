"""Does only news bring back what was hidden?"""

import pytest

from catalog.models import Dataset, Job, Namespace
from lineage.ingest import ingest
from lineage.services.hiding import hide_dataset, hide_job, hide_namespace
from lineage.services.replays import reinstate_event, retract_event
from tests.lineage.projection.happenings import event
from tests.lineage.projection.observed import WHY
from tests.lineage.projection.test_retraction import event_of

pytestmark = pytest.mark.django_db

FIRST = event("COMPLETE", 1, run="r1", reads=["a"], writes=["b"])
SECOND = event("COMPLETE", 2, run="r2", reads=["a"], writes=["b"])


def visible() -> set[str]:
    return {
        str(row)
        for model in (Dataset, Job, Namespace)
        for row in model.objects.unrestricted(WHY).visible()
    }


@pytest.fixture
def hidden():
    assert {outcome.status for outcome in ingest([FIRST, SECOND])} == {201}
    hide_dataset(Dataset.objects.unrestricted(WHY).get(name="a"), actor=None)
    hide_job(Job.objects.unrestricted(WHY).get(), actor=None)
    hide_namespace(Namespace.objects.unrestricted(WHY).get(name="data"), actor=None)
    assert visible() == {"jobs"}


def test_an_event_of_earlier_time_that_arrives_later_brings_back(hidden):
    ingest([event("COMPLETE", 0, run="r0", reads=["a"])])

    assert visible() == {"jobs", "jobs:j", "data", "data:a"}


def test_a_repeat_brings_nothing_back(hidden):
    ingest([FIRST, SECOND])

    assert visible() == {"jobs"}


def test_a_retraction_brings_nothing_back(hidden):
    retract_event(event_of(SECOND), reason="", actor=None)
    assert visible() == {"jobs"}

    reinstate_event(event_of(SECOND), reason="", actor=None)
    assert visible() == {"jobs"}


def test_a_failure_of_a_run_brings_back_its_job_alone(hidden):
    ingest([event("FAIL", 3, run="r2")])

    assert visible() == {"jobs", "jobs:j"}
