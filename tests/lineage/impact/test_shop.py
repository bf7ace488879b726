"""What a reader of the SQL of the demo's shop expects of a change: written by hand.

`demo/shop` and `demo/shop_second_release` have the SQL; the second release stands.
"""

import pytest

from tests.factories import make_principal
from tests.lineage.impact.conftest import DUCK, SHOP, column, severities

pytestmark = pytest.mark.django_db


def test_a_dropped_column_breaks_who_reads_it_and_what_is_made_of_that(shop, foresee):
    """stg_customers: `lower(email) as email`; dim_customers: `customers.email`.

    customer_value reads dim_customers, but no email.
    """
    change = {"kind": "drop-column", "nodeId": column("shop.raw.customers", "email")}

    answer = foresee({"change": change, "failOn": "breaks"})

    assert severities(answer) == {
        ("column", "shop.staging.stg_customers.email"): ("breaks", "reads", 1),
        ("column", "shop.marts.dim_customers.email"): ("breaks", "broken", 2),
    }
    staged, dim = answer["hits"]
    assert [check["name"] for check in staged["checks"]] == [
        "not_null_stg_customers_email"
    ]
    assert dim["startsAt"] == column("shop.raw.customers", "email")
    assert [step["nodeId"] for step in dim["path"]] == [
        column("shop.staging.stg_customers", "email"),
        column("shop.marts.dim_customers", "email"),
    ]
    assert dim["path"][1]["jobs"] == ["job:shop-dbt:shop.marts.shop.dim_customers"]
    assert answer["verdict"] == {"failOn": "breaks", "worst": "breaks", "fails": True}
    assert answer["completeness"]["complete"]


def test_a_dropped_column_breaks_who_filters_by_it(shop, foresee):
    """daily_revenue and channel_revenue: `where status <> 'cancelled'`.

    dbt reports no filters; the SQL of the jobs says so. customer_value reads the same
    table, and nothing of the status.
    """
    change = {
        "kind": "drop-column",
        "nodeId": column("shop.marts.fct_orders", "status"),
    }

    answer = foresee({"change": change})

    assert severities(answer) == {
        ("job", "shop.marts.shop.channel_revenue"): ("breaks", "reads", 1),
        ("job", "shop.marts.shop.daily_revenue"): ("breaks", "reads", 1),
        ("dataset", "shop.marts.channel_revenue"): ("breaks", "broken", 2),
        ("dataset", "shop.marts.daily_revenue"): ("breaks", "broken", 2),
    }
    assert answer["summary"]["byOwner"] == [
        {"name": "team:finance", "hits": 1},
        {"name": "team:marketing", "hits": 1},
    ]


def test_who_may_not_see_code_is_not_told_what_stands_in_it(shop, foresee, client):
    change = {
        "kind": "drop-column",
        "nodeId": column("shop.marts.fct_orders", "status"),
    }
    client.force_login(make_principal("vic", "viewer"))

    assert severities(foresee({"change": change})) == {}


def test_another_type_may_alter_what_is_computed_nobody_says_how(shop, foresee):
    """fct_orders: `cast(gross - discount as decimal(12, 2)) as order_total`, of which
    the marts sum up; product_sales: `cast(sum(gross - discount) as double)`.

    The export renames the revenue.
    """
    asked = column("shop.staging.stg_order_items", "gross_amount")

    answer = foresee(
        {"change": {"kind": "retype-column", "nodeId": asked, "to": "int"}}
    )

    may = "may-alter"
    assert severities(answer) == {
        ("column", "shop.marts.fct_orders.order_total"): (may, "unknown", 1),
        ("column", "shop.marts.product_sales.revenue"): (may, "unknown", 1),
        ("column", "shop.marts.customer_value.lifetime_revenue"): (may, "unknown", 2),
        ("column", "shop.marts.daily_revenue.revenue"): (may, "unknown", 2),
        ("column", "shop.marts.channel_revenue.revenue"): (may, "unknown", 2),
        ("column", "finance/daily_revenue.revenue_eur"): (may, "unknown", 3),
    }
    assert answer["completeness"]["failedJobs"] == []


def test_an_erasure_tells_apart_what_is_masked(shop, foresee):
    """The extract copies; pseudonymise hashes the customer_id; the sessions are joined
    by it; dbt says of nothing how it is computed."""
    asked = [
        column("shop.public.customers", one, SHOP) for one in ("customer_id", "email")
    ]

    answer = foresee({"change": {"kind": "erase-subject", "nodeIds": asked}})

    may = "may-alter"
    assert severities(answer) == {
        ("column", "shop.raw.customers.customer_id"): ("alters", "holds", 1),
        ("column", "shop.raw.customers.email"): ("alters", "holds", 1),
        ("dataset", "web/sessions"): (may, "indirect", 1),
        ("column", "shop.analytics.customers_pseudonymous.customer_key"):
            (may, "masked", 2),
        ("column", "shop.staging.stg_customers.customer_id"): (may, "unknown", 2),
        ("column", "shop.staging.stg_customers.email"): (may, "unknown", 2),
        ("column", "shop.marts.dim_customers.customer_id"): (may, "unknown", 3),
        ("column", "shop.marts.dim_customers.email"): (may, "unknown", 3),
        ("column", "shop.marts.customer_value.customer_id"): (may, "unknown", 4),
    }  # fmt: skip
    masked = {hit["name"] for hit in answer["hits"] if hit["masked"]}
    assert masked == {"shop.analytics.customers_pseudonymous"}


def test_a_dropped_table_breaks_all_that_is_built_on_it(shop, foresee):
    """payments → stg_payments → fct_orders → the marts, the export, the dashboard."""
    change = {"kind": "drop-dataset", "nodeId": f"dataset:{DUCK}:shop.raw.payments"}

    told = severities(foresee({"change": change}))

    tests = {
        name for kind, name in told if name.endswith(".test") or "paid_once" in name
    }
    assert tests == {
        *("shop.staging.shop.stg_payments.test", "test.shop.orders_are_paid_once"),
        *(f"shop.marts.shop.{mart}.test" for mart in
          ("fct_orders", "customer_value", "daily_revenue", "channel_revenue")),
    }  # fmt: skip
    assert {one: hit[::2] for one, hit in told.items() if one[1] not in tests} == {
        ("job", "shop.staging.shop.stg_payments"): ("breaks", 1),
        ("dataset", "shop.staging.stg_payments"): ("breaks", 2),
        ("job", "shop.marts.shop.fct_orders"): ("breaks", 3),
        ("dataset", "shop.marts.fct_orders"): ("breaks", 4),
        ("job", "shop.marts.shop.customer_value"): ("breaks", 5),
        ("job", "shop.marts.shop.daily_revenue"): ("breaks", 5),
        ("job", "shop.marts.shop.channel_revenue"): ("breaks", 5),
        ("dataset", "shop.marts.customer_value"): ("breaks", 6),
        ("dataset", "shop.marts.daily_revenue"): ("breaks", 6),
        ("dataset", "shop.marts.channel_revenue"): ("breaks", 6),
        ("job", "shop_nightly.export_finance"): ("breaks", 7),
        ("job", "revenue_dashboard"): ("breaks", 7),
        ("dataset", "finance/daily_revenue"): ("breaks", 8),
    }
    rules = {hit[1] for hit in told.values() if hit[2] == 1}
    assert rules == {"reads"}


def test_a_revoked_source_breaks_all_that_reads_any_of_it(shop, foresee):
    answer = foresee({"change": {"kind": "revoke-source", "namespace": SHOP}})

    told = severities(answer)
    assert told["job", "shop_nightly.extract"] == ("breaks", "reads", 1)
    assert told["dataset", "shop.raw.orders"][0] == "breaks"
    assert told["dataset", "web/sessions"][0] == "breaks"
    assert not {hit["namespace"] for hit in answer["hits"]} & {SHOP}


def test_the_first_release_is_asked_about_as_of_its_time(shop, foresee):
    """Before the second release there was a lifetime_value, and no channel_revenue."""
    change = {
        "kind": "drop-column",
        "nodeId": column("shop.marts.fct_orders", "order_total"),
    }

    now = severities(foresee({"change": change}))
    then = severities(foresee({"change": change, "asOf": "2026-11-23T00:00:30Z"}))

    assert ("column", "shop.marts.customer_value.lifetime_revenue") in now
    assert ("column", "shop.marts.customer_value.lifetime_value") in then
    assert ("column", "shop.marts.channel_revenue.revenue") in now
    assert ("column", "shop.marts.channel_revenue.revenue") not in then
