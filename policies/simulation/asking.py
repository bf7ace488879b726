"""Which questions does a change of rights raise, and what must be known to answer?"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from policies.actions import Action
from policies.compiler.compiling import Holder, Trees
from policies.compiler.standing import current_reading
from policies.compiler.trees import asset_models
from policies.roles import OWNING
from policies.simulation.gathering import Reach, Sort, Wanted
from policies.simulation.judging import Crowd, Judge, JudgeByName, Spaces, Term
from policies.simulation.states import State

_REASON = "names that scopes of rights are compared with; none is told"
# Somebody to whom only what groups answer for belongs.
_NOBODY = 0

# Of one action: the rights that bear on it, and who has them.
type Table = dict[Term, int]
# The assets that are shared for an action, by kind and id, and with whom.
type SharedWith = dict[tuple[str, int], int]


class Decides(Protocol):
    def may(self, sort: Sort) -> int: ...


@dataclass(frozen=True, slots=True)
class Question:
    """Actions that one judge decides in the same way."""

    actions: tuple[Action, ...]
    judge: Decides


@dataclass(frozen=True, slots=True)
class Tables:
    """What bears on each action just then: rights, and shares."""

    rights: dict[Action, Table]
    shares: dict[str, SharedWith]


def tables_of(crowd: Crowd, before: State, after: State, at: datetime) -> Tables:
    """Whose rights are which, before and after."""
    rights: dict[Action, Table] = defaultdict(lambda: defaultdict(int))
    shares: dict[str, SharedWith] = defaultdict(lambda: defaultdict(int))
    for side, state in enumerate((before, after)):
        for holding in state.holdings.values():
            if holding.group is not None:
                bits = crowd.groups.get(holding.group, 0)
            else:
                bits = crowd.principals.get(holding.principal or 0, 0)
            bits = crowd.on_side(bits, side)
            right = holding.right
            if not bits or not right.is_valid(at):
                continue
            term = (right.scope, right.effect, right.condition)
            for action in right.actions:
                if action in _ACTIONS:
                    rights[_ACTIONS[action]][term] |= bits
        for share in state.shares:
            bits = crowd.principals.get(share.principal, 0)
            if bits := crowd.on_side(bits, side):
                shares[share.action][share.kind, share.asset] |= bits
    return Tables(rights, shares)


# A role may hold what a former version called an action.
_ACTIONS = {str(action): action for action in Action}


def questions_about(crowd: Crowd, tables: Tables) -> tuple[list[Question], Wanted]:
    """What is to be asked of each sort of assets, and what of them must be known."""
    alike = _alike(crowd, tables)
    wanted = Wanted(reach=_reach(crowd, tables, list(alike.values())))
    wanted.principals, wanted.groups = set(crowd.principals), set(crowd.groups)
    if not alike:
        return [], wanted
    rows = asset_models()["namespace"]._default_manager.unrestricted(_REASON)
    spaces = Spaces(dict(rows.values_list("pk", "name")))
    trees = Trees(current_reading().tree)
    questions = []
    for actions in alike.values():
        first = actions[0]
        table, shares = tables.rights[first], tables.shares.get(str(first), {})
        judge: Decides
        if first is Action.EVENT_INGEST:
            judge = JudgeByName(crowd, table, spaces)
        else:
            _want(wanted, table, shares, owning=first in OWNING)
            judge = Judge(
                crowd,
                table,
                owning=first in OWNING,
                shares=shares,
                spaces=spaces,
                trees=trees,
            )
        questions.append(Question(tuple(actions), judge))
    return questions, wanted


def _alike(crowd: Crowd, tables: Tables) -> dict[object, list[Action]]:
    """The actions that can turn, those together that the same rights decide."""
    alike: dict[object, list[Action]] = defaultdict(list)
    people, groups = _moved(crowd.principals, crowd), _moved(crowd.groups, crowd)
    for action in Action:
        table, shared = tables.rights[action], tables.shares.get(str(action), {})
        differs = any(
            (people, groups, _moved(table, crowd), _moved(shared, crowd)),
        )
        if not action.is_bound_to_assets or not differs:
            continue
        key = (
            action is Action.EVENT_INGEST,
            action in OWNING,
            frozenset(table.items()),
            frozenset(shared.items()),
        )
        alike[key].append(action)
    return alike


def _moved[T](held: dict[T, int], crowd: Crowd) -> list[T]:
    """What is held by others after than before."""
    return [one for one, bits in held.items() if crowd.differs(bits)]


def _reach(crowd: Crowd, tables: Tables, alike: list[list[Action]]) -> Reach:
    """Where anything can turn: where rights, shares or owners differ."""
    reach = Reach()
    for [first, *_] in alike:
        for scope, _, _ in _moved(tables.rights[first], crowd):
            reach.add(scope)
        for kind, pk in _moved(tables.shares.get(str(first), {}), crowd):
            reach.shares[kind].add(pk)
        # Rights to send events can turn in a namespace by anything that lies in it.
        reach.all_namespaces |= first is Action.EVENT_INGEST
    people, groups = _moved(crowd.principals, crowd), _moved(crowd.groups, crowd)
    if len(people) > 1:
        reach.is_everything = True
    if people or groups:
        reach.owners = Holder(people[0] if people else _NOBODY, frozenset(groups))
    return reach


def _want(wanted: Wanted, table: Table, shares: SharedWith, *, owning: bool) -> None:
    wanted.owners |= owning
    for term in table:
        wanted.ask(*term)
    for kind, pk in shares:
        wanted.shares[kind].add(pk)
