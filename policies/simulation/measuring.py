"""How much would change, for whom, in which actions, on which assets?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.utils import timezone

from policies.actions import Action
from policies.compiler.compiling import Trees
from policies.compiler.rights import Effect, Everything
from policies.compiler.standing import current_reading
from policies.simulation.asking import Question, Table, questions_about, tables_of
from policies.simulation.gathering import Alike, Sort, sorts_of_assets
from policies.simulation.judging import Crowd
from policies.simulation.results import (
    GAINED,
    LOST,
    AtLarge,
    Delta,
    OfPrincipal,
    Simulation,
    Turned,
    Turning,
)
from policies.simulation.states import Holding, State
from policies.simulation.tallying import Tally

# Who is in which groups: of two states, before and after.
type _Groups = dict[int, frozenset[int]]


def measure(before: State, after: State, *, at: datetime | None = None) -> Simulation:
    """Compare two states of rights over the catalog as it is, at an instant.

    Validity of grants is judged `at` that instant: now, unless said otherwise.
    """
    at = at or timezone.now()
    simulation = Simulation(at)
    held = (before.groups(), after.groups())
    concerned = set(_concerned(before, after, held))
    if not concerned:
        return simulation
    crowd = Crowd.of(concerned, ((before, held[0]), (after, held[1])), at)
    simulation.crowd = crowd.ids
    tables = tables_of(crowd, before, after, at)
    simulation.at_large = list(_at_large(crowd, tables.rights))
    questions, wanted = questions_about(crowd, tables)
    simulation.questions = [question.actions for question in questions]
    if questions:
        assets = sorts_of_assets(wanted, Trees(current_reading().tree))
        simulation.told_apart = assets.told_apart
        _Weighing(simulation, crowd, questions).weigh(assets.sorts)
    return simulation


def _concerned(
    before: State, after: State, held: tuple[_Groups, _Groups]
) -> Iterator[int]:
    """Whose rights can differ at all."""
    yield from before.active ^ after.active
    for share in before.shares ^ after.shares:
        yield share.principal
    if held[0] != held[1]:
        for pk in held[0].keys() | held[1].keys():
            if held[0].get(pk) != held[1].get(pk):
                yield pk
    groups = set()
    for holding in _differing(before, after):
        if holding.principal is not None:
            yield holding.principal
        else:
            groups.add(holding.group)
    if groups:
        for some in held:
            for pk, around in some.items():
                if not groups.isdisjoint(around):
                    yield pk


def _differing(before: State, after: State) -> set[Holding]:
    return set(before.holdings.values()) ^ set(after.holdings.values())


def _at_large(crowd: Crowd, tables: dict[Action, Table]) -> Iterator[AtLarge]:
    for action in Action:
        if action.is_bound_to_assets:
            continue
        allowed = denied = 0
        for (scope, effect, condition), bits in tables[action].items():
            if not isinstance(scope, Everything):
                continue
            # As `access.may` has it: any deny that could be about everything is one.
            if effect is Effect.DENY:
                denied |= bits
            elif condition is None:
                allowed |= bits
        allowed &= ~(denied & ~crowd.past_denies)
        was, is_now = crowd.before(allowed), crowd.after(allowed)
        for place, pk in enumerate(crowd.ids):
            if (was ^ is_now) >> place & 1:
                yield AtLarge(pk, action, bool(is_now >> place & 1))


class _Weighing:
    """Adds up what turns, sort by sort, along all dimensions."""

    def __init__(
        self, simulation: Simulation, crowd: Crowd, questions: list[Question]
    ) -> None:
        self.simulation, self.crowd, self.questions = simulation, crowd, questions
        self.tallies = [(Tally(), Tally()) for _ in questions]
        self.overall = (Tally(), Tally())
        self.actions: dict[Action, Delta] = defaultdict(Delta)
        self.kinds: dict[str, Delta] = defaultdict(Delta)
        self.namespaces: dict[int, Delta] = defaultdict(Delta)

    def weigh(self, sorts: Iterable[tuple[Sort, Alike]]) -> None:
        turned: dict[tuple[str, int, tuple[Turning, ...]], int] = defaultdict(int)
        for sort, alike in sorts:
            if turnings := tuple(self._turnings(sort)):
                self.simulation.turned.append(Turned(sort, alike, turnings))
                turned[sort.kind, sort.space, turnings] += alike.count
        # Many sorts turn alike: these are added up once.
        for (kind, space, turnings), count in turned.items():
            for way in (GAINED, LOST):
                self._add(kind, space, count, way, turnings)
        simulation = self.simulation
        simulation.actions = {a: self.actions[a] for a in Action if a in self.actions}
        simulation.kinds = dict(self.kinds)
        simulation.namespaces = dict(self.namespaces)
        simulation.principals = self._of_principals()

    def _turnings(self, sort: Sort) -> Iterator[Turning]:
        """For whom which questions turn on assets of a sort."""
        for number, question in enumerate(self.questions):
            bits = question.judge.may(sort)
            was, is_now = self.crowd.before(bits), self.crowd.after(bits)
            if was != is_now:
                yield Turning(number, is_now & ~was, was & ~is_now)

    def _add(
        self, kind: str, space: int, count: int, way: int, turnings: Iterable[Turning]
    ) -> None:
        everybody = decisions = 0
        for turning in turnings:
            people = turning.way(way)
            if not people:
                continue
            everybody |= people
            actions = self.questions[turning.question].actions
            turned = people.bit_count() * count
            decisions += turned * len(actions)
            self.tallies[turning.question][way].add(people, count)
            for action in actions:
                self.actions[action].way(way).add(people, count, turned)
        if everybody:
            self.overall[way].add(everybody, count)
            dimensions = (
                self.simulation.total,
                self.kinds[kind],
                self.namespaces[space],
            )
            for delta in dimensions:
                delta.way(way).add(everybody, count, decisions)

    def _of_principals(self) -> dict[int, OfPrincipal]:
        """How much of it is whose."""
        crowd = self.crowd.ids
        found: dict[int, OfPrincipal] = {}
        for pk, up, down in self._shares_of(self.overall):
            found[pk] = OfPrincipal(up, down)
        for question, tallies in zip(self.questions, self.tallies, strict=True):
            for pk, up, down in self._shares_of(tallies):
                for action in question.actions:
                    found[pk].actions[action] = (up, down)
        return {pk: found[pk] for pk in crowd if pk in found}

    def _shares_of(
        self, tallies: tuple[Tally, Tally]
    ) -> Iterator[tuple[int, int, int]]:
        crowd = self.crowd.ids
        counts = (tally.counts(len(crowd)) for tally in tallies)
        for pk, up, down in zip(crowd, *counts, strict=True):
            if up or down:
                yield pk, up, down
