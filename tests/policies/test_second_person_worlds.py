"""Nothing that passes without a second person widens access within a guarded scope."""

from collections import Counter

import pytest
from django.db import connection, transaction

from catalog.models import Dataset, Job, Namespace
from policies import models
from policies.actions import Action
from policies.compiler.overlap import assets_in, globs_meet
from policies.compiler.scopes import Glob
from policies.compiler.standing import scope_of_grant
from policies.services import (
    ApprovalNeeded,
    add_member,
    change_role,
    grant_role,
    nest_group,
    remove_member,
    revoke_grant,
    share_asset,
    unnest_group,
)
from policies.services.groups import NestingCycle
from policies.services.renewing import reached_by
from tests.policies.worlds import ACTIONS, GROUPS, PEOPLE, Chance, build, make_world
from tests.policies.worlds import _random_grant as random_grant

pytestmark = pytest.mark.django_db

MODELS = (Namespace, Dataset, Job)
CHANGES_A_WORLD = 12
WORLDS = 12
ASKED = ACTIONS[:2]


def seen(rows, guarded):
    """Who may do what with which guarded asset."""
    return {
        (person, action, model, pk)
        for person in PEOPLE
        for action in ASKED
        for model in MODELS
        for pk in model.objects.permitted(rows["person", person], action)
        .filter(pk__in=guarded[model])
        .values_list("pk", flat=True)
    }


def fields_of(scope, rows):
    """A world's scope as columns have it."""
    kind, *what = scope
    match kind:
        case "namespace":
            return {"reach": kind, "namespace_glob": what[0]}
        case "domain" | "tag":
            return {"reach": kind, "scope_id": rows[kind, what[0]].pk}
        case "asset":
            return {
                "reach": kind,
                "asset_kind": what[0],
                "scope_id": rows[tuple(what)].pk,
            }
    return {"reach": kind}


def random_change(chance, world, rows, boss):
    """Something that an administrator might do, as a function without arguments."""
    one = lambda names, kind: rows[kind, chance.one_of(names)]  # noqa: E731
    person, group, other = (
        one(PEOPLE, "person"),
        one(GROUPS, "group"),
        one(GROUPS, "group"),
    )
    standing = list(models.Grant.objects.standing().order_by("pk"))
    told = random_grant(chance, world.assets)
    match chance.one_of(
        ["give", "give", "revoke", "join", "leave", "nest", "unnest", "role", "share"]
    ):
        case "give":
            role = models.Role.objects.create(
                name=f"x{models.Role.objects.count()}", actions=sorted(told.actions)
            )
            fields = fields_of(told.scope, rows)
            scope = reached_by(models.Grant(**fields))
            holder = chance.one_of([person, group])
            return lambda: grant_role(holder, role.name, scope=scope, actor=boss)
        case "revoke" if standing:
            grant = chance.one_of(standing)
            return lambda: revoke_grant(grant, actor=boss)
        case "role" if standing:
            role = chance.one_of(standing).role
            actions = chance.some(ACTIONS, least=1, most=3)
            return lambda: change_role(role, actions, actor=boss)
        case "leave":
            return lambda: remove_member(group, person, actor=boss)
        case "nest":
            return lambda: nest_group(group, other, actor=boss)
        case "unnest":
            return lambda: unnest_group(group, other, actor=boss)
        case "share":
            named = [a for a in world.assets if a.kind != "namespace"]
            asset = chance.one_of(named)
            row, action = rows[asset.kind, asset.name], chance.one_of(ACTIONS)
            return lambda: share_asset(row, person, Action(action), actor=boss)
    return lambda: add_member(group, person, actor=boss)


def tried(seed):
    """What became of random changes in a world of this seed."""
    chance, world = Chance(f"second person {seed}"), make_world(seed)
    rows, counts = build(world), Counter()
    boss = models.Principal.objects.create(username="boss")
    guard = random_grant(chance, world.assets).scope
    rule = models.ApprovalRule.objects.create(**fields_of(guard, rows))
    scope = scope_of_grant(rule)
    guarded = {
        m: list(assets_in(m, scope).values_list("pk", flat=True)) for m in MODELS
    }
    before = seen(rows, guarded)
    for _ in range(CHANGES_A_WORLD):
        change = random_change(chance, world, rows, boss)
        try:
            with transaction.atomic():
                change()
        except ApprovalNeeded:
            counts["held"] += 1
            continue
        except NestingCycle:
            continue
        after = seen(rows, guarded)
        assert after <= before, (seed, guard, after - before)
        before = after
        counts["passed"] += 1
    return counts


def test_whoever_changes_access_alone_gives_nobody_more_of_what_is_guarded():
    counts = Counter()
    for seed in range(WORLDS):
        savepoint = connection.savepoint()
        try:
            counts += tried(seed)
        finally:
            connection.savepoint_rollback(savepoint)

    assert counts["held"] > WORLDS
    assert counts["passed"] > WORLDS


def test_two_patterns_meet_if_and_only_if_some_name_fits_both():
    chance = Chance("globs")
    texts = [""]
    for _ in range(6):
        texts += {text + letter for text in texts for letter in "ab"} - set(texts)
    names = set(texts)
    for _ in range(2000):
        one, two = (
            Glob.parse(
                "".join(chance.random.choices("ab*", k=chance.random.randint(1, 4)))
            )
            for _ in range(2)
        )
        found = any(one.matches(name) and two.matches(name) for name in names)
        assert globs_meet(one, two) is found, (one, two)
