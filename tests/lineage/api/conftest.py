"""Who reads in these tests: clients with the token of a service account."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from policies.models import Principal
from policies.services import create_principal, create_token, grant_role

Reading = Callable[..., "Api"]


class Api:
    """A client that bears a token and expects JSON."""

    def __init__(self, raw: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {raw}"})

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        response = self.client.get(path, query)
        assert response.status_code == status, response.content
        return response.json()

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        response = self.client.put(path, body, content_type="application/json")
        assert response.status_code == status, response.content
        return response.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        response = self.client.post(path, body, content_type="application/json")
        assert response.status_code == status, response.content
        return response.json()

    def delete(self, path: str, status: int = 200) -> Any:
        response = self.client.delete(path)
        assert response.status_code == status, response.content
        return response.json()


@pytest.fixture
def reading_as(db: None) -> Reading:
    """`reading_as("viewer", "glob")`: a client with these roles where the glob fits."""
    count = 0

    def make(*roles: str, namespace: str = "") -> Api:
        nonlocal count
        count += 1
        principal = create_principal(
            f"reader-{count}", kind=Principal.Kind.SERVICE, actor=None
        )
        for role in roles:
            grant_role(principal, role, actor=None, namespace=namespace)
        return Api(create_token(principal, "test", actor=None).raw)

    return make


@pytest.fixture
def viewer(reading_as: Reading) -> Api:
    """May see every asset, its runs and its lineage, but no code and no raw event."""
    return reading_as("viewer")


@pytest.fixture
def admin(reading_as: Reading) -> Api:
    """May do everything."""
    return reading_as("admin")
