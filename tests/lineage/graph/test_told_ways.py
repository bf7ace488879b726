"""Paths and ends in made-up catalogs, with aliases, cycles, and what is not told."""

from collections import defaultdict

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from lineage.graph.question import MAX_HOPS, Question
from lineage.graph.veil import Node
from lineage.models import Event, Producer
from lineage.reader import Reader
from lineage.walks.ends import ends
from lineage.walks.paths import paths
from tests.factories import make_principal
from tests.lineage.graph.worlds import INPUT, NOON, OPEN, worlds
from tests.lineage.projection.test_properties import examples

pytestmark = pytest.mark.django_db
HIDDEN, DELETED = "hidden", "deleted"
HOPS = 6


class Plain:
    """The graph of a world as data flows, and what of it may be told."""

    def __init__(self, world):
        self.onward = defaultdict(set)
        for job, leader, direction in world.links():
            ends = ("dataset", leader), ("job", job)
            source, target = ends if direction == INPUT else reversed(ends)
            self.onward[source].add(target)
        self.back = defaultdict(set)
        for source, targets in self.onward.items():
            for target in targets:
                self.back[target].add(source)
        self.world = world

    def thing(self, node):
        kind, number = node
        return (self.world.jobs if kind == "job" else self.world.datasets)[number]

    def is_hidden(self, node):
        return self.thing(node).namespace != OPEN

    def name(self, node):
        if self.is_hidden(node):
            return HIDDEN
        kind, number = node
        shows = self.world.shows_job if kind == "job" else self.world.shows_dataset
        if not shows(number):
            return DELETED
        spell = self.world.job_id if kind == "job" else self.world.dataset_id
        return spell(number)

    @property
    def shown(self):
        nodes = {("job", n) for n in range(len(self.world.jobs))}
        nodes |= {("dataset", one.leader) for one in self.world.datasets}
        return sorted(n for n in nodes if self.name(n) not in (HIDDEN, DELETED))

    def steps(self, node, onward):
        """The told nodes next to one, and those behind something hidden."""
        plain = {other for other in onward[node] if not self.is_hidden(other)}
        behind, seen = set(), set()
        pending = [other for other in onward[node] if self.is_hidden(other)]
        while pending:
            one = pending.pop()
            if one in seen:
                continue
            seen.add(one)
            for other in onward[one]:
                (pending if self.is_hidden(other) else []).append(other)
                if not self.is_hidden(other):
                    behind.add(other)
        return plain, behind

    def paths(self, start, goal):
        found, pending = set(), [((start,), (self.name(start),))]
        while pending:
            way, told = pending.pop()
            plain, behind = self.steps(way[-1], self.onward)
            for some, between in ((plain, ()), (behind, (HIDDEN,))):
                for other in some:
                    longer = (*told, *between, self.name(other))
                    if len(longer) - 1 > HOPS:
                        continue
                    if other == goal:
                        found.add(longer)
                    elif other not in way:
                        pending.append(((*way, other), longer))
        return found

    def ends(self, start, onward):
        """Told nodes from which nothing is met but what leads back to them.

        None of those from which something hidden can be met that leads to nothing else.
        """

        def beyond(node):
            met, pending = set(), [node]
            while pending:
                for other in onward[pending.pop()]:
                    if other not in met:
                        met.add(other)
                        pending.append(other)
            return met

        met = beyond(start) | {start}
        last = {n for n in met if all(n in beyond(m) for m in beyond(n))}
        return {
            self.name(n) for n in last if not any(map(self.is_hidden, {n, *beyond(n)}))
        } - {DELETED}


def create(world):
    """The world, and the event that all of its edges rest on."""
    world.create()
    producer = Producer.objects.create(uri="urn:test", first_seen=NOON, last_seen=NOON)
    Event.objects.create(
        pk=1,
        digest=b"1" * 32,
        recorded_at=NOON,
        event_time=NOON,
        kind=Event.Kind.RUN,
        projector=1,
        size_bytes=1,
        producer=producer,
    )


def node(plain_node):
    kind, number = plain_node
    return Node(kind == "job", (100 if kind == "job" else 200) + number)


def told(step):
    if step.place is None:
        return HIDDEN
    return step.place.node_id or DELETED


@examples(8, 1000)
def test_paths_are_those_of_plain_python(trying):
    @trying
    @given(world=worlds(), data=st.data())
    def holds(world, data):
        plain = Plain(world)
        if not plain.shown:
            return
        start, goal = (data.draw(st.sampled_from(plain.shown)) for _ in "ab")
        with transaction.atomic():
            reader = Reader(make_principal("vera", "viewer", namespace=OPEN))
            create(world)
            question = Question(max_hops=HOPS, max_nodes=500)
            found = paths(node(start), node(goal), question, reader, max_paths=1000)
            transaction.set_rollback(True)
        ways = [tuple(map(told, path)) for path in found.found]
        assert set(ways) == plain.paths(start, goal)
        assert [len(way) for way in ways] == sorted(map(len, ways))

    assert django_settings.HEADWATER_WALKS_HIDDEN == "PASS"
    holds()


@examples(8, 1000)
def test_ends_are_those_of_plain_python(trying):
    @trying
    @given(world=worlds(), data=st.data())
    def holds(world, data):
        plain = Plain(world)
        if not plain.shown:
            return
        start = data.draw(st.sampled_from(plain.shown))
        is_downstream = data.draw(st.booleans())
        onward = plain.onward if is_downstream else plain.back
        with transaction.atomic():
            reader = Reader(make_principal("vera", "viewer", namespace=OPEN))
            create(world)
            question = Question(max_hops=MAX_HOPS, max_nodes=500)
            found = ends([node(start)], question, reader, is_downstream=is_downstream)
            transaction.set_rollback(True)
        names = {one.place.node_id for one in found.found}
        assert names == plain.ends(start, onward)

    holds()
