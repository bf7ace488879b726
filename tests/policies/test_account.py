"""One's own account: name, password, sessions and tokens."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import JournalEntry, Role, Session, Token
from policies.services import change_password, create_token, revoke_token
from policies.services.tokens import OVERLAP
from policies.signing_in.session_store import key_in_database
from policies.signing_in.tokens import TokenRefused, authenticate_now
from tests.factories import PASSWORD, bearer, make_principal

pytestmark = pytest.mark.django_db
NEW = "another walk by the river"


@pytest.fixture
def ada():
    return make_principal("ada", "viewer", name="Ada", email="ada@example.com")


@pytest.fixture
def client(ada):
    return signed_in()


def signed_in(name="ada", password=PASSWORD):
    client = Client()
    client.post("/login", {"username": name, "password": password})
    return client


# --- Name and password ------------------------------------------------------------


def test_people_call_themselves_otherwise(ada, client):
    response = client.post("/account", {"name": "Countess", "email": ""})

    ada.refresh_from_db()
    assert response["Location"] == "/account"
    assert (ada.name, ada.email) == ("Countess", "")
    entry = JournalEntry.objects.get(act="principal.changed")
    assert (entry.actor, entry.changes) == (
        ada.public_id,
        {"fields": ["name", "email"]},
    )


def test_what_is_no_address_is_told_so(ada, client):
    response = client.post("/account", {"name": "Ada", "email": "nowhere"})

    assert response.status_code == 422
    assert "Enter a valid email address" in response.text


def test_people_of_the_directory_are_called_as_it_says(ada, client):
    ada.is_synchronised = True
    ada.save()
    client.post("/account", {"name": "Root", "email": ""})

    ada.refresh_from_db()
    assert ada.name == "Ada"
    assert "The directory says so" in client.get("/account").text


def change(client, old=PASSWORD, new=NEW, again=None, **more):
    form = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return client.post("/account/password", {**form, **more})


def test_another_password_ends_all_other_sessions(ada, client):
    other = signed_in()
    before = client.cookies["headwater-session"].value
    assert change(client)["Location"] == "/account"

    assert client.get("/datasets").status_code == 200
    assert other.get("/datasets").status_code == 302
    assert client.cookies["headwater-session"].value != before
    assert "_auth_user_id" in signed_in(password=NEW).session


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"old": "wrong"}, "entered incorrectly"),
        ({"new": "short"}, "too short"),
        ({"new": "q1w2e3r4t5y6"}, "too common"),
        ({"new": "ada@example.com"}, "too similar"),
        ({"again": "otherwise"}, "match"),
        ({"new": PASSWORD}, "the password that you have"),
    ],
)
def test_a_password_that_the_rules_refuse_stays_as_it_was(ada, client, told, said):
    response = change(client, **told)

    assert response.status_code == 422
    assert said in response.text.replace("&#x27;", "'")
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_the_old_password_cannot_be_guessed_there_for_ever(ada, client):
    for _ in range(10):
        change(client, old="wrong")

    assert "too many tries" in change(client).text


def test_a_password_that_somebody_else_gave_is_changed_before_anything(ada):
    root = make_principal("root", "admin")
    change_password(ada, "given by an administrator", actor=root, must_change=True)
    client = signed_in(password="given by an administrator")

    for address in ("/", "/datasets", "/account/tokens", "/account/sessions"):
        location = client.get(address)["Location"]
        assert location.startswith("/account/password?next="), address
    answer = client.get("/api/v1/namespaces")
    assert answer.json()["code"] == "password_change_needed"
    done = change(client, old="given by an administrator", next="/datasets")
    assert done["Location"] == "/datasets"
    assert client.get("/datasets").status_code == 200


def test_without_a_password_there_is_none_to_change(ada, client):
    ada.set_unusable_password()
    ada.save()
    client = Client()
    client.force_login(ada)

    assert client.get("/account/password").status_code == 404
    assert "/account/password" not in client.get("/account").text


# --- Sessions -------------------------------------------------------------------


def test_sessions_are_listed_with_their_browsers_this_one_first(ada, client):
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit Safari/604.1"
    phone = Client(headers={"user-agent": agent})
    phone.post("/login", {"username": "ada", "password": PASSWORD})
    make_principal("bob")
    signed_in("bob")

    shown = client.get("/account/sessions").context["sessions"]
    assert [each.is_this for each in shown] == [True, False]
    assert shown[1].device == "Safari on iPhone"


def test_one_is_ended(ada, client):
    other = signed_in()
    key = key_in_database(other.cookies["headwater-session"].value)
    client.post("/account/sessions/end", {"session": key})

    assert other.get("/datasets").status_code == 302
    assert client.get("/datasets").status_code == 200


def test_all_others_are_ended(ada, client):
    others = [signed_in(), signed_in()]
    client.post("/account/sessions/end")

    assert [each.get("/datasets").status_code for each in others] == [302, 302]
    assert client.get("/datasets").status_code == 200


def test_nobody_ends_somebody_elses(ada, client):
    make_principal("bob", "viewer")
    bobs = signed_in("bob")
    key = key_in_database(bobs.cookies["headwater-session"].value)
    client.post("/account/sessions/end", {"session": key})
    client.post("/account/sessions/end")

    assert bobs.get("/datasets").status_code == 200
    assert Session.objects.count() == 2


# --- Tokens ---------------------------------------------------------------------


def make(client, **told):
    form = {"name": "notebook", "role": "", "namespace": "", "days": "30", **told}
    return client.post("/account/tokens", form)


def test_a_token_of_ones_own_is_shown_once_and_does_what_one_may(ada, client):
    response = make(client)
    raw = response.context["raw"]

    assert raw in response.text
    assert "no-store" in response["Cache-Control"]
    assert raw not in client.get("/account/tokens").text
    answer = Client().get("/api/v1/namespaces", headers=bearer(raw))
    assert answer.status_code == 200
    token = Token.objects.get()
    assert (token.principal, token.created_by) == (ada, ada)
    days = (token.expires_at - timezone.now()) / timedelta(days=1)
    assert 29 < days <= 30


def test_it_can_be_narrowed_and_never_widened(ada, client):
    offered = {role.name for role in client.get("/account/tokens").context["form"]
               .fields["role"].queryset}  # fmt: skip
    raw = make(client, namespace="prod*").context["raw"]

    assert offered == {"viewer"}
    assert not authenticate_now(raw).narrowing.reach.allows("test")
    admin = Role.objects.get(name="admin")
    assert make(client, name="king", role=admin.pk).status_code == 422


@pytest.mark.parametrize("days", ["", "0", "-1", "366", "9999", "x"])
def test_it_lives_no_longer_than_the_server_lets_it(ada, client, days):
    assert make(client, days=days).status_code == 422
    assert not Token.objects.exists()


def test_the_longest_life_is_set(ada, client, settings):
    settings.HEADWATER_TOKEN_DAYS = 14
    offered = client.get("/account/tokens").context["form"].fields["days"].choices

    assert [days for days, _ in offered] == [7, 14]
    assert make(client, days="30").status_code == 422


def test_its_successor_does_the_same_and_both_count_for_a_while(ada, client):
    old = make(client, namespace="prod*").context["raw"]
    key = Token.objects.get().key_id
    new = client.post(f"/account/tokens/{key}/rotate").context["raw"]

    assert authenticate_now(old)
    assert authenticate_now(new).narrowing.reach.allows("prod-1")
    former, latter = Token.objects.order_by("pk")
    assert former.expires_at - timezone.now() <= OVERLAP
    assert latter.expires_at - timezone.now() > timedelta(days=29)
    again = client.post(f"/account/tokens/{key}/rotate")
    assert again["Location"] == "/account/tokens"
    assert Token.objects.count() == 2
    assert JournalEntry.objects.filter(act="token.rotated").count() == 1


def test_a_revoked_one_counts_no_more(ada, client):
    raw = make(client).context["raw"]
    client.post(f"/account/tokens/{Token.objects.get().key_id}/revoke")

    with pytest.raises(TokenRefused):
        authenticate_now(raw)
    answer = Client().get("/api/v1/namespaces", headers=bearer(raw))
    assert answer.status_code == 401
    assert "notebook" not in client.get("/account/tokens").text


@pytest.mark.parametrize("act", ["rotate", "revoke"])
def test_nobody_touches_somebody_elses(ada, client, act):
    token = create_token(make_principal("bob"), "bobs", actor=None).token

    assert client.post(f"/account/tokens/{token.key_id}/{act}").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_what_is_over_gets_no_successor(ada, client):
    make(client)
    token = Token.objects.get()
    revoke_token(token, actor=None)
    assert client.post(f"/account/tokens/{token.key_id}/rotate").status_code == 404
    make(client, name="other")
    Token.objects.update(expires_at=timezone.now() - timedelta(days=1))
    other = Token.objects.get(name="other")
    client.post(f"/account/tokens/{other.key_id}/rotate")

    assert Token.objects.count() == 2


def test_people_make_none_where_the_server_does_not_let_them(ada, client, settings):
    token = create_token(ada, "old", actor=None).token
    settings.HEADWATER_PERSONAL_TOKENS = False

    assert "Make one" not in client.get("/account/tokens").text
    assert make(client).status_code == 404
    assert client.post(f"/account/tokens/{token.key_id}/rotate").status_code == 404
    assert client.post(f"/account/tokens/{token.key_id}/revoke").status_code == 302
