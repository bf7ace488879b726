"""What a route declares is asked of everybody who comes, and a refusal is journaled."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from policies.audit import Act
from policies.models import JournalEntry
from policies.services import grant_role
from tests.factories import bearer, make_namespace, make_principal, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.policies.routes")]


@pytest.fixture(autouse=True)
def _namespaces():
    make_namespace("prod")
    make_namespace("test")


def signed_in(client, username, role=None, **more):
    principal = make_principal(username, role, **more)
    client.force_login(principal)
    return principal


def test_a_page_shows_what_the_reader_may_see(client):
    signed_in(client, "viewer", "viewer", namespace="prod")

    assert client.get("/test/assets").text == "prod"


def test_strangers_are_sent_to_sign_in_and_come_back(client):
    response = client.get("/test/assets?name=a%20b")

    assert response.status_code == 302
    assert response["Location"] == "/login?next=/test/assets%3Fname%3Da%2520b"


def test_a_fragment_sends_the_whole_browser_to_sign_in(client):
    response = client.get("/test/assets", headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == "/login"


def test_who_lacks_an_action_is_told_which_and_it_is_journaled(client):
    principal = signed_in(client, "viewer", "viewer")

    response = client.get("/test/journal", headers={"X-Request-ID": "req-1"})

    assert response.status_code == 403
    assert "journal.view" in response.text
    entry = JournalEntry.objects.get(act=Act.ACCESS_DENIED)
    assert entry.actor == principal.public_id
    assert entry.request_id == "req-1"
    assert entry.changes == {"action": "journal.view", "method": "GET"}
    assert entry.record["target"] == {"kind": "route", "key": ["test-journal"]}


def test_a_page_with_two_actions_needs_both(client):
    auditor = signed_in(client, "auditor", "auditor", namespace="prod")
    assert client.get("/test/journal").status_code == 403

    grant_role(auditor, "auditor", actor=None)

    assert client.get("/test/journal").text == "the journal"


def test_an_open_page_asks_nothing(client):
    assert client.get("/test/health").text == "well"


@pytest.mark.parametrize("path", ["/test/assets", "/api/test/assets"])
def test_the_anonymous_role_opens_what_it_may_see(client, settings, path):
    settings.HEADWATER_ANONYMOUS_ROLE = "viewer"

    assert "prod" in client.get(path).text
    assert client.delete("/api/test/assets").status_code == 401


def test_the_api_answers_by_token_or_session(client):
    raw = make_token("reader", "viewer", namespace="test")
    assert client.get("/api/test/assets", headers=bearer(raw)).json() == ["test"]

    signed_in(client, "viewer", "viewer", namespace="prod")
    assert client.get("/api/test/assets").json() == ["prod"]


def test_a_token_counts_and_not_the_session_beside_it(client):
    signed_in(client, "admin", "admin")
    raw = make_token("reader", "viewer", namespace="test")

    assert client.get("/api/test/assets", headers=bearer(raw)).json() == ["test"]
    assert client.delete("/api/test/assets", headers=bearer(raw)).status_code == 403


def test_a_cookie_changes_nothing_without_its_csrf_token(client):
    client = type(client)(enforce_csrf_checks=True)
    signed_in(client, "admin", "admin")

    assert client.delete("/api/test/assets").status_code == 403


def test_an_unknown_client_of_the_api_is_asked_for_a_token(client):
    response = client.get("/api/test/assets")

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Content-Type"] == "application/problem+json"


def test_the_api_asks_for_the_action_of_the_method(client):
    headers = bearer(make_token("reader", "viewer"))

    assert client.head("/api/test/assets", headers=headers).status_code == 200
    assert client.options("/api/test/assets", headers=headers).status_code == 200
    assert client.put("/api/test/assets", headers=headers).status_code == 405
    refused = client.delete("/api/test/assets", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["action"] == "asset.edit"


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/api/test/undeclared"), ("post", "/api/test/forgotten")],
)
def test_a_view_that_declares_nothing_answers_nobody(client, method, path):
    headers = bearer(make_token("boss", "admin"))

    with pytest.raises(ImproperlyConfigured):
        getattr(client, method)(path, headers=headers)


def test_an_open_api_view_asks_nothing(client):
    assert client.get("/api/test/open").json() == "open"


def test_a_request_has_an_id_of_its_own_or_its_senders(client):
    assert len(client.get("/test/health")["X-Request-ID"]) == 36
    named = client.get("/test/health", headers={"X-Request-ID": "dag-7:try.2"})
    assert named["X-Request-ID"] == "dag-7:try.2"
    hostile = client.get("/test/health", headers={"X-Request-ID": "a\x1b[31m b"})
    assert len(hostile["X-Request-ID"]) == 36
