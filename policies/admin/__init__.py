"""Administration of access: people, groups, roles, grants, tokens; and the journal."""

from policies.admin import (
    glass,
    grants,
    groups,
    journal,
    nestings,
    people,
    roles,
    tokens,
)

__all__ = [
    "glass",
    "grants",
    "groups",
    "journal",
    "nestings",
    "people",
    "roles",
    "tokens",
]
