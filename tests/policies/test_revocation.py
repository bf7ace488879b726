"""A change of rights holds from the next request on, in a web server of its own."""

import json
import urllib.error
import urllib.request

import pytest

from lineage.models import Event
from policies.models import Grant, Token
from policies.services import grant_role, revoke_grant, revoke_token, set_active
from tests.factories import bearer, make_principal, make_token, principal_of

EVENT = {
    "eventTime": "2026-05-04T03:02:01Z",
    "producer": "https://example.org/producer",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "0195a0c8-0000-7000-8000-000000000001"},
    "job": {"namespace": "prod", "name": "load"},
}


@pytest.fixture
def ask(web_server):
    """`ask(token)` reads at the API, `ask(token, event=3)` sends; the status."""

    def asking(raw, *, event=None):
        data, path = None, "/api/v1/namespaces"
        if event is not None:
            run = {"runId": f"0195a0c8-0000-7000-8000-00000000000{event}"}
            data, path = json.dumps({**EVENT, "run": run}).encode(), "/api/v1/lineage"
        headers = {"Content-Type": "application/json", **bearer(raw)}
        request = urllib.request.Request(web_server.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status
        except urllib.error.HTTPError as refusal:
            return refusal.code

    return asking


def revoke(token):
    revoke_token(token, actor=None)


def deactivate(token):
    set_active(token.principal, False, actor=None)


@pytest.mark.parametrize("end", [revoke, deactivate])
def test_a_token_that_was_good_is_refused_at_the_next_request(ask, end):
    make_principal("boss", "admin")
    raw = make_token("airflow", "admin")
    assert (ask(raw), ask(raw, event=1)) == (200, 201)

    end(Token.objects.get())

    assert ask(raw, event=2) == 401
    assert ask(raw) == 401
    assert Event.objects.count() == 1


def test_reading_first_the_refusal_is_the_same(ask):
    raw = make_token("airflow", "admin")
    assert (ask(raw, event=1), ask(raw)) == (201, 200)

    revoke(Token.objects.get())

    assert ask(raw) == 401
    assert ask(raw, event=2) == 401


def test_a_grant_that_ends_or_begins_counts_at_the_next_event(ask):
    raw = make_token("airflow", "producer")
    assert ask(raw, event=1) == 201

    revoke_grant(Grant.objects.get(), actor=None)
    assert ask(raw, event=2) == 403

    grant_role(principal_of("airflow"), "producer", namespace="prod", actor=None)
    assert ask(raw, event=3) == 201
    assert Event.objects.count() == 2
