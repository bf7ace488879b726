"""What a narrow screen still tells."""

import pytest
from playwright.sync_api import expect

from tests.pages import story
from tests.pages.addresses import FAILING_JOB, STAGED, last_run
from tests.pages.test_events import make_unapplied

NARROW = {"width": 390, "height": 900}
UNSEEN = "(tabs) => tabs.scrollWidth - tabs.clientWidth"
# Lines that a name takes: a word that is not torn needs but one.
LINES = "(name) => new Set([...name.getClientRects()].map((one) => one.top)).size"


@pytest.fixture
def page(open_browser, harbour, admin):
    return open_browser(admin, viewport=NARROW)


@pytest.mark.parametrize("address", [STAGED, f"{STAGED}/lineage", FAILING_JOB])
def test_every_tab_is_in_sight(address, page):
    page.goto(address)

    assert page.locator(".tabs").evaluate(UNSEEN) == 0


def test_what_became_of_events_stands_in_their_rows(page):
    make_unapplied()
    page.goto("/ingestion/events")
    expect(page.locator("tbody .narrow-only:has-text('Not applied')")).to_be_visible()

    page.goto("/ingestion/events?warning=wrong_type")
    expect(page.locator("tbody .narrow-only:has-text('3 warnings')")).to_be_visible()


def test_the_kinds_of_warnings_are_broken_between_words_alone(page):
    page.goto("/ingestion")
    kinds = page.locator(".kind-code a")

    assert kinds.count() > 0
    for kind in kinds.all():
        assert kind.evaluate(LINES) <= kind.inner_text().count("_") + 1


def test_checks_tell_what_was_expected_and_found(page):
    page.goto(last_run(story.MART_JOB))

    expect(page.get_by_text("expected 0 to 240, found").first).to_be_visible()


def test_a_run_is_reached_from_its_state(page):
    page.goto(f"{FAILING_JOB}/runs")
    page.locator("tbody a:visible").first.click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Run of")
