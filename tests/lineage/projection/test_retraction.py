"""Is a retracted event as good as never sent, a reinstated one as never retracted?"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest
from django.db import transaction

from lineage.models import Event
from lineage.services.replays import reinstate_event, retract_event
from tests.lineage.projection import (
    test_dataset_histories,
    test_effective_io_histories,
    test_lineage_histories,
    test_name_histories,
    test_run_histories,
)
from tests.lineage.projection.catalogs import catalog_of, digest_now
from tests.lineage.projection.happenings import (
    dataset,
    declared,
    derived,
    described,
    event,
    parent,
    symlinks,
)
from tests.lineage.projection.histories import (
    History,
    differences,
    fact_of,
    folds_now,
    history,
)

pytestmark = pytest.mark.django_db

MEETINGS = [
    history(
        "a parent that was named once, and then another",
        event("START", 1, "c", parent=parent("one", root=("top", "o"))),
        event("COMPLETE", 2, "c", parent=parent("two")),
        event("START", 3, "p", "one"),
        event("START", 4, "o", "top"),
    ),
    history(
        "two datasets that one event joins",
        event(
            "COMPLETE",
            1,
            reads=["b"],
            writes=[dataset("a", symlinks=symlinks("b"))],
        ),
        described(2, "b"),
        described(3, "a"),
    ),
    history(
        "a declaration and a run of one job",
        declared(1, reads=["a"], sql={"query": "select 1"}),
        declared(2),
        event("COMPLETE", 3, reads=["a"], of_job={"sql": {"query": "select 1"}}),
        event("COMPLETE", 4, run="r2"),
    ),
    history(
        "a facet of two jobs",
        event(
            "COMPLETE", 1, "j1", writes=[dataset("d", columnLineage=derived(x="a.x"))]
        ),
        event(
            "COMPLETE", 2, "j2", writes=[dataset("d", columnLineage=derived(x="a.x"))]
        ),
    ),
    history(
        "all there is",
        event("COMPLETE", 1, reads=["a"], writes=["b"], parent=parent("dag")),
    ),
]
ALL = [
    *MEETINGS,
    *test_run_histories.ALL,
    *test_effective_io_histories.ALL,
    *test_dataset_histories.ALL,
    *test_name_histories.ALL,
    *test_lineage_histories.ALL,
]


@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_a_retracted_event_might_never_have_been_sent(told):
    some = len(told.fact) % len(told.events)
    chosen = range(len(told.events)) if told in MEETINGS else [some]
    for index in chosen:
        retract_and_reinstate(told, index)


@pytest.mark.prove
@pytest.mark.parametrize("told", ALL, ids=fact_of)
def test_any_retracted_event_might_never_have_been_sent(told):
    for index in range(len(told.events)):
        retract_and_reinstate(told, index)


def retract_and_reinstate(told: History, index: int) -> None:
    others = told.events[:index] + told.events[index + 1 :]
    with catalog_of([others]):
        without = folds_now()
    with catalog_of([told.events]):
        with_it = digest_now()
        sent = event_of(told.events[index])
        retract_event(sent, reason="a test", actor=None)
        assert differences(without, folds_now()) == [], told.events[index]
        reinstate_event(sent, reason="a test", actor=None)
        assert digest_now() == with_it, told.events[index]


def test_several_events_may_be_retracted_in_any_order():
    events = [
        event("START", 1, reads=["a"], parent=parent("dag")),
        event("COMPLETE", 2, writes=["b"]),
        event("FAIL", 3),
        event("COMPLETE", 4, run="r2", reads=["c"], parent=parent("dag")),
    ]
    with catalog_of([[events[1]]]):
        wanted = folds_now()
    with catalog_of([events]):
        for order in ([0, 2, 3], [3, 2, 0], [2, 3, 0]):
            with undone():
                for index in order:
                    retract_event(event_of(events[index]), reason="", actor=None)
                assert differences(wanted, folds_now()) == []


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def event_of(sent: bytes) -> Event:
    return Event.objects.get(digest=sha256(sent).digest())
