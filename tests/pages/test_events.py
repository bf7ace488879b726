"""The ingestion page and the page of an event: what arrived, and repairing it."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Job
from lineage.models import Event
from policies.audit import Act
from policies.models import JournalEntry
from tests.factories import make_principal
from tests.pages import story
from tests.pages.addresses import STAGING_JOB, event_with_warnings, last_event
from tests.pages.conftest import client_of, take_in
from tests.pages.test_assets import text_of

pytestmark = pytest.mark.django_db
ERROR = "IntegrityError: a row that should not be"


def make_unapplied():
    """An event on which the projection is said to have failed."""
    at, run = timezone.now(), story.run_id("poison")
    take_in([story.event(at, "COMPLETE", story.FLOWS, "poison", run)])
    event = Event.objects.get(job__name="poison")
    Event.objects.filter(pk=event.pk).update(
        status=Event.Status.NOT_APPLIED, error=ERROR, job=None, run=None
    )
    event.refresh_from_db()
    return event


def address_of(event, route="event-detail"):
    return reverse(route, args=[bytes(event.digest).hex()])


def test_arrivals_are_drawn_and_told_as_a_table(harbour, as_admin):
    text = text_of(as_admin.get("/ingestion"))

    assert "42 events in 24 hours" in text
    assert text.count('class="bar-room"') == 24
    assert text.count('class="bar-applied"') == 24
    assert "at most 42 in one hour" in text


def test_no_chart_is_drawn_of_nothing(as_admin):
    text = text_of(as_admin.get("/ingestion"))

    assert "Nothing arrived in 24 hours." in text
    assert "<figure" not in text


def test_the_time_shown_can_be_a_week(harbour, as_admin):
    text = text_of(as_admin.get("/ingestion?range=7d"))

    assert text.count('class="bar-room"') == 7
    assert 'href="?range=7d" aria-current="true"' in text


def test_warnings_stand_by_kind_with_an_example(harbour, as_admin):
    page = as_admin.get("/ingestion")
    kinds = {kind.code: kind for kind in page.context["warnings"]}

    assert kinds["wrong_type"].pointer == "/dataset/facets/ownership/owners"
    assert f'href="{event_with_warnings()}"' in page.content.decode()
    listed = as_admin.get("/ingestion/events?warning=wrong_type").context["events"]
    assert len(listed) == 1


def test_producers_are_for_those_who_see_every_event(harbour, as_admin):
    local = make_principal("lou", "steward", namespace=story.FLOWS)

    assert "https://harbour.example/registry" in text_of(as_admin.get("/ingestion"))
    assert "harbour.example" not in text_of(client_of(local).get("/ingestion"))


def test_an_event_that_did_not_apply_can_be_tried_again_from_the_list(as_admin):
    event = make_unapplied()
    shown = text_of(as_admin.get("/ingestion"))
    assert ERROR in shown
    assert f'action="{address_of(event, "event-replay")}"' in shown
    assert "did not apply" in text_of(as_admin.get("/"))

    response = as_admin.post(
        address_of(event, "event-replay"), {"next": "/ingestion?range=7d"}, follow=True
    )

    assert response.redirect_chain == [("/ingestion?range=7d", 302)]
    assert "now it is applied" in response.content.decode()
    event.refresh_from_db()
    assert event.status == Event.Status.APPLIED
    assert JournalEntry.objects.filter(act=Act.EVENT_REPLAYED).count() == 1


def test_who_may_not_replay_sees_no_button(db):
    event = make_unapplied()
    producer = client_of(make_principal("pat", "producer"))

    assert ERROR in text_of(producer.get("/ingestion"))
    assert "Try again" not in text_of(producer.get("/ingestion"))
    assert producer.post(address_of(event, "event-replay")).status_code == 403


def test_an_event_that_was_never_applied_is_for_those_who_see_everything(db):
    event = make_unapplied()
    local = client_of(make_principal("lou", "steward", namespace=story.FLOWS))

    assert ERROR not in text_of(local.get("/ingestion"))
    assert local.get(address_of(event)).status_code == 404


def test_retracting_needs_a_reason_and_takes_effect(harbour, as_admin):
    take_in(
        [
            story.event(
                timezone.now(), "COMPLETE", story.FLOWS, "mistaken", story.run_id("no")
            )
        ]
    )
    event = Event.objects.get(job__name="mistaken")

    refused = as_admin.post(address_of(event, "event-retract"), {"reason": " "})
    assert refused.status_code == 302
    assert "needs a reason" in text_of(as_admin.get(refused["Location"]))
    event.refresh_from_db()
    assert event.status == Event.Status.APPLIED

    done = as_admin.post(
        address_of(event, "event-retract"), {"reason": "sent by mistake"}, follow=True
    )
    text = done.content.decode()
    assert "sent by mistake" in text
    assert "by Ada de Wit" in text
    assert not Job.objects.unrestricted("test").visible().filter(name="mistaken")
    entry = JournalEntry.objects.get(act=Act.EVENT_RETRACTED)
    assert json.loads(bytes(entry.body))["reason"] == "sent by mistake"

    as_admin.post(address_of(event, "event-reinstate"), {"reason": "it was right"})
    assert Job.objects.unrestricted("test").visible().filter(name="mistaken").exists()


def test_retracting_twice_changes_nothing(harbour, as_admin):
    address = f"{last_event(story.MART_JOB)}/retract"
    as_admin.post(address, {"reason": "once"})

    again = as_admin.post(address, {"reason": "twice"}, follow=True)

    assert "was retracted already" in again.content.decode()
    assert JournalEntry.objects.filter(act=Act.EVENT_RETRACTED).count() == 1


def test_the_way_back_leads_nowhere_but_here(harbour, as_admin):
    address = last_event(story.MART_JOB)

    response = as_admin.post(
        f"{address}/replay", {"next": "https://elsewhere.example/"}
    )

    assert response["Location"] == address


def test_the_raw_event_is_for_those_with_the_right_to_it(harbour, as_admin):
    address = last_event(story.STAGING_JOB)
    steward = client_of(make_principal("sam", "steward"))

    assert "As it was sent" in text_of(as_admin.get(address))
    assert "As it was sent" not in text_of(steward.get(address))
    sent = as_admin.get(f"{address}/raw")
    assert json.loads(sent.content)["job"]["name"] == story.STAGING_JOB
    assert sent["Content-Disposition"].startswith("attachment")


def test_an_event_page_tells_warnings_senders_and_what_it_is_about(harbour, as_admin):
    warned = text_of(as_admin.get(event_with_warnings()))
    plain = text_of(as_admin.get(last_event(story.STAGING_JOB)))

    assert "/dataset/facets/ownership/owners" in warned
    assert "the system" in warned
    assert f'href="{STAGING_JOB}"' in plain


@pytest.mark.parametrize("digest", ["0" * 64, "0" * 63, "A" * 64, "x"])
def test_an_unknown_digest_is_not_found(digest, as_admin):
    assert as_admin.get(f"/events/{digest}").status_code == 404


def test_the_list_of_events_goes_on_with_older_ones(harbour, as_admin):
    take_in(story.much(timezone.now(), jobs=30))

    first = as_admin.get("/ingestion/events")
    older = text_of(first).split('rel="next" href="')[1].split('"')[0]
    second = as_admin.get(f"/ingestion/events{older}")

    assert len(first.context["events"]) == 50
    assert len(second.context["events"]) == 50
    keys = [e.pk for page in (first, second) for e in page.context["events"]]
    assert keys == sorted(set(keys), reverse=True)
    assert as_admin.get("/ingestion/events?before=x").status_code == 200


def test_events_are_filtered_by_outcome(harbour, as_admin):
    event = make_unapplied()

    found = as_admin.get("/ingestion/events?status=not-applied").context["events"]

    assert [each.pk for each in found] == [event.pk]
