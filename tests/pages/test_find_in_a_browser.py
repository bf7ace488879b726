"""Finding with a mouse and keys."""

from playwright.sync_api import expect

from tests.catalog import search_world as world
from tests.catalog.search_table import ORDERS


def test_typing_on_the_page_renews_the_results(open_browser, viewer):
    world.make_world()
    page = open_browser(viewer)
    page.goto("/find")
    page.locator("#find-q").press_sequentially("orders")
    expect(page.locator(".hit").first).to_contain_text(ORDERS)
    expect(page).to_have_url("http://" + page.url.split("/")[2] + "/find?q=orders")


def test_arrow_keys_walk_through_the_hits(open_browser, viewer):
    world.make_world()
    page = open_browser(viewer)
    page.goto("/find?q=orders")
    page.locator("#find-q").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".hit-head > a").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#find-q")).to_be_focused()
