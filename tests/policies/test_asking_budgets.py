"""Lists of requests, approvals and reviews ask the database so often, however long."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import OwnerKind, Ownership
from policies.services import ApprovalNeeded, create_token, grant_role
from policies.services.approvals import set_rule
from policies.services.grants import GrantScope
from policies.services.requests import Wish, ask_for_access
from policies.services.reviews import Plan, start_review
from tests.factories import bearer, make_dataset, make_principal
from tests.policies.test_second_person import say

pytestmark = pytest.mark.django_db

BUDGETS = json.loads((Path(__file__).parent.parent / "query_budgets.json").read_text())
API = "/api/v1/access"


def fill(count, boss, deputy):
    """So many requests, held changes and reviews with as many items."""
    set_rule(GrantScope(namespace="space0"), actor=boss)
    due = timezone.now() + timedelta(days=7)
    for number in range(count):
        someone = make_principal(f"p{number}")
        dataset = make_dataset(f"space{number}", "orders")
        say(Ownership, dataset, kind=OwnerKind.BUSINESS, principal=boss)
        wish = Wish("dataset", f"space{number}", "orders")
        ask_for_access(wish, reason="x", actor=someone)
        grant_role(someone, "viewer", scope=GrantScope(asset=dataset), actor=None)
        with pytest.raises(ApprovalNeeded):
            grant_role(someone, "steward", namespace="space0", actor=deputy)
        plan = Plan(f"R{number}", GrantScope(), due)
        campaign = start_review(plan, actor=None)
    return campaign


@pytest.mark.parametrize("count", [2, 12])
def test_a_list_keeps_to_its_budget(count, client):
    boss, deputy = make_principal("boss", "admin"), make_principal("deputy", "admin")
    campaign = fill(count, boss, deputy)
    token = bearer(create_token(boss, "test", actor=None).raw)
    lists = {
        "access:approval-list": f"{API}/approvals",
        "access:approval-list-mine": f"{API}/approvals?mine=true",
        "access:approval-rule-list": f"{API}/approval-rules",
        "access:request-list": f"{API}/requests",
        "access:request-list-answerable": f"{API}/requests?whose=answerable",
        "access:review-list": f"{API}/reviews",
        "access:review-item-list": f"{API}/reviews/{campaign.public_id}/items",
    }
    client.get(f"{API}/requests", headers=token)  # what a process asks once
    spent = {}
    for name, address in lists.items():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address, headers=token).status_code == 200
        spent[name] = len(asked)
    client.force_login(boss)
    for name in ("requests", "approvals", "reviews"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/access/{name}").status_code == 200
        spent[f"page:{name}"] = len(asked)

    assert {n: c for n, c in spent.items() if c > BUDGETS.get(n, 0)} == {}
