"""Which row is meant by which name, as far as somebody may know?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Q

from policies.access import Someone, policy_of
from policies.actions import Action
from policies.as_code.document import (
    GrantKey,
    GroupText,
    On,
    Policy,
    ShareKey,
)
from policies.as_code.nodes import Fault, TextInvalid
from policies.as_code.reading import Mention, PolicyFile
from policies.compiler.conditions import Condition, document_of, stored
from policies.compiler.trees import asset_models, tree_model
from policies.models import Group, Principal, Role

_REASON = "names of assets in a policy, which its reader may see or is the system"
AT_ONCE = 500


class Names:
    """Rows by name, and names by row; assets as far as `reader` may see them.

    `reader=None` is the system itself, which sees all.
    """

    def __init__(self, reader: Someone | None) -> None:
        self.reader = reader
        self.principals = _folded(Principal.objects.values_list("username", "pk"))
        self.groups = _folded(Group.objects.values_list("name", "pk"))
        self.roles = dict(Role.objects.values_list("name", "pk"))
        self.shipped = set(
            Role.objects.filter(is_built_in=True).values_list("name", flat=True)
        )
        self.trees: dict[str, dict[str, int]] = {
            scope: dict(tree_model(scope)._default_manager.values_list("name", "pk"))
            for scope in ("domain", "tag")
        }
        self.assets: dict[On, int] = {}
        self.spelt: dict[str, dict[int, str]] = {
            "principal": {pk: name for name, pk in self.principals.values()},
            "group": {pk: name for name, pk in self.groups.values()},
            **{
                scope: {pk: name for name, pk in tree.items()}
                for scope, tree in self.trees.items()
            },
        }

    def find_assets(self, wanted: Iterable[On]) -> None:
        """Look up assets by their names."""
        by_kind: dict[str, set[On]] = defaultdict(set)
        for on in wanted:
            if on not in self.assets:
                by_kind[on.kind].add(on)
        for kind, some in by_kind.items():
            listed = sorted(some)
            for start in range(0, len(listed), AT_ONCE):
                self._find(kind, listed[start : start + AT_ONCE])

    def _find(self, kind: str, some: list[On]) -> None:
        space = f"{policy_of(asset_models()[kind]).namespace}__name"
        if kind == "namespace":
            about = Q(name__in=[on.name for on in some])
        else:
            about = Q()
            for on in some:
                about |= Q(**{space: on.space, "name": on.name})
        self._know(kind, self._seen(kind).filter(about))

    def spell_assets(self, kind: str, ids: Collection[int]) -> dict[int, On]:
        """What assets are called, those that the reader may see."""
        found = self._know(kind, self._seen(kind).filter(pk__among=sorted(set(ids))))
        return {pk: on for on, pk in found.items()}

    def _seen(self, kind: str) -> Any:
        manager: Any = asset_models()[kind]._default_manager
        if self.reader is None:
            return manager.unrestricted(_REASON)
        return manager.permitted_by_name(self.reader, Action.ASSET_VIEW)

    def _know(self, kind: str, rows: Any) -> dict[On, int]:
        space: str = policy_of(asset_models()[kind]).namespace
        lookups = ("name",) if not space else (f"{space}__name", "name")
        found = {
            On("asset", kind, *(("", *parts) if not space else parts)): pk
            for pk, *parts in rows.order_by().values_list("pk", *lookups)
        }
        self.assets |= found
        return found

    def principal(self, name: str) -> int:
        return self.principals[name.lower()][1]

    def scope_id(self, on: On) -> int | None:
        """The id that a scope leads to; None of everything and of patterns."""
        if on.reach == "asset":
            return self.assets[on]
        return self.trees[on.reach][on.name] if on.reach in self.trees else None

    def stored_condition(self, condition: Condition | None) -> Condition | None:
        """A condition with ids for the names of tags."""
        if condition is None:
            return None
        return stored(self.stored_document(condition))

    def stored_document(self, condition: Condition | None) -> Any:
        """The same, as it stands in a row."""
        if condition is None:
            return None
        return document_of(condition, lambda name: self.trees["tag"][str(name)])


def _folded(rows: Iterable[tuple[str, int]]) -> dict[str, tuple[str, int]]:
    return {name.lower(): (name, pk) for name, pk in rows}


def resolved(file: PolicyFile, names: Names) -> Policy:
    """The policy with names as the server spells them.

    Raises TextInvalid with all the names that it does not know.
    """
    demand_known(file.mentions, names, set(file.policy.roles))
    return respelt(file.policy, names)


def demand_known(
    mentions: Iterable[Mention], names: Names, roles: Collection[str]
) -> None:
    """Raise TextInvalid with each name that is mentioned and unknown."""
    mentions = list(mentions)
    names.find_assets(m.name for m in mentions if m.what == "asset")
    faults = []
    for mention in mentions:
        if fault := _unknown(mention, names, roles):
            faults.append(Fault(fault, mention.place))
    if faults:
        raise TextInvalid(faults)


def _unknown(mention: Mention, names: Names, roles: Collection[str]) -> str:
    """Why a name is not known; "" if it is."""
    name = mention.name
    match mention.what:
        case "principal" if name.lower() not in names.principals:
            return f"There is no user {name!r}: make the account first, or correct it."
        case "role" if name not in roles and name not in names.shipped:
            return (
                f"There is no role {name!r}: define it under 'roles', or use one of "
                f"{', '.join(sorted(names.shipped))}."
            )
        case ("domain" | "tag") as tree if name not in names.trees[tree]:
            return f"There is no {tree} {name!r}: define it in the catalog first."
        case "asset" if name not in names.assets:
            return f"There is no {name} that you may see: correct its name."
    return ""


def respelt(policy: Policy, names: Names) -> Policy:
    """The same policy with principals and groups spelt as they are known.

    A group that is not known yet is spelt as its definition is.
    """
    groups = {name.lower(): name for name in policy.groups}
    groups |= {
        folded: known for folded, (known, _) in names.groups.items() if folded in groups
    }

    def group(name: str) -> str:
        return groups.get(name.lower(), name)

    def principal(name: str) -> str:
        return names.principals[name.lower()][0]

    def grant(key: GrantKey) -> GrantKey:
        spell = group if key.holder == "group" else principal
        return key._replace(name=spell(key.name))

    def members(told: GroupText) -> GroupText:
        return told._replace(
            members=frozenset(map(principal, told.members)),
            groups=frozenset(map(group, told.groups)),
        )

    return replace(
        policy,
        groups={group(name): members(told) for name, told in policy.groups.items()},
        grants={grant(key): terms for key, terms in policy.grants.items()},
        shares=frozenset(
            ShareKey(principal(share.principal), share.action, share.on)
            for share in policy.shares
        ),
    )
