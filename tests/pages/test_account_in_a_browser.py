"""Signing in as people do: with a second factor, by a provider, and out again."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp

from policies.models import Role
from policies.services.second_factor import demand_second_factor, reset_second_factor
from tests.conftest import running_web_server
from tests.factories import PASSWORD, principal_of
from tests.pages.test_every_page import faults_of, told
from tests.policies.provider import CLIENT, SECRET, real_provider


def code_for(key, steps=0):
    counter = int(time.time()) // 30 + steps
    return totp.format_hotp_value(totp.hotp_value(key, counter))


@pytest.fixture
def with_password(admin, settings):
    """The admin, whose password the real server can check, too."""
    settings.PASSWORD_HASHERS = ["policies.signing_in.hashers.Argon2id"]
    admin.set_password(PASSWORD)
    admin.save()
    return admin


def sign_in(page, password=PASSWORD):
    page.goto("/login")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_one_takes_a_second_factor_on_and_signs_in_with_it(
    theme, width, open_browser, with_password
):
    page = open_browser(
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,  # for axe alone
    )
    faults = {}

    def look(heading):
        page.get_by_role("heading", name=heading, level=1).wait_for()
        faults[heading] = faults_of(page)

    page.goto("/login")
    look("Sign in")
    sign_in(page)
    page.wait_for_url("**/")
    page.goto("/account/second-factor")
    look("Set up a second factor")
    key = page.locator("#second-factor-key").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(code_for(key, -1))
    page.get_by_role("button", name="Turn it on").click()
    look("Your recovery codes")
    assert len(page.locator("#recovery-codes").inner_text().split()) == 20
    page.get_by_role("link", name="I have kept them").click()
    look("Second factor")
    page.goto("/account/tokens")
    page.get_by_label("Name", exact=True).fill("notebook")
    page.get_by_role("button", name="Make the token").click()
    look("The token notebook")
    assert page.locator("#new-token").inner_text().startswith("hw_")
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("button", name="Replace notebook").click()
    page.locator("#new-token").wait_for()
    assert "goes on for 7 days" in page.locator("main").inner_text()
    page.goto("/account/tokens")
    look("Tokens")
    page.locator("summary[aria-label^=Account]").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    sign_in(page)
    page.wait_for_url("**/login/code")
    look("Your second factor")
    page.get_by_label("Code", exact=True).fill(code_for(key))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/")
    assert told({k: v for k, v in faults.items() if v}) == "{}"


def test_who_needs_a_second_factor_is_led_to_it_and_on(open_browser, admin):
    demand_second_factor(Role.objects.get(name="admin"), True, actor=None)
    page = open_browser(admin)
    page.goto("/datasets")

    page.wait_for_url("**/account/second-factor?next=%2Fdatasets")
    key = page.locator("#second-factor-key").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(code_for(key))
    page.get_by_role("button", name="Turn it on").click()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/datasets")
    reset_second_factor(admin, actor=None)
    page.goto("/datasets")
    page.wait_for_url("**/login?next=/datasets")


def test_the_back_button_shows_nothing_after_signing_out(open_browser, admin):
    page = open_browser(admin)
    page.goto("/account")
    assert "Ada de Wit" in page.locator("main").inner_text()
    page.locator("summary[aria-label^=Account]").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    page.go_back()

    page.wait_for_url("**/login?next=/account")


def test_a_provider_lets_somebody_in(browser, transactional_db, tmp_path):
    grace = {"sub": "g-1", "preferred_username": "grace", "name": "Grace Hopper"}
    with (
        real_provider(grace) as issuer,
        running_web_server(
            tmp_path / "log",
            HEADWATER_OIDC_ISSUER=issuer,
            HEADWATER_OIDC_CLIENT_ID=CLIENT,
            HEADWATER_OIDC_CLIENT_SECRET=SECRET,
            HEADWATER_OIDC_LABEL="Sign in with Harbour ID",
            HEADWATER_LOG_LEVEL="DEBUG",
        ) as server,
    ):
        context = browser.new_context(base_url=server.url)
        page = context.new_page()
        page.goto("/login?next=/account")
        page.get_by_role("link", name="Sign in with Harbour ID").click()
        page.get_by_role("button", name="Authorize as g-1").click()
        page.wait_for_url(f"{server.url}/account")
        assert "Grace Hopper" in page.locator("h1").inner_text()
        assert "The directory says so" in page.locator("main").inner_text()
        context.close()

    assert principal_of("grace").is_synchronised
    log = (tmp_path / "log").read_text()
    assert SECRET not in log
    assert "code=" not in log
