"""What changes who may do what; each change stands in the journal."""

from policies.services.grants import (
    LastAdministrator,
    NotShareable,
    UnknownRole,
    grant_role,
    revoke_grant,
    role_named,
    share_asset,
    sync_built_in_roles,
    unshare_asset,
)
from policies.services.groups import (
    add_member,
    create_group,
    describe_group,
    remove_member,
)
from policies.services.principals import (
    change_password,
    change_principal,
    create_administrator,
    create_principal,
    ensure_first_administrator,
    set_active,
)
from policies.services.roles import BuiltIn, change_role, create_role
from policies.services.tokens import (
    NewToken,
    NotAService,
    TooManyTokens,
    create_service_token,
    create_token,
    ensure_producer_token,
    revoke_token,
)

__all__ = [
    "BuiltIn",
    "LastAdministrator",
    "NewToken",
    "NotAService",
    "NotShareable",
    "TooManyTokens",
    "UnknownRole",
    "add_member",
    "change_password",
    "change_principal",
    "change_role",
    "create_administrator",
    "create_group",
    "create_principal",
    "create_role",
    "create_service_token",
    "create_token",
    "describe_group",
    "ensure_first_administrator",
    "ensure_producer_token",
    "grant_role",
    "remove_member",
    "revoke_grant",
    "revoke_token",
    "role_named",
    "set_active",
    "share_asset",
    "sync_built_in_roles",
    "unshare_asset",
]
