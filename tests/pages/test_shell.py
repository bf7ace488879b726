"""What stands around every page: the bar, the theme, the banner, refusals."""

import pytest

from tests.factories import PASSWORD, make_principal
from tests.pages.conftest import client_of

pytestmark = pytest.mark.django_db


def test_strangers_come_by_the_sign_in_page_to_where_they_wanted(client, viewer):
    sent = client.get("/datasets?q=x")
    assert sent["Location"] == "/login?next=/datasets%3Fq%3Dx"

    page = client.get(sent["Location"]).content.decode()
    assert 'name="next" value="/datasets?q=x"' in page

    told = {"username": "vera", "password": PASSWORD, "next": "/datasets?q=x"}
    assert client.post("/login", told)["Location"] == "/datasets?q=x"


def test_a_wrong_password_is_told_to_eyes_and_ears(client, viewer):
    page = client.post("/login", {"username": "vera", "password": "no"})
    text = page.content.decode()

    assert 'role="alert" id="login-error"' in text
    assert 'aria-describedby="login-error"' in text
    assert 'value="vera"' in text


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_in_the_browser(theme, as_viewer):
    response = as_viewer.post("/appearance", {"theme": theme, "next": "/jobs"})

    assert response["Location"] == "/jobs"
    assert f'data-bs-theme="{theme}"' in as_viewer.get("/jobs").content.decode()

    as_viewer.post("/appearance", {"theme": ""})
    assert "data-bs-theme" not in as_viewer.get("/jobs").content.decode()


def test_a_theme_that_is_none_is_not_written_into_the_page(as_viewer):
    as_viewer.cookies["headwater-theme"] = '"><script>'

    assert "<script>" not in as_viewer.get("/jobs").content.decode()


def test_choosing_a_theme_leads_nowhere_else(as_viewer):
    sent = {"theme": "dark", "next": "https://elsewhere.example/"}

    assert as_viewer.post("/appearance", sent)["Location"] == "/"


def test_a_warning_stands_on_every_page_while_strangers_have_a_role(
    client, settings, viewer
):
    settings.HEADWATER_ANONYMOUS_ROLE = "viewer"

    for address in ("/", "/datasets", "/login", "/nowhere"):
        text = client.get(address).content.decode()
        assert "Open to anyone" in text, address
        assert "<b>viewer</b>" in text


def test_there_is_no_warning_while_they_have_none(as_viewer):
    assert "Open to anyone" not in as_viewer.get("/").content.decode()


def test_sections_without_rights_are_not_offered(as_viewer, as_admin):
    assert 'href="/ingestion"' not in as_viewer.get("/").content.decode()
    assert 'href="/ingestion"' in as_admin.get("/").content.decode()


def test_the_section_of_the_page_is_marked(as_viewer):
    text = as_viewer.get("/datasets").content.decode()

    assert '<a href="/datasets" aria-current="page">' in text
    assert '<a href="/jobs">' in text


def test_who_has_no_grant_is_told_whom_to_ask(db):
    response = client_of(make_principal("new")).get("/")

    assert response.status_code == 403
    assert "Ask an administrator" in response.content.decode()


def test_no_page_has_a_script_or_style_of_its_own(as_viewer, client):
    for text in (
        as_viewer.get("/").content.decode(),
        client.get("/login").content.decode(),
        as_viewer.get("/nowhere").content.decode(),
    ):
        assert " style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert " onclick" not in text


def test_a_form_from_elsewhere_is_refused_with_a_page(viewer):
    client = client_of(viewer)
    client.handler.enforce_csrf_checks = True

    response = client.post("/appearance", {"theme": "dark"})

    assert response.status_code == 403
    assert "The form was not accepted" in response.content.decode()
