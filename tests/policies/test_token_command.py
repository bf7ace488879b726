"""`manage.py token`: what it prints, makes and refuses."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from policies.models import Principal, Token
from policies.signing_in.tokens import authenticate_now, parse

pytestmark = pytest.mark.django_db


def token(*words):
    out = StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue()


def test_create_prints_the_bare_token_alone():
    printed = token("create", "airflow", "--role", "producer")

    assert printed.endswith("\n")
    assert len(printed.splitlines()) == 1
    assert parse(printed.strip())
    assert authenticate_now(printed.strip()).ingest.is_everything
    assert Principal.objects.get(username="airflow").kind == "service"


def test_create_narrows_to_a_glob_and_an_end():
    raw = token("create", "dbt", "--role", "producer", "--namespace", "prod*",
                "--expires", "2999-01-31T00:00Z").strip()  # fmt: skip

    credential = authenticate_now(raw)
    assert credential.ingest.allows("prod-eu")
    assert not credential.ingest.allows("test")
    assert credential.good_until.year == 2999


def test_create_again_rotates_and_a_third_time_refuses():
    first = token("create", "airflow", "--role", "producer").strip()
    second = token("create", "airflow", "--role", "producer").strip()

    assert authenticate_now(first)
    assert authenticate_now(second)
    with pytest.raises(CommandError, match="revoke one first"):
        token("create", "airflow", "--role", "producer")


def test_an_unknown_role_is_refused_with_those_there_are():
    with pytest.raises(CommandError, match="viewer"):
        token("create", "airflow", "--role", "king")
    assert not Principal.objects.filter(username="airflow").exists()


def test_the_list_shows_tokens_without_secrets():
    raw = token("create", "airflow", "--role", "producer", "--namespace", "prod*")
    listed = token("list")

    assert raw.split("_")[1] in listed
    assert "prod*" in listed
    assert raw.split("_")[2] not in listed


@pytest.mark.parametrize("by", ["id", "token"])
def test_revoke_takes_an_id_or_the_token_itself(by):
    raw = token("create", "airflow", "--role", "producer").strip()
    token("revoke", raw if by == "token" else raw.split("_")[1])

    assert Token.objects.get().revoked_at is not None
    assert "revoked" in token("list")


def test_revoking_what_is_not_there_is_refused():
    with pytest.raises(CommandError, match="no token"):
        token("revoke", "nothing")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((" ", "--role", "producer"), "A name is needed"),
        (("dbt", "--role", "producer", "--expires", "2020-01-31"), "over already"),
        (("dbt", "--role", "producer", "--expires", "tomorrow"), "is no time such as"),
        (("dbt", "--role", "producer", "--expires", "2027-02-31"), "is no time such"),
    ],
)
def test_what_makes_no_token_is_told(words, told):
    with pytest.raises(CommandError, match=told):
        token("create", *words)
    assert not Token.objects.exists()
    assert not Principal.objects.exists()
