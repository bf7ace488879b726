"""Where a token may stand, and what becomes of one that does not count."""

import pytest

from policies.models import FailedAttempt, Token
from policies.services import revoke_token
from policies.signing_in import tokens
from tests.factories import bearer, make_namespace, make_token

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.policies.routes")]
DOORS = ["/api/test/door", "/api/test/assets"]


@pytest.fixture
def raw():
    make_namespace("prod")
    return make_token("airflow", "admin")


@pytest.mark.parametrize("path", DOORS)
def test_a_good_token_in_the_header_lets_in(client, path, raw):
    assert client.get(path, headers=bearer(raw)).status_code == 200
    lower = {"Authorization": f"bearer  {raw} "}
    assert client.get(path, headers=lower).status_code == 200


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer nonsense",
        "Basic dXNlcjpwYXNz",
        "Bearer hw_aaaaaaaaaaaa_" + "a" * 43 + "_000000",
        # Named, since two processes that run the tests mint different ones.
        pytest.param(f"Bearer {tokens.mint()[0]}", id="Bearer unknown"),
        "hw_without_a_scheme",
    ],
)
def test_anything_else_in_the_header_is_refused(client, path, header):
    response = client.get(path, headers={"Authorization": header})

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith('Bearer realm="headwater"')
    assert response["Content-Type"] == "application/problem+json"
    assert FailedAttempt.objects.get().kind == "token"


@pytest.mark.parametrize("path", DOORS)
def test_bad_credentials_are_not_as_good_as_none(client, path, settings):
    settings.HEADWATER_ANONYMOUS_ROLE = "admin"
    assert client.get(path).status_code == 200

    response = client.get(path, headers={"Authorization": "Bearer nonsense"})

    assert response.status_code == 401


@pytest.mark.parametrize("path", DOORS)
def test_no_credentials_are_asked_for(client, path):
    response = client.get(path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", [*DOORS, "/test/assets"])
@pytest.mark.parametrize("name", ["token", "access_token", "API_KEY", "q"])
def test_a_token_in_the_address_is_refused_though_it_is_good(client, path, name, raw):
    response = client.get(path, {name: raw}, headers=bearer(raw))

    assert response.status_code == 400
    assert "header" in response.text or "Authorization" in response.text
    assert raw not in response.text


@pytest.mark.urls("config.urls")
@pytest.mark.parametrize("path", ["/login", "/docs/api", "/livez"])
def test_a_page_that_is_open_to_everybody_takes_no_token_either(client, path, raw):
    response = client.get(path, {"next": f"/?q={raw}"})

    assert response.status_code == 400
    assert raw not in response.text


def test_a_secret_of_another_kind_in_the_address_is_refused(client, raw):
    response = client.get(DOORS[0], {"api_key": "abc"}, headers=bearer(raw))

    assert response.json()["code"] == "credentials_in_query"


def test_a_search_for_a_word_like_token_is_no_credential(client, raw):
    asked = {"q": "hw_", "name": "token", "namespace": "prod"}

    assert client.get(DOORS[0], asked, headers=bearer(raw)).status_code == 200


@pytest.mark.parametrize("path", ["/api/test/assets"])
def test_a_revoked_token_is_refused_at_the_next_request(client, path, raw):
    assert client.get(path, headers=bearer(raw)).status_code == 200

    revoke_token(Token.objects.get(), actor=None)

    assert client.get(path, headers=bearer(raw)).status_code == 401


def test_a_token_sends_where_its_scope_reaches(client):
    headers = bearer(make_token("airflow", "producer", namespace="prod*"))

    for namespace, sends in (("prod-eu", True), ("test", False)):
        response = client.get(DOORS[0], {"namespace": namespace}, headers=headers)
        assert response.json() == {"sends": sends}
