"""Who sends events in these tests."""

import pytest

from policies.models import Principal
from policies.services import create_principal, create_token, grant_role
from policies.signing_in import tokens


@pytest.fixture
def credential(db):
    """`credential("jobs", "data")`: one that may send for these namespaces."""
    count = 0

    def make(*namespaces: str):
        nonlocal count
        count += 1
        name = f"sender-{count}"
        principal = create_principal(name, kind=Principal.Kind.SERVICE, actor=None)
        for namespace in namespaces:
            grant_role(principal, "producer", actor=None, namespace=namespace)
        raw = create_token(principal, "test", actor=None).raw
        return tokens.authenticate_now(raw)

    return make
