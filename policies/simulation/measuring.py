"""How much would change, for whom, in which actions, on which assets?"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.utils import timezone

from policies.actions import Action
from policies.rights import Effect, Everything
from policies.roles import OWNING
from policies.simulation.gathering import Alike, Sort, Wanted, sorts_of_assets
from policies.simulation.judging import Crowd, Judge, JudgeByName, Term
from policies.simulation.states import Holding, Share, State
from policies.simulation.tallying import Tally
from policies.standing import current_reading
from policies.trees import asset_models

_REASON = "names that scopes of rights are compared with; none is told"
# The same action by the same rights is judged once, whatever it is called.
type Table = dict[Term, int]
# Actions, and for whom they turn: bits of the crowd.
type Turning = tuple[tuple[Action, ...], int]


@dataclass(slots=True)
class Count:
    """Decisions that turn: each one principal, one action, one asset."""

    decisions: int = 0
    assets: int = 0
    people: int = 0  # bits of the crowd

    @property
    def principals(self) -> int:
        return self.people.bit_count()

    def add(self, people: int, assets: int, decisions: int) -> None:
        if people:
            self.people |= people
            self.assets += assets
            self.decisions += decisions


@dataclass(slots=True)
class Delta:
    """What is gained, and what is lost."""

    gained: Count = field(default_factory=Count)
    lost: Count = field(default_factory=Count)

    def __bool__(self) -> bool:
        return bool(self.gained.decisions or self.lost.decisions)


@dataclass(slots=True)
class OfPrincipal:
    """What one principal gains and loses: assets in all, and by action."""

    gained: int = 0
    lost: int = 0
    actions: dict[Action, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AtLarge:
    """An action bound to no asset that a principal gains or loses."""

    principal: int
    action: Action
    is_gained: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """Assets of one sort on which decisions turn: who gains and loses which action."""

    sort: Sort
    alike: Alike
    gained: list[Turning]
    lost: list[Turning]


@dataclass(slots=True)
class Simulation:
    """What a change of rights would do, exactly; names are for `telling` to add."""

    at: datetime
    crowd: list[int] = field(default_factory=list)
    total: Delta = field(default_factory=Delta)
    actions: dict[Action, Delta] = field(default_factory=dict)
    kinds: dict[str, Delta] = field(default_factory=dict)
    namespaces: dict[int, Delta] = field(default_factory=dict)
    principals: dict[int, OfPrincipal] = field(default_factory=dict)
    at_large: list[AtLarge] = field(default_factory=list)
    turned: list[Turned] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        return not self.total and not self.at_large


class _Decides(Protocol):
    def may(self, sort: Sort) -> int: ...


@dataclass(frozen=True, slots=True)
class _Question:
    """Actions that one judge decides in the same way."""

    actions: tuple[Action, ...]
    judge: _Decides


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
    sides = ((before, held[0]), (after, held[1]))
    crowd = Crowd.of(concerned, sides, at)
    simulation.crowd = crowd.ids
    tables = _tables(crowd, (before, after), at)
    simulation.at_large = list(_at_large(crowd, tables))
    questions, wanted = _questions(crowd, tables, _shares(crowd, before, after))
    if questions:
        _weigh(simulation, crowd, questions, sorts_of_assets(wanted))
    return simulation


def _concerned(
    before: State, after: State, held: tuple[dict[int, Any], dict[int, Any]]
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


def _tables(crowd: Crowd, states: Iterable[State], at: datetime) -> dict[Action, Table]:
    """For each action the rights that bear on it just then, and who has them."""
    tables: dict[Action, Table] = defaultdict(lambda: defaultdict(int))
    for side, state in enumerate(states):
        for holding in state.holdings.values():
            if holding.group is not None:
                bits = crowd.groups.get(holding.group, 0)
            else:
                bits = crowd.principals.get(holding.principal or 0, 0)
            bits = crowd.on_side(bits, side)
            right = holding.right
            if not bits:
                continue
            for action in Action:
                if right.holds(action, at):
                    term = (right.scope, right.effect, right.condition)
                    tables[action][term] |= bits
    return tables


def _shares(
    crowd: Crowd, before: State, after: State
) -> dict[str, dict[tuple[str, int], int]]:
    """For each action the assets that were shared with someone of the crowd."""
    shared: dict[str, dict[tuple[str, int], int]] = defaultdict(
        lambda: defaultdict(int)
    )
    sides: tuple[set[Share], ...] = (before.shares, after.shares)
    for side, shares in enumerate(sides):
        for share in shares:
            bits = crowd.on_side(crowd.principals.get(share.principal, 0), side)
            if bits:
                shared[share.action][share.kind, share.asset] |= bits
    return shared


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


def _questions(
    crowd: Crowd,
    tables: dict[Action, Table],
    shares: dict[str, dict[tuple[str, int], int]],
) -> tuple[list[_Question], Wanted]:
    """What is to be asked of each sort of assets, and what of them must be known."""
    wanted = Wanted()
    moved = any(
        crowd.differs(bits)
        for bits in (*crowd.principals.values(), *crowd.groups.values())
    )
    alike: dict[object, list[Action]] = defaultdict(list)
    for action in Action:
        table, shared = tables[action], shares.get(str(action), {})
        differs = any(map(crowd.differs, (*table.values(), *shared.values())))
        if not action.is_bound_to_assets or not (differs or moved):
            continue
        if action is Action.EVENT_INGEST:
            alike[action].append(action)
            continue
        key = (
            frozenset(table.items()),
            action in OWNING,
            frozenset(shared.items()),
        )
        alike[key].append(action)
    if not alike:
        return [], wanted
    model = asset_models()["namespace"]
    rows = model._default_manager.unrestricted(_REASON)
    names: dict[int, str] = dict(rows.values_list("pk", "name"))
    reading = current_reading()
    questions = []
    for actions in alike.values():
        table = tables[actions[0]]
        if actions[0] is Action.EVENT_INGEST:
            questions.append(
                _Question(tuple(actions), JudgeByName(crowd, table, names))
            )
            continue
        owning, shared = actions[0] in OWNING, shares.get(str(actions[0]), {})
        for term in table:
            wanted.ask(*term)
        wanted.owners |= owning
        for kind, pk in shared:
            wanted.shares[kind].add(pk)
        judge = Judge(
            crowd,
            table,
            owning=owning,
            shares=shared,
            names=names,
            domains=reading.tree("domain"),
            tags=reading.tree("tag"),
        )
        questions.append(_Question(tuple(actions), judge))
    wanted.principals, wanted.groups = set(crowd.principals), set(crowd.groups)
    return questions, wanted


def _weigh(
    simulation: Simulation,
    crowd: Crowd,
    questions: list[_Question],
    sorts: dict[Sort, Alike],
) -> None:
    tallies = [(Tally(), Tally()) for _ in questions]
    overall = (Tally(), Tally())
    actions: dict[Action, Delta] = defaultdict(Delta)
    kinds: dict[str, Delta] = defaultdict(Delta)
    namespaces: dict[int, Delta] = defaultdict(Delta)
    for sort, alike in sorts.items():
        gained: list[Turning] = []
        lost: list[Turning] = []
        for question, (up, down) in zip(questions, tallies, strict=True):
            bits = question.judge.may(sort)
            was, is_now = crowd.before(bits), crowd.after(bits)
            if was == is_now:
                continue
            for people, told, tally in (
                (is_now & ~was, gained, up),
                (was & ~is_now, lost, down),
            ):
                if people:
                    told.append((question.actions, people))
                    tally.add(people, alike.count)
        if not gained and not lost:
            continue
        simulation.turned.append(Turned(sort, alike, gained, lost))
        dimensions = (
            simulation.total,
            kinds[sort.kind],
            namespaces[sort.space],
        )
        for way, told in enumerate((gained, lost)):
            everybody = decisions = 0
            for some, people in told:
                everybody |= people
                count = people.bit_count() * alike.count
                decisions += count * len(some)
                for action in some:
                    _way(actions[action], way).add(people, alike.count, count)
            overall[way].add(everybody, alike.count)
            for delta in dimensions:
                _way(delta, way).add(everybody, alike.count, decisions)
    simulation.actions = {one: actions[one] for one in Action if one in actions}
    simulation.kinds, simulation.namespaces = dict(kinds), dict(namespaces)
    _share_out(simulation, questions, tallies, overall)


def _way(delta: Delta, way: int) -> Count:
    return delta.lost if way else delta.gained


def _share_out(
    simulation: Simulation,
    questions: list[_Question],
    tallies: list[tuple["Tally", "Tally"]],
    overall: tuple["Tally", "Tally"],
) -> None:
    """Tell for each principal how much of it is theirs."""
    size = len(simulation.crowd)
    found: dict[int, OfPrincipal] = {}
    gained, lost = (tally.counts(size) for tally in overall)
    for place, pk in enumerate(simulation.crowd):
        if gained[place] or lost[place]:
            found[pk] = OfPrincipal(gained[place], lost[place])
    for question, (up, down) in zip(questions, tallies, strict=True):
        gained, lost = up.counts(size), down.counts(size)
        for place, pk in enumerate(simulation.crowd):
            if gained[place] or lost[place]:
                for action in question.actions:
                    found[pk].actions[action] = (gained[place], lost[place])
    simulation.principals = found
