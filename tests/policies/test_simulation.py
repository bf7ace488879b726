"""A simulated change does what the change does: on random worlds, and by name."""

from collections import Counter
from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Change, Domain, Placement
from policies import models, simulation
from policies.access import current_epoch, namespace_scope
from policies.actions import Action
from policies.compiler.conditions import document_of, parse
from policies.compiler.trees import asset_models
from policies.services import set_active
from policies.simulation import simulate
from policies.simulation.telling import tell
from tests.factories import make_dataset, make_principal
from tests.policies import rule
from tests.policies.worlds import (
    ACTIONS,
    GROUPS,
    PEOPLE,
    Chance,
    _random_grant,
    build,
    make_world,
)

pytestmark = pytest.mark.django_db
# Where events may be sent is judged by names alone: tested apart.
BOUND = [a for a in Action if a.is_bound_to_assets and a is not Action.EVENT_INGEST]


def decisions(world):
    """Everything that anybody may do on what lists show, by the rule."""
    return {
        (person, action, asset.kind, asset.namespace or asset.name, asset.name)
        for asset in world.assets
        if asset.canonical in ("", asset.name)
        for person in PEOPLE
        for action in BOUND
        if rule.allowed(world, person, action, asset)
    }


class Changing:
    """Random changes, of a world in plain data and as the simulation takes them."""

    def __init__(self, seed, world, rows):
        self.chance = Chance(seed)
        self.world, self.rows = deepcopy(world), rows
        self.changes = []
        self.grants = dict(
            zip(
                models.Grant.objects.order_by("pk").values_list("pk", flat=True),
                world.grants,
                strict=True,
            )
        )

    def change(self):
        kinds = (self.give, self.give, self.revoke, self.join, self.leave, self.nest)
        more = (self.unnest, self.redefine, self.share, self.unshare)
        self.chance.one_of([*kinds, *more])()
        return self

    def give(self):
        grant = _random_grant(self.chance, self.world.assets)
        self.world.grants.append(grant)
        self.changes.append(simulation.GrantGiven(unsaved(grant, self.rows)))

    def revoke(self):
        if self.grants:
            pk = self.chance.one_of(self.grants)
            self.world.grants.remove(self.grants.pop(pk))
            self.changes.append(simulation.GrantRevoked(pk))

    def join(self):
        group, person = self.chance.one_of(GROUPS), self.chance.one_of(PEOPLE)
        self.world.groups[group].add(person)
        self._moved(simulation.MemberAdded, group, person)

    def leave(self):
        group, person = self.chance.one_of(GROUPS), self.chance.one_of(PEOPLE)
        self.world.groups[group].discard(person)
        self._moved(simulation.MemberRemoved, group, person)

    def nest(self):
        number = self.chance.random.randrange(len(GROUPS) - 1)
        outer, inner = GROUPS[number], self.chance.one_of(GROUPS[number + 1 :])
        self.world.groups[outer].add(inner)
        self._moved(simulation.NestingAdded, outer, inner)

    def unnest(self):
        number = self.chance.random.randrange(len(GROUPS) - 1)
        outer, inner = GROUPS[number], self.chance.one_of(GROUPS[number + 1 :])
        self.world.groups[outer].discard(inner)
        self._moved(simulation.NestingRemoved, outer, inner)

    def redefine(self):
        if not self.grants:
            return
        pk = self.chance.one_of(self.grants)
        old = self.grants[pk]
        actions = frozenset(self.chance.some(ACTIONS, most=len(ACTIONS)))
        new = rule.Grant(**{**vars(old), "actions": actions})
        self.world.grants[self.world.grants.index(old)] = new
        self.grants[pk] = new
        role = models.Grant.objects.get(pk=pk).role_id
        self.changes.append(simulation.RoleChanged(role, actions))

    def share(self):
        asset = self.chance.one_of([a for a in self.world.assets if a.namespace])
        person, action = self.chance.one_of(PEOPLE), self.chance.one_of(ACTIONS)
        self.world.shares.add((person, action, asset.kind, asset.name))
        self._shared(simulation.ShareGiven, person, action, asset.kind, asset.name)

    def unshare(self):
        if self.world.shares:
            one = self.chance.one_of(sorted(self.world.shares))
            self.world.shares.remove(one)
            self._shared(simulation.ShareRevoked, *one)

    def _moved(self, change, group, member):
        kind = "group" if member in GROUPS else "person"
        self.changes.append(
            change(self.rows["group", group].pk, self.rows[kind, member].pk)
        )

    def _shared(self, change, person, action, kind, name):
        who, asset = self.rows["person", person].pk, self.rows[kind, name].pk
        self.changes.append(change(simulation.Share(who, action, kind, asset)))


def unsaved(grant, rows):
    """A grant of a world, as a row that is not stored."""
    now = timezone.now()
    kind, *what = grant.scope
    is_person = grant.holder in PEOPLE
    who = rows["person" if is_person else "group", grant.holder]
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
    return models.Grant(
        principal=who if is_person else None,
        group=None if is_person else who,
        role=models.Role(actions=sorted(grant.actions)),
        effect="deny" if grant.is_deny else "allow",
        **scope,
        condition=condition,
        valid_from=now + timedelta(hours=grant.begins) if grant.begins else None,
        valid_to=None if grant.ends is None else now + timedelta(hours=grant.ends),
    )


def told(found, rows):
    """The numbers of a simulation, by names."""
    people = {rows["person", name].pk: name for name in PEOPLE}
    spaces = {row.pk: name for (kind, name), row in rows.items() if kind == "namespace"}
    by_person = {
        (people[pk], action): counts
        for pk, one in found.principals.items()
        for action, counts in one.actions.items()
    }
    return {
        "person": by_person,
        "assets": {people[k]: (v.gained, v.lost) for k, v in found.principals.items()},
        "kind": numbers(found.kinds),
        "space": {spaces[pk]: n for pk, n in numbers(found.namespaces).items()},
        "action": numbers(found.actions),
        "total": (found.total.gained.decisions, found.total.lost.decisions),
        "reached": {
            kind: (delta.gained.assets, delta.lost.assets)
            for kind, delta in found.kinds.items()
        },
        "people": {
            action: (delta.gained.principals, delta.lost.principals)
            for action, delta in found.actions.items()
        },
    }


def numbers(deltas):
    return {k: (d.gained.decisions, d.lost.decisions) for k, d in deltas.items()}


def expected(before, after):
    """The same numbers, from what the rule says before and after."""
    ways = (after - before, before - after)

    def by(key, some=lambda way: way):
        counts = [Counter(key(one) for one in some(way)) for way in ways]
        keys = counts[0].keys() | counts[1].keys()
        return {key: (counts[0][key], counts[1][key]) for key in keys}

    return {
        "person": by(lambda d: (d[0], d[1])),
        "assets": by(lambda d: d[0], lambda way: {(d[0], *d[2:]) for d in way}),
        "kind": by(lambda d: d[2]),
        "space": by(lambda d: d[3]),
        "action": by(lambda d: d[1]),
        "total": (len(ways[0]), len(ways[1])),
        "reached": by(lambda d: d[0], lambda way: {d[2:] for d in way}),
        "people": by(lambda d: d[1], lambda way: {d[:2] for d in way}),
    }


def disagreements(seed):
    savepoint = connection.savepoint()
    try:
        world = make_world(seed)
        rows = build(world)
        before = decisions(world)
        found = []
        for number in range(4):
            changing = Changing(f"{seed} {number}", world, rows)
            for _ in range(changing.chance.random.randint(1, 3)):
                changing.change()
            simulated = told(simulate(changing.changes), rows)
            wanted = expected(before, decisions(changing.world))
            if simulated != wanted:
                found.append((number, changing.changes, simulated, wanted))
        return found
    finally:
        connection.savepoint_rollback(savepoint)


@pytest.mark.parametrize("seeds", [range(n, n + 15) for n in range(0, 60, 15)])
def test_what_a_change_would_do_is_what_the_rule_says_it_does(seeds):
    for seed in seeds:
        assert disagreements(seed) == [], f"world {seed}"


@pytest.mark.prove
def test_what_a_change_would_do_is_what_the_rule_says_it_does_in_2000_worlds():
    for seed in range(1000, 3000):
        assert disagreements(seed) == [], f"world {seed}"


def test_what_is_bound_to_no_asset_is_told_apart():
    ann = make_principal("ann", "viewer")
    auditor = models.Role.objects.get(name="auditor")

    found = simulate([simulation.GrantGiven(models.Grant(principal=ann, role=auditor))])

    assert {(one.action, one.is_gained) for one in found.at_large} == {
        (Action.ACCESS_VIEW, True),
        (Action.JOURNAL_VIEW, True),
        (Action.OPERATIONS_VIEW, True),
    }


def test_where_events_may_be_sent_is_judged_by_names():
    etl = make_principal("etl", "producer", namespace="postgres://*")
    make_dataset("postgres://db", "orders")
    pay = make_dataset("postgres://pay", "wages")
    producer = models.Role.objects.get(name="producer")
    Placement.objects.create(
        dataset=pay,
        domain=Domain.objects.create(name="Pay"),
        recorded_from=timezone.now(),
        opened_in=Change.objects.create(
            via="system", summary="", statement_count=0, recorded_at=timezone.now()
        ),
    )
    deny = models.Grant(
        principal=etl,
        role=producer,
        effect="deny",
        reach="domain",
        scope_id=Domain.objects.get().pk,
    )

    found = simulate([simulation.GrantGiven(deny)])
    lost = found.actions[Action.EVENT_INGEST].lost
    deny.save()

    assert (lost.decisions, lost.assets) == (1, 1)
    scope = namespace_scope(etl, Action.EVENT_INGEST)
    assert scope.allows("postgres://db")
    assert not scope.allows("postgres://pay")


def test_somebody_stopped_loses_all_and_gains_it_again_when_let_in():
    ann = make_principal("ann", "viewer")
    make_dataset("postgres://db", "orders")

    stopped = simulate([simulation.PrincipalStopped(ann.pk)])
    set_active(ann, False, actor=None)
    resumed = simulate([simulation.PrincipalResumed(ann.pk)])

    assert stopped.total.lost.decisions == resumed.total.gained.decisions == 6
    assert stopped.total.gained.decisions == resumed.total.lost.decisions == 0


def test_who_is_not_signed_in_gains_by_the_role_of_anybody(settings):
    role = models.Role.objects.create(name="public", actions=["run.view"])
    settings.HEADWATER_ANONYMOUS_ROLE = "public"
    make_dataset("postgres://db", "orders")
    asker = make_principal("asker", "auditor")

    found = simulate([simulation.RoleChanged(role.pk, frozenset({"asset.view"}))])

    [one] = tell(found, asker).principals
    assert one.principal is None
    assert one.assets.actions[Action.ASSET_VIEW] == (2, 0)
    assert one.assets.actions[Action.RUN_VIEW] == (0, 2)


def test_a_grant_that_begins_later_counts_at_its_time():
    ann = make_principal("ann")
    make_dataset("postgres://db", "orders")
    tomorrow = timezone.now() + timedelta(days=1)
    viewer = models.Role.objects.get(name="viewer")
    change = simulation.GrantGiven(
        models.Grant(principal=ann, role=viewer, valid_from=tomorrow)
    )

    assert simulate([change]).changes_nothing
    assert simulate([change], at=tomorrow).total.gained.assets == 2


def test_a_simulation_writes_nothing_and_moves_no_epoch():
    ann = make_principal("ann")
    make_dataset("postgres://db", "orders")
    viewer = models.Role.objects.get(name="viewer")
    before = current_epoch()

    simulate([simulation.GrantGiven(models.Grant(principal=ann, role=viewer))])

    assert current_epoch() == before
    assert not models.Grant.objects.filter(principal=ann).exists()


@pytest.mark.parametrize("seed", range(300, 306))
def test_what_a_change_would_do_is_what_the_filter_does_after_it(seed):
    world = make_world(seed)
    rows = build(world)
    grant = unsaved(_random_grant(Chance(seed), world.assets), rows)
    grant.role.name = "simulated"
    found = simulate([simulation.GrantGiven(grant)])
    before = seen(rows)
    grant.role.save()
    grant.role = grant.role  # takes its id over
    grant.save()
    after = seen(rows)

    gained, lost = after - before, before - after
    total = found.total
    assert (total.gained.decisions, total.lost.decisions) == (len(gained), len(lost))
    told = {(rows["person", name].pk, action) for name, action, *_ in gained | lost}
    assert told == {
        (pk, action) for pk, one in found.principals.items() for action in one.actions
    }


def seen(rows):
    """Everything that anybody may do on what lists show, by the filter."""
    return {
        (name, action, kind, pk)
        for name in PEOPLE
        for action in BOUND
        for kind, model in asset_models().items()
        for pk in model.objects.visible()
        .permitted(rows["person", name], action)
        .values_list("pk", flat=True)
    }
