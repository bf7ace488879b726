"""Headwater does not start open to strangers, and says what would help."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.exposure import check_exposure, is_loopback, refuse_exposure

SAFE = {
    "HOST": "0.0.0.0",
    "DEBUG": False,
    "IS_SECURE": True,
    "HEADWATER_BEHIND_TLS": False,
    "ALLOWED_HOSTS": ["lineage.example.com"],
    "HEADWATER_ALLOWED_HOSTS": "lineage.example.com",
    "HEADWATER_ANONYMOUS_ROLE": "",
    "HEADWATER_ADMIN_PASSWORD": "",
    "HEADWATER_TLS_CERTIFICATE": "",
    "HEADWATER_TLS_KEY": "",
    "SECRET_KEY": "k" * 50,
    "HEADWATER_OIDC_ISSUER": "",
    "HEADWATER_OIDC_CLIENT_ID": "",
    "HEADWATER_OIDC_ONLY": False,
    "HEADWATER_OIDC_SCOPES": "openid profile email",
}
PROVIDER = {
    "HEADWATER_OIDC_ISSUER": "https://login.example.com/realms/main",
    "HEADWATER_OIDC_CLIENT_ID": "headwater",
}
DANGERS = [
    ({"DEBUG": True}, "E002", "Unset DEBUG"),
    ({"IS_SECURE": False}, "E003", "HEADWATER_TLS_CERTIFICATE"),
    ({"HEADWATER_ALLOWED_HOSTS": ""}, "E004", "HEADWATER_ALLOWED_HOSTS"),
    ({"ALLOWED_HOSTS": ["*"]}, "E004", "HEADWATER_ALLOWED_HOSTS"),
    ({"HEADWATER_ANONYMOUS_ROLE": "admin"}, "E005", "viewer"),
    ({"HEADWATER_ANONYMOUS_ROLE": "producer"}, "E005", "viewer"),
    ({"SECRET_KEY": "short"}, "E006", "Unset it"),
    ({"HEADWATER_ADMIN_PASSWORD": "short"}, "E007", "12 characters"),
]
# These hold on the loopback, too.
FAULTS_OF_PROVIDERS = [
    ({"HEADWATER_OIDC_ONLY": True}, "E008", "HEADWATER_OIDC_ISSUER"),
    (PROVIDER | {"HEADWATER_OIDC_CLIENT_ID": ""}, "E009", "Register"),
    (PROVIDER | {"HEADWATER_OIDC_ISSUER": "http://login.example.com"}, "E010", "https"),
    (PROVIDER | {"HEADWATER_OIDC_ISSUER": "login.example.com"}, "E010", "https"),
    (PROVIDER | {"HEADWATER_OIDC_SCOPES": "profile email"}, "E011", "openid"),
]


@pytest.fixture
def given(settings):
    def give(**changes):
        for name, value in (SAFE | changes).items():
            setattr(settings, name, value)

    return give


@pytest.mark.parametrize(
    "more", [{}, PROVIDER, PROVIDER | {"HEADWATER_OIDC_ONLY": True}]
)
def test_a_safe_server_may_serve_others(given, more):
    given(**more)

    assert check_exposure() == []
    refuse_exposure()


@pytest.mark.parametrize(("danger", "number", "remedy"), DANGERS)
def test_a_danger_beyond_the_loopback_is_refused_with_its_remedy(
    given, danger, number, remedy
):
    given(**danger)

    (refusal,) = check_exposure()

    assert refusal.id == f"headwater.{number}"
    assert remedy in refusal.hint
    with pytest.raises(ImproperlyConfigured, match="does not start"):
        refuse_exposure()


@pytest.mark.parametrize(("danger", "number", "remedy"), DANGERS)
def test_on_the_loopback_nobody_needs_to_be_kept_out(given, danger, number, remedy):
    given(HOST="127.0.0.1", **danger)

    assert check_exposure() == []


@pytest.mark.parametrize(
    ("danger", "number", "remedy"), [d for d in DANGERS if d[1] != "E003"]
)
def test_behind_a_proxy_the_loopback_is_open_to_others(given, danger, number, remedy):
    given(HOST="127.0.0.1", HEADWATER_BEHIND_TLS=True, **danger)

    (refusal,) = check_exposure()

    assert refusal.id == f"headwater.{number}"
    assert "HEADWATER_BEHIND_TLS=1" in refusal.msg
    assert remedy in refusal.hint
    assert "HOST=127.0.0.1" not in refusal.hint


def test_a_viewer_may_be_anonymous(given):
    given(HEADWATER_ANONYMOUS_ROLE="viewer")

    assert check_exposure() == []


def test_a_certificate_needs_its_key_everywhere(given):
    given(HOST="127.0.0.1", HEADWATER_TLS_CERTIFICATE="chain.pem")

    assert [refusal.id for refusal in check_exposure()] == ["headwater.E001"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"]
)
def test_loopback_addresses_are_known(host):
    assert is_loopback(host)
    assert is_loopback("localhost")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "example.com"])
def test_other_addresses_are_not_the_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
@pytest.mark.parametrize(("fault", "number", "remedy"), FAULTS_OF_PROVIDERS)
def test_half_a_provider_is_refused_with_its_remedy(given, fault, number, remedy, host):
    given(HOST=host, **fault)

    (refusal,) = check_exposure()
    assert refusal.id == f"headwater.{number}"
    assert remedy in refusal.hint + refusal.msg


def test_a_provider_on_this_machine_needs_no_tls(given):
    given(**PROVIDER | {"HEADWATER_OIDC_ISSUER": "http://127.0.0.1:9400"})

    assert check_exposure() == []
