"""What stewards do on pages of curation, with a mouse, keys, and without scripts."""

import re

from playwright.sync_api import expect

from catalog.models import TagAssignment
from catalog.services import fold_proposals
from tests.factories import make_dataset
from tests.pages import curated, story
from tests.pages.addresses import CREW, STAGED


def standing(tag):
    return TagAssignment.objects.standing().filter(tag__name=tag)


def test_a_column_is_tagged_in_its_row_and_that_is_undone(
    open_browser, looked_after, admin
):
    page = open_browser(admin)
    page.goto(STAGED)
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="Tag or describe terminal").click()
    editor = page.locator(".column-edit:not(:empty)")
    editor.get_by_text("Add tag").click()
    editor.get_by_label("Tag", exact=True).fill("PII.email")
    editor.get_by_role("button", name="Add").first.click()

    expect(editor.get_by_text("Tag of column terminal saved.")).to_be_visible()
    expect(editor.get_by_role("link", name="PII.email")).to_be_visible()
    assert page.evaluate("window.stayed")
    row = page.locator("tr", has_text="terminal").first
    expect(row.locator("[id^=column-]").get_by_text("PII.email")).to_be_visible()
    assert standing("PII.email").get().column == "terminal"
    editor.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Tag: 1 set.")).to_be_visible()
    assert not standing("PII.email").exists()


def test_a_fault_is_told_in_place_and_keeps_what_was_typed(
    open_browser, looked_after, admin
):
    page = open_browser(admin)
    page.goto(f"{CREW}/governance")
    page.get_by_text("Set retention period").click()
    page.get_by_label("Retention period").fill("for ever")
    page.get_by_role("button", name="Save").filter(visible=True).click()

    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("7 years")
    expect(fault).to_be_in_viewport()
    field = page.get_by_label("Retention period")
    expect(field).to_have_value("for ever")
    field.fill("90 days")
    page.get_by_role("button", name="Save").filter(visible=True).click()
    expect(page.get_by_text("Retention period saved.")).to_be_in_viewport()


def test_what_is_typed_is_completed(open_browser, looked_after, admin):
    page = open_browser(admin)
    page.goto(f"{CREW}/governance")
    page.get_by_text("Add tag").click()
    page.get_by_label("Tag", exact=True).press_sequentially("PII.")

    options = page.locator("#suggest-tag option")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("value", "PII.email")


def test_twenty_datasets_are_tagged_at_once_and_undone(
    open_browser, looked_after, admin
):
    lake = curated.namespace(story.LAKE)
    for number in range(20):
        make_dataset(lake, f"part-{number:02}")
    page = open_browser(admin)
    page.goto("/datasets?q=part-")
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Change the chosen").click()
    expect(page.get_by_role("heading", name="Change 20 datasets")).to_be_visible()
    page.get_by_label("Add a tag").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Tag", exact=True).fill("PII.name")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("20 change", exact=True)).to_be_visible()
    before = standing("PII.name").count()
    page.get_by_role("button", name="Do it").click()

    expect(page.get_by_text("20 datasets changed.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=part-"))
    assert standing("PII.name").count() == before + 20
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: Tag: 20 set.")).to_be_visible()
    assert standing("PII.name").count() == before


def test_a_proposal_is_accepted_without_scripts(open_browser, harbour, admin):
    while fold_proposals():
        pass
    page = open_browser(admin, java_script_enabled=False)
    page.goto("/proposals?aspect=owner")
    page.get_by_label("Owner team:harbour-data").first.check()
    page.get_by_role("button", name="Accept").click()

    expect(page.get_by_text("1 proposal accepted.")).to_be_visible()
    page.goto(STAGED)
    expect(page.get_by_text("Owners", exact=True)).to_be_visible()
