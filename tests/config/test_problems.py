"""What goes wrong is told in one way: as JSON at the API, as a page elsewhere."""

import pytest
from django.db import connection
from django.test import Client

from tests.config.failing_urls import SECRET
from tests.factories import make_principal

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.failing_urls")]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


def problem(response, status, code):
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    told = response.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"] == f"/docs/api#{code}"
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == response.headers["X-Request-ID"]
    assert SECRET not in response.content.decode()
    return told


@pytest.mark.parametrize("kind", ["plain", "rest"])
def test_a_problem_is_told_whole(client, kind):
    response = client.get(f"/api/{kind}/problem")
    told = problem(response, 409, "thing_taken")
    assert (told["detail"], told["pointer"], told["by"]) == ("It is taken.", "/a", "x")
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize("kind", ["plain", "rest"])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("fault", 500, "internal_error"),
        ("missing", 404, "not_found"),
        ("denied", 403, "forbidden"),
        ("suspicious", 400, "request_invalid"),
        ("database", 503, "unavailable"),
    ],
)
def test_whatever_fails_gives_nothing_away(client, kind, error, status, code):
    told = problem(client.get(f"/api/{kind}/{error}"), status, code)
    assert "pointer" not in told


@pytest.mark.urls("config.urls")
@pytest.mark.parametrize("path", ["/datasets", "/jobs", "/find"])
@pytest.mark.parametrize("name", ["q", "namespace"])
def test_a_nul_in_the_address_is_no_fault_of_ours(client, path, name):
    client.force_login(make_principal("ada", "viewer"))

    assert client.get(path, {name: "a\0b"}).status_code in (200, 400)


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/v1/nothing", "/api/", "/api/v1/lineage/x/y"]
)
def test_unknown_addresses_of_the_api_are_problems_too(client, path):
    problem(client.get(path), 404, "not_found")
    problem(client.post(path, "{}", content_type="application/json"), 404, "not_found")


def test_a_database_that_is_away_is_asked_again_in_a_second(client):
    response = client.get("/api/plain/database")
    assert response.headers["Retry-After"] == "1"


def test_a_wrong_method_names_the_right_ones(client):
    response = client.get("/api/post")
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "POST"
    response = client.put("/api/rest/fault")
    problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


def test_rest_frameworks_words_are_kept(client):
    told = problem(client.get("/api/rest/parse"), 400, "parse_error")
    assert told["detail"] == "It cannot be read."
    response = client.get("/api/rest/stranger")
    problem(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    response = client.get("/api/rest/throttled")
    problem(response, 429, "throttled")
    assert response.headers["Retry-After"] == "10"


def test_each_refused_field_has_its_pointer(client):
    told = problem(client.get("/api/rest/fields"), 400, "value_invalid")
    assert told["errors"] == [
        {"pointer": "/name", "detail": "Too long."},
        {"pointer": "/tags/0/key", "detail": "Missing."},
        {"pointer": "/a~1b", "detail": "No."},
    ]
    assert (told["pointer"], told["detail"]) == ("/name", "Too long.")
    told = problem(client.get("/api/rest/whole"), 400, "value_invalid")
    assert (told["pointer"], told["detail"]) == ("", "The two do not agree.")


def test_a_host_that_is_not_ours_is_refused_as_a_problem(client):
    problem(
        client.get("/api/v1/jobs", headers={"Host": "evil.example"}),
        400,
        "request_invalid",
    )


@pytest.mark.parametrize("path", ["/login", "/access", "/healthz", "/admin/"])
def test_people_at_a_host_that_is_not_ours_get_a_page(client, path):
    answer = client.get(path, headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert b'class="problem"' in answer.content
    assert b"evil.example" not in answer.content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/fail/problem", 409),
        ("/fail/missing", 404),
        ("/fail/denied", 403),
        ("/fail/suspicious", 400),
        ("/fail/fault", 500),
        ("/fail/database", 503),
    ],
)
def test_people_get_a_page(client, path, status):
    response = client.get(path)
    text = response.content.decode()
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith("text/html")
    # Only a fault of ours is to be looked up by it.
    assert (response.headers["X-Request-ID"] in text) == (status >= 500)
    assert "Headwater" in text
    assert SECRET not in text


@pytest.mark.parametrize("path", ["/fail/fault", "/fail/database"])
def test_the_page_about_a_fault_asks_the_database_for_nothing(client, path):
    with connection.execute_wrapper(_refuse):
        assert client.get(path).status_code >= 500


def _refuse(execute, sql, params, many, context):
    raise AssertionError(f"asked {sql}")


def test_a_form_without_its_token_is_told_so():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "Load it again" in response.content.decode()
