"""Signing on by an identity provider: who is believed, and who is not."""

import json
import time
import urllib.parse
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from policies.models import FailedAttempt, Group, JournalEntry, Principal, Role
from policies.services import add_member, create_group, grant_role, set_active
from policies.services.directory import follow_directory
from policies.services.second_factor import demand_second_factor, enrol_second_factor
from policies.signing_in import sign_on as sign_on_module
from tests.factories import PASSWORD, make_principal, principal_of
from tests.policies.provider import CLIENT, SECRET, LyingProvider, real_provider

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _provider():
    provider = LyingProvider()
    yield provider
    provider.close()


@pytest.fixture
def provider(_provider, settings):
    """An honest provider, which the server is set to believe."""
    _provider.be_honest()
    settings.HEADWATER_OIDC_ISSUER = _provider.issuer
    settings.HEADWATER_OIDC_CLIENT_ID = CLIENT
    settings.HEADWATER_OIDC_CLIENT_SECRET = SECRET
    return _provider


def begin(client, onward="/datasets"):
    """Where the browser is sent to, to sign on."""
    response = client.get(f"/login/sign-on?next={onward}")
    assert response.status_code == 302
    return response["Location"]


def sign_on(client, provider, onward="/datasets"):
    back = urlsplit(provider.authorize(begin(client, onward)))
    return client.get(f"{back.path}?{back.query}")


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_somebody_new_is_made_without_rights_and_let_in(client, provider):
    response = sign_on(client, provider)

    assert response["Location"] == "/datasets"
    ada = principal_of("ada")
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert (ada.name, ada.is_synchronised) == ("Ada", True)
    assert not ada.has_usable_password()
    assert client.get("/datasets").status_code == 403
    acts = set(JournalEntry.objects.values_list("act", flat=True))
    assert {"principal.created", "identity.linked", "session.opened"} <= acts


def test_the_provider_is_asked_with_a_nonce_a_state_and_a_challenge(client, provider):
    asked = parse_qs(urlsplit(begin(client)).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) >= 32
    assert len(asked["state"][0]) >= 16
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}
    again = parse_qs(urlsplit(begin(client)).query)
    assert again["nonce"] != asked["nonce"]
    assert again["code_challenge"] != asked["code_challenge"]


def test_nothing_of_a_request_changes_what_the_provider_is_asked(client, provider):
    response = client.get(
        "/login/sign-on?scope=admin&auth_params=prompt%3Dnone&process=connect"
    )

    asked = parse_qs(urlsplit(response["Location"]).query)
    assert "admin" not in asked["scope"][0]
    assert "prompt" not in asked


def test_the_same_subject_is_the_same_principal_whatever_they_are_called(
    client, provider
):
    sign_on(client, provider)
    ada = principal_of("ada")
    provider.person = {
        "sub": "s-1",
        "preferred_username": "countess",
        "name": "Ada Lovelace",
        "email": "ada@new.example",
    }
    sign_on(Client(), provider)

    ada.refresh_from_db()
    assert (ada.username, ada.name) == ("ada", "Ada Lovelace")
    assert ada.email == "ada@new.example"
    assert Principal.objects.count() == 1


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "s-2", "preferred_username": "eve", "email": "root@example.com",
         "email_verified": True},
        {"sub": "s-3", "preferred_username": "root"},
        {"sub": "s-4", "preferred_username": "ROOT", "email": "Root@example.com"},
    ],
)  # fmt: skip
def test_nobody_becomes_somebody_else_by_a_name_or_an_address(client, provider, person):
    root = make_principal("root", "admin", email="root@example.com")
    provider.person = person
    sign_on(client, provider)

    assert is_signed_in(client)
    assert client.session["_auth_user_id"] != str(root.pk)
    assert client.get("/admin/").status_code == 403
    assert Principal.objects.count() == 2


def test_a_subject_of_another_issuer_is_somebody_else(client, provider, settings):
    sign_on(client, provider)
    SocialAccount.objects.update(provider="https://former.example")
    sign_on(Client(), provider)

    assert SocialAccount.objects.count() == 2
    assert Principal.objects.count() == 2


def test_a_subject_is_compared_to_the_letter(client, provider):
    provider.person = {"sub": "Sub", "preferred_username": "one"}
    sign_on(client, provider)
    provider.person = {"sub": "sub", "preferred_username": "two"}
    sign_on(Client(), provider)

    assert {"one", "two"} == set(Principal.objects.values_list("username", flat=True))


# --- What is not believed ----------------------------------------------------

HOUR = 3600


def wrong_audience(p):
    p.lies = {"aud": "another-client"}


def several_audiences_and_made_for_another(p):
    p.lies = {"aud": [CLIENT, "another"], "azp": "another"}


def several_audiences_and_made_for_nobody(p):
    p.lies = {"aud": [CLIENT, "another"]}


def wrong_issuer(p):
    p.lies = {"iss": "https://evil.example"}


def unsigned(p):
    p.sign = p.unsigned


def signed_by_the_public_key(p):
    p.sign = p.signed_by_the_public_key


def signed_by_a_stranger(p):
    p.sign = p.signed_by_a_stranger


def key_that_is_unknown(p):
    p.header = {"kid": "nobody's"}


def expired(p):
    p.lies = {"exp": int(time.time()) - HOUR, "iat": int(time.time()) - 2 * HOUR}


def endless(p):
    p.dropped = {"exp"}


def of_the_future(p):
    p.lies = {"iat": int(time.time()) + HOUR}


def wrong_nonce(p):
    p.lies = {"nonce": "of another request"}


def no_nonce(p):
    p.dropped = {"nonce"}


def no_subject(p):
    p.dropped = {"sub"}


def empty_subject(p):
    p.lies = {"sub": ""}


def endless_subject(p):
    p.lies = {"sub": "s" * 300}
    p.userinfo = {"sub": "s" * 300}


def numeric_subject(p):
    p.lies = {"sub": 7}


def user_info_of_another(p):
    p.userinfo = {"sub": "s-9"}


def no_id_token(p):
    p.sign = lambda claims: ""


def no_token_at_all(p):
    p.sign = lambda claims: "nonsense"


def other_issuer_in_discovery(p):
    p.metadata = {"issuer": "https://evil.example"}


LIES = [
    (wrong_audience, "Audience doesn't match"),
    (several_audiences_and_made_for_another, "another client"),
    (several_audiences_and_made_for_nobody, "another client"),
    (wrong_issuer, "Invalid issuer"),
    (unsigned, "signed by 'none'"),
    (signed_by_the_public_key, "signed by 'HS256'"),
    (signed_by_a_stranger, "Signature verification failed"),
    (key_that_is_unknown, "no key of the provider's"),
    (expired, "expired"),
    (endless, 'missing the "exp"'),
    (of_the_future, "not yet valid"),
    (wrong_nonce, "another request"),
    (no_nonce, "another request"),
    (no_subject, 'missing the "sub"'),
    (empty_subject, "empty or too long"),
    (endless_subject, "empty or too long"),
    (numeric_subject, "must be a string"),
    (user_info_of_another, "about somebody else"),
    (no_id_token, "no ID token"),
    (no_token_at_all, "Not enough segments"),
    (other_issuer_in_discovery, "calls itself otherwise"),
]


@pytest.mark.parametrize(("lie", "why"), LIES, ids=[lie.__name__ for lie, _ in LIES])
def test_a_lie_lets_nobody_in_and_the_log_says_why(client, provider, lie, why, caplog):
    back = urlsplit(provider.authorize(begin(client)))
    lie(provider)
    response = client.get(f"{back.path}?{back.query}")

    assert response.status_code == 401
    assert "did not confirm" in response.text
    assert not is_signed_in(client)
    assert not Principal.objects.exists()
    assert FailedAttempt.objects.get().kind == "sign_on"
    assert why in caplog.text
    assert SECRET not in caplog.text
    assert parse_qs(back.query)["code"][0] not in caplog.text


def test_an_honest_token_counts_though_clocks_differ_a_little(client, provider):
    provider.lies = {"exp": int(time.time()) - 20, "iat": int(time.time()) + 20}

    assert sign_on(client, provider).status_code == 302


def test_an_algorithm_of_today_counts(client, provider):
    provider.header = {"alg": "PS256"}

    assert sign_on(client, provider).status_code == 302


def test_keys_may_be_rotated_at_any_time(client, provider):
    sign_on(client, provider)
    provider.rotate()
    again = Client()

    assert sign_on(again, provider).status_code == 302
    assert is_signed_in(again)


def test_a_state_of_another_browser_lets_nobody_in(client, provider):
    back = urlsplit(provider.authorize(begin(Client())))
    response = client.get(f"{back.path}?{back.query}")

    assert response.status_code == 401
    assert not is_signed_in(client)
    assert provider.seen == []  # the code is not even spent


def test_a_state_counts_once(client, provider):
    back = urlsplit(provider.authorize(begin(client)))
    client.get(f"{back.path}?{back.query}")
    client.post("/logout")

    assert client.get(f"{back.path}?{back.query}").status_code == 401
    assert not is_signed_in(client)


def test_a_code_of_another_request_is_worth_nothing(client, provider):
    """Injected into a browser with a good state, it lacks that browser's verifier."""
    stolen = parse_qs(urlsplit(provider.authorize(begin(Client()))).query)["code"][0]
    own = urlsplit(provider.authorize(begin(client)))
    state = parse_qs(own.query)["state"][0]
    response = client.get(f"{own.path}?code={stolen}&state={state}")

    assert response.status_code == 401
    assert not is_signed_in(client)


def test_a_replayed_code_is_worth_nothing(client, provider):
    address = begin(client)
    back = urlsplit(provider.authorize(address))
    client.get(f"{back.path}?{back.query}")
    code = parse_qs(back.query)["code"][0]
    other = Client()
    state = parse_qs(urlsplit(begin(other)).query)["state"][0]

    assert other.get(f"{back.path}?code={code}&state={state}").status_code == 401
    assert not is_signed_in(other)


def test_an_answer_in_another_issuers_name_is_refused(client, provider):
    back = urlsplit(provider.authorize(begin(client)))
    response = client.get(f"{back.path}?{back.query}&iss=https%3A%2F%2Fevil.example")

    assert response.status_code == 401
    assert provider.seen == []


@pytest.mark.parametrize(
    "query", ["", "?error=access_denied&state=x", "?code=x", "?state=x&code=y"]
)
def test_an_answer_out_of_nowhere_is_refused(client, provider, query):
    response = client.get(f"/login/sign-on/callback{query}")

    assert response.status_code == 401
    assert not is_signed_in(client)


def test_a_provider_that_is_away_is_told_so(client, provider, settings):
    settings.HEADWATER_OIDC_ISSUER = "http://127.0.0.1:9"

    response = client.get("/login/sign-on")
    assert response.status_code == 401
    assert "does not answer just now" in response.text


def test_a_provider_that_calls_itself_otherwise_is_not_gone_to(client, provider):
    provider.metadata = {"issuer": "https://evil.example"}

    assert client.get("/login/sign-on").status_code == 401


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example"])
def test_one_lands_within_this_server(client, provider, onward):
    assert sign_on(client, provider, onward)["Location"] == "/"


def test_without_a_provider_there_is_no_sign_on(client):
    assert client.get("/login/sign-on").status_code == 404
    assert client.get("/login/sign-on/callback?code=x&state=y").status_code == 404
    assert "sign-on" not in client.get("/login").text


def test_a_session_begins_anew_with_the_sign_on(client, provider):
    begin(client)
    before = client.session.session_key
    sign_on(client, provider)

    assert client.session.session_key != before
    assert not any(key.startswith("socialaccount") for key in dict(client.session))


# --- Stopped, and second factors --------------------------------------------


def test_the_stopped_are_told_so_and_not_let_in(client, provider):
    make_principal("root", "admin")
    sign_on(client, provider)
    set_active(principal_of("ada"), False, actor=None)
    again = Client()
    response = sign_on(again, provider)

    assert response.status_code == 403
    assert "stopped" in response.text
    assert not is_signed_in(again)


@pytest.mark.parametrize("amr", [["pwd", "mfa"], ["hwk"], ["otp", "pwd"]])
def test_a_second_factor_that_the_provider_saw_counts(client, provider, amr):
    sign_on(client, provider)
    grant_role(principal_of("ada"), "viewer", actor=None)
    demand_second_factor(Role.objects.get(name="viewer"), True, actor=None)
    provider.lies = {"amr": amr}
    again = Client()
    sign_on(again, provider)

    assert again.get("/datasets").status_code == 200


@pytest.mark.parametrize("amr", [None, ["pwd"], "mfa", [7]])
def test_one_that_it_did_not_see_has_to_be_set_up_here(client, provider, amr):
    sign_on(client, provider)
    grant_role(principal_of("ada"), "viewer", actor=None)
    demand_second_factor(Role.objects.get(name="viewer"), True, actor=None)
    provider.lies = {"amr": amr}
    again = Client()
    sign_on(again, provider)

    response = again.get("/datasets")
    assert response["Location"] == "/account/second-factor?next=%2Fdatasets"


def test_one_that_was_set_up_here_is_asked_for_if_the_provider_saw_none(
    client, provider
):
    sign_on(client, provider)
    secret = totp.generate_totp_secret()
    counter = int(time.time()) // 30
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    codes = enrol_second_factor(principal_of("ada"), secret, code)
    again = Client()
    response = sign_on(again, provider)

    assert response["Location"] == "/login/code"
    assert not is_signed_in(again)
    response = again.post("/login/code", {"code": codes[0]})
    assert response["Location"] == "/datasets"
    provider.lies = {"amr": ["mfa"]}
    third = Client()
    sign_on(third, provider)
    assert is_signed_in(third)


def test_a_provider_can_be_trusted_to_see_one_of_everybody(client, provider, settings):
    settings.HEADWATER_OIDC_SECOND_FACTOR = True
    sign_on(client, provider)
    grant_role(principal_of("ada"), "viewer", actor=None)
    demand_second_factor(Role.objects.get(name="viewer"), True, actor=None)

    assert client.get("/datasets").status_code == 200


# --- Groups -------------------------------------------------------------------


def groups_of(name):
    standing = principal_of(name).memberships.filter(recorded_to=None)
    return set(standing.values_list("group__name", flat=True))


def test_groups_follow_the_claim_at_each_sign_on(client, provider, settings):
    settings.HEADWATER_OIDC_GROUPS = "dir-stewards=Stewards, dir-viewers=Viewers"
    by_hand = create_group("By hand", actor=None)
    provider.lies = {"groups": ["dir-stewards", "dir-viewers", "unmapped"]}
    sign_on(client, provider)
    add_member(by_hand, principal_of("ada"), actor=None)

    assert groups_of("ada") == {"Stewards", "Viewers", "By hand"}
    provider.lies = {"groups": ["dir-viewers"]}
    sign_on(Client(), provider)
    assert groups_of("ada") == {"Viewers", "By hand"}
    provider.lies = {}
    sign_on(Client(), provider)
    assert groups_of("ada") == {"By hand"}


def test_groups_may_come_by_user_info_and_by_another_claim(client, provider, settings):
    settings.HEADWATER_OIDC_GROUPS = "a=A"
    settings.HEADWATER_OIDC_GROUPS_CLAIM = "roles"
    provider.userinfo = {"roles": ["a"], "groups": ["b"]}
    sign_on(client, provider)

    assert groups_of("ada") == {"A"}


def test_a_star_takes_every_group_but_none_that_was_made_by_hand(
    client, provider, settings
):
    settings.HEADWATER_OIDC_GROUPS = "*"
    admins = create_group("admins", actor=None)
    grant_role(admins, "admin", actor=None)
    provider.lies = {"groups": ["admins", "readers", "x" * 300, 7, ""]}
    sign_on(client, provider)

    assert "readers" in groups_of("ada")
    assert "admins" not in groups_of("ada")
    assert Group.objects.get(name="readers").directory_name == "readers"
    assert client.get("/admin/").status_code == 403


def test_rights_of_a_group_are_there_at_once_and_gone_at_once(
    client, provider, settings
):
    settings.HEADWATER_OIDC_GROUPS = "viewers=Viewers"
    viewers = create_group("Viewers", actor=None)
    grant_role(viewers, "viewer", actor=None)
    provider.lies = {"groups": ["viewers"]}
    sign_on(client, provider)

    assert client.get("/datasets").status_code == 200
    provider.lies = {"groups": []}
    sign_on(Client(), provider)
    assert client.get("/datasets").status_code == 403  # the old session, too


def test_a_group_that_an_administrator_let_follow_another_stays_so(
    client, provider, settings
):
    settings.HEADWATER_OIDC_GROUPS = "theirs=Ours"
    ours = create_group("Ours", actor=None)
    follow_directory(ours, "elsewhere", actor=None)
    provider.lies = {"groups": ["theirs"]}
    sign_on(client, provider)

    ours.refresh_from_db()
    assert ours.directory_name == "elsewhere"
    assert groups_of("ada") == set()


# --- Only by the provider ---------------------------------------------------------


@pytest.fixture
def only(provider, settings):
    settings.HEADWATER_OIDC_ONLY = True
    return provider


def by_password(client, name):
    return client.post("/login", {"username": name, "password": PASSWORD})


def test_then_passwords_count_for_administrators_alone(client, only):
    make_principal("vera", "viewer")
    make_principal("root", "admin")

    assert 'name="password"' not in client.get("/login").text
    assert 'name="password"' in client.get("/login?local").text
    assert by_password(client, "vera").status_code == 200
    assert not is_signed_in(client)
    assert by_password(client, "root").status_code == 302
    assert is_signed_in(client)


# --- A provider of somebody else's, in a process of its own ------------------------


def test_the_registrys_provider_lets_people_in(client, settings):
    claims = {"sub": "g-1", "name": "Grace Hopper", "preferred_username": "grace",
              "groups": ["navy"], "email": "grace@example.com"}  # fmt: skip
    settings.HEADWATER_OIDC_CLIENT_ID = CLIENT
    settings.HEADWATER_OIDC_CLIENT_SECRET = SECRET
    settings.HEADWATER_OIDC_GROUPS = "navy=Navy"
    with real_provider(claims) as issuer:
        settings.HEADWATER_OIDC_ISSUER = issuer
        back = _authorized_as("g-1", begin(client))
        response = client.get(f"{back.path}?{back.query}")

    assert response["Location"] == "/datasets"
    grace = principal_of("grace")
    assert (grace.name, grace.email) == ("Grace Hopper", "grace@example.com")
    assert groups_of("grace") == {"Navy"}
    assert SocialAccount.objects.get(user=grace).uid == "g-1"


def test_the_registrys_provider_may_be_denied(client, settings):
    settings.HEADWATER_OIDC_CLIENT_ID = CLIENT
    with real_provider() as issuer:
        settings.HEADWATER_OIDC_ISSUER = issuer
        back = _authorized(begin(client), {"action": "deny"})
        response = client.get(f"{back.path}?{back.query}")

    assert response.status_code == 401
    assert not Principal.objects.exists()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def _authorized_as(subject, address):
    return _authorized(address, {"sub": subject})


def _authorized(address, form):
    """Fill in the provider's form; where it sends the browser back to."""
    opener = urllib.request.build_opener(_NoRedirects)
    body = urllib.parse.urlencode(form).encode()
    with pytest.raises(urllib.error.HTTPError) as sent:
        opener.open(urllib.request.Request(address, body), timeout=30)
    assert sent.value.status in (302, 303)
    return urlsplit(sent.value.headers["Location"])


def test_no_claim_is_kept_but_the_subject(client, provider):
    provider.lies = {"phone_number": "+44 20 7946 0000", "birthdate": "1815-12-10"}
    sign_on(client, provider)

    kept = json.dumps(list(SocialAccount.objects.values()), default=str)
    assert "7946" not in kept
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri"])
def test_secrets_are_sent_by_tls_alone_to_a_provider_with_tls(settings, endpoint):
    settings.HEADWATER_OIDC_ISSUER = "https://login.example"
    config = {"issuer": "https://login.example", endpoint: "http://login.example/x"}

    with pytest.raises(sign_on_module.SignOnRefused, match=endpoint):
        sign_on_module.check_discovery(config)
