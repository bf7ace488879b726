"""Administration walked as an administrator would, and looked at by axe."""

import json

import pytest
from playwright.sync_api import expect

from catalog.models import Change, Tag, TagAssignment
from catalog.services import changing, define_entry
from policies.admin_site import site
from policies.models import Principal, Token
from policies.services import sync_built_in_roles
from tests.administration import world
from tests.factories import make_dataset
from tests.pages.test_every_page import faults_of, overflow_of


def test_an_administrator_makes_people_and_a_token_and_tags_twenty(open_browser, admin):
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        define_entry(making, Tag, {"name": "PII", "description": ""})
    for number in range(20):
        make_dataset("shelf", f"table_{number:02}")
    page = open_browser(admin)
    page.goto("/datasets")
    page.get_by_label("Account of").click()
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()

    page.get_by_role("link", name="Add to principals").click()
    page.get_by_label("Kind").select_option("service")
    page.get_by_label("Username").fill("airflow")
    page.get_by_label("Role, new").select_option(label="producer")
    page.get_by_role("button", name="Make", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("airflow is made")

    page.get_by_role("link", name="Make a token").click()
    expect(page.get_by_label("Of", exact=True)).to_have_value("airflow")
    page.get_by_label("Name", exact=True).fill("prod")
    page.get_by_role("button", name="Make", exact=True).click()
    expect(page.locator("#new-token")).to_contain_text("hw_")
    page.get_by_role("link", name="I have kept it").click()
    expect(page.locator("#new-token")).to_have_count(0)

    page.goto("/admin/catalog/dataset/")
    page.get_by_label("Select all objects on this page").check()
    expect(page.locator("[data-chosen]")).to_have_text("20 chosen")
    page.get_by_label("With those chosen").select_option(label="Tag")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Tag", exact=True).press_sequentially("PI")
    page.wait_for_selector("datalist option[value=PII]", state="attached")
    page.get_by_label("Tag", exact=True).fill("PII")
    page.get_by_role("button", name="Tag 20 datasets").click()
    expect(page.get_by_role("status").first).to_contain_text("20 set")

    assert Principal.objects.get(username="airflow").kind == "service"
    assert Token.objects.get().name == "prod"
    assert TagAssignment.objects.standing().count() == 20


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_every_administration_page_is_sound(theme, width, open_browser, harbour, admin):
    sync_built_in_roles()
    world.fill(2)
    page = open_browser(
        admin,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,  # for axe alone; the CSP has a test of its own
    )
    faults = {}
    for address in addresses():
        assert page.goto(address).status == 200, address
        # Lists are made alike: a few of them stand for all.
        is_looked_at = "/catalog/" not in address or "/dataset/" in address
        faults[address] = faults_of(page) if is_looked_at else overflow_of(page)

    assert json.dumps({k: v for k, v in faults.items() if v}, indent=1) == "{}"


def addresses():
    """The index, every page, every list, form and a row of each."""
    yield "/admin/"
    for page in site.pages:
        if page.is_listed:
            yield f"/admin/{page.route}"
    for desk in site.desks.values():
        if desk.model._meta.model_name == "failedattempt":
            continue  # its rows last for a minute
        yield desk.address("changelist")
        if desk.adds:
            yield desk.address("add")


def test_no_administration_page_hurts_the_content_security_policy(
    open_browser, harbour, admin
):
    page = open_browser(admin)
    for address in addresses():
        answer = page.goto(address)
        assert "unsafe" not in answer.headers["content-security-policy"]
    # Whatever was refused stands in the console, which `open_browser` looks at.
