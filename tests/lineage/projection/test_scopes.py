"""What of an event counts, by who sent it?"""

import json

import pytest

from lineage import openlineage
from lineage.batches import Offer, commit
from lineage.ingest import ingest
from lineage.models import Event, ProjectionState
from lineage.rebuilding import settle
from lineage.services.replays import reinstate_event, retract_event
from tests.lineage.projection import observed
from tests.lineage.projection.catalogs import digest_now
from tests.lineage.projection.happenings import (
    dataset,
    described,
    event,
    lifecycle,
    parent,
    schema,
    symlinks,
)
from tests.lineage.projection.histories import differences, folds_now
from tests.lineage.projection.test_retraction import event_of, undone

pytestmark = pytest.mark.django_db

# A sender whose scope is `jobs` and `data`, and everything that a wider one adds.
NARROW = ["jobs", "data"]
OTHER = event("COMPLETE", 9, "theirs|j", run="r9", writes=["theirs|a"])
EVENTS = {
    "its parent": event("START", 1, parent=parent("dag", "theirs|p")),
    "its root": event("START", 1, parent=parent("d", "p", root=("dag", "theirs|p"))),
    "an input's schema": event(
        "COMPLETE", 1, reads=[dataset("theirs|a", schema=schema("x"), note={"v": 1})]
    ),
    "an input's other names": event(
        "COMPLETE", 1, reads=[dataset("theirs|b", symlinks=symlinks("theirs|a"))]
    ),
    "another name of an output": event(
        "COMPLETE", 1, writes=[dataset("b", symlinks=symlinks("theirs|a"))]
    ),
    "the name before": described(
        1, "b", lifecycleStateChange=lifecycle("RENAME", "theirs|a")
    ),
    "a job that waits for it": event(
        "COMPLETE",
        1,
        jobDependencies={
            "upstream": [{"job": {"namespace": "x", "name": "first"}}],
            "downstream": [{"job": {"namespace": "theirs", "name": "j"}}],
        },
    ),
    "what flows into a dataset": event(
        "COMPLETE",
        1,
        of_job={
            "lineage": {
                "entries": [
                    {
                        "type": "DATASET",
                        "namespace": "theirs",
                        "name": "a",
                        "inputs": [
                            {"type": "DATASET", "namespace": "data", "name": "b"}
                        ],
                    }
                ]
            }
        },
    ),
}


def send(*events: bytes, by=None) -> None:
    assert {outcome.status for outcome in ingest(events, credential=by)} == {201}


@pytest.mark.parametrize("told", EVENTS.values(), ids=EVENTS)
def test_what_lies_outside_counts_from_the_wider_acceptance_on(credential, told):
    narrow, wide = credential(*NARROW), credential(*NARROW, "theirs")
    with undone():
        send(OTHER)
        send(told, by=wide)
        wanted = folds_now()
    with undone():
        send(OTHER)
        send(told, by=narrow)
        assert differences(wanted, folds_now()) != []
        digest = digest_now()
        send(told, by=narrow)
        assert digest_now() == digest
        send(told, by=wide)
        assert differences(wanted, folds_now()) == []
        send(told, by=narrow)
        assert differences(wanted, folds_now()) == []
    for batch in ([narrow, wide], [wide, narrow]):
        with undone():
            for sender in batch:
                send(told, by=sender)
            send(OTHER)
            assert differences(wanted, folds_now()) == []


def test_two_scopes_that_each_lack_something_lack_nothing_together(credential):
    told = event(
        "COMPLETE",
        1,
        reads=[dataset("x|a", schema=schema("a")), dataset("y|b", schema=schema("b"))],
    )
    one, other = credential(*NARROW, "x"), credential(*NARROW, "y")
    send(told, by=one)
    assert observed.versions() == {"x|a": {"read a"}, "y|b": {"read"}}

    send(told, by=other)

    assert observed.versions() == {"x|a": {"read a"}, "y|b": {"read b"}}


def test_a_retracted_event_that_is_sent_again_stays_retracted(credential):
    told = EVENTS["an input's schema"]
    send(told, by=credential(*NARROW))
    retract_event(event_of(told), reason="", actor=None)

    send(told, by=credential(*NARROW, "theirs"))

    assert event_of(told).status == Event.Status.RETRACTED
    assert observed.edges() == {}

    reinstate_event(event_of(told), reason="", actor=None)

    assert observed.versions() == {"theirs|a": {"read x"}}


def test_a_repeat_during_a_rebuild_counts_after_it(credential):
    told = EVENTS["an input's schema"]
    send(told, by=credential(*NARROW))
    ProjectionState.objects.update(mode=ProjectionState.Mode.REBUILDING)

    send(told, by=credential(*NARROW, "theirs"))
    assert observed.versions() == {"theirs|a": {"read"}}
    settle()

    assert observed.versions() == {"theirs|a": {"read x"}}


def test_many_events_are_widened_in_one_batch(credential):
    told = [
        event("COMPLETE", at, f"j{at}", reads=[dataset("theirs|a", note={"v": at})])
        for at in range(5)
    ]
    narrow, wide = credential(*NARROW), credential(*NARROW, "theirs")
    with undone():
        send(*told, by=wide)
        wanted = folds_now()
    send(*told, by=narrow)

    send(*told[::-1], by=wide)

    assert differences(wanted, folds_now()) == []


def test_a_facet_states_for_others_only_by_an_event_that_may(credential):
    """Also where the same facet had come from somebody who might, and holds no more."""
    facet = json.loads(EVENTS["what flows into a dataset"])["job"]["facets"]
    narrow, wide = credential(*NARROW), credential(*NARROW, "theirs")
    send(event("COMPLETE", 1, run="r1", of_job=facet), by=wide)
    assert observed.in_force() == {"j: b > theirs|a"}
    send(event("COMPLETE", 2, run="r2"), by=wide)

    again = event("COMPLETE", 3, run="r3", of_job=facet)
    send(again, by=narrow)
    assert observed.in_force() == set()

    send(again, by=wide)
    assert observed.in_force() == {"j: b > theirs|a"}


def test_nobody_is_warned_of_what_another_sender_in_the_batch_may_alter(credential):
    told = EVENTS["its parent"]
    offers = [
        Offer(told, openlineage.parse(told), credential(*namespaces))
        for namespaces in (NARROW, [*NARROW, "theirs"])
    ]

    assert {outcome.status for outcome in commit(offers)} == {201}

    assert observed.hierarchy() == {"j r": ("theirs|p dag", None)}
    warnings = event_of(told).warnings.values_list("code", flat=True)
    assert "assertion_inert" not in set(warnings)
