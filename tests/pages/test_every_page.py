"""Every page, bright and dark, wide and narrow, with little and with much to show."""

import json

import pytest
from django.conf import settings
from django.utils import timezone

from tests.pages import story
from tests.pages.addresses import every_page
from tests.pages.conftest import take_in
from tests.pages.test_events import make_unapplied

AXE = settings.NODE_MODULES / "axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}});
  return found.violations.map(v => ({
    rule: v.id, help: v.help, at: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)
      + " :: " + (n.any[0]?.message ?? n.failureSummary)),
  }));
}"""
ACCESS = (
    *("", "/explain", "/who", "/grants", "/people", "/groups", "/roles", "/requests"),
    *("/approvals", "/approvals/rules", "/reviews", "/simulation", "/policy"),
    "/break-glass",
)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults_of(page):
    page.add_script_tag(path=AXE)
    return page.evaluate(CHECK, RULES) + overflow_of(page)


def overflow_of(page):
    pixels = page.evaluate(OVERFLOW)
    return [{"rule": "overflow", "at": f"{pixels}px too wide"}] if pixels > 0 else []


def told(faults):
    return json.dumps(faults, indent=1)


@pytest.mark.parametrize(
    ("amount", "theme", "width"),
    [
        ("little", "light", 1440),
        ("little", "dark", 390),
        ("much", "dark", 1440),
        ("much", "light", 390),
    ],
)
def test_every_page_is_sound(amount, theme, width, open_browser, looked_after, admin):
    if amount == "much":
        take_in(story.much(timezone.now()))
    page = open_browser(
        admin,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,  # for axe alone; the CSP has a test of its own
    )
    make_unapplied()
    faults = {}
    for name, address in every_page().items():
        answer = page.goto(address)
        assert answer.status == 200, name
        # Much data is more of the same: there the room is what matters.
        faults[name] = faults_of(page) if amount == "little" else overflow_of(page)

    assert told({k: v for k, v in faults.items() if v}) == "{}"


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_pages_without_data_are_sound(theme, width, open_browser, admin):
    page = open_browser(
        admin,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
    )
    faults = {}
    pages = ("/", "/datasets", "/jobs", "/ingestion", "/ingestion/events")
    of_curation = ("/governance", "/tags", "/glossary", "/changes", "/proposals")
    of_access = tuple(f"/access{tab}" for tab in ACCESS)
    for address in pages + of_curation + of_access:
        page.goto(address)
        faults[address] = faults_of(page)

    assert told({k: v for k, v in faults.items() if v}) == "{}"


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_sign_in_page_is_sound(theme, width, open_browser):
    page = open_browser(
        color_scheme=theme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    page.goto("/login")

    assert told(faults_of(page)) == "[]"


def test_no_page_does_what_its_content_security_policy_forbids(
    open_browser, looked_after, admin
):
    page = open_browser(admin)
    for address in every_page().values():
        answer = page.goto(address)
        page.wait_for_load_state("networkidle")
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
    # Whatever was refused stands in the console, which `open_browser` looks at.
