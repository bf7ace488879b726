"""What do people declare once the events are there, and what do they ask for?

Everything goes through the HTTP API. Nothing is added by telling it again; what
somebody has taken back meanwhile is said again.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from demo.api import Catalog, segment
from demo.declarations import DASHBOARD
from demo.progress import counted, note, step
from demo.staff import Staff
from demo.statements import (
    CHANNEL_REVENUE,
    CUSTOMERS,
    FCT_ORDERS,
    PAYMENTS,
    Act,
    acts,
    migration_ticket,
    release_ticket,
)
from demo.tables import Table
from demo.words import FILES, PROPERTIES, csv_text

# Proposals follow events within a minute, and a report takes a worker some seconds.
PATIENCE_SECONDS = 180
LOOKS_EVERY_SECONDS = 1.0
EDGE_HOLDS = timedelta(days=180)
HAND_MADE = (
    "Its page on channels reads the mart by a query that somebody typed in; the BI "
    "tool reports only what its models read."
)
VERDICTS = (
    (PAYMENTS, "team:finance", "accept", "Finance confirmed it"),
    (
        CUSTOMERS,
        "team:storefront",
        "reject",
        "Accounts went to customer care; the data catalog has not heard of it",
    ),
)


class TooSlow(Exception):
    """Something that a worker does was not done in time; the message says what."""


def curate(staff: Staff, now: datetime | None = None) -> None:
    """Let people tell what events cannot know. Raises Refusal, TooSlow."""
    today = (now or datetime.now(UTC)).date()
    step("What people say of it, by the API")
    changes = define_words(staff)
    steps = [*acts(staff, today), migration_ticket()]
    if version := _version_with(staff.steward, FCT_ORDERS, "channel"):
        steps.append(release_ticket(version))
    changes += sum(_say(staff.steward, act) for act in steps)
    note(counted(changes, "change", "domains, tags, terms, owners, declarations"))
    note(counted(draw_edge(staff.steward, today), "flow", "that no producer reports"))
    note(counted(judge(staff.steward), "proposal", "accepted or rejected"))
    note(counted(ask_for_report(staff.auditor), "report", "for an auditor"))


def define_words(staff: Staff) -> int:
    """Send the vocabulary; how many changes that made."""
    made = 0
    for reason, rows in FILES:
        told = staff.steward.ask(
            "POST", "curation/import", csv_text(rows), reason=reason
        )
        made += told["change"] is not None
    for name, definition in PROPERTIES.items():
        path = f"properties/{segment(name)}"
        made += staff.keeper.ask("PUT", path, definition)["change"] is not None
    return made


def draw_edge(catalog: Catalog, today: date) -> int:
    """Declare what a dashboard reads besides what is reported; 1 unless it stands."""
    source = _end("dataset", CHANNEL_REVENUE.namespace, CHANNEL_REVENUE.name)
    target = _end("job", DASHBOARD.namespace, DASHBOARD.name)
    node = f"dataset:{CHANNEL_REVENUE.namespace}:{CHANNEL_REVENUE.name}"
    standing = catalog.ask("GET", "manual-lineage", nodeId=node)["edges"]
    if any(edge["target"]["name"] == DASHBOARD.name for edge in standing):
        return 0
    edge = {
        "source": source,
        "target": target,
        "reason": HAND_MADE,
        "expiresAt": (today + EDGE_HOLDS).isoformat(),
    }
    done = catalog.ask("POST", "manual-lineage", {"edges": [edge]})
    return int(done["declared"])


def judge(catalog: Catalog) -> int:
    """Accept one of the owners that events propose, and reject another."""
    judged = 0
    for table, owner, verdict, reason in VERDICTS:
        if not _is_pending(catalog, table, owner):
            continue
        found = _wait_for(
            partial(_proposals, catalog, table, owner),
            f"the proposal of {owner} for {table.name}",
        )
        body = {"verdict": verdict, "ids": found, "reason": reason}
        judged += catalog.ask("POST", "proposals/decisions", body)["judged"]
    return judged


def ask_for_report(catalog: Catalog) -> int:
    """Have a report about the orders mart made, unless there is one; wait for it."""
    asset = _end("dataset", FCT_ORDERS.namespace, FCT_ORDERS.name, "type")
    reports = catalog.ask("GET", "reports")["reports"]
    if any(report["asset"] == asset for report in reports):
        return 0
    report = catalog.ask("POST", "reports", {"asset": asset})
    path = f"reports/{report['id']}"

    def ended() -> bool:
        return catalog.ask("GET", path)["status"] not in ("queued", "running")

    _wait_for(ended, "the report")
    return 1


def _say(catalog: Catalog, act: Act) -> int:
    body = {"reason": act.reason, "statements": act.statements}
    return int(catalog.ask("POST", "curation", body)["change"] is not None)


def _version_with(catalog: Catalog, table: Table, column: str) -> str | None:
    path = f"namespaces/{segment(table.namespace)}/datasets/{segment(table.name)}"
    for version in catalog.ask("GET", f"{path}/versions")["versions"]:
        if any(field["name"] == column for field in version["fields"]):
            return str(version["version"])
    return None


def _is_pending(catalog: Catalog, table: Table, owner: str) -> bool:
    told = catalog.ask(
        "GET", "curation", kind="dataset", namespace=table.namespace, name=table.name
    )
    return any(
        (each["aspect"], each["value"], each["state"]) == ("owner", owner, "pending")
        for each in told["proposals"]
    )


def _proposals(catalog: Catalog, table: Table, owner: str) -> list[int]:
    found = catalog.ask(
        "GET", "proposals", aspect="owner", kind="dataset", namespace=table.namespace
    )
    return [
        each["id"]
        for each in found["proposals"]
        if (each["asset"]["name"], each["value"]) == (table.name, owner)
    ]


def _wait_for[Found](look: Callable[[], Found], what: str) -> Found:
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > until:
            raise TooSlow(
                f"After {PATIENCE_SECONDS} seconds there is no end of {what}: is the "
                "worker running?"
            )
        time.sleep(LOOKS_EVERY_SECONDS)
    return found


def _end(kind: str, namespace: str, name: str, word: str = "kind") -> dict[str, Any]:
    return {word: kind, "namespace": namespace, "name": name}
