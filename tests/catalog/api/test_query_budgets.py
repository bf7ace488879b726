"""How often each reading route of curation asks the database, whatever there is."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.catalog.api.conftest import ORDERS, SHOP, named
from tests.factories import make_dataset

BUDGETS = json.loads((Path(__file__).parents[2] / "query_budgets.json").read_text())
ROUTES = {
    "api:curation": ("curation", ORDERS),
    "api:change-list": ("changes", {}),
    "api:changes-of-asset": ("changes", ORDERS),
    "api:proposal-list": ("proposals", {}),
    "api:domains-list": ("domains", {}),
    "api:terms-list": ("terms", {}),
    "api:products-list": ("products", {}),
    "api:properties-list": ("properties", {}),
    "api:domains-revision-list": (named("domains", "Sales/Web", "/revisions"), {}),
}


def fill(api, admin, numbers):
    """So many words, datasets with statements, and changes."""
    for n in numbers:
        admin.put(named("terms", f"t{n}"), {"related": ["Order"], "domain": "Sales"})
        admin.put(named("domains", "Sales/Web"), {"description": str(n)})
        make_dataset(SHOP, f"d{n}")
        api.declare(
            {**ORDERS, "aspect": "tier", "value": str(1 + n % 5)},
            {**ORDERS, "aspect": "tag", "value": "PII.email", "column": "email"},
            {**ORDERS, "aspect": "term", "value": f"t{n}"},
            {**ORDERS, "name": f"d{n}", "aspect": "purpose", "value": "Selling."},
        )


def spent(api):
    found = {}
    for name, (path, query) in ROUTES.items():
        with CaptureQueriesContext(connection) as asked:
            assert api.get(path, **query).status_code == 200
        found[name] = len(asked)
    with CaptureQueriesContext(connection) as asked:
        api.export()
    found["api:curation-export"] = len(asked)
    change = api.get("changes").json()["changes"][0]["change"]
    with CaptureQueriesContext(connection) as asked:
        api.get(f"changes/{change}")
    found["api:change-detail"] = len(asked)
    return found


@pytest.mark.parametrize("who", ["steward", "admin"])
def test_routes_keep_to_their_budgets(who, request, admin, words):
    api = request.getfixturevalue(who)
    fill(api, admin, range(2))
    little = spent(api)
    fill(api, admin, range(2, 12))
    much = spent(api)

    over = {
        name: (little[name], number)
        for name, number in much.items()
        if number > BUDGETS[name] or little[name] > BUDGETS[name]
    }
    assert over == {}
