"""Tokens: their form, what they are worth, how soon a change counts, what is kept."""

import hashlib
import os
import re
import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import Action
from policies.models import Grant, Role, Token
from policies.services import (
    TooManyTokens,
    create_service_token,
    create_token,
    ensure_producer_token,
    grant_role,
    revoke_grant,
    revoke_token,
    set_active,
)
from policies.signing_in import tokens
from policies.signing_in.tokens import (
    TokenRefused,
    authenticate,
    authenticate_now,
    confirm,
    parse,
)
from tests.conftest import url_of_test_database
from tests.factories import make_principal, principal_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_process_that_remembers_nothing(monkeypatch):
    monkeypatch.setattr(tokens, "_known", {})
    monkeypatch.setattr(tokens, "_noted", {})
    monkeypatch.setattr(tokens, "_epoch_seen", (None, 0.0))


@pytest.fixture
def new():
    return create_service_token("airflow", role="producer", actor=None)


def changed_somewhere(raw):
    """The token with each of its characters exchanged in turn."""
    for place, sign in enumerate(raw):
        yield raw[:place] + ("a" if sign != "a" else "b") + raw[place + 1 :]


def test_a_token_has_an_id_a_secret_and_a_checksum(new):
    assert re.fullmatch(r"hw_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", new.raw)
    assert new.raw.split("_")[1] == new.token.key_id


def test_the_database_holds_nothing_that_would_let_anybody_in(new):
    secret = new.raw.split("_")[2]
    row = Token.objects.values().get()

    assert bytes(row["secret_sha256"]) == hashlib.sha256(secret.encode()).digest()
    assert secret not in repr(row)


@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_holds_no_token():
    new = create_service_token("airflow", role="producer", actor=None)
    with psycopg.connect(url_of_test_database()) as database:
        tables = database.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_name LIKE 'policies%'"
        ).fetchall()
        dump = "".join(
            str(row)
            for (table,) in tables
            for row in database.execute(f"SELECT t::text FROM {table} t").fetchall()
        )

    assert new.token.key_id in dump
    assert new.raw.split("_")[2] not in dump


def test_a_mistyped_token_costs_no_query(new):
    with CaptureQueriesContext(connection) as queries:
        for wrong in changed_somewhere(new.raw):
            with pytest.raises(TokenRefused):
                authenticate(wrong)
    assert len(queries) == 0


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_tokens(text):
    with pytest.raises(TokenRefused):
        parse(text)


def test_a_wellformed_token_that_nobody_made_is_refused():
    raw, _ = tokens.mint()
    with pytest.raises(TokenRefused):
        authenticate(raw)


def test_another_secret_under_a_known_id_is_refused(new):
    authenticate(new.raw)
    body = f"hw_{new.token.key_id}_{'a' * 43}"
    forged = f"{body}_{tokens._checksum(body)}"

    for ask in (authenticate, authenticate_now):
        with pytest.raises(TokenRefused):
            ask(forged)


def test_a_known_token_costs_a_busy_process_no_query(new):
    authenticate(new.raw)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10):
            credential = authenticate(new.raw)
    assert len(queries) == 0
    assert credential.ingest.is_everything
    assert credential.principal_public_id == principal_of("airflow").public_id


def test_a_token_sends_where_its_owner_and_it_may_both():
    airflow = make_principal("airflow", "producer", namespace="prod-*")
    grant_role(airflow, "viewer", actor=None)
    narrow = create_token(airflow, "eu", namespace="*-eu", actor=None)
    reading = create_token(airflow, "read", role="viewer", actor=None)

    scope = authenticate(narrow.raw).ingest
    names = ["prod-eu", "prod-us", "test-eu"]
    assert [name for name in names if scope.allows(name)] == ["prod-eu"]
    assert authenticate(reading.raw).ingest.is_nothing


def test_the_owner_without_the_right_makes_a_token_worth_nothing():
    stranger = make_principal("stranger")
    raw = create_token(stranger, "t", role="producer", actor=None).raw

    assert authenticate(raw).ingest.is_nothing


def revoke(new):
    revoke_token(new.token, actor=None)


def deactivate(new):
    set_active(new.token.principal, False, actor=None)


def take_the_grant(new):
    revoke_grant(Grant.objects.get(principal=new.token.principal), actor=None)


def expire(new):
    past = timezone.now() - timedelta(seconds=1)
    Token.objects.filter(pk=new.token.pk).update(expires_at=past)


@pytest.mark.parametrize("end", [revoke, deactivate, expire])
def test_what_ends_a_token_ends_it_at_the_next_confirmation(end, new):
    credential = authenticate(new.raw)
    assert confirm([credential], connection)

    end(new)

    assert confirm([credential], connection) == {}
    for ask in (authenticate, authenticate_now):
        with pytest.raises(TokenRefused):
            ask(new.raw)


@pytest.mark.parametrize("end", [revoke, deactivate, expire])
def test_a_process_without_confirmations_forgets_within_a_second(end, new, monkeypatch):
    authenticate(new.raw)
    end(new)
    assert authenticate(new.raw)  # the hot path trusts what it saw a moment ago

    monkeypatch.setattr(tokens, "EPOCH_TRUSTED_SECONDS", -1.0)

    with pytest.raises(TokenRefused):
        authenticate(new.raw)


def test_a_narrower_grant_narrows_at_the_next_confirmation(new):
    credential = authenticate(new.raw)
    take_the_grant(new)

    [confirmed] = confirm([credential], connection).values()

    assert confirmed.ingest.is_nothing


def test_a_wider_grant_counts_at_once_for_who_asks_now():
    airflow = make_principal("airflow", "producer", namespace="test")
    raw = create_token(airflow, "t", actor=None).raw
    assert not authenticate(raw).ingest.allows("prod")

    grant_role(airflow, "producer", namespace="prod", actor=None)

    assert authenticate_now(raw).ingest.allows("prod")


def test_expiry_needs_no_change_of_rights():
    soon = timezone.now() + timedelta(seconds=0.2)
    new = create_service_token("t", role="producer", expires_at=soon, actor=None)
    credential = authenticate(new.raw)
    assert credential.good_until == soon

    while timezone.now() < soon:
        pass

    assert confirm([credential], connection) == {}
    with pytest.raises(TokenRefused):
        authenticate(new.raw)


def test_a_grant_that_begins_later_widens_a_known_token_by_itself():
    airflow = make_principal("airflow")
    soon = timezone.now() + timedelta(seconds=0.2)
    grant_role(airflow, "producer", valid_from=soon, actor=None)
    raw = create_token(airflow, "t", actor=None).raw
    assert authenticate(raw).ingest.is_nothing

    while timezone.now() < soon:
        pass

    assert authenticate(raw).ingest.is_everything


def test_a_confirmation_costs_one_query_while_nothing_changes(new):
    credentials = [authenticate(new.raw)] * 3
    with CaptureQueriesContext(connection) as queries:
        confirm(credentials, connection)
    assert len(queries) == 1


def test_a_confirmation_costs_the_same_for_many_tokens():
    counts = {}
    for many in (1, 9):
        news = [
            create_service_token(f"t{many}.{n}", role="producer", actor=None)
            for n in range(many)
        ]
        credentials = [authenticate(new.raw) for new in news]
        make_principal(f"somebody{many}", "viewer")  # moves the epoch

        with CaptureQueriesContext(connection) as queries:
            confirmed = confirm(credentials, connection)

        assert len(confirmed) == many
        counts[many] = len(queries)
    assert counts[1] == counts[9] <= 7


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_goes_by_the_transaction_it_is_given():
    new = create_service_token("airflow", role="producer", actor=None)
    credential = authenticate(new.raw)
    with psycopg.connect(url_of_test_database()) as other:
        with transaction.atomic():
            revoke_token(new.token, actor=None)
            assert confirm([credential], other)  # not committed yet
            assert confirm([credential], connection) == {}
        assert confirm([credential], other) == {}


@pytest.mark.django_db(transaction=True)
def test_a_revocation_that_is_undone_leaves_the_token_good():
    new = create_service_token("airflow", role="producer", actor=None)
    with transaction.atomic():
        revoke_token(new.token, actor=None)
        with pytest.raises(TokenRefused):
            authenticate_now(new.raw)
        transaction.set_rollback(True)

    assert authenticate_now(new.raw)


@pytest.mark.django_db(transaction=True)
def test_a_token_that_was_never_committed_is_not_remembered_as_good():
    with transaction.atomic():
        new = create_service_token("airflow", role="producer", actor=None)
        credential = authenticate(new.raw)
        transaction.set_rollback(True)

    assert confirm([credential], connection) == {}
    with pytest.raises(TokenRefused):
        authenticate_now(new.raw)


@pytest.mark.django_db(transaction=True)
def test_another_process_learns_of_a_revocation(tmp_path):
    new = create_service_token("airflow", role="producer", actor=None)
    script = (
        "import django, sys; django.setup()\n"
        "from policies.signing_in import tokens\n"
        "from django.db import connection\n"
        "credential = tokens.authenticate(sys.argv[1])\n"
        "print('known', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(len(tokens.confirm([credential], connection)), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, new.raw],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "DATABASE_URL": url_of_test_database(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
    ) as process:
        assert process.stdout.readline() == "known\n"
        revoke_token(new.token, actor=None)
        process.stdin.write("\n")
        process.stdin.close()
        assert process.stdout.readline() == "0\n"


def test_use_is_noted_once_a_minute(new):
    assert Token.objects.get().last_used_at is None

    credential = authenticate(new.raw)
    first = Token.objects.get().last_used_at
    confirm([credential], connection)

    assert first is not None
    assert Token.objects.get().last_used_at == first

    tokens._noted.clear()
    confirm([credential], connection)

    assert Token.objects.get().last_used_at > first


def test_two_tokens_of_a_name_live_at_a_time_for_rotation(new):
    second = create_service_token("airflow", role="producer", actor=None)
    assert authenticate(new.raw)
    assert authenticate(second.raw)

    with pytest.raises(TooManyTokens):
        create_service_token("airflow", role="producer", actor=None)

    revoke_token(new.token, actor=None)
    create_service_token("airflow", role="producer", actor=None)


def test_an_expired_token_gives_its_place_away(new):
    expire(new)
    create_service_token("airflow", role="producer", actor=None)
    create_service_token("airflow", role="producer", actor=None)

    assert Token.objects.live().count() == 2


def test_the_producer_token_is_kept_while_it_counts_and_replaced_when_not():
    first = ensure_producer_token(None)
    assert ensure_producer_token(first) == first

    for _ in range(4):  # its text was lost each time
        latest = ensure_producer_token(None)
    assert authenticate_now(latest).ingest.is_everything
    assert Token.objects.live().count() == 2

    revoke_token(Token.objects.get(key_id=latest.split("_")[1]), actor=None)
    again = ensure_producer_token(latest)
    assert again != latest
    assert authenticate_now(again)


def test_without_an_anonymous_role_no_token_is_no_credential(settings):
    assert tokens.anonymous() is None


@pytest.mark.parametrize(("role", "sends"), [("producer", True), ("viewer", False)])
def test_the_anonymous_role_is_a_credential_of_nobody(settings, role, sends):
    settings.HEADWATER_ANONYMOUS_ROLE = role

    credential = tokens.anonymous()

    assert credential.principal_id is None
    assert credential.ingest.is_everything is sends
    assert list(confirm([credential], connection)) == [credential.key_id]


def test_a_change_of_the_anonymous_role_counts_at_the_next_confirmation(settings):
    settings.HEADWATER_ANONYMOUS_ROLE = "producer"
    credential = tokens.anonymous()
    Role.objects.filter(name="producer").update(actions=[Action.EVENT_VIEW])

    [confirmed] = confirm([credential], connection).values()

    assert confirmed.ingest.is_nothing
