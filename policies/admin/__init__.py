"""Administration of access: people, groups, roles, grants, tokens; and the journal."""

from policies.admin import grants, groups, journal, people, roles, tokens

__all__ = ["grants", "groups", "journal", "people", "roles", "tokens"]
