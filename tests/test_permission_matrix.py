"""Each route answers each kind of reader as tests/permission_matrix.toml says.

A route without rows fails here; so does a view that does not declare its actions.
"""

import json
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve

from catalog import versions
from catalog.models import Dataset, Job
from catalog.paths import escape
from lineage.ingest import ingest
from lineage.models import Event
from policies.actions import Action
from policies.models import Token
from policies.services import create_token
from tests.factories import bearer, make_cast, make_namespace, make_principal

MATRIX = tomllib.loads((Path(__file__).parent / "permission_matrix.toml").read_text())
CAST = MATRIX["cast"]
ROWS = MATRIX["row"]
# tests/administration/test_permissions.py asks these, all in one world.
ADMIN_ROUTES = {
    f"admin:{model.replace('.', '_')}_{kind}"
    for desks in MATRIX["admin"]
    for model in desks["models"]
    for kind in ("changelist", "add", "change", "history")
    if kind in desks
}
RUN = "0195a0c8-0000-7000-8000-000000000001"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
NAMES = {"namespace": "here", "dataset": "orders", "job": "load", "run": RUN}
EVENT = {
    "eventTime": "2026-05-04T03:02:01Z",
    "eventType": "COMPLETE",
    "producer": "https://example.org/producer",
    "schemaURL": f"{SPEC}/RunEvent",
    "run": {"runId": RUN},
    "job": {"namespace": NAMES["namespace"], "name": NAMES["job"]},
    "outputs": [
        {
            "namespace": NAMES["namespace"],
            "name": NAMES["dataset"],
            "facets": {
                "schema": {
                    "_producer": "https://example.org/producer",
                    "_schemaURL": "https://example.org/schema.json",
                    "fields": [{"name": "id", "type": "bigint"}],
                }
            },
        }
    ],
}


def row_id(row):
    return f"{row['route']}-{row['request']}"


def routes():
    """Each route of the site: its name with namespaces, and its view."""

    def walk(patterns, namespaces):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield ":".join([*namespaces, str(pattern.name)]), pattern.callback
            else:
                own = [pattern.namespace] if pattern.namespace else []
                yield from walk(pattern.url_patterns, [*namespaces, *own])

    return list(walk(get_resolver().url_patterns, []))


def declared_by(view):
    """What a view declares: actions by method, or a set of them; None if nothing."""
    api_view = getattr(view, "cls", None)
    return getattr(view, "actions", getattr(api_view, "actions", None))


@pytest.mark.parametrize(("route", "view"), routes(), ids=[n for n, _ in routes()])
def test_a_route_declares_its_actions_and_has_rows(route, view):
    if route in MATRIX["undeclared"]:
        return
    declared = declared_by(view)
    assert declared is not None, f"{route} declares no actions: see policies.gates"
    rows = {r["request"].split()[0] for r in ROWS if r["route"] == route}
    wanted = set(declared) if isinstance(declared, dict) else set()
    assert rows or route in ADMIN_ROUTES, f"tests/permission_matrix.toml has no row for {route}"
    assert wanted <= rows, f"no row for {wanted - rows} of {route}"
    actions = declared.values() if isinstance(declared, dict) else declared
    assert all(isinstance(action, Action) for action in actions)


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_row_is_about_its_route_and_the_whole_cast(row):
    path = row["request"].split()[1].partition("?")[0]
    ids = dict.fromkeys(("dataset_version", "job_version"), RUN)
    ids["digest"] = "0" * 64

    assert resolve(path.format(**NAMES, **ids)).view_name == row["route"]
    assert len(row["expect"].split()) == len(CAST)


def make_people():
    """The cast as principals, the anonymous one left out."""
    people = make_cast()
    make_namespace("elsewhere")
    people["neighbour"] = make_principal("neighbour", "admin", namespace="elsewhere")
    return people


def make_world():
    """One event has been taken in; what paths can say of it."""
    body = json.dumps(EVENT).encode()
    [outcome] = ingest([body])
    assert outcome.status == 201
    why = "the world of a test"
    datasets = Dataset.objects.unrestricted(why).with_names()
    [[dataset_version]] = versions.of_datasets(datasets).values()
    [[job_version]] = versions.of_jobs(Job.objects.unrestricted(why)).values()
    return {
        **NAMES,
        "digest": bytes(Event.objects.get().digest).hex(),
        "dataset_version": str(dataset_version.id),
        "job_version": str(job_version.id),
    }


def asked(row, world):
    method, path = row["request"].split()
    at_api = path.startswith("/api/")
    spell = (lambda name: quote(name, safe="")) if at_api else escape
    return method, path.format(**{k: spell(v) for k, v in world.items()}), at_api


def told(status, location):
    if status in (301, 302, 303):
        return "login" if location.startswith("/login") else "home"
    return str(status)


@pytest.mark.django_db
@pytest.mark.parametrize("row", [r for r in ROWS if not r.get("live")], ids=row_id)
def test_each_of_the_cast_gets_the_answer_of_the_matrix(row):
    people, world = make_people(), make_world()
    method, path, at_api = asked(row, world)
    client = Client(raise_request_exception=False)
    answers = []
    for who in CAST:
        # What one of them changes is there again for the next one.
        savepoint = connection.savepoint()
        client.cookies.clear()
        headers = {}
        if at_api and who in people:
            headers = bearer(create_token(people[who], "test", actor=None).raw)
        elif who in people:
            client.force_login(people[who])
        data = row.get("body", {})
        kind = {"content_type": "application/json"} if at_api else {}
        send = getattr(client, method.lower())
        if method in ("POST", "PUT"):
            response = send(path, data, headers=headers, **kind)
        else:
            response = send(path, headers=headers)
        answers.append(told(response.status_code, response.get("Location", "")))
        connection.savepoint_rollback(savepoint)

    expected = row["expect"].split()
    assert dict(zip(CAST, answers, strict=True)) == dict(
        zip(CAST, expected, strict=True)
    )


@pytest.mark.parametrize("row", [r for r in ROWS if r.get("live")], ids=row_id)
def test_each_of_the_cast_gets_the_answer_of_a_real_server(row, web_server):
    people, world = make_people(), make_world()
    method, path, _ = asked(row, world)
    answers = []
    for who in CAST:
        headers = {"Content-Type": "application/json"}
        if who in people:
            headers |= bearer(create_token(people[who], "test", actor=None).raw)
        data = json.dumps(row["body"]).encode() if "body" in row else None
        request = urllib.request.Request(
            web_server.url + path, data, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answers.append(str(response.status))
        except urllib.error.HTTPError as refusal:
            answers.append(str(refusal.code))

    assert Token.objects.count() == len(people)
    expected = row["expect"].split()
    assert dict(zip(CAST, answers, strict=True)) == dict(
        zip(CAST, expected, strict=True)
    )
