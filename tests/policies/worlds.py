"""Random worlds of assets, people and grants, in plain data and in the database."""

from datetime import timedelta
from hashlib import sha256
from random import Random

from django.utils import timezone

from catalog.models import (
    Attribute,
    Change,
    ColumnTag,
    Dataset,
    DatasetShare,
    Domain,
    Facet,
    FacetTag,
    Job,
    JobShare,
    Namespace,
    Ownership,
    Placement,
    ProposalVerdict,
    Tag,
    TagAssignment,
)
from policies import models
from policies.actions import Action
from policies.compiler.conditions import document_of, parse
from policies.services.shares import _permission
from tests.policies.rule import Asset, Grant, World

PEOPLE = ("ann", "ben", "cas", "dot", "eva", "fay")
GROUPS = ("g1", "g2", "g3", "g4")
DOMAINS = {"A": "", "A/B": "A", "C": ""}
TAGS = {"P": "", "P.e": "P", "Q": ""}
HARVESTED = (*TAGS, "P.f", "P.e.g", "Pe", "R")  # as producers say; not all are defined
SPACES = ("prod-eu", "prod-us", "test")
ACTIONS = (Action.ASSET_VIEW, Action.ASSET_EDIT, Action.RUN_VIEW)
STATES = ("draft", "active", "deprecated")
PLACES = ("production", "test")


class Chance:
    """Draws of one seed, so that a world can be made again."""

    def __init__(self, seed):
        self.random = Random(seed)

    def one_of(self, values):
        return self.random.choice(list(values))

    def maybe(self, values):
        """One of these, or none; none is the likelier."""
        return self.one_of(["", "", *values])

    def some(self, values, *, least=0, most=2):
        values = list(values)
        return set(self.random.sample(values, self.random.randint(least, most)))


def make_world(seed):
    """A random world; the same for the same seed."""
    chance = Chance(seed)
    assets = _assets(chance)
    groups = {
        group: chance.some([*PEOPLE, *GROUPS[number + 1 :]], most=3)
        for number, group in enumerate(GROUPS)
    }
    grants = [_random_grant(chance, assets) for _ in range(chance.random.randint(0, 9))]
    shareable = [asset for asset in assets if asset.kind != "namespace"]
    shares = set()
    for _ in range(chance.random.randint(0, 2)):
        asset = chance.one_of(shareable)
        person, action = chance.one_of(PEOPLE), chance.one_of(ACTIONS)
        shares.add((person, action, asset.kind, asset.name))
    emergencies = chance.some(PEOPLE, most=1)
    return World(assets, DOMAINS, TAGS, groups, grants, shares, emergencies)


def _assets(chance):
    assets = []
    for space in SPACES:
        told = {**_facts(chance), "environment": chance.maybe(PLACES)}
        assets.append(Asset("namespace", space, **told))
    canonical_of = {}
    for number in range(8):
        name = f"d{number}"
        chosen = chance.one_of([name, name, *canonical_of])
        canonical_of[name] = canonical_of.get(chosen, chosen)
        told = _facts(chance) | _more(chance)
        if canonical_of[name] != name:
            # What stands once for an asset is said under its canonical name alone.
            told = {k: told[k] for k in ("tags", "harvested", "rejected")}
        space = chance.one_of(SPACES)
        assets.append(Asset("dataset", name, space, canonical_of[name], **told))
    for number in range(4):
        told = _facts(chance) | _more(chance)
        assets.append(Asset("job", f"j{number}", chance.one_of(SPACES), **told))
    return assets


def _facts(chance):
    owners = chance.some([*PEOPLE, *GROUPS]) if chance.random.random() < 0.4 else set()
    return {
        "domain": chance.maybe(DOMAINS),
        "tags": chance.some(TAGS),
        "owners": owners,
    }


def _more(chance):
    return {
        "lifecycle": chance.maybe(STATES),
        "environment": chance.maybe(PLACES),
        "harvested": chance.some(HARVESTED, most=1),
        "rejected": chance.some(HARVESTED, most=1),
    }


def _random_grant(chance, assets):
    begins, ends = chance.one_of([(0, None), (0, None), (0, 2), (1, None), (0, -1)])
    return Grant(
        chance.one_of([*PEOPLE, *GROUPS]),
        frozenset(chance.some(ACTIONS, least=1, most=len(ACTIONS))),
        chance.random.random() < 0.3,
        _scope(chance, assets),
        _condition(chance) if chance.random.random() < 0.35 else None,
        begins,
        ends,
    )


def _scope(chance, assets):
    kind = chance.one_of(
        ["everything", "namespace", "namespace", "domain", "tag", "asset"]
    )
    match kind:
        case "namespace":
            globs = [*SPACES, "prod-*", "*", "*-eu", "none"]
            return (kind, chance.one_of(globs))
        case "domain":
            return (kind, chance.one_of(DOMAINS))
        case "tag":
            return (kind, chance.one_of(TAGS))
        case "asset":
            asset = chance.one_of(assets)
            return (kind, asset.kind, asset.name)
    return (kind,)


def _condition(chance, depth=0):
    word = chance.one_of(["simple", "simple", "all", "any", "not"])
    if word == "simple" or depth == 2:
        return chance.one_of(
            [
                {"tag_in": sorted(chance.some(TAGS, least=1))},
                {"owner_is_me": True},
                {"lifecycle_in": sorted(chance.some(STATES, least=1))},
                {"env_in": sorted(chance.some(PLACES, least=1))},
            ]
        )
    if word == "not":
        return {"not": _condition(chance, depth + 1)}
    count = chance.random.randint(1, 2)
    return {word: [_condition(chance, depth + 1) for _ in range(count)]}


def build(world):
    """Put a world into the database; its rows by kind and name."""
    now = timezone.now()
    rows = {}
    times = dict.fromkeys(("first_seen", "last_seen", "created_at", "updated_at"), now)
    for model, tree, word in (
        (Domain, world.domains, "domain"),
        (Tag, world.tags, "tag"),
    ):
        for name, parent in tree.items():
            above = rows.get((word, parent))
            rows[word, name] = model.objects.create(name=name, parent=above)
    for name in PEOPLE:
        rows["person", name] = models.Principal.objects.create(username=name)
    for name in world.groups:
        rows["group", name] = models.Group.objects.create(name=name)
    for group, members in world.groups.items():
        for member in members:
            if member in world.groups:
                models.Nesting.objects.create(
                    outer=rows["group", group], inner=rows["group", member]
                )
            else:
                models.Membership.objects.create(
                    group=rows["group", group], principal=rows["person", member]
                )
    change = Change.objects.create(
        via="system", summary="", statement_count=0, recorded_at=now
    )
    for asset in world.assets:
        rows[asset.kind, asset.name] = _asset(asset, rows, times)
    for asset in world.assets:
        _statements(asset, rows, {"recorded_from": now, "opened_in": change})
    for number, grant in enumerate(world.grants):
        _grant(grant, number, rows, now)
    for person, action, kind, name in world.shares:
        asset = rows[kind, name]
        permission, _ = _permission(asset, action)
        share = DatasetShare if kind == "dataset" else JobShare
        share.objects.create(
            user=rows["person", person], permission=permission, content_object=asset
        )
    for person in world.emergencies:
        models.BreakGlass.objects.create(
            principal=rows["person", person],
            reason="a test",
            opened_at=now - timedelta(hours=1),
            expires_at=now + timedelta(hours=1),
        )
    return rows


def _asset(asset, rows, times):
    if asset.kind == "namespace":
        return Namespace.objects.create(name=asset.name, **times)
    space = rows["namespace", asset.namespace]
    if asset.kind == "job":
        return Job.objects.create(namespace=space, name=asset.name, **times)
    held = Dataset.objects.unrestricted("test").order_by("-pk").first()
    pk = (held.pk if held else 0) + 1
    canonical = (
        rows["dataset", asset.canonical].pk if asset.canonical != asset.name else pk
    )
    return Dataset.objects.create(
        pk=pk, namespace=space, name=asset.name, canonical_id=canonical, **times
    )


def _statements(asset, rows, dated):
    about = {asset.kind: rows[asset.kind, asset.name], **dated}
    if asset.domain:
        Placement.objects.create(domain=rows["domain", asset.domain], **about)
    for tag in asset.tags:
        TagAssignment.objects.create(tag=rows["tag", tag], **about)
    _harvested(asset, rows[asset.kind, asset.name])
    if asset.kind == "dataset":
        _came_along(rows[asset.kind, asset.name], rows)
    for tag in asset.rejected:
        ProposalVerdict.objects.create(
            aspect="tag", content=tag, is_accepted=False, **about
        )
    for owner in asset.owners:
        who = "person" if owner in PEOPLE else "group"
        field = "principal" if owner in PEOPLE else "group"
        Ownership.objects.create(kind="business", **{field: rows[who, owner]}, **about)
    for name in ("lifecycle", "environment"):
        if value := getattr(asset, name):
            Attribute.objects.create(name=name, value=value, **about)


def _harvested(asset, row):
    """As the projection of an event does it."""
    if not asset.harvested:
        return
    scope = {"dataset": Facet.Scope.DATASET, "job": Facet.Scope.JOB}[asset.kind]
    digest = sha256(f"{asset.kind} {asset.name}".encode()).digest()
    facet = Facet.objects.create(scope=scope, key="tags", digest=digest, body="{}")
    for name in asset.harvested:
        FacetTag.objects.create(facet=facet, column="", name=name)
    # On a column it is none of the whole.
    FacetTag.objects.create(facet=facet, column="c", name="Q")
    rows = type(row).objects.unrestricted("test")
    rows.filter(pk=row.pk).update(tags_facet=facet)


def _came_along(row, rows):
    """Tags that lineage brings to a column, or suggests for the whole: none of its."""
    for tag in (row for (kind, _), row in rows.items() if kind == "tag"):
        for column, is_suggested in (("c", False), ("", True)):
            ColumnTag.objects.create(
                dataset=row, column=column, tag=tag, hops=1, since=timezone.now(),
                is_suggested=is_suggested,
            )  # fmt: skip


def _grant(grant, number, rows, now):
    holder = "principal" if grant.holder in PEOPLE else "group"
    who = rows["person" if holder == "principal" else "group", grant.holder]
    role = models.Role.objects.create(name=f"r{number}", actions=sorted(grant.actions))
    kind, *what = grant.scope
    scope = {"reach": kind}
    match kind:
        case "namespace":
            scope["namespace_glob"] = what[0]
        case "domain" | "tag":
            scope["scope_id"] = rows[kind, what[0]].pk
        case "asset":
            scope |= {"asset_kind": what[0], "scope_id": rows[tuple(what)].pk}
    condition = None
    if grant.condition is not None:
        by_id = lambda name, at: rows["tag", name].pk  # noqa: E731
        condition = document_of(parse(grant.condition, by_id))
    models.Grant.objects.create(
        **{holder: who},
        role=role,
        effect="deny" if grant.is_deny else "allow",
        **scope,
        condition=condition,
        valid_from=now + timedelta(hours=grant.begins) if grant.begins else None,
        valid_to=None if grant.ends is None else now + timedelta(hours=grant.ends),
    )
