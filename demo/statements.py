"""What do the shop's people say of its data, act by act, and why?"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from demo.clickstream import LANDING
from demo.declarations import DASHBOARD
from demo.nightly import AIRFLOW, DAG
from demo.staff import STEWARD, Staff
from demo.tables import (
    DAILY_REVENUE,
    EXPORTS,
    KAFKA,
    LAKE,
    PRODUCT_SALES,
    REVENUE_EXPORT,
    SEGMENTS,
    SESSIONS,
    SHOP_DATABASE,
    WAREHOUSE,
    Table,
    raw_table,
    shop_table,
)
from demo.words import RUNBOOKS, TICKETS

CUSTOMERS, ORDERS, ITEMS, PAYMENTS, PRODUCTS = (
    shop_table(name)
    for name in ("customers", "orders", "order_items", "payments", "products")
)
FCT_ORDERS, DIM_CUSTOMERS, CUSTOMER_VALUE, CHANNEL_REVENUE = (
    Table(WAREHOUSE, f"shop.marts.{name}")
    for name in ("fct_orders", "dim_customers", "customer_value", "channel_revenue")
)

type Statement = dict[str, Any]


class Act(NamedTuple):
    """Statements that are made as one change, for one reason."""

    reason: str
    statements: list[Statement]


def of(table: Table, aspect: str, value: str, detail: str = "") -> Statement:
    """A statement about a dataset."""
    return _said("dataset", table.namespace, table.name, aspect, value, detail)


def of_column(table: Table, column: str, aspect: str, value: str) -> Statement:
    """A statement about a column of a dataset."""
    return of(table, aspect, value) | {"column": column}


def of_space(name: str, aspect: str, value: str, detail: str = "") -> Statement:
    """A statement about a namespace."""
    return _said("namespace", "", name, aspect, value, detail)


def of_domain(name: str, aspect: str, value: str, detail: str = "") -> Statement:
    """A statement about a domain."""
    return _said("domain", "", name, aspect, value, detail)


def _said(
    kind: str, namespace: str, name: str, aspect: str, value: str, detail: str
) -> Statement:
    return {
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "aspect": aspect,
        "value": value,
        "detail": detail,
    }


def acts(staff: Staff, today: date) -> Iterator[Act]:
    """All that is said once the words are there, in the order in which it was said."""
    yield Act("Each domain has somebody who decides", list(_domain_owners(staff)))
    yield Act("Everything lies in a domain", list(_placements()))
    yield Act("Who is called, and who is asked", list(_owners(staff)))
    yield Act("Where things run", list(_environments()))
    yield Act("Record of processing activities: customer accounts", _processing())
    yield Act("Personal data, column by column", list(_personal_columns()))
    yield Act("Terms on the columns that carry them", list(_terms()))
    yield Act("Half-yearly review of the orders mart", _review(today))
    yield Act("Loyalty needs a declaration of its own", _loyalty())
    yield Act("Revenue by channel takes the place of revenue by day", _deprecation())
    yield Act("What the order book is made of", list(_outputs(staff)))


def _domain_owners(staff: Staff) -> Iterator[Statement]:
    for domain, name in (
        ("Commerce", "Ines Albrecht, head of storefront"),
        ("Customers", "Tomás Rey, head of customer care"),
        ("Web", "Hanna Vogt, web analytics"),
    ):
        yield of_domain(domain, "owner", f"name:{name}", "business")
    yield of_domain("Finance", "owner", staff.owner("group", "Finance"), "business")
    steward = staff.owner("person", STEWARD)
    yield of_domain("Customers", "owner", steward, "steward")


def _placements() -> Iterator[Statement]:
    for space, domain in (
        (SHOP_DATABASE, "Commerce"),
        (KAFKA, "Web"),
        (LAKE, "Web"),
        (LANDING.namespace, "Web"),
        (EXPORTS, "Finance"),
        (DASHBOARD.namespace, "Finance"),
    ):
        yield of_space(space, "domain", domain)
    for domain, tables in (
        ("Commerce/Catalogue", (PRODUCTS, raw_table("products"))),
        ("Commerce/Orders", (ORDERS, ITEMS, PAYMENTS, FCT_ORDERS, PRODUCT_SALES)),
        ("Customers", (CUSTOMERS, raw_table("customers"), DIM_CUSTOMERS, SEGMENTS)),
        ("Customers", (CUSTOMER_VALUE,)),
        ("Finance", (DAILY_REVENUE, CHANNEL_REVENUE)),
    ):
        for table in tables:
            yield of(table, "domain", domain)


def _owners(staff: Staff) -> Iterator[Statement]:
    engineers = staff.owner("group", "Analytics engineering")
    yield of_space(WAREHOUSE, "owner", engineers, "technical")
    for table in (FCT_ORDERS, CUSTOMER_VALUE):
        yield of(table, "owner", engineers, "technical")
        yield of(table, "owner", staff.owner("person", STEWARD), "steward")
    yield of(FCT_ORDERS, "owner", "name:Ines Albrecht, head of storefront", "business")
    yield of(CUSTOMER_VALUE, "owner", "name:Marketing", "business")
    yield of(REVENUE_EXPORT, "owner", staff.owner("group", "Finance"), "business")


def _environments() -> Iterator[Statement]:
    for space in (SHOP_DATABASE, WAREHOUSE, KAFKA, LAKE, EXPORTS, AIRFLOW):
        yield of_space(space, "environment", "production")
    for table, tier in (
        (ORDERS, "1"),
        (PAYMENTS, "1"),
        (FCT_ORDERS, "1"),
        (REVENUE_EXPORT, "1"),
        (CHANNEL_REVENUE, "2"),
        (CUSTOMER_VALUE, "2"),
        (SESSIONS, "3"),
    ):
        yield of(table, "tier", tier)
    nightly = _said("job", DAG.namespace, DAG.name, "tier", "1", "")
    runbook = f"{RUNBOOKS}/shop-nightly"
    yield from (nightly, nightly | _value("property", runbook, "Runbook"))


def _processing() -> list[Statement]:
    declared = {
        "purpose": "Customer accounts: sign-in, delivery, service, loyalty programme.",
        "legal_basis": "Art. 6 (1) (b) GDPR: performance of a contract.",
        "data_subjects": "Customers with an account.",
        "categories": "Name, e-mail address, country, day of sign-up, loyalty tier.",
        "recipients": "Storefront, customer care and analytics; the newsletter's "
        "provider, as a processor.",
        "transfers": "None outside of the EEA.",
        "retention": "3 years",
        "measures": "Access by role; analysts without a need for names work with the "
        "pseudonymous copy.",
        "controller": "Shop Example GmbH, Vienna; dpo@shop.example",
    }
    return [of_domain("Customers", aspect, text) for aspect, text in declared.items()]


def _personal_columns() -> Iterator[Statement]:
    for table in (CUSTOMERS, raw_table("customers")):
        yield of_column(table, "email", "tag", "PII.email")
        yield of_column(table, "first_name", "tag", "PII.name")
        yield of_column(table, "last_name", "tag", "PII.name")
    yield of_column(DIM_CUSTOMERS, "email", "tag", "PII.email")
    yield of_column(DIM_CUSTOMERS, "full_name", "tag", "PII.name")
    yield of_column(CUSTOMER_VALUE, "full_name", "tag", "PII.name")
    yield of_column(SEGMENTS, "customer_key", "tag", "PII.pseudonymous")
    for table in (CUSTOMERS, DIM_CUSTOMERS, CUSTOMER_VALUE):
        yield of(table, "tag", "PII")


def _terms() -> Iterator[Statement]:
    for table, column, term in (
        (ORDERS, "order_id", "Order"),
        (FCT_ORDERS, "order_id", "Order"),
        (CHANNEL_REVENUE, "revenue", "Revenue"),
        (DAILY_REVENUE, "revenue", "Revenue"),
        (CUSTOMER_VALUE, "lifetime_revenue", "Revenue"),
        (CUSTOMER_VALUE, "loyalty_tier", "Loyalty tier"),
        (CUSTOMERS, "loyalty_tier", "Loyalty tier"),
        (SESSIONS, "session_id", "Session"),
    ):
        yield of_column(table, column, "term", term)
    yield of(FCT_ORDERS, "term", "Order")
    yield of(SESSIONS, "term", "Session")


def _review(today: date) -> list[Statement]:
    reviewed = today.replace(month=1 if today.month < 7 else 7, day=1)
    text = """\
One row per **order**, with what it is worth and what was paid.

- Cancelled orders are in it: filter by `status`.
- `order_total` is after discounts; `paid_amount` can be less while a payment is open.
- Rows of the last hour may still change.

Questions: [the analytics channel](https://shop.example/chat/analytics)."""
    return [
        of(FCT_ORDERS, "description", text),
        of(FCT_ORDERS, "lifecycle", "active"),
        of(FCT_ORDERS, "tag", "Certified"),
        of(FCT_ORDERS, "property", f"{RUNBOOKS}/orders-mart", "Runbook"),
        of(FCT_ORDERS, "property", reviewed.isoformat(), "Reviewed on"),
        of_column(
            FCT_ORDERS,
            "order_total",
            "description",
            "After discounts, in euros, to the cent. `0.00` where all was a gift.",
        ),
        of_column(
            FCT_ORDERS,
            "channel",
            "description",
            "`web`, `app` or `phone`; never empty.",
        ),
    ]


def _loyalty() -> list[Statement]:
    return [
        of(CUSTOMER_VALUE, "purpose", "Whom to offer the next loyalty tier."),
        of(
            CUSTOMER_VALUE,
            "legal_basis",
            "Art. 6 (1) (f) GDPR: legitimate interest; customers may object.",
        ),
        of(CUSTOMER_VALUE, "retention", "2 years"),
    ]


def _deprecation() -> list[Statement]:
    successor = f"{CHANNEL_REVENUE.namespace}:{CHANNEL_REVENUE.name}"
    return [
        of(CHANNEL_REVENUE, "lifecycle", "active"),
        of(DAILY_REVENUE, "lifecycle", "deprecated", successor),
    ]


def _outputs(staff: Staff) -> Iterator[Statement]:
    for table in (FCT_ORDERS, CHANNEL_REVENUE):
        yield of(table, "product", "Order book")
    engineers = staff.owner("group", "Analytics engineering")
    book = _said("product", "", "Order book", "owner", engineers, "technical")
    business = "name:Ines Albrecht, head of storefront"
    yield from (book, book | _value("owner", business, "business"))


def release_ticket(version: str) -> Act:
    """The ticket behind one version of the orders mart."""
    link = f"{TICKETS}/SHOP-418#version={version}"
    reason = "The channel is reported, and amounts are exact"
    return Act(reason, [of(FCT_ORDERS, "ticket", "SHOP-418", link)])


def migration_ticket() -> Act:
    """The ticket behind the column that a migration gave the customers."""
    reason = "Migration V42 gives customers their loyalty tier"
    link = f"{TICKETS}/SHOP-377"
    return Act(reason, [of(CUSTOMERS, "ticket", "SHOP-377", link)])


def _value(aspect: str, value: str, detail: str) -> Statement:
    return {"aspect": aspect, "value": value, "detail": detail}
