"""How is a history told, and held against the catalog in every order?"""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any, NamedTuple

from lineage.digesting import FOLDS
from tests.lineage.projection import observed
from tests.lineage.projection.catalogs import catalog_of, digest_now, rows_now

Batches = Sequence[Sequence[bytes]]


class History(NamedTuple):
    """Some events, in the order of telling, and what the catalog says after them.

    The keys of `expected` are functions of `observed`.
    """

    fact: str
    events: list[bytes]
    expected: dict[str, Any]


def history(fact: str, *events: bytes, **expected: Any) -> History:
    return History(fact, list(events), expected)


def fact_of(told: object) -> str:
    return told.fact.replace(" ", "_") if isinstance(told, History) else repr(told)


def check(told: History, orders: Callable[[list[bytes]], Iterator[Batches]]) -> None:
    """Hold a history against the catalog: one answer and one digest in all orders."""
    with catalog_of([told.events]) as outcomes:
        assert {outcome.status for outcome in outcomes} == {201}
        for question, answer in told.expected.items():
            assert getattr(observed, question)() == answer, question
        digest, rows = digest_now(), folds_now()
    for batches in orders(told.events):
        with catalog_of(batches):
            if digest_now() != digest:
                raise AssertionError(_told(batches, differences(rows, folds_now())))


def folds_now() -> dict[str, list[str]]:
    return {fold: rows_now(fold) for fold in FOLDS}


def differences(wanted: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """The rows of one catalog that the other lacks."""
    return [
        f"{sign} {fold} {row}"
        for fold in wanted
        for sign, one, other in (
            ("-", wanted[fold], found[fold]),
            ("+", found[fold], wanted[fold]),
        )
        for row in sorted(set(one) - set(other))
    ]


def some_orders(events: list[bytes]) -> Iterator[Batches]:
    """A few orders, splits and repeats; always the same ones."""
    shuffled = random.Random(len(events)).sample(events, len(events))
    yield [[one] for one in events]
    yield [[one] for one in reversed(events)]
    yield [[one] for one in shuffled]
    yield [shuffled[: len(events) // 2], events[::-1]]


def all_orders(events: list[bytes]) -> Iterator[Batches]:
    """Every order, one by one and cut in two."""
    for order in permutations(events):
        yield [[one] for one in order]
        for cut in range(1, len(order)):
            yield [order[:cut], order[cut:]]


def _told(batches: Batches, found: list[str]) -> str:
    sent = [f"{i}: {event.decode()}" for i, b in enumerate(batches) for event in b]
    return "\n".join(["The digest differs.", *found, "Batches:", *sent])
