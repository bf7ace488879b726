"""Which roles does Headwater ship, and what may each of them do?"""

from dataclasses import dataclass

from policies.actions import Action

READING = frozenset({Action.ASSET_VIEW, Action.LINEAGE_VIEW, Action.RUN_VIEW})

# What those may do with an asset who are named as its owners, without any grant.
OWNING = READING | {
    Action.ASSET_EDIT,
    Action.ASSET_TAG,
    Action.REPORT_CREATE,
    Action.ACCESS_SHARE,
}


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role whose row follows this definition; `policies.services` sees to it."""

    name: str
    description: str
    actions: frozenset[Action]


BUILT_IN_ROLES = (
    BuiltInRole(
        "viewer",
        "Finds and reads assets, their runs and their lineage.",
        READING,
    ),
    BuiltInRole(
        "steward",
        "Looks after assets: describes, tags, shares, repairs what events say of them.",
        READING
        | {
            Action.ASSET_EDIT,
            Action.ASSET_TAG,
            Action.GLOSSARY_EDIT,
            Action.LINEAGE_EDIT,
            Action.LINEAGE_VIEW_SQL,
            Action.EVENT_VIEW,
            Action.EVENT_REPLAY,
            Action.EVENT_RETRACT,
            Action.REPORT_CREATE,
            Action.ACCESS_SHARE,
        },
    ),
    BuiltInRole(
        "producer",
        "Sends events, and sees what became of them.",
        frozenset({Action.EVENT_INGEST, Action.EVENT_VIEW}),
    ),
    BuiltInRole(
        "auditor",
        "Reads everything but the raw events, the journal and all access included.",
        READING
        | {
            Action.LINEAGE_VIEW_SQL,
            Action.EVENT_VIEW,
            Action.ACCESS_VIEW,
            Action.JOURNAL_VIEW,
            Action.OPERATIONS_VIEW,
            Action.REPORT_CREATE,
        },
    ),
    BuiltInRole(
        "admin",
        "Does everything, sending and reading raw events included.",
        frozenset(Action),
    ),
)
