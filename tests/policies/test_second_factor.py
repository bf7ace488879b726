"""Second factors: taken on, shown, replayed, lost, and asked for by a role."""

import time
from io import StringIO
from threading import Barrier, Thread

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.management import call_command
from django.db import connection
from django.test import Client

from policies.models import Grant, JournalEntry, Role, Session
from policies.services import (
    add_member,
    create_group,
    create_service_token,
    create_token,
    grant_role,
    nest_group,
    revoke_grant,
)
from policies.services.second_factor import (
    CodeRefused,
    demand_second_factor,
    enrol_second_factor,
    reset_second_factor,
    show_second_factor,
)
from policies.signing_in import second_factor
from tests.factories import PASSWORD, bearer, make_principal

pytestmark = pytest.mark.django_db
PAGE = "/account/second-factor"


@pytest.fixture
def ada():
    return make_principal("ada", "viewer")


def code_for(secret, steps=0):
    """What an authenticator shows now, or some steps of 30 seconds away."""
    counter = int(time.time()) // 30 + steps
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def enrolled(principal):
    """An authenticator's secret, enrolled by the code of the step before this one."""
    secret = totp.generate_totp_secret()
    codes = enrol_second_factor(principal, secret, code_for(secret, -1))
    return secret, codes


def sign_in(client=None):
    client = client or Client()
    client.post("/login?next=/", {"username": "ada", "password": PASSWORD})
    return client


def is_signed_in(client):
    return "_auth_user_id" in client.session


# --- Signing in with one ----------------------------------------------------


def test_a_password_alone_opens_nothing_any_more(ada):
    enrolled(ada)
    client = Client()
    response = client.post("/login", {"username": "ada", "password": PASSWORD})

    assert response["Location"] == "/login/code"
    assert not is_signed_in(client)
    assert client.get("/datasets")["Location"].startswith("/login")
    assert client.get("/api/v1/namespaces").status_code == 401
    assert client.get(PAGE)["Location"].startswith("/login")


def test_the_code_lets_in_and_on_to_where_one_wanted(ada):
    secret, _ = enrolled(ada)
    client = Client()
    client.post(
        "/login",
        {"username": "ada", "password": PASSWORD, "next": "/datasets?q=a"},
    )
    response = client.post("/login/code", {"code": code_for(secret)})

    assert response["Location"] == "/datasets?q=a"
    assert is_signed_in(client)
    entry = JournalEntry.objects.get(act="session.opened")
    assert entry.changes == {"by": "password", "second_factor": True}


@pytest.mark.parametrize(
    "code",
    ["000000", "", "x", "12345678", "\uff11\uff12\uff13\uff14\uff15\uff16", "\x00"],
)
def test_another_code_does_not(ada, code):
    secret, _ = enrolled(ada)
    client = sign_in()
    if code == code_for(secret):
        code = "999999"
    response = client.post("/login/code", {"code": code})

    assert response.status_code == 200
    assert not is_signed_in(client)


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_long_ago_or_of_later_does_not(ada, steps):
    secret, _ = enrolled(ada)
    client = sign_in()
    client.post("/login/code", {"code": code_for(secret, steps)})

    assert not is_signed_in(client)


def test_a_code_counts_once_also_in_another_browser(ada):
    secret, _ = enrolled(ada)
    code = code_for(secret)
    first, second = sign_in(), sign_in()
    first.post("/login/code", {"code": code})
    response = second.post("/login/code", {"code": code})

    assert is_signed_in(first)
    assert not is_signed_in(second)
    assert "used already" in response.text


def test_an_earlier_code_does_not_count_after_a_later_one(ada):
    secret, _ = enrolled(ada)
    assert show_second_factor(ada, code_for(secret, 1))

    assert show_second_factor(ada, code_for(secret, 0)) is None


def test_the_code_that_it_was_set_up_with_is_used_up(ada):
    secret = totp.generate_totp_secret()
    code = code_for(secret)
    enrol_second_factor(ada, secret, code)

    assert show_second_factor(ada, code) is None


@pytest.mark.django_db(transaction=True)
def test_a_code_that_comes_many_times_at_once_counts_once():
    ada, good, start = make_principal("ada"), [], Barrier(8)
    secret, _ = enrolled(ada)
    code = code_for(secret)

    def run():
        start.wait()
        try:
            if show_second_factor(ada, code):
                good.append(1)
        finally:
            connection.close()

    running = [Thread(target=run) for _ in range(8)]
    for each in running:
        each.start()
    for each in running:
        each.join()

    assert len(good) == 1


def test_guesses_are_held_up_and_an_administrator_lifts_that(ada):
    secret, _ = enrolled(ada)
    client = sign_in()
    for _ in range(10):
        client.post("/login/code", {"code": "000000"})
    response = client.post("/login/code", {"code": code_for(secret)})

    assert "too many tries" in response.text
    call_command("person", "unblock", "ada", stdout=StringIO())
    client.post("/login/code", {"code": code_for(secret)})
    assert is_signed_in(client)


@pytest.mark.parametrize("spelt", ["{}{}", "{} {}", "{}-{}"])
def test_a_recovery_code_counts_once(ada, spelt):
    _, codes = enrolled(ada)
    client = sign_in()
    client.post("/login/code", {"code": spelt.format(codes[3][:4], codes[3][4:])})
    again = sign_in()
    again.post("/login/code", {"code": codes[3]})

    assert is_signed_in(client)
    assert not is_signed_in(again)
    assert JournalEntry.objects.filter(act="recovery_code.used").count() == 1


def test_half_a_sign_in_is_over_after_ten_minutes(ada):
    secret, _ = enrolled(ada)
    client = sign_in()
    session = client.session
    note = session["_half_way"]
    session["_half_way"] = {**note, "at": note["at"] - 601}
    session.save()

    response = client.post("/login/code", {"code": code_for(secret)})
    assert response["Location"] == "/login"
    assert not is_signed_in(client)


def test_half_a_sign_in_ends_with_the_password_that_began_it(ada):
    secret, _ = enrolled(ada)
    client = sign_in()
    ada.set_password("another walk by the sea")
    ada.save()

    client.post("/login/code", {"code": code_for(secret)})
    assert not is_signed_in(client)


def test_the_session_begins_under_a_new_key(ada):
    secret, _ = enrolled(ada)
    client = sign_in()
    before = client.session.session_key
    client.post("/login/code", {"code": code_for(secret)})

    assert client.session.session_key != before


# --- Setting it up, and giving it up ------------------------------------------


def key_on(page):
    [key] = page.context["key"].split("\n")
    return key.replace(" ", "")


def test_it_is_set_up_on_a_page_which_ends_other_sessions(ada):
    other, client = sign_in(), sign_in()
    key = key_on(client.get(PAGE))
    response = client.post(PAGE, {"code": code_for(key)})

    assert "recovery codes" in response.text
    assert len(response.context["codes"]) == 10
    assert second_factor.is_enrolled(ada)
    assert client.get("/datasets").status_code == 200
    assert other.get("/datasets").status_code == 302
    acts = set(JournalEntry.objects.values_list("act", flat=True))
    assert "second_factor.enrolled" in acts


def test_a_wrong_code_sets_nothing_up_and_keeps_the_key(ada):
    client = sign_in()
    key = key_on(client.get(PAGE))
    response = client.post(PAGE, {"code": "000000"})

    assert response.status_code == 422
    assert key_on(response) == key
    assert not second_factor.is_enrolled(ada)


def test_it_is_given_up_by_showing_it_once_more(ada):
    secret, codes = enrolled(ada)
    client = sign_in()
    client.post("/login/code", {"code": codes[0]})
    refused = client.post(PAGE, {"code": "000000", "act": "remove"})
    assert refused.status_code == 422
    assert second_factor.is_enrolled(ada)

    client.post(PAGE, {"code": code_for(secret), "act": "remove"})
    assert not second_factor.is_enrolled(ada)
    assert not Authenticator.objects.filter(user=ada).exists()
    assert is_signed_in(sign_in())


def test_new_recovery_codes_void_the_former_ones(ada):
    secret, codes = enrolled(ada)
    client = sign_in()
    client.post("/login/code", {"code": codes[0]})
    response = client.post(PAGE, {"code": code_for(secret), "act": "codes"})
    new = [code.replace(" ", "") for code in response.context["codes"]]

    assert not set(new) & set(codes)
    assert show_second_factor(ada, codes[1]) is None
    assert show_second_factor(ada, new[1])


def test_nobody_sets_another_one_up_over_one_that_is_there(ada):
    secret, codes = enrolled(ada)
    client = sign_in()
    client.post("/login/code", {"code": codes[0]})
    session = client.session
    session["_enrolling"] = other = totp.generate_totp_secret()
    session.save()

    assert client.post(PAGE, {"code": code_for(other)}).status_code == 422
    assert show_second_factor(ada, code_for(secret))


def test_an_administrator_resets_what_was_lost(ada):
    root = make_principal("root", "admin")
    _, codes = enrolled(ada)
    client = sign_in()
    client.post("/login/code", {"code": codes[0]})
    assert reset_second_factor(ada, actor=root, reason="lost her phone")
    assert not reset_second_factor(ada, actor=root)

    assert not Session.objects.filter(principal=ada).exists()
    assert is_signed_in(sign_in())
    entry = JournalEntry.objects.get(act="second_factor.reset")
    assert (entry.actor, entry.record["reason"]) == (root.public_id, "lost her phone")


def test_the_command_line_resets_it_for_the_last_administrator():
    root = make_principal("root", "admin")
    enrolled(root)
    out = StringIO()
    call_command("person", "show", "root", stdout=out)
    call_command("person", "reset-second-factor", "root", stdout=out)

    assert "with a second factor" in out.getvalue()
    assert "has no second factor any more" in out.getvalue()
    assert not second_factor.is_enrolled(root)
    assert JournalEntry.objects.get(act="second_factor.reset").actor is None


def test_a_code_for_another_key_enrols_nobody(ada):
    with pytest.raises(CodeRefused):
        enrol_second_factor(ada, totp.generate_totp_secret(), "000000")
    assert not Authenticator.objects.exists()


def test_secrets_cannot_be_read_from_the_table(ada, settings):
    secret, codes = enrolled(ada)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, ' ') FROM mfa_authenticator a")
        [[rows]] = cursor.fetchall()

    assert secret not in rows
    assert not any(code in rows for code in codes)
    settings.HEADWATER_SEAL_KEY = "another"
    assert show_second_factor(ada, code_for(secret)) is None
    assert second_factor.codes_left(ada) == 0


# --- Asked for by a role --------------------------------------------------------


def demanded(name="viewer"):
    demand_second_factor(Role.objects.get(name=name), True, actor=None)


def test_who_holds_the_role_sets_it_up_before_anything_else(ada):
    client = sign_in()
    assert client.get("/datasets").status_code == 200
    demanded()

    for address in ("/", "/datasets", "/account", "/account/tokens", "/access"):
        response = client.get(address)
        assert response["Location"].startswith(f"{PAGE}?next="), address
    assert client.post("/account/tokens", {"name": "x", "days": 30}).status_code == 302
    assert (
        client.get("/datasets", headers={"hx-request": "true"})["HX-Redirect"] == PAGE
    )
    assert "A role of yours needs it" not in client.get(PAGE).text
    assert "A role of yours needs a second factor" in client.get(PAGE).text


def test_so_do_programs_that_come_by_a_session(ada):
    demanded()
    response = sign_in().get("/api/v1/namespaces")

    assert response.status_code == 403
    assert response.json()["code"] == "second_factor_needed"
    assert response["Content-Type"] == "application/problem+json"


def test_tokens_go_on(ada):
    raw = create_token(ada, "notebook", actor=None).raw
    service = create_service_token("etl", role="viewer", actor=None).raw
    demanded()

    for each in (raw, service):
        answer = Client().get("/api/v1/namespaces", headers=bearer(each))
        assert answer.status_code == 200


def test_a_header_is_no_way_round_it_on_pages(ada):
    raw = create_token(ada, "notebook", actor=None).raw
    demanded()
    client = sign_in()

    assert client.get("/datasets", headers=bearer(raw)).status_code == 302
    assert client.get("/api/v1/namespaces", headers=bearer("x")).status_code == 401


def test_after_setting_it_up_one_goes_on(ada):
    demanded()
    client = sign_in()
    client.get("/datasets")
    key = key_on(client.get(f"{PAGE}?next=/datasets"))
    response = client.post(PAGE, {"code": code_for(key), "next": "/datasets"})

    assert response.context["next"] == "/datasets"
    assert client.get("/datasets").status_code == 200


def test_a_session_from_before_shows_it_before_it_goes_on(ada):
    client = sign_in()
    secret, _ = enrolled(ada)
    demanded()
    assert client.get("/datasets").status_code == 302
    assert "began without one" in client.get(PAGE).text

    response = client.post(PAGE, {"code": code_for(secret), "next": "/datasets"})
    assert response["Location"] == "/datasets"
    assert client.get("/datasets").status_code == 200


def test_it_cannot_be_given_up_while_a_role_needs_it(ada):
    secret, codes = enrolled(ada)
    demanded()
    client = sign_in()
    client.post("/login/code", {"code": codes[0]})
    client.post(PAGE, {"code": code_for(secret), "act": "remove"})

    assert second_factor.is_enrolled(ada)


@pytest.mark.parametrize("way", ["group", "nested group", "one namespace", "deny"])
def test_a_role_counts_in_whatever_way_it_is_held(way):
    bob = make_principal("bob")
    inner, outer = create_group("inner", actor=None), create_group("outer", actor=None)
    add_member(inner, bob, actor=None)
    match way:
        case "group":
            grant_role(inner, "viewer", actor=None)
        case "nested group":
            nest_group(outer, inner, actor=None)
            grant_role(outer, "viewer", actor=None)
        case "one namespace":
            grant_role(bob, "viewer", namespace="prod*", actor=None)
        case "deny":  # being denied a role is not holding it
            grant_role(bob, "viewer", effect=Grant.Effect.DENY, actor=None)
    demanded()
    client = Client()
    client.force_login(bob)

    wanted = 200 if way == "deny" else 302
    assert client.get("/account").status_code == wanted


def test_it_is_asked_for_no_longer_once_the_role_is_gone(ada):
    demanded()
    client = sign_in()
    grant_role(ada, "steward", actor=None)
    assert client.get("/datasets").status_code == 302
    revoke_grant(ada.grants.get(role__name="viewer"), actor=None)

    assert client.get("/datasets").status_code == 200


def test_asking_for_it_is_journaled(ada):
    root = make_principal("root", "admin")
    role = Role.objects.get(name="viewer")
    demand_second_factor(role, True, actor=root)
    demand_second_factor(role, True, actor=root)

    entry = JournalEntry.objects.get(act="role.changed", actor=root.public_id)
    assert entry.changes == {"needs_second_factor": [False, True]}
