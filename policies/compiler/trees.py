"""What lies below what, in the trees that grants reach to: domains and tags?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from django.apps import apps


@dataclass(frozen=True)
class Tree:
    """For each row of a tree, by id: itself and all below it, and what it is called.

    A name is a path, its parts between `separator`.
    """

    below: dict[int, frozenset[int]]
    names: dict[int, str] = field(default_factory=dict)
    separator: str = ""

    def under(self, roots: Iterable[int]) -> frozenset[int]:
        """The subtrees of `roots`; a root that there is no more is itself."""
        found: set[int] = set()
        for root in roots:
            found |= self.below.get(root, frozenset((root,)))
        return frozenset(found)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Its rows by what they are called."""
        return {name: pk for pk, name in self.names.items()}

    def names_of(self, roots: Iterable[int]) -> list[str]:
        """What these rows are called; nothing for those that there are no more."""
        return sorted(self.names[root] for root in roots if root in self.names)


@cache
def tree_model(scope: str) -> type[Any]:
    """The model of an app above whose rows make the tree of `scope`.

    It says `policy_scope = "domain"` (or "tag"), has a `name` (a path, in parts between
    its SEPARATOR) and a `parent`, and its migration
    ends with `MovesPolicyEpoch`: what lies below a row is remembered.
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
    model = tree_model(scope)
    rows = model._default_manager.values_list("pk", "parent_id", "name")
    names = {}
    for pk, parent, names[pk] in rows:
        children[parent].append(pk)
    below: dict[int, frozenset[int]] = {}

    def gather(pk: int) -> frozenset[int]:
        if pk not in below:
            found = {pk}
            for child in children[pk]:
                found |= gather(child)
            below[pk] = frozenset(found)
        return below[pk]

    for pk in names:
        gather(pk)
    return Tree(below, names, model.SEPARATOR)
