"""Who reviews which ground of access: never who holds it, and never who gave it?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from policies import access
from policies.actions import Action
from policies.compiler.overlap import assets_in
from policies.compiler.rights import InNamespaces
from policies.compiler.standing import scope_of_grant, standings_of
from policies.compiler.trees import asset_models, tree_model
from policies.deciders import owners_of, whole
from policies.granting import may_grant_anything
from policies.models import HeldChange, Principal, ReviewItem
from policies.models.scoped import Scoped


class Reviewers:
    """People who can review, the best placed first, and what bars each of them."""

    def __init__(
        self, people: Sequence[Principal], administrators: Sequence[Principal]
    ) -> None:
        self.people, self.administrators = list(people), list(administrators)
        every = {each.pk for each in (*people, *administrators)}
        self._groups = {
            pk: standing.groups for pk, standing in standings_of(every).items()
        }
        self._load: Counter[int] = Counter()

    def assign(self, items: Iterable[ReviewItem], beyond: set[int]) -> None:
        """Give each item to whom fewest are given of those who may review it.

        What reaches beyond the scope under review is for administrators of access;
        what nobody may review stays without a reviewer.
        """
        told = list(items)
        approvers = approvers_of(told)
        administrators = {each.pk for each in self.administrators}
        for item in told:
            some = [p for p in self.people if self._fits(p, item, approvers)]
            if id(item) in beyond:
                some = [p for p in some if p.pk in administrators]
            some = some or [
                p for p in self.administrators if self._fits(p, item, approvers)
            ]
            if some:
                item.reviewer = min(some, key=lambda p: (self._load[p.pk], p.pk))
                self._load[item.reviewer.pk] += 1
            else:
                item.reviewer = None

    def _fits(
        self, person: Principal, item: ReviewItem, approvers: dict[int, int]
    ) -> bool:
        groups = self._groups[person.pk]
        return not bars(person, item, groups, approvers.get(item.grant_id or 0))


def bars(
    person: Principal,
    item: ReviewItem,
    groups: frozenset[int],
    approver: int | None = None,
) -> bool:
    """Whether somebody would judge what they have, or what they gave."""
    if person.pk in (item.holder_id, item.given_by_id, approver):
        return True
    return item.holder_id is None and item.group_id in groups


def may_review(person: Principal, item: ReviewItem) -> bool:
    """Whether somebody may answer for an item: its reviewer, or an administrator."""
    narrowing = access.narrowing_of(person)
    if not person.is_active or not narrowing.covers(Action.ACCESS_SHARE):
        return False
    if item.reviewer_id != person.pk and not may_grant_anything(person):
        return False
    groups = standings_of([person.pk])[person.pk].groups
    return not bars(person, item, groups, approvers_of([item]).get(item.grant_id or 0))


def approvers_of(items: Iterable[ReviewItem]) -> dict[int, int]:
    """The second person of each grant that needed one."""
    grants = {item.grant_id for item in items if item.grant_id is not None}
    held = HeldChange.objects.filter(grant__in=grants, decided_by__isnull=False)
    return {
        grant: person
        for grant, person in held.values_list("grant", "decided_by")
        if grant is not None and person is not None
    }


def owners_within(scope: Scoped) -> list[Principal]:
    """Who answers for what is reviewed: for an asset, a domain, some namespaces."""
    reached = scope_of_grant(scope)
    rows: list[Any] = []
    if isinstance(reached, InNamespaces):
        rows = list(assets_in(asset_models()["namespace"], reached)[:1000])
    elif scope.reach == "domain":
        rows = list(tree_model("domain")._default_manager.filter(pk=scope.scope_id))
    elif scope.reach == "asset":
        model = asset_models()[scope.asset_kind]
        found = model._default_manager.unrestricted("what is reviewed, for its owners")
        rows = [whole(row) for row in found.filter(pk=scope.scope_id)]
    people = Principal.objects.active().filter(pk__in=owners_of(rows))
    return list(people.order_by("pk"))
