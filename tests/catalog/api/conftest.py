"""Who asks in these tests, and about what."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from catalog.models import Column
from policies.models import Principal
from policies.services import create_token
from tests.factories import bearer, make_dataset, make_job, make_principal

SHOP = "postgres://db:5432"
ORDERS = {"kind": "dataset", "namespace": SHOP, "name": "shop/orders"}
SECRET = {"kind": "dataset", "namespace": "vault", "name": "secret_salaries"}


@dataclass
class Api:
    """One of the cast at the API."""

    principal: Principal
    headers: dict[str, str]
    client: Client = field(
        default_factory=lambda: Client(raise_request_exception=False)
    )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(at(path, query), headers=self.headers)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._send("post", path, body, query)

    def put(self, path: str, body: Any = None, **query: Any) -> Any:
        return self._send("put", path, body, query)

    def delete(self, path: str, **query: Any) -> Any:
        return self.client.delete(at(path, query), headers=self.headers)

    def send_file(self, text: str | bytes, **query: Any) -> Any:
        content = text.encode() if isinstance(text, str) else text
        return self.client.post(
            at("curation/import", query),
            content,
            content_type="text/csv",
            headers=self.headers,
        )

    def declare(self, *statements: dict[str, Any], **query: Any) -> Any:
        body = {"reason": "as it is", "statements": list(statements)}
        return self.post("curation", body, **query)

    def curation(self, subject: dict[str, str], **query: Any) -> Any:
        return self.get("curation", **subject, **query).json()

    def export(self, **query: Any) -> str:
        response = self.get("curation/export", **query)
        assert response.status_code == 200, response.content
        return b"".join(response.streaming_content).decode()

    def _send(self, method: str, path: str, body: Any, query: Any) -> Any:
        send = getattr(self.client, method)
        content = "" if body is None else json.dumps(body)
        return send(
            at(path, query), content, content_type="application/json",
            headers=self.headers,
        )  # fmt: skip


def at(path: str, query: Any) -> str:
    return f"/api/v1/{path}{'?' if query else ''}{urlencode(query)}"


def named(words: str, name: str, tail: str = "") -> str:
    """The address of a word, its name in one segment."""
    return f"{words}/{quote(name, safe='')}{tail}"


def said(statement: dict[str, Any]) -> tuple[str, str, str]:
    return statement["aspect"], statement["value"], statement["detail"]


def api_of(principal: Principal) -> Api:
    return Api(principal, bearer(create_token(principal, "test", actor=None).raw))


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """Two namespaces: one for the neighbour, and one where the cast meets."""
    orders = make_dataset(SHOP, "shop/orders")
    secret = make_dataset("vault", "secret_salaries")
    for column in ("id", "email"):
        Column.objects.create(dataset=orders, name=column)
    return {
        "orders": orders,
        "secret": secret,
        "load": make_job(orders.namespace, "load"),
    }


@pytest.fixture
def stranger(world: Any) -> Api:
    return api_of(make_principal("stranger"))


@pytest.fixture
def neighbour(world: Any) -> Api:
    """Steward of the vault alone."""
    return api_of(make_principal("neighbour", "steward", namespace="vault"))


@pytest.fixture
def viewer(world: Any) -> Api:
    return api_of(make_principal("viewer", "viewer"))


@pytest.fixture
def steward(world: Any) -> Api:
    """Steward of the shop alone."""
    return api_of(make_principal("steward", "steward", namespace=SHOP))


@pytest.fixture
def admin(world: Any) -> Api:
    return api_of(make_principal("admin", "admin"))


@pytest.fixture
def words(admin: Api) -> None:
    """Some of the vocabulary."""
    for path, body in {
        named("domains", "Sales/Web"): {},
        named("terms", "Order"): {"description": "What a customer buys."},
        named("products", "Order book"): {"freshness": "24 hours"},
        named("properties", "sla"): {"type": "number", "appliesTo": ["dataset"]},
    }.items():
        assert admin.put(path, body).status_code == 201
    sent = admin.send_file("tag,description\nPII.email,An address\nrare,\n")
    assert sent.status_code == 200, sent.content
