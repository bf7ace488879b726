"""What is the policy that stands, as rows have it?"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from policies.access import Someone
from policies.as_code.document import (
    EVERYWHERE,
    GrantKey,
    GrantTerms,
    GroupText,
    On,
    Policy,
    RoleText,
    RuleText,
    ShareKey,
)
from policies.as_code.names import Names
from policies.compiler.conditions import Condition, document_of, parse, stored, tags_in
from policies.compiler.standing import share_models
from policies.models import (
    ApprovalRule,
    Grant,
    Group,
    Membership,
    Nesting,
    Reach,
    Role,
)
from policies.simulation.states import share_kind


class Withheld(RuntimeError):
    """A policy names assets that its reader may not see; `count` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"The policy names {count} {'asset' if count == 1 else 'assets'} that you "
            "may not see, and a part of it would be no policy. Somebody who may see "
            "them can do this, or `manage.py policy` on the server."
        )
        self.count = count


class Gone(RuntimeError):
    """A grant reaches to something that is not there any more."""


def standing_policy(reader: Someone | None, names: Names | None = None) -> Policy:
    """The whole policy that stands; `reader=None` is the system itself.

    Raises Withheld, and Gone.
    """
    names = names or Names(reader)
    grants = list(Grant.objects.standing().order_by("pk"))
    rules = list(ApprovalRule.objects.standing().order_by("pk"))
    scopes = _Scopes(names, [*grants, *rules])
    roles = {role.pk: role for role in Role.objects.all()}
    spelt = names.spelt
    return Policy(
        {role.name: _role(role) for role in roles.values() if _is_written(role)},
        _groups(names),
        {
            GrantKey(
                "group" if grant.group_id else "principal",
                (
                    spelt["group"][grant.group_id]
                    if grant.group_id
                    else spelt["principal"][grant.principal_id or 0]
                ),
                grant.effect,
                roles[grant.role_id].name,
                scopes.of(grant),
                _condition(grant.condition, spelt["tag"]),
            ): GrantTerms(grant.valid_from, grant.valid_to, grant.reason)
            for grant in grants
        },
        frozenset(_shares(names)),
        {
            scopes.of(rule): RuleText(rule.covers_emergencies, rule.reason)
            for rule in rules
        },
    )


def _is_written(role: Role) -> bool:
    if role.is_built_in:
        return role.needs_second_factor
    return role.retired_at is None


def _role(role: Role) -> RoleText:
    if role.is_built_in:
        return RoleText(needs_second_factor=role.needs_second_factor)
    return RoleText(frozenset(role.actions), role.description, role.needs_second_factor)


def _groups(names: Names) -> dict[str, GroupText]:
    """The groups in use; of those that follow a directory, not who belongs to them."""
    members: dict[int, set[str]] = defaultdict(set)
    for group, principal in Membership.objects.standing().values_list(
        "group", "principal"
    ):
        members[group].add(names.spelt["principal"][principal])
    inner: dict[int, set[str]] = defaultdict(set)
    for outer, one in Nesting.objects.standing().values_list("outer", "inner"):
        inner[outer].add(names.spelt["group"][one])
    return {
        group.name: GroupText(
            group.description,
            frozenset() if group.directory_name else frozenset(members[group.pk]),
            frozenset(inner[group.pk]),
            group.directory_name,
        )
        for group in Group.objects.in_use()
    }


class _Scopes:
    """Names of what grants and rules reach, each kind looked up once."""

    def __init__(self, names: Names, rows: Iterable[Grant | ApprovalRule]) -> None:
        self.names = names
        wanted: dict[str, set[int]] = defaultdict(set)
        for row in rows:
            if row.reach == Reach.ASSET:
                wanted[row.asset_kind].add(row.scope_id or 0)
        self.assets = {
            kind: names.spell_assets(kind, ids) for kind, ids in wanted.items()
        }
        missing = sum(len(ids) - len(self.assets[k]) for k, ids in wanted.items())
        if missing and names.reader is not None:
            raise Withheld(missing)

    def of(self, row: Grant | ApprovalRule) -> On:
        match row.reach:
            case Reach.EVERYTHING:
                return EVERYWHERE
            case Reach.NAMESPACE:
                return On("namespace", name=row.namespace_glob)
            case Reach.ASSET:
                found = self.assets[row.asset_kind].get(row.scope_id or 0)
            case _:
                name = self.names.spelt[row.reach].get(row.scope_id or 0)
                found = On(row.reach, name=name) if name is not None else None
        if found is None:
            raise Gone(
                f"{row._meta.verbose_name} {row.pk} is about a "
                f"{row.asset_kind or row.reach} that is gone: end it first."
            )
        return found


def _condition(document: Any, tags: dict[int, str]) -> Condition | None:
    """A stored condition, with tags by name. Raises Gone."""
    if document is None:
        return None
    condition = stored(document)
    if gone := [pk for pk in tags_in(condition) if pk not in tags]:
        raise Gone(f"A condition asks for the tag {gone[0]}, which is gone.")
    named = document_of(condition, lambda pk: tags[pk])
    return parse(named, lambda name, _: name)


def _shares(names: Names) -> Iterable[ShareKey]:
    missing = 0
    for model in share_models():
        kind = share_kind(model)
        rows = list(
            model.objects.values_list("user", "permission__codename", "content_object")
        )
        spelt = names.spell_assets(kind, {asset for _, _, asset in rows})
        missing += len({asset for _, _, asset in rows} - spelt.keys())
        for principal, action, asset in rows:
            if asset in spelt:
                name = names.spelt["principal"][principal]
                yield ShareKey(name, action, spelt[asset])
    if missing:
        raise Withheld(missing)
