"""Random worlds of assets, people and grants, in plain data and in the database."""

from datetime import timedelta

from django.utils import timezone
from hypothesis import strategies as st

from catalog.models import (
    Attribute,
    Change,
    Dataset,
    DatasetShare,
    Domain,
    Job,
    JobShare,
    Namespace,
    Ownership,
    Placement,
    Tag,
    TagAssignment,
)
from policies import models
from policies.actions import Action
from policies.conditions import document_of, parse
from policies.services.grants import _permission
from tests.policies.rule import Asset, Grant, World

PEOPLE = ("ann", "ben", "cas")
GROUPS = ("g1", "g2", "g3")
DOMAINS = {"A": "", "A/B": "A", "C": ""}
TAGS = {"P": "", "P.e": "P", "Q": ""}
SPACES = ("prod-eu", "prod-us", "test")
ACTIONS = (Action.ASSET_VIEW, Action.ASSET_EDIT, Action.RUN_VIEW)
STATES = ("draft", "active", "deprecated")
PLACES = ("production", "test")

maybe = lambda names: st.sampled_from(["", "", *names])  # noqa: E731
tags = st.sets(st.sampled_from(list(TAGS)), max_size=2)
owners = st.one_of(
    st.just(set()), st.sets(st.sampled_from([*PEOPLE, *GROUPS]), max_size=2)
)


def assets_of(draw):
    facts = {"domain": maybe(DOMAINS), "tags": tags, "owners": owners}
    more = {"lifecycle": maybe(STATES), "environment": maybe(PLACES)}
    told = lambda ways: {name: draw(way) for name, way in ways.items()}  # noqa: E731
    assets = []
    for space in SPACES:
        placed = {**facts, "environment": maybe(PLACES)}
        assets.append(Asset("namespace", space, **told(placed)))
    names = [f"d{n}" for n in range(5)]
    for number, name in enumerate(names):
        canonical = draw(st.sampled_from([name, name, *names[:number]]))
        if number:
            earlier = {a.name: a.canonical for a in assets if a.kind == "dataset"}
            canonical = earlier.get(canonical, canonical)
        space = draw(st.sampled_from(SPACES))
        # What stands once for an asset is said under its canonical name alone.
        ways = {**facts, **more} if canonical == name else {"tags": tags}
        assets.append(Asset("dataset", name, space, canonical, **told(ways)))
    for number in range(3):
        space = draw(st.sampled_from(SPACES))
        assets.append(Asset("job", f"j{number}", space, **told({**facts, **more})))
    return assets


def conditions(draw, depth=0):
    simple = st.one_of(
        st.builds(
            lambda found: {"tag_in": sorted(found)},
            st.sets(st.sampled_from(list(TAGS)), min_size=1, max_size=2),
        ),
        st.just({"owner_is_me": True}),
        st.builds(
            lambda found: {"lifecycle_in": sorted(found)},
            st.sets(st.sampled_from(STATES), min_size=1),
        ),
        st.builds(
            lambda found: {"env_in": sorted(found)},
            st.sets(st.sampled_from(PLACES), min_size=1),
        ),
    )
    word = draw(st.sampled_from(["simple", "simple", "all", "any", "not"]))
    if word == "simple" or depth == 2:
        return draw(simple)
    if word == "not":
        return {"not": conditions(draw, depth + 1)}
    return {word: [conditions(draw, depth + 1) for _ in range(draw(st.integers(1, 2)))]}


def scopes(draw, assets):
    kind = draw(
        st.sampled_from(
            ["everything", "namespace", "namespace", "domain", "tag", "asset"]
        )
    )
    match kind:
        case "namespace":
            globs = [*SPACES, "prod-*", "*", "*-eu", "none"]
            return (kind, draw(st.sampled_from(globs)))
        case "domain":
            return (kind, draw(st.sampled_from(list(DOMAINS))))
        case "tag":
            return (kind, draw(st.sampled_from(list(TAGS))))
        case "asset":
            asset = draw(st.sampled_from(assets))
            return (kind, asset.kind, asset.name)
    return (kind,)


@st.composite
def worlds(draw):
    assets = assets_of(draw)
    groups = {
        group: draw(
            st.sets(st.sampled_from([*PEOPLE, *GROUPS[number + 1 :]]), max_size=3)
        )
        for number, group in enumerate(GROUPS)
    }
    grants = []
    for _ in range(draw(st.integers(0, 6))):
        conditional = draw(st.integers(0, 2)) == 0
        grants.append(
            Grant(
                draw(st.sampled_from([*PEOPLE, *GROUPS])),
                frozenset(draw(st.sets(st.sampled_from(ACTIONS), min_size=1))),
                draw(st.integers(0, 2)) == 0,
                scopes(draw, assets),
                conditions(draw) if conditional else None,
                *draw(
                    st.sampled_from([(0, None), (0, None), (0, 2), (1, None), (0, -1)])
                ),
            )
        )
    shareable = [a for a in assets if a.kind != "namespace"]
    shares = set()
    for _ in range(draw(st.integers(0, 2))):
        asset = draw(st.sampled_from(shareable))
        person, action = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(ACTIONS))
        shares.add((person, action, asset.kind, asset.name))
    broken = draw(st.sets(st.sampled_from(PEOPLE), max_size=1))
    return World(assets, DOMAINS, TAGS, groups, grants, shares, broken)


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
    for owner in asset.owners:
        who = "person" if owner in PEOPLE else "group"
        field = "principal" if owner in PEOPLE else "group"
        Ownership.objects.create(kind="business", **{field: rows[who, owner]}, **about)
    for name in ("lifecycle", "environment"):
        if value := getattr(asset, name):
            Attribute.objects.create(name=name, value=value, **about)


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
