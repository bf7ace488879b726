"""The tests of signing in that the security anchors ask for, named one by one.

- An old cookie after sign-out, another password, a stop is a stranger's;
  idle and absolute limits; all ended at once: test_session_store.
- A new key at each sign-in: test_sessions, test_second_factor, test_sign_on.
- Every mutation by a cookie without the form's token is refused (403): here.
- `__Host-` cookies under TLS, HttpOnly, SameSite: here.
- TOTP replayed, also at the same time and in another browser: test_second_factor.
- Wrong audience, issuer, `alg=none`, confused algorithms, nonce, state, code; the same
  subject or address of another provider is somebody else: test_sign_on.
- The database's dump has no usable key and no secret in the clear: here.
- A revoked key is refused at the next request (401), one in the query always (400):
  test_tokens, test_bearer.
- Names that are nobody's take as long, and are told the same: here.
- Guesses are held up, and keep nobody out for good: test_brakes.
- No secret in the log: here, test_sign_on, tests/pages/test_account_in_a_browser.
"""

import logging
import os
import re
import statistics
import subprocess
import sys
import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from policies.services import create_token
from policies.services.second_factor import enrol_second_factor
from tests.cast import MATRIX
from tests.factories import PASSWORD, make_principal
from tests.policies.provider import CLIENT, SECRET, LyingProvider
from tests.policies.test_sign_on import sign_on

pytestmark = pytest.mark.django_db
NAMES = {"namespace": "here", "dataset": "orders", "job": "load", "digest": "0" * 64}
RUN = "0195a0c8-0000-7000-8000-000000000001"
DOORS = ("api:event-door", "api:event-door-slash", "api:batch-door",
         "api:batch-door-slash")  # fmt: skip


class Anything(dict[str, str]):
    def __missing__(self, key):
        return RUN


def mutations():
    """Each route and method of the matrix that changes something."""
    seen = set()
    for row in MATRIX["row"]:
        method, path = row["request"].split()
        if method not in ("GET", "HEAD") and (row["route"], method) not in seen:
            seen.add((row["route"], method))
            yield pytest.param(
                row["route"], method, path.format_map(Anything(NAMES)),
                id=f"{method} {row['route']}",
            )  # fmt: skip


@pytest.mark.parametrize(("route", "method", "path"), list(mutations()))
def test_a_cookie_alone_changes_nothing(route, method, path):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(make_principal("root", "admin"))
    response = client.generic(method, path, b"{}", content_type="application/json")

    # The event door looks at no cookie at all.
    assert response.status_code == (401 if route in DOORS else 403)
    if route not in DOORS:
        assert "csrf" in response.text.lower() or "form was not" in response.text


def test_cookies_are_bound_to_the_host_under_tls():
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings';"
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_PATH,"
        "s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE,"
        "s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)"
    )

    def told(**more):
        own = {k: v for k, v in os.environ.items() if not k.startswith("HEADWATER_")}
        home = {"HEADWATER_HOME": str(django_settings.HEADWATER_HOME)}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, text=True,
            env={**own, **home, **more},
            cwd=django_settings.BASE_DIR,
        )  # fmt: skip
        return done.stdout.split()

    assert told(HEADWATER_BEHIND_TLS="1") == [
        "__Host-headwater-session", "True", "/", "None", "True", "Lax",
        "__Host-headwater-csrf", "True",
    ]  # fmt: skip
    # Browsers refuse the prefix without TLS; then there is only this machine.
    assert told()[:2] == ["headwater-session", "False"]


def test_the_cookies_of_a_sign_in_are_for_the_browser_alone(client):
    make_principal("ada")
    client.post("/login", {"username": "ada", "password": PASSWORD})

    for name in ("headwater-session", "headwater-device"):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"


def test_names_that_are_nobodys_take_as_long_and_are_told_the_same(settings):
    settings.PASSWORD_HASHERS = ["policies.signing_in.hashers.Argon2id"]
    make_principal("ada")
    stopped = make_principal("eve")
    stopped.is_active = False
    stopped.save()
    without = make_principal("grace")
    without.set_unusable_password()
    without.save()
    seconds: dict[str, list[float]] = {}
    pages = set()
    for _ in range(5):
        for name in ("ada", "eve", "grace", "nobody"):
            begun = time.perf_counter()
            response = Client().post("/login", {"username": name, "password": "wrong"})
            seconds.setdefault(name, []).append(time.perf_counter() - begun)
            page = re.sub(
                r'value="[^"]*"|nonce="[^"]*"|content="[^"]*"', "", response.text
            )
            pages.add(page)

    assert len(pages) == 1
    middle = {name: statistics.median(each) for name, each in seconds.items()}
    # A hash takes several times as long as all the rest.
    assert max(middle.values()) < 2 * min(middle.values()), middle


@pytest.fixture
def provider(settings):
    provider = LyingProvider()
    settings.HEADWATER_OIDC_ISSUER = provider.issuer
    settings.HEADWATER_OIDC_CLIENT_ID = CLIENT
    settings.HEADWATER_OIDC_CLIENT_SECRET = SECRET
    yield provider
    provider.close()


def everything_in_the_database():
    """Each row of each table, as text; sealed things are sealed, hashes are hashes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE "
            "table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            [[rows]] = cursor.fetchall()
            yield table, rows or ""


def test_neither_the_database_nor_the_log_has_a_secret(provider, caplog, client):
    caplog.set_level(logging.DEBUG)
    ada = make_principal("root", "admin")
    token = create_token(ada, "notebook", actor=None).raw
    secret = totp.generate_totp_secret()
    counter = int(time.time()) // 30 - 1
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    recovery = enrol_second_factor(ada, secret, code)
    sign_on(client, provider)
    half = Client()
    half.post("/login", {"username": "root", "password": PASSWORD})
    half.post("/login/code", {"code": recovery[0]})
    enrolling = Client()
    enrolling.force_login(make_principal("bob"))
    pending = enrolling.get("/account/second-factor").context["key"].replace(" ", "")
    waiting = Client()
    waiting.get("/login/sign-on")
    sent = provider.seen[0]

    secrets_of_ours = {
        "token": token.split("_")[2],
        "whole token": token,
        "second factor": secret,
        "second factor that waits": pending,
        "password": PASSWORD,
        "client secret": SECRET,
        "authorization code": sent["code"],
        "verifier": sent["code_verifier"],
        "access token": "an-access-token",
        **{f"recovery code {n}": each for n, each in enumerate(recovery)},
        **{
            f"cookie {n}": each.cookies["headwater-session"].value
            for n, each in enumerate((client, half, enrolling, waiting))
        },
        "state": next(iter(waiting.session["socialaccount_states"])),
    }
    dump = dict(everything_in_the_database())
    assert token.split("_")[1] in dump["policies_token"]  # by which it is found
    found = [
        (what, table)
        for table, rows in dump.items()
        for what, each in secrets_of_ours.items()
        if each in rows
    ]

    assert found == []
    assert [w for w, each in secrets_of_ours.items() if each in caplog.text] == []
