"""Where sessions are kept: nothing to be read, two limits, and an end for each."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.utils import timezone

from policies.models import JournalEntry, Session
from policies.services import change_password, set_active
from policies.services.sessions import end_sessions
from policies.signing_in.session_store import SessionStore, key_in_database
from policies.tasks import forget_old_sign_ins
from tests.factories import PASSWORD, make_principal

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def ada():
    return make_principal("ada", "viewer")


def signed_in(name="ada", **more):
    client = Client(**more)
    response = client.post("/login", {"username": name, "password": PASSWORD})
    assert response.status_code == 302
    return client


def is_known(client):
    """Whether the cookie that the client has still opens a page."""
    return client.get("/datasets").status_code == 200


def test_the_table_has_neither_cookies_nor_what_they_stand_for(ada):
    client = signed_in()
    cookie = client.cookies["headwater-session"].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM policies_session s")
        [[row]] = cursor.fetchall()

    assert cookie not in row
    assert "_auth_user" not in row
    assert key_in_database(cookie) in row
    assert Session.objects.get().get_decoded()["_auth_user_id"] == str(ada.pk)
    thief = Client()
    thief.cookies["headwater-session"] = key_in_database(cookie)
    assert not is_known(thief)


def test_a_row_says_who_since_when_and_from_where(ada):
    signed_in(headers={"user-agent": FIREFOX})

    row = Session.objects.get()
    assert (row.principal, row.device, row.source) == (ada, FIREFOX, "127.0.0.1")
    assert timezone.now() - row.started_at < timedelta(minutes=1)


def test_a_session_ends_by_idleness(ada, settings):
    client = signed_in()
    idle = timedelta(minutes=settings.HEADWATER_SESSION_IDLE_MINUTES)
    row = Session.objects.get()
    assert abs(row.expire_date - timezone.now() - idle) < timedelta(minutes=1)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert not is_known(client)


def test_what_is_begun_before_anybody_signs_in_lives_for_an_hour_at_most():
    store = SessionStore()
    store["note"] = 1
    store.save()
    Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=5))
    SessionStore(store.session_key).load()

    row = Session.objects.get()
    assert row.principal is None
    assert row.expire_date == row.started_at + timedelta(hours=1)


def test_being_there_puts_the_end_off_but_not_beyond_the_limit(ada, settings):
    client = signed_in()
    long_ago = timezone.now() - timedelta(hours=settings.HEADWATER_SESSION_HOURS - 1)
    before = timezone.now() - timedelta(minutes=90)
    Session.objects.update(started_at=long_ago, last_seen_at=before)
    assert is_known(client)

    row = Session.objects.get()
    assert timezone.now() - row.last_seen_at < timedelta(minutes=1)
    end = long_ago + timedelta(hours=settings.HEADWATER_SESSION_HOURS)
    assert row.expire_date == end


def test_being_there_is_noted_once_a_minute_at_the_most(ada, django_assert_num_queries):
    client = signed_in()
    store = SessionStore(client.cookies["headwater-session"].value)
    with django_assert_num_queries(1):
        store.load()
    Session.objects.update(last_seen_at=timezone.now() - timedelta(minutes=2))
    with django_assert_num_queries(2):
        SessionStore(client.cookies["headwater-session"].value).load()


@pytest.mark.parametrize(
    "end",
    [
        lambda ada, client: client.post("/logout"),
        lambda ada, client: change_password(
            ada, "a longer walk by the river", actor=None
        ),
        lambda ada, client: set_active(ada, False, actor=None),
        lambda ada, client: end_sessions(ada, actor=None),
    ],
    ids=["sign-out", "another password", "stopped", "ended"],
)
def test_an_old_cookie_is_a_strangers(ada, end):
    make_principal("root", "admin")
    client = signed_in()
    cookie = client.cookies["headwater-session"].value
    end(ada, client)
    thief = Client()
    thief.cookies["headwater-session"] = cookie

    assert thief.get("/datasets")["Location"].startswith("/login")
    assert thief.get("/api/v1/namespaces").status_code == 401
    assert not Session.objects.filter(principal=ada).exists()


def test_who_is_resumed_does_not_find_old_sessions_alive(ada):
    make_principal("root", "admin")
    client = signed_in()
    set_active(ada, False, actor=None)
    set_active(ada, True, actor=None)

    assert not is_known(client)


def test_data_under_another_key_is_nobodys(ada, settings):
    client = signed_in()
    settings.HEADWATER_SEAL_KEY = "another"

    assert not is_known(client)


def test_a_key_can_be_replaced_without_signing_anybody_out(ada, settings):
    client = signed_in()
    settings.HEADWATER_SEAL_KEY = f"new, {settings.HEADWATER_SEAL_KEY}"

    assert is_known(client)


def test_what_is_over_is_deleted(ada):
    signed_in()
    kept = signed_in()
    Session.objects.exclude(
        pk=key_in_database(kept.cookies["headwater-session"].value)
    ).update(expire_date=timezone.now() - timedelta(minutes=1))
    forget_old_sign_ins()

    assert Session.objects.count() == 1
    assert is_known(kept)


def test_a_session_that_is_ended_meanwhile_is_not_made_again(ada):
    client = signed_in()
    store = SessionStore(client.cookies["headwater-session"].value)
    store["note"] = 1
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_pages_of_people_are_stored_nowhere(ada):
    client = signed_in()

    for address in ("/datasets", "/account", "/account/tokens"):
        assert "no-store" in client.get(address)["Cache-Control"]
    assert "no-store" in client.get("/api/v1/namespaces")["Cache-Control"]
    assert "Cache-Control" not in Client().get("/docs/api").headers


def test_ending_them_everywhere_is_journaled_with_who_did_it(ada):
    root = make_principal("root", "admin")
    signed_in()
    signed_in()
    assert end_sessions(ada, actor=root, reason="lost a laptop") == 2
    assert end_sessions(ada, actor=root) == 0

    entry = JournalEntry.objects.get(act="sessions.ended")
    assert (entry.actor, entry.changes) == (root.public_id, {"count": 2})
