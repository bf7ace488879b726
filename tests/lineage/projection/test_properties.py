"""Is the catalog a function of the set of events, and of nothing else?"""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.ingest import ingest
from lineage.projection import refolding
from lineage.rebuilding import rebuild
from lineage.services.replays import reinstate_event, replay_events, retract_event
from tests.lineage.projection import observed
from tests.lineage.projection.catalogs import catalog_of
from tests.lineage.projection.generated import EVENT_SETS
from tests.lineage.projection.histories import differences, folds_now
from tests.lineage.projection.odd import ANY_EVENT_SETS
from tests.lineage.projection.reference import Reference
from tests.lineage.projection.test_retraction import event_of
from tests.lineage.projection.test_scopes import NARROW

pytestmark = pytest.mark.django_db


def examples(few: int, many: int) -> pytest.MarkDecorator:
    """`make test` tries the same few examples each time, `make prove` many new ones."""
    quiet = settings(
        deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    return pytest.mark.parametrize(
        "trying",
        [
            pytest.param(settings(quiet, max_examples=few, derandomize=True), id="few"),
            pytest.param(
                settings(quiet, max_examples=many), id="many", marks=pytest.mark.prove
            ),
        ],
    )


@st.composite
def deliveries(draw: st.DrawFn, events: Sequence[bytes]) -> list[list[bytes]]:
    """The events in some order, some of them twice, cut into some batches."""
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    batches: list[list[bytes]] = [[]]
    for one in draw(st.permutations([*events, *again])):
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    return [batch for batch in batches if batch]


def same(wanted: dict[str, list[str]]) -> bool:
    found = differences(wanted, folds_now())
    assert not found, "\n".join(found)
    return True


@examples(25, 1500)
def test_no_order_no_repeat_and_no_split_makes_a_difference(trying):
    @trying
    @given(ANY_EVENT_SETS, st.data())
    def holds(events, data):
        with catalog_of([events]):
            wanted = folds_now()
        for _ in range(2):
            with catalog_of(data.draw(deliveries(events))):
                same(wanted)

    holds()


@examples(60, 3000)
def test_the_catalog_says_what_the_rules_say(trying):
    @trying
    @given(EVENT_SETS)
    def holds(events):
        told = Reference(events)
        with catalog_of([events]):
            assert observed.runs() == told.runs()
            assert observed.hierarchy() == told.hierarchy()
            assert observed.edges() == told.edges()
            assert defined(observed.versions()) == told.versions()
            assert observed.names() == told.names()
            assert observed.in_force() == told.in_force()

    holds()


def defined(versions: dict[str, set[str]]) -> dict[str, set[str]]:
    """With the columns of each definition in order."""

    def in_order(version: str) -> str:
        how, _, columns = version.partition(" ")
        return f"{how} {','.join(sorted(columns.split(',')))}".strip()

    return {name: set(map(in_order, some)) for name, some in versions.items()}


@examples(25, 1500)
def test_retracted_events_might_never_have_been_sent(trying):
    @trying
    @given(ANY_EVENT_SETS, st.data())
    def holds(events, data):
        gone = data.draw(st.lists(st.sampled_from(events), min_size=1, unique=True))
        with catalog_of([[one for one in events if one not in gone]]):
            without = folds_now()
        with catalog_of(data.draw(deliveries(events))):
            wanted = folds_now()
            for one in gone:
                retract_event(event_of(one), reason="test", actor=None)
            same(without)
            for one in gone[::-1]:
                reinstate_event(event_of(one), reason="test", actor=None)
            same(wanted)

    holds()


@examples(15, 1000)
def test_a_replay_and_a_rebuild_change_nothing(trying):
    @trying
    @given(ANY_EVENT_SETS, st.data())
    def holds(events, data):
        some = data.draw(st.lists(st.sampled_from(events), min_size=1, unique=True))
        gone = data.draw(st.lists(st.sampled_from(events), max_size=2, unique=True))
        with catalog_of(data.draw(deliveries(events))):
            for one in gone:
                retract_event(event_of(one), reason="test", actor=None)
            wanted = folds_now()
            replayed = [event_of(one) for one in some if one not in gone]
            replay_events(replayed, actor=None)
            same(wanted)
            rebuild()
            same(wanted)

    holds()


@examples(15, 1000)
def test_what_is_refolded_in_parts_is_whole(trying, monkeypatch):
    @trying
    @given(ANY_EVENT_SETS, st.integers(1, 3), st.data())
    def holds(events, chunk, data):
        gone = data.draw(st.sampled_from(events))
        with catalog_of([[one for one in events if one != gone]]):
            without = folds_now()
        with catalog_of([events]):
            wanted = folds_now()
            with monkeypatch.context() as patched:
                patched.setattr(refolding, "CHUNK", chunk)
                retract_event(event_of(gone), reason="test", actor=None)
                same(without)
                reinstate_event(event_of(gone), reason="test", actor=None)
                same(wanted)
                replay_events([event_of(one) for one in events], actor=None)
                same(wanted)

    holds()


@examples(15, 1000)
def test_a_wider_sending_counts_as_if_it_had_been_the_first(trying, credential):
    narrow, wide = credential(*NARROW), credential(*NARROW, "x")

    @trying
    @given(ANY_EVENT_SETS, st.data())
    def holds(events, data):
        widened = data.draw(st.lists(st.sampled_from(events), unique=True))
        first = [one for one in events if one not in widened]
        with catalog_of([]):
            ingest(first, credential=narrow)
            ingest(widened, credential=wide)
            wanted = folds_now()
        with catalog_of([]):
            for batch in data.draw(deliveries(events)):
                ingest(batch, credential=narrow)
            if widened:
                for batch in data.draw(deliveries(widened)):
                    ingest(batch, credential=wide)
            same(wanted)

    holds()
