"""Which words do the shop's people use: domains, tags, terms, a product, properties?"""

import csv
import io
from collections.abc import Iterable

from demo.execution import COMPANY

# Each a CSV file as the catalog takes it in, with why it was sent.
DOMAINS = (
    ("domain", "description"),
    ("Commerce", "From the basket to the payment."),
    ("Commerce/Catalogue", "What the shop sells, and at which price."),
    ("Commerce/Orders", "Checkouts, what was in them, and what was paid."),
    (
        "Customers",
        "People who have an account, and what we know of them. **Personal data**: its "
        "declarations hold for all that lies here.",
    ),
    ("Finance", "Revenue as the books have it."),
    ("Web", "What visitors do in the web shop."),
)
TAGS = (
    ("tag", "description"),
    ("PII", "Says something of a person who can be identified."),
    ("PII.email", "An address by which a person can be written to."),
    ("PII.name", "A person's name, or a part of it."),
    (
        "PII.pseudonymous",
        "Leads to a person only together with the salt, which the platform team keeps.",
    ),
    ("Certified", "Reviewed by its owners; fit for decisions."),
)
TERMS = (
    ("term", "description", "synonyms", "related", "domain"),
    (
        "Order",
        "What a customer buys in **one checkout**. A cancelled order is still an "
        "order, and brings no revenue.",
        "Purchase; Checkout",
        "",
        "Commerce/Orders",
    ),
    (
        "Revenue",
        "What orders are worth after discounts, in euros, *without* cancelled ones. "
        "Not the same as what was paid.",
        "Turnover; Sales",
        "Order",
        "Finance",
    ),
    (
        "Loyalty tier",
        "Bronze, silver or gold; given at the first of a month by the revenue of the "
        "twelve months before.",
        "Customer status",
        "Revenue",
        "Customers",
    ),
    (
        "Session",
        "Clicks of one visitor without a pause of half an hour. Bots have none.",
        "Visit",
        "",
        "Web",
    ),
)
PRODUCTS = (
    ("product", "description", "purpose", "domain", "freshness", "quality"),
    (
        "Order book",
        "Orders and what they bring in, by day and channel. Ask its owners before you "
        "build on other marts.",
        "Planning of stock and campaigns; the weekly trading review.",
        "Commerce/Orders",
        "24 hours",
        "No order twice; every amount in euros, to the cent, and none below zero.",
    ),
)
FILES = (
    ("Domains as the data council agreed on them", DOMAINS),
    ("One list of tags for the whole platform", TAGS),
    ("Terms from the glossary workshop", TERMS),
    ("The first data product with a promise", PRODUCTS),
)
PROPERTIES = {
    "Runbook": {
        "description": "What to do when it fails or is late.",
        "type": "url",
        "appliesTo": ["dataset", "job"],
        "reason": "On-call needs one place to look",
    },
    "Reviewed on": {
        "description": "When its owners last went through it.",
        "type": "date",
        "appliesTo": ["dataset"],
        "reason": "Certified data is reviewed every half-year",
    },
}
RUNBOOKS = f"{COMPANY}/runbooks"
TICKETS = f"{COMPANY}/tickets"


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
