"""A grant is given in a browser: what is asked follows what was chosen."""

from playwright.sync_api import expect

from catalog.models import Tag
from policies.models import Grant
from policies.services import create_group
from tests.factories import make_principal


def test_a_grant_is_looked_at_and_given(open_browser, admin):
    make_principal("sam", name="Sam Ericsson")
    create_group("Samplers", actor=None)
    Tag.objects.create(name="PII")
    page = open_browser(admin)
    page.goto("/access/grants/new")

    page.get_by_label("To", exact=True).press_sequentially("sam")
    expect(page.locator("#offers-holder option")).to_have_count(2)
    expect(page.get_by_label("Tag", exact=True)).to_be_hidden()
    page.get_by_label("On", exact=True).select_option("tag")
    page.get_by_label("Tag", exact=True).fill("PII")
    expect(page.locator("#offers-tag option")).to_have_count(1)
    expect(page.get_by_label("Domain", exact=True)).to_be_hidden()
    page.get_by_label("What it does").select_option("deny")
    page.get_by_text("Only on a condition").click()
    page.get_by_label("Its owner").select_option("not")
    page.get_by_label("Why").fill("Personal data is for those who need it")
    page.get_by_role("button", name="See what it changes").click()

    expect(page.get_by_role("heading", name="What it would change")).to_be_visible()
    expect(page.get_by_text("when owner is not me")).to_be_visible()
    assert not Grant.objects.filter(principal__username="sam").exists()
    page.get_by_role("button", name="Deny it").click()

    expect(page.get_by_text("It is denied, and holds from now on.")).to_be_visible()
    grant = Grant.objects.get(principal__username="sam")
    assert (grant.effect, grant.condition) == ("deny", {"not": {"owner_is_me": True}})


def test_an_open_emergency_stands_over_every_page_until_it_is_closed(
    open_browser, admin
):
    page = open_browser(admin)
    page.goto("/access/break-glass")
    page.get_by_label("Why").fill("The night load is wrong.")
    page.get_by_label("For", exact=True).select_option("30")
    page.get_by_role("button", name="Break the glass").click()

    page.goto("/datasets")
    line = page.get_by_role("note").filter(has_text="broken the glass")
    expect(line).to_contain_text("The night load is wrong.")
    line.get_by_role("link", name="Close it").click()
    page.get_by_role("button", name="Close it now").click()

    expect(page.get_by_text("The glass is whole again")).to_be_visible()
    expect(line).to_have_count(0)
