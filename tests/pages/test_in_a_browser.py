"""What readers do with a mouse and keys, with and without scripts."""

import re

from playwright.sync_api import expect

from tests.factories import PASSWORD, make_principal
from tests.pages import story
from tests.pages.addresses import FAILING_JOB, STAGED, STAGING_JOB, last_run
from tests.pages.test_events import ERROR, make_unapplied

ROWS = "#rows tbody tr"


def test_typing_filters_the_list_and_the_way_back_undoes_it(
    open_browser, harbour, viewer
):
    page = open_browser(viewer)
    page.goto("/datasets")
    expect(page.locator(ROWS)).to_have_count(7)

    page.get_by_label("Name contains").press_sequentially("stg_")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=stg_"))
    expect(page.locator("#found")).to_have_text("1")
    expect(page.get_by_label("Name contains")).to_be_focused()

    page.go_back()
    expect(page.locator(ROWS)).not_to_have_count(1)
    page.reload()
    expect(page.locator(ROWS)).not_to_have_count(1)


def test_tabs_change_in_place_and_are_pages_of_their_own(open_browser, harbour, viewer):
    page = open_browser(viewer)
    page.goto(STAGED)
    page.evaluate("window.stayed = true")

    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    expect(page).to_have_url(re.compile("/versions$"))
    tab = page.get_by_role("link", name="Versions")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_be_focused()
    assert page.evaluate("window.stayed")

    page.go_back()
    expect(page.get_by_role("heading", name="Columns")).to_be_visible()
    page.goto(f"{STAGED}/versions")
    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()


def test_the_jump_box_is_reached_and_walked_by_keys(open_browser, harbour, viewer):
    page = open_browser(viewer)
    page.goto("/")

    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Find datasets, jobs, columns and words")
    expect(box).to_be_focused()
    page.keyboard.type("stg_port")
    found = page.locator(".find-found a")
    expect(found).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/datasets/.*stg_port_calls$"))


def test_escape_closes_what_was_found(open_browser, harbour, viewer):
    page = open_browser(viewer)
    page.goto("/")
    page.get_by_role("searchbox").press_sequentially("port")
    expect(page.locator(".find-found a").first).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator(".find-found")).to_be_hidden()


def test_a_theme_changes_at_once_and_stays(open_browser, harbour, viewer):
    page = open_browser(viewer, color_scheme="light")
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    bright = page.evaluate(ground)

    page.get_by_label("Account of vera").click()
    with page.expect_response("**/appearance"):
        page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != bright
    expect(page.get_by_role("button", name="Dark")).to_have_attribute(
        "aria-pressed", "true"
    )

    page.goto("/datasets")
    assert page.evaluate(ground) == dark


def test_a_theme_follows_the_system_unless_one_is_chosen(open_browser, harbour, viewer):
    page = open_browser(viewer, color_scheme="dark")
    page.goto("/")

    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") in (
        "light dark",
        "dark",
    )
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert min(map(int, re.findall(r"\d+", ink)[:3])) > 200


def test_names_are_copied(open_browser, harbour, viewer):
    page = open_browser(viewer, permissions=["clipboard-read", "clipboard-write"])
    page.goto(STAGED)

    page.get_by_role("button", name="Copy the namespace").click()

    assert page.evaluate("navigator.clipboard.readText()") == story.WAREHOUSE


def test_the_first_key_leads_past_the_bar(open_browser, harbour, viewer):
    page = open_browser(viewer)
    page.goto("/datasets")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_label("Name contains")).to_be_focused()


def test_pages_work_without_scripts(open_browser, harbour, admin):
    page = open_browser(admin, java_script_enabled=False)
    page.goto("/datasets")
    page.get_by_label("Name contains").fill("stg_")
    page.get_by_role("button", name="Filter").click()
    assert page.locator(ROWS).count() == 1

    page.locator(ROWS).get_by_role("link").first.click()
    page.get_by_role("link", name="Versions").click()
    assert page.get_by_role("heading", name="Version 2").is_visible()
    assert page.locator("button.copy:visible").count() == 0

    page.get_by_role("searchbox").fill("crew")
    page.get_by_role("searchbox").press("Enter")
    assert page.get_by_role("link", name=story.FAILING_JOB).is_visible()

    page.get_by_label("Account of Ada de Wit").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"

    page.goto(last_run(story.FAILING_JOB))
    page.get_by_text("Stack trace, Python").click()
    assert page.get_by_text("manifest.py").first.is_visible()


def test_an_event_is_tried_again_without_scripts(open_browser, harbour, admin):
    make_unapplied()
    page = open_browser(admin, java_script_enabled=False)
    page.goto("/ingestion")
    assert page.get_by_text(ERROR).is_visible()

    page.get_by_role("button", name="Try again").click()

    assert page.get_by_text("now it is applied").is_visible()
    assert page.get_by_text("Every event that arrived is in the catalog").is_visible()


def test_signing_in_and_out(open_browser, harbour, settings):
    # The server is another process: it knows the product's hashes, not the tests'.
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ]
    make_principal("vera", "viewer")
    page = open_browser()
    page.goto(FAILING_JOB)
    expect(page).to_have_url(re.compile("/login"))
    page.get_by_label("Name").fill("vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{FAILING_JOB}$"))

    page.get_by_label("Account of vera").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_that_ended_sends_an_open_page_to_sign_in(
    open_browser, harbour, viewer
):
    page = open_browser(viewer)
    page.goto(STAGING_JOB)
    page.context.clear_cookies()

    page.get_by_role("link", name="Versions").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
