"""Signing in and out: who gets in, where they land, what the journal says of it."""

import pytest

from policies.models import FailedAttempt, JournalEntry, Principal
from policies.services import change_password, create_principal, set_active
from tests.factories import PASSWORD, make_principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_principal("ada", "viewer")


def sign_in(client, username="ada", password=PASSWORD, **more):
    data = {"username": username, "password": password, **more}
    return client.post("/login", data)


def is_signed_in(client):
    return "_auth_user_id" in client.session


def acts(principal):
    entries = JournalEntry.objects.filter(actor=principal.public_id)
    return list(entries.order_by("recorded_at").values_list("act", flat=True))


def test_the_sign_in_page_is_open_and_never_cached(client):
    response = client.get("/login")

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert 'name="password"' in response.text


@pytest.mark.parametrize("username", ["ada", "ADA", "Ada"])
def test_a_name_counts_whatever_its_case(client, ada, username):
    response = sign_in(client, username)

    assert response.status_code == 302
    assert response["Location"] == "/"
    assert is_signed_in(client)


def test_signing_in_and_out_is_journaled(client, ada):
    sign_in(client)
    client.post("/logout")

    assert acts(ada) == ["session.opened", "session.closed"]
    assert not is_signed_in(client)


def test_a_session_does_not_outlive_its_sign_in_unchanged(client, ada):
    client.get("/login")
    client.session.save()
    before = client.session.session_key
    sign_in(client)

    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("wanted", "landed"),
    [
        ("/datasets?q=a", "/datasets?q=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("journal", "/"),
        ("nothing of ours", "/"),
        (f"/find?q={'漢' * 2000}", "/"),
        ("", "/"),
    ],
)
def test_one_lands_where_one_wanted_within_this_server(client, ada, wanted, landed):
    assert sign_in(client, next=wanted)["Location"] == landed


def test_who_is_in_already_is_sent_on(client, ada):
    client.force_login(ada)

    assert client.get("/login?next=/datasets")["Location"] == "/datasets"


@pytest.mark.parametrize(
    ("username", "password"), [("ada", "wrong"), ("nobody", "wrong"), ("", "")]
)
def test_a_failed_attempt_says_the_same_for_all_and_lets_nobody_in(
    client, ada, username, password
):
    response = sign_in(client, username, password)

    assert response.status_code == 200
    assert not is_signed_in(client)
    assert "a server error" not in response.text


def test_failed_attempts_are_counted_with_the_account_and_never_a_typed_name(
    client, ada
):
    sign_in(client, "ada", "wrong")
    sign_in(client, "hunter2", "")
    sign_in(client, "hunter2", "x")

    rows = FailedAttempt.objects.filter(kind="sign_in")
    assert {row.principal for row in rows} == {ada.public_id, None}
    assert "hunter2" not in str(list(rows.values()))
    assert not JournalEntry.objects.filter(actor=ada.public_id).exists()


def test_the_inactive_and_services_do_not_sign_in(client, ada):
    make_principal("admin", "admin")
    set_active(ada, False, actor=None)
    create_principal("airflow", kind=Principal.Kind.SERVICE, actor=None)

    sign_in(client)
    assert not is_signed_in(client)
    sign_in(client, "airflow", "")
    assert not is_signed_in(client)


def test_deactivation_ends_a_session_at_the_next_request(client, ada):
    client.force_login(ada)
    set_active(ada, False, actor=None)

    assert client.get("/login").status_code == 200  # not sent on: a stranger again


def test_another_password_ends_sessions_at_the_next_request(client, ada):
    sign_in(client)
    change_password(ada, "a longer walk by the river", actor=None)

    assert client.get("/login").status_code == 200


def test_leaving_needs_a_post(client, ada):
    client.force_login(ada)

    assert client.get("/logout").status_code == 405
    assert is_signed_in(client)


def test_signing_in_needs_the_forms_own_token(client, ada):
    client = type(client)(enforce_csrf_checks=True)

    assert sign_in(client).status_code == 403
