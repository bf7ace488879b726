"""Do rights stand on a word, so that whoever keeps words cannot take them away?"""

from typing import Any

from policies.compiler import conditions
from policies.compiler.trees import tree_model
from policies.models import ApprovalRule, Grant


def bears_rights(scope: str, pk: int) -> bool:
    """Whether grants reach what a word (a "tag" or "domain") is said of.

    Of the words above it denies and conditions count: without the word they would let
    something go. That an allow from above reaches less is no danger.
    """
    above = _above(scope, pk)
    own = {"reach": scope, "scope_id": pk}
    grants = Grant.objects.standing()
    if grants.filter(**own).exists():
        return True
    reaching = {"reach": scope, "scope_id__in": [pk, *above]}
    if grants.filter(effect=Grant.Effect.DENY, **reaching).exists():
        return True
    if ApprovalRule.objects.standing().filter(**reaching).exists():
        return True
    if scope != "tag":
        return False
    documents = grants.filter(condition__isnull=False).values_list(
        "condition", flat=True
    )
    return any(
        tag in (pk, *above)
        for document in documents
        for tag in conditions.tags_in(conditions.stored(document))
    )


def _above(scope: str, pk: int) -> list[int]:
    rows: Any = tree_model(scope)._default_manager
    found: list[int] = []
    parent = rows.values_list("parent", flat=True).get(pk=pk)
    while parent is not None:
        found.append(parent)
        parent = rows.values_list("parent", flat=True).get(pk=parent)
    return found
