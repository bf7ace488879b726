"""An administrator signs people out, gives passwords, resets second factors."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from policies.models import JournalEntry, Role, Token
from policies.services import create_group, create_token, revoke_token
from policies.services.second_factor import enrol_second_factor
from policies.signing_in import second_factor
from tests.administration.asking import act, inline_blanks, said
from tests.factories import PASSWORD, make_principal, principal_of

PEOPLE = "/admin/policies/principal/"
ROLES = "/admin/policies/role/"
GROUPS = "/admin/policies/group/"
TOKENS = "/admin/policies/token/"
GIVEN = "four ferries at dawn"


@pytest.fixture
def vera(db):
    return make_principal("vera", "viewer")


def signed_in(name="vera", password=PASSWORD):
    client = Client()
    client.post("/login", {"username": name, "password": password})
    return client


def enrol(principal):
    secret = totp.generate_totp_secret()
    counter = int(time.time()) // 30
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    enrol_second_factor(principal, secret, code)


def test_somebody_is_signed_out_everywhere(as_admin, admin, vera):
    browser = signed_in()
    done = act(as_admin, PEOPLE, "sign_out", [vera], reason="lost her laptop")

    assert "1 principal signed out everywhere." in said(done)
    assert browser.get("/datasets").status_code == 302
    entry = JournalEntry.objects.get(act="sessions.ended")
    assert entry.record["reason"] == "lost her laptop"
    assert entry.actor == admin.public_id


def test_a_password_that_is_given_has_to_be_changed(as_admin, vera):
    act(as_admin, PEOPLE, "give_password", [vera], password=GIVEN, again=GIVEN)
    browser = signed_in(password=GIVEN)

    assert browser.get("/datasets")["Location"].startswith("/account/password")
    page = as_admin.get(f"{PEOPLE}{vera.pk}/change/")
    assert "who has to choose another password first" in page.text


def test_so_has_that_of_somebody_new(as_admin):
    form = {
        "kind": "person",
        "username": "nina",
        "password": GIVEN,
        "again": GIVEN,
        **inline_blanks("grants", "memberships", "tokens"),
    }
    as_admin.post(f"{PEOPLE}add/", form)

    assert principal_of("nina").must_change_password


def test_ones_own_need_not_be(as_admin, admin):
    act(as_admin, PEOPLE, "give_password", [admin], password=GIVEN, again=GIVEN)

    admin.refresh_from_db()
    assert not admin.must_change_password


def test_a_second_factor_that_was_lost_is_reset(as_admin, vera):
    enrol(vera)
    assert "with a second factor" in as_admin.get(f"{PEOPLE}{vera.pk}/change/").text
    act(as_admin, PEOPLE, "reset_second_factor", [vera], reason="new phone")

    assert not second_factor.is_enrolled(vera)
    assert JournalEntry.objects.filter(act="second_factor.reset").count() == 1


def test_somebody_may_try_again(as_admin, vera):
    for _ in range(11):
        response = Client().post("/login", {"username": "vera", "password": "wrong"})
    assert "too many tries" in response.text
    act(as_admin, PEOPLE, "unblock", [vera], reason="")

    assert "_auth_user_id" in signed_in().session


def test_a_role_asks_for_a_second_factor_also_a_shipped_one(as_admin, vera):
    viewer = Role.objects.get(name="viewer")
    done = act(as_admin, ROLES, "demand", [viewer])
    assert "needs a second factor from now on" in said(done)
    browser = signed_in()

    assert browser.get("/datasets")["Location"].startswith("/account/second-factor")
    assert "with a second factor" in as_admin.get(ROLES).text
    act(as_admin, ROLES, "relax", [viewer])
    assert browser.get("/datasets").status_code == 200


def test_a_group_follows_the_directory(as_admin):
    group = create_group("Stewards", actor=None)
    form = {
        "name": "Stewards",
        "description": "",
        "directory_name": "dir-stewards",
        **inline_blanks("memberships"),
    }
    as_admin.post(f"{GROUPS}{group.pk}/change/", form)

    group.refresh_from_db()
    assert group.directory_name == "dir-stewards"
    entry = JournalEntry.objects.get(act="group.changed")
    assert entry.changes == {"directory_name": ["", "dir-stewards"]}


def test_two_groups_do_not_follow_the_same_one(as_admin):
    for name in ("One", "Two"):
        group = create_group(name, actor=None)
        form = {
            "name": name,
            "description": "",
            "directory_name": "theirs",
            **inline_blanks("memberships"),
        }
        response = as_admin.post(f"{GROUPS}{group.pk}/change/", form)

    assert response.status_code == 200
    group.refresh_from_db()
    assert group.directory_name == ""


def test_people_of_the_directory_are_not_called_otherwise_here(as_admin, vera):
    vera.is_synchronised = True
    vera.name = "Vera"
    vera.save()
    form = {
        "name": "Root",
        "email": "",
        **inline_blanks("grants", "memberships", "tokens"),
    }
    as_admin.post(f"{PEOPLE}{vera.pk}/change/", form)

    vera.refresh_from_db()
    assert vera.name == "Vera"


def test_a_tokens_successor_is_asked_for_with_what_it_may(as_admin, vera):
    etl = make_principal("etl", kind="service")
    own = create_token(vera, "mine", actor=None).token
    page = as_admin.get(f"{TOKENS}{own.pk}/change/")
    assert "Make its successor" not in page.text  # she makes it herself
    revoke_token(own, actor=None)
    old = create_token(etl, "etl", role="viewer", namespace="prod*", actor=None).token
    page = as_admin.get(f"{TOKENS}{old.pk}/change/")
    assert "Make its successor" in page.text
    form = as_admin.get(
        f"{TOKENS}add/?principal=etl&name=etl&role={old.role_id}&namespace_glob=prod*"
    )

    initial = form.context["adminform"].form.initial
    assert (initial["name"], initial["namespace_glob"]) == ("etl", "prod*")
    assert initial["expires_at"].year > 2026
    assert Token.objects.filter(revoked_at=None).count() == 1
