"""Each route answers each kind of reader as tests/permission_matrix.toml says.

A route without rows fails here; so does a view that does not declare its actions.
"""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver, resolve
from django.utils import timezone

from catalog import versions
from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import (
    Change,
    DataProduct,
    Dataset,
    Domain,
    Job,
    PropertyDefinition,
    Tag,
    Term,
)
from catalog.paths import escape
from catalog.services import Saying, changing, define_entry, say
from lineage.ingest import ingest
from lineage.models import Event
from policies.actions import Action
from policies.gates import Demand
from policies.models import BreakGlass, Grant, Token
from policies.services import create_token
from reports.services import produce_report, request_report
from tests.cast import CAST, LIKE, MATRIX, WHY, expected_of, make_people, name_as_owner
from tests.factories import bearer
from tests.sharing import shared_world

ROWS = MATRIX["row"]
# tests/administration/test_permissions.py asks these, all in one world.
ADMIN_ROUTES = {
    f"admin:{model.replace('.', '_')}_{kind}"
    for desks in MATRIX["admin"]
    for model in desks["models"]
    for kind in ("changelist", "add", "change", "history")
    if kind in desks
}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
RUN = "0195a0c8-0000-7000-8000-000000000001"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
NAMES = {"namespace": "here", "dataset": "orders", "job": "load", "run": RUN}
WORD = "Load"  # of each kind there is one
WORDS = {
    Domain: {},
    Tag: {},
    Term: {"description": "What is brought in."},
    DataProduct: {},
    PropertyDefinition: {"type": "text", "applies_to": "dataset"},
}
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


# The pages: what their actions are for is not told by method.
PAGES = sorted(
    {row["route"] for row in ROWS}
    & {route for route, view in routes() if not isinstance(declared_by(view), dict)}
)


@pytest.mark.parametrize(("route", "view"), routes(), ids=[n for n, _ in routes()])
def test_a_route_declares_its_actions_and_has_rows(route, view):
    if route in MATRIX["undeclared"]:
        return
    declared = declared_by(view)
    assert declared is not None, f"{route} declares no actions: see policies.gates"
    rows = {r["request"].split()[0] for r in ROWS if r["route"] == route}
    wanted = set(declared) if isinstance(declared, dict) else set()
    is_told = rows or route in ADMIN_ROUTES
    assert is_told, f"tests/permission_matrix.toml has no row for {route}"
    assert wanted <= rows, f"no row for {wanted - rows} of {route}"
    actions = declared.values() if isinstance(declared, dict) else declared
    assert all(isinstance(action, Action | Demand) for action in actions)


def test_no_row_stands_twice():
    ids = [(row_id(row), str(row.get("body"))) for row in ROWS]

    assert [one for one in ids if ids.count(one) > 1] == []


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_row_is_about_its_route_and_the_whole_cast(row):
    path = row["request"].split()[1].partition("?")[0]
    ids = dict.fromkeys(("dataset_version", "job_version", "change", "report"), RUN)
    ids |= {"digest": "0" * 64, "word": WORD}

    assert resolve(path.format(**NAMES, **ids)).view_name == row["route"]
    assert set(expected_of(row["expect"], row.get("but"))) == set(CAST)


def make_world(people):
    """One event has been taken in, and has an owner; what paths can say of it."""
    body = json.dumps(EVENT).encode()
    [outcome] = ingest([body])
    assert outcome.status == 201
    name_as_owner(people["denied-owner"])
    datasets = Dataset.objects.unrestricted(WHY).with_names()
    [[dataset_version]] = versions.of_datasets(datasets).values()
    [[job_version]] = versions.of_jobs(Job.objects.unrestricted(WHY)).values()
    return {
        **NAMES,
        "digest": bytes(Event.objects.get().digest).hex(),
        "dataset_version": str(dataset_version.id),
        "job_version": str(job_version.id),
    }


def fill_world(people):
    """What people made of it: a word of each kind, a statement, a report."""
    steward = people["steward"]
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        for model, facts in WORDS.items():
            define_entry(making, model, read_facts(model, {"name": WORD, **facts}))
    asset = Dataset.objects.unrestricted(WHY).select_related("namespace").get()
    change = describe(asset, actor=steward)
    first = datetime(2026, 5, 1, tzinfo=UTC)
    report = request_report(
        asset, since=first, until=first + timedelta(days=31), actor=steward
    )
    assert produce_report(report.pk) == "done"
    ids = {"change": change.public_id, "report": report.public_id}
    return {"word": WORD, **{name: str(pk) for name, pk in ids.items()}}


def describe(asset, *, actor):
    subject = Subject("dataset", asset)
    kind = KINDS["description"]
    said = Saying(kind, subject, kind.fields_of(subject, Written("One row a load.")))
    return say([said], actor=actor, via=Change.Via.PAGE)


def asked(row, world):
    method, path = row["request"].split()
    at_api = path.startswith("/api/")
    spell = (lambda name: quote(name, safe="")) if at_api else escape
    return method, path.format(**{k: spell(v) for k, v in world.items()}), at_api


def told(status, location):
    if status in (301, 302, 303):
        return "login" if location.startswith("/login") else "home"
    return str(status)


class Reader:
    """One of the cast, with all that they can identify themselves by."""

    def __init__(self, principal):
        self.client = Client(raise_request_exception=False)
        self.headers = {}
        if principal is not None:
            self.headers = bearer(create_token(principal, "test", actor=None).raw)
            self.client.force_login(principal)
        self.cookies = self.client.cookies.copy()

    def ask(self, row, world):
        method, path, at_api = asked(row, world)
        # The door of the API does not read cookies; a page reads no header.
        self.client.cookies = type(self.cookies)() if at_api else self.cookies.copy()
        sent = {"headers": self.headers} if at_api else {}
        if method in ("POST", "PUT"):
            kind = {"content_type": "application/json"} if at_api else {}
            sent |= {"data": row.get("body", {}), **kind}
        response = getattr(self.client, method.lower())(path, **sent)
        return told(response.status_code, response.get("Location", ""))


@pytest.mark.django_db
class TestInOneWorld:
    """What one asks for is undone before the next one asks."""

    @pytest.fixture(scope="class")
    @staticmethod
    def readers_and_world(django_db_setup, django_db_blocker):
        with shared_world(django_db_blocker):
            people = make_people()
            world = {**make_world(people), **fill_world(people)}
            yield {who: Reader(people.get(who)) for who in CAST}, world

    @pytest.mark.parametrize("row", [r for r in ROWS if not r.get("live")], ids=row_id)
    def test_each_of_the_cast_gets_the_answer_of_the_matrix(
        self, row, readers_and_world
    ):
        readers, world = readers_and_world
        answers = {}
        for who, reader in readers.items():
            savepoint = connection.savepoint()
            answers[who] = reader.ask(row, world)
            connection.savepoint_rollback(savepoint)

        assert answers == expected_of(row["expect"], row.get("but"))

    @pytest.mark.parametrize("route", PAGES)
    def test_a_method_without_rows_is_not_answered(self, route, readers_and_world):
        readers, world = readers_and_world
        requests = [row["request"].split() for row in ROWS if row["route"] == route]
        [(_, path), *_] = requests
        unasked = sorted(METHODS - {method for method, _ in requests})
        answers = {}
        for method in unasked:
            savepoint = connection.savepoint()
            answers[method] = readers["admin"].ask(
                {"request": f"{method} {path}"}, world
            )
            connection.savepoint_rollback(savepoint)

        assert answers == dict.fromkeys(unasked, "405")


@pytest.mark.django_db
def test_what_the_cast_is_refused_for_is_what_they_are_named_for():
    people = make_people()
    world = make_world(people)
    row = {"request": "GET /api/v1/namespaces/{namespace}/datasets/{dataset}"}
    four = {who: Reader(people[who]) for who in LIKE}
    before = {who: reader.ask(row, world) for who, reader in four.items()}

    BreakGlass.objects.update(closed_at=timezone.now())
    closed = four["break-glass"].ask(row, world)
    Grant.objects.filter(effect=Grant.Effect.DENY).update(recorded_to=timezone.now())
    Grant.objects.filter(principal=people["expired"]).update(valid_to=None)

    assert set(before.values()) == {"200", "403"}
    assert [who for who in before if before[who] == "200"] == ["break-glass"]
    assert closed == "403"
    assert {reader.ask(row, world) for reader in four.values()} == {"200"}


@pytest.mark.parametrize("row", [r for r in ROWS if r.get("live")], ids=row_id)
def test_each_of_the_cast_gets_the_answer_of_a_real_server(row, web_server):
    people = make_people()
    world = make_world(people)
    method, path, _ = asked(row, world)
    answers = {}
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
                answers[who] = str(response.status)
        except urllib.error.HTTPError as refusal:
            answers[who] = str(refusal.code)

    assert Token.objects.count() == len(people)
    assert answers == expected_of(row["expect"], row.get("but"))
