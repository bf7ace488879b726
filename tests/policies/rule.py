"""Who may do what, again, in plain words over plain data: the reference of the filter.

A world is made of the dataclasses below; `allowed` is the whole rule.
"""

from dataclasses import dataclass, field

from policies.compiler.scopes import Glob
from policies.roles import OWNING


@dataclass
class Asset:
    kind: str  # "namespace", "dataset" or "job"
    name: str
    namespace: str = ""  # of a dataset or job
    canonical: str = ""  # of a dataset: the name of the asset that it is one with
    domain: str = ""
    tags: set[str] = field(default_factory=set)
    harvested: set[str] = field(default_factory=set)  # as producers say
    rejected: set[str] = field(default_factory=set)  # of these, by a steward
    owners: set[str] = field(default_factory=set)  # of people and groups
    lifecycle: str = ""
    environment: str = ""


@dataclass(frozen=True)
class Grant:
    holder: str
    actions: frozenset[str]
    is_deny: bool
    scope: tuple[
        str, ...
    ]  # ("everything",), ("namespace", glob), ("domain", d), ("tag", t) …
    condition: object  # None, or as it is written
    begins: int  # hours from now; 0 began already
    ends: int | None


@dataclass
class World:
    assets: list[Asset]
    domains: dict[str, str]  # name → parent's name or ""
    tags: dict[str, str]
    groups: dict[str, set[str]]  # name → its members: people and groups
    grants: list[Grant]
    shares: set[tuple[str, str, str, str]]  # (person, action, kind, asset's name)
    emergencies: set[str]  # people


def below(tree, root, name):
    # A tag that nobody has defined lies below one whose name its own begins with.
    while name and name != root:
        name = tree[name] if name in tree else name.rpartition(".")[0]
    return name == root


def holds(world, group, who):
    members = world.groups[group]
    return who in members or any(
        m in world.groups and holds(world, m, who) for m in members
    )


def names_of(world, asset):
    """All rows that are one asset: a dataset's names, as its canonical one has them."""
    if asset.kind != "dataset":
        return [asset]
    return [
        a
        for a in world.assets
        if a.kind == "dataset" and a.canonical == asset.canonical
    ]


def space_of(world, asset):
    same = (
        a for a in world.assets if a.kind == "namespace" and a.name == asset.namespace
    )
    return next(same, None)


def said(world, asset, what, *, inherits, every):
    """What is said of an asset under any of its names, or else of its namespace.

    What takes rights looks at the namespaces of `every` name.
    """
    names = names_of(world, asset)
    own = {getattr(one, what) for one in names} - {""}
    if own or not inherits:
        return own
    spaces = [space_of(world, one) for one in (names if every else [asset])]
    return {getattr(space, what) for space in spaces if space} - {""}


def has_tag(world, asset, tags, every):
    """`every` counts what producers alone say, but for what a steward rejected."""
    names = names_of(world, asset)
    found = set().union(*(one.tags for one in names))
    if every:
        rejected = set().union(*(one.rejected for one in names))
        found |= set().union(*(one.harvested for one in names)) - rejected
    return any(below(world.tags, tag, one) for tag in tags for one in found)


def answers_for(world, who, asset):
    space = space_of(world, asset)
    holders = [*names_of(world, asset), *([space] if space else [])]
    owners = set().union(*(one.owners for one in holders))
    return any(o == who or (o in world.groups and holds(world, o, who)) for o in owners)


def meets(world, who, asset, condition, every):
    """A tag that only producers say takes rights and never gives any, also in a not."""
    [(word, value)] = condition.items()
    match word:
        case "tag_in":
            return has_tag(world, asset, value, every)
        case "owner_is_me":
            return answers_for(world, who, asset)
        case "lifecycle_in":
            found = said(world, asset, "lifecycle", inherits=False, every=every)
            return bool(found & set(value))
        case "env_in":
            found = said(world, asset, "environment", inherits=True, every=every)
            return bool(found & set(value))
        case "all":
            return all(meets(world, who, asset, one, every) for one in value)
        case "any":
            return any(meets(world, who, asset, one, every) for one in value)
    return not meets(world, who, asset, value, not every)


def reaches(world, grant, asset):
    kind, *what = grant.scope
    # A deny on any of an asset's names is one on the asset.
    rows = names_of(world, asset) if grant.is_deny else [asset]
    names = {row.namespace or row.name for row in rows}
    match kind:
        case "everything":
            return True
        case "namespace":
            return any(Glob.parse(what[0]).matches(name) for name in names)
        case "domain":
            placed = said(world, asset, "domain", inherits=True, every=grant.is_deny)
            return any(below(world.domains, what[0], one) for one in placed)
        case "tag":
            return has_tag(world, asset, what, grant.is_deny)
    one_kind, name = what
    if one_kind == "namespace":
        return name in names
    return one_kind == asset.kind and name in {o.name for o in names_of(world, asset)}


def allowed(world, who, action, asset):
    """Deny, then what owners may, then allow, then nothing."""
    mine = [
        grant
        for grant in world.grants
        if (
            grant.holder == who
            or (grant.holder in world.groups and holds(world, grant.holder, who))
        )
        and action in grant.actions
        and grant.begins <= 0
        and (grant.ends is None or grant.ends > 0)
        and reaches(world, grant, asset)
        and (
            grant.condition is None
            or meets(world, who, asset, grant.condition, grant.is_deny)
        )
    ]
    if any(grant.is_deny for grant in mine) and who not in world.emergencies:
        return False
    if action in OWNING and answers_for(world, who, asset):
        return True
    if (who, action, asset.kind, asset.name) in world.shares:
        return True
    return any(not grant.is_deny for grant in mine)
