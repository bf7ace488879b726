"""What do the shop's people do about access: give, share, ask, approve, review?

Everything goes through the HTTP API, in the name of who would do it. Nothing is done
twice: what stands, waits or was answered is left as it is.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from demo.api import Catalog
from demo.people import GRETA, HANNA, INES, JONAS, LENA, MIRA, PAUL, ROSA, TOMAS
from demo.progress import counted, note, step
from demo.statements import CHANNEL_REVENUE, FCT_ORDERS
from demo.tables import PRODUCT_SALES, WAREHOUSE, Table

ANALYST = {
    "description": "Reads, sees the SQL behind it, and reports.",
    "actions": [
        "asset.view",
        "lineage.view",
        "lineage.view_sql",
        "run.view",
        "report.create",
    ],
}
RESTRICTED = "Without personal data"
# Each with what it is for, who is in it, and which groups are.
GROUPS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "Analytics engineering": ("", (MIRA,), ()),
    "Finance": ("", (LENA,), ()),
    "Web analytics": ("Reads what visitors do.", (HANNA, JONAS), ()),
    "Customer care": ("Answers customers, and knows them by name.", (TOMAS,), ()),
    "Data": (
        "All who work on data.",
        (GRETA,),
        ("Analytics engineering", "Web analytics"),
    ),
    "Staff": ("Everybody employed.", (INES,), ("Data", "Finance", "Customer care")),
    RESTRICTED: (
        "Whose work takes no personal data: all but customer care and the engineers.",
        (PAUL,),
        ("Web analytics", "Finance"),
    ),
}
REVIEW = "Web: who may, before the year ends"
REVIEW_LASTS = timedelta(days=30)


class Giving(NamedTuple):
    """A grant as the story gives it."""

    holder: str
    role: str
    on: dict[str, str]
    reason: str
    more: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        kind, _, name = self.holder.rpartition(":")
        return {
            kind or "principal": name,
            "role": self.role,
            "scope": self.on,
            "reason": self.reason,
            **self.more,
        }

    def is_in(self, told: dict[str, Any]) -> bool:
        """Whether a grant that the API tells is this one, whenever it ends."""
        kind, _, name = self.holder.rpartition(":")
        holder = told["group"]["name"] if told["group"] else None
        if kind != "group":
            holder = told["principal"] and told["principal"]["username"]
        reached = self.on.get(self.on["reach"])
        return (
            holder == name
            and told["role"] == self.role
            and told["effect"] == self.more.get("effect", "allow")
            and reached in (None, told["on"]["name"])
        )


def domain(name: str) -> dict[str, str]:
    """The scope of a domain."""
    return {"reach": "domain", "domain": name}


def givings(now: datetime) -> list[Giving]:
    """The grants of the story, in the order in which they were given."""
    in_three_months = (now + timedelta(days=90)).isoformat()
    warehouse = {"reach": "namespace", "namespace": WAREHOUSE}
    return [
        Giving(
            "group:Staff",
            "viewer",
            {"reach": "everything"},
            "All look around; what is a draft is for those who write it",
            {"condition": "not lifecycle is draft or owner is me"},
        ),
        Giving("group:Data", "analyst", warehouse, "Analysts read the SQL"),
        Giving("group:Web analytics", "steward", domain("Web"), "They look after it"),
        Giving(
            "group:Customer care", "steward", domain("Customers"), "They look after it"
        ),
        Giving(
            f"group:{RESTRICTED}",
            "viewer",
            {"reach": "tag", "tag": "PII"},
            "Their work takes no personal data; ask customer care if it does",
            {"effect": "deny"},
        ),
        Giving(
            PAUL,
            "viewer",
            domain("Web"),
            "Rebuilds the tracking, for three months",
            {"validTo": in_three_months},
        ),
    ]


def tell_of_access(people: dict[str, Catalog], now: datetime | None = None) -> None:
    """Let people give each other access, and ask for it. Raises Refusal.

    The second person comes last: what widens access to Finance waits from then on.
    """
    now = now or datetime.now(UTC)
    greta = people[GRETA]
    step("Who may, by the API")
    fill_groups(greta)
    greta.ask("PUT", "access/roles/analyst", ANALYST)
    given = give(greta, givings(now))
    note(counted(given, "grant", "by domain, tag, condition, for a time"))
    shared = share(greta, CHANNEL_REVENUE, ROSA)
    note(counted(shared, "share", "of one table, with somebody from outside"))
    asked = ask_for_access(people)
    note(counted(asked, "request", "one was granted, one waits for the owners"))
    note(counted(review(greta, now), "review", "some of it is decided"))
    waiting = ask_a_second_person(greta)
    note(counted(waiting, "change", "it waits for a second person"))


def fill_groups(greta: Catalog) -> None:
    """Make the groups; one that has anybody in it stays as it is."""
    listed = greta.ask("GET", "access/groups", limit="1000")["groups"]
    there = {each["name"]: each for each in listed}
    for name, (description, members, inner) in GROUPS.items():
        group = there.get(name) or greta.ask(
            "POST", "access/groups", {"name": name, "description": description}
        )
        there[name] = group
        if group["memberCount"]:
            continue
        path = f"access/groups/{group['id']}"
        for username in members:
            greta.ask("PUT", f"{path}/members/{username}")
        for each in inner:
            greta.ask("PUT", f"{path}/groups/{there[each]['id']}")


def give(greta: Catalog, wanted: list[Giving]) -> int:
    """Give what does not stand; how many grants that made."""
    standing = greta.ask("GET", "access/grants", state="in force", limit="1000")
    missing = [
        giving
        for giving in wanted
        if not any(giving.is_in(each) for each in standing["grants"])
    ]
    for giving in missing:
        greta.ask("POST", "access/grants", giving.body())
    return len(missing)


def share(greta: Catalog, table: Table, username: str) -> int:
    """Share one table, by a policy file that holds nothing else."""
    asset = {"kind": "dataset", "namespace": table.namespace, "name": table.name}
    one = {
        "principal": username,
        "action": "asset.view",
        "scope": {"asset": asset},
    }
    policy = {"version": 1, "shares": [one]}
    planned = greta.ask("POST", "access/policy/plan", policy, unlisted="keep")
    if planned["changesNothing"]:
        return 0
    done = greta.ask("POST", "access/policy/apply", policy, unlisted="keep")
    return int(done["doneCount"])


def ask_for_access(people: dict[str, Catalog]) -> int:
    """Ask the engineers for two tables: one is given, the other waits for them."""
    made = 0
    if request := _ask(
        people[PAUL], PRODUCT_SALES, "To compare sales with what was tracked", 14
    ):
        people[MIRA].ask(
            "POST",
            f"access/requests/{request['id']}/approve",
            {"answer": "Ask us if a number looks odd."},
        )
        made += 1
    reason = "The autumn campaign, by channel: orders of its weeks"
    return made + bool(_ask(people[ROSA], FCT_ORDERS, reason, 30))


def _ask(
    catalog: Catalog, table: Table, reason: str, days: int
) -> dict[str, Any] | None:
    asked = catalog.ask("GET", "access/requests", limit="1000")["requests"]
    if any(each["name"] == table.name for each in asked):
        return None
    wish = {
        "about": "dataset",
        "namespace": table.namespace,
        "name": table.name,
        "days": days,
        "reason": reason,
    }
    return catalog.ask("POST", "access/requests", wish)


def review(greta: Catalog, now: datetime) -> int:
    """Begin a review of the web's data, and decide a part of it."""
    reviews = greta.ask("GET", "access/reviews", limit="1000")["reviews"]
    if any(each["name"] == REVIEW for each in reviews):
        return 0
    campaign = greta.ask(
        "POST",
        "access/reviews",
        {
            "name": REVIEW,
            "description": "Once a year, as the data council agreed",
            "scope": domain("Web"),
            "dueAt": (now + REVIEW_LASTS).isoformat(),
            "reviewers": [GRETA],
        },
    )
    path = f"access/reviews/{campaign['id']}/items"
    items = greta.ask("GET", path, mine="true", limit="1000")["items"]
    for holder, decision, reason in (
        (HANNA, "keep", "She runs web analytics"),
        (JONAS, "revoke", "Went to purchasing in summer"),
    ):
        chosen = [each["id"] for each in items if each["holder"] == holder]
        if chosen:
            told = {"items": chosen, "decision": decision, "reason": reason}
            greta.ask("POST", f"{path}/decide", told)
    return 1


def ask_a_second_person(greta: Catalog) -> int:
    """Guard Finance by a second person, and want something that waits for one."""
    rules = greta.ask("GET", "access/approval-rules")["rules"]
    if not rules:
        rule = {"scope": domain("Finance"), "reason": "Revenue moves the share price"}
        greta.ask("POST", "access/approval-rules", rule)
    held = greta.ask("GET", "access/approvals", limit="1000")["approvals"]
    if any(each["maker"] == GRETA for each in held):
        return 0
    return give(
        greta,
        [
            Giving(
                "group:Finance",
                "steward",
                domain("Finance"),
                "They close the books, and know what the numbers mean",
            )
        ],
    )
