"""What lies below what, in the trees that grants reach to: domains and tags?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps


@dataclass(frozen=True, slots=True)
class Tree:
    """For each row of a tree, by id: itself and all below it."""

    below: dict[int, frozenset[int]]

    def under(self, roots: Iterable[int]) -> frozenset[int]:
        """The subtrees of `roots`; a root that there is no more is itself."""
        found: set[int] = set()
        for root in roots:
            found |= self.below.get(root, frozenset((root,)))
        return frozenset(found)


@cache
def tree_model(scope: str) -> type[Any]:
    """The model of an app above whose rows make the tree of `scope`.

    It says `policy_scope = "domain"` (or "tag"), has a `name` and a `parent`, and its
    migration ends with `MovesPolicyEpoch`: what lies below a row is remembered.
    """
    for model in apps.get_models():
        if getattr(model, "policy_scope", None) == scope:
            return model
    raise LookupError(f"no model makes the tree of {scope}")


@cache
def asset_models() -> dict[str, type[Any]]:
    """The models of which grants can name one row, by the `kind` of their Policy."""
    found = {}
    for model in apps.get_models():
        if kind := getattr(getattr(model, "Policy", None), "kind", None):
            found[kind] = model
    return found


def read_tree(scope: str) -> Tree:
    """The tree as it is now; one query."""
    children: dict[int | None, list[int]] = defaultdict(list)
    rows = tree_model(scope)._default_manager.values_list("pk", "parent_id")
    parents = dict(rows)
    for pk, parent in parents.items():
        children[parent].append(pk)
    below: dict[int, frozenset[int]] = {}

    def gather(pk: int) -> frozenset[int]:
        if pk not in below:
            found = {pk}
            for child in children[pk]:
                found |= gather(child)
            below[pk] = frozenset(found)
        return below[pk]

    for pk in parents:
        gather(pk)
    return Tree(below)
