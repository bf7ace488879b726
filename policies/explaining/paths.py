"""By which ways does a grant bear on somebody, and on an asset?"""

from collections.abc import Collection
from typing import Any

from policies.compiler.facts import Facts, Said
from policies.compiler.rights import InDomain, InNamespaces, One, Scope, Tagged
from policies.compiler.standing import Reading, Standing, scope_of_grant
from policies.compiler.trees import Tree, asset_models, tree_model
from policies.explaining.telling import Place, Step
from policies.models import Grant, Group, Membership, Nesting

type Groups = dict[int, tuple[Group, ...]]


def groups_to(reading: Reading, standing: Standing, wanted: Collection[int]) -> Groups:
    """For each of the groups: the way to it from who asks, nearest first."""
    if not wanted or standing.principal is None:
        return {}
    if standing.principal not in reading.ways_out:
        reading.ways_out[standing.principal] = _ways_out(standing)
    found = reading.ways_out[standing.principal]
    met = {pk: found[pk] for pk in wanted if pk in found}
    groups = Group.objects.in_bulk({step for path in met.values() for step in path})
    return {pk: tuple(groups[step] for step in path) for pk, path in met.items()}


def _ways_out(standing: Standing) -> dict[int, tuple[int, ...]]:
    own = Membership.objects.standing().filter(principal=standing.principal)
    outer: dict[int, list[int]] = {}
    nestings = Nesting.objects.standing().filter(inner__in=standing.groups)
    for inner, around in nestings.values_list("inner", "outer").order_by("pk"):
        outer.setdefault(inner, []).append(around)
    paths: dict[int, tuple[int, ...]] = {
        pk: (pk,) for pk in own.order_by("pk").values_list("group", flat=True)
    }
    edge = list(paths)
    while edge:
        ahead = []
        for pk in edge:
            for around in outer.get(pk, []):
                if around not in paths:
                    paths[around] = (*paths[pk], around)
                    ahead.append(around)
        edge = ahead
    return paths


class Ways:
    """The ways from one asset to what scopes reach; rows are read once."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._rows: dict[tuple[str, int], Any] = {}

    def to_grant(self, grant: Grant) -> tuple[Step, ...]:
        """The steps from the asset to what a grant that bears on it reaches."""
        is_deny = grant.effect == Grant.Effect.DENY
        return self.to_scope(scope_of_grant(grant), is_deny=is_deny)

    def to_scope(self, scope: Scope, *, is_deny: bool) -> tuple[Step, ...]:
        match scope:
            case InNamespaces(glob):
                return self._to_glob(glob, is_deny)
            case InDomain(root):
                placed = self.facts.placed(is_deny=is_deny)
                return self._in_domain(root, self.facts.among(scope), placed)
            case Tagged(root):
                return self._in_tag(root, self.facts.among(scope), is_deny)
            case One("namespace", pk):
                return self._to_space(pk)
            case One(_, pk) if pk != self.facts.name.pk:
                return (Step(Place.NAME, self._row(self.facts.kind, pk)),)
        return ()

    def to_owner(self, said: Said) -> tuple[Step, ...]:
        """The steps to what is owned: its namespace, or another name of it."""
        if said.of_namespace:
            return self.to_namespace()
        return self._to_name_of(said)

    def to_domains(self) -> list[tuple[Step, ...]]:
        """The steps to each domain that the asset belongs to."""
        return [
            self._in_domain(said.row.domain_id, {said.row.domain_id}, [said])
            for said in self.facts.placements
        ]

    def _to_glob(self, glob: Any, is_deny: bool) -> tuple[Step, ...]:
        facts = self.facts
        if glob.matches(facts.name.space_name) or not is_deny:
            return self.to_namespace()
        other = next(one for one in facts.names if glob.matches(one.space_name))
        return self._to_space(other.space)

    def to_namespace(self) -> tuple[Step, ...]:
        space = self.facts.name.space
        if space is None:  # it is the namespace itself
            return ()
        return (Step(Place.NAMESPACE, self._row("namespace", space)),)

    def _to_space(self, space: int | None) -> tuple[Step, ...]:
        """To a namespace, by way of the name that lies in it."""
        if space is None or self.facts.name.space in (None, space):
            return self.to_namespace()
        other = next(one for one in self.facts.names if one.space == space)
        return (
            Step(Place.NAME, self._row(self.facts.kind, other.pk)),
            Step(Place.NAMESPACE, self._row("namespace", space)),
        )

    def _in_domain(
        self, root: int, among: Collection[int], placed: list[Said]
    ) -> tuple[Step, ...]:
        said = next(one for one in placed if one.row.domain_id in among)
        tree = self.facts.reading.tree("domain")
        chain = _chain(tree, said.row.domain_id, root)
        before = (
            self._to_space(said.space) if said.of_namespace else self._to_name_of(said)
        )
        return (*before, *self._steps(Place.DOMAIN, chain, said))

    def _in_tag(
        self, root: int, among: frozenset[int], is_deny: bool
    ) -> tuple[Step, ...]:
        found = list(self.facts.tagged(among, is_deny=is_deny))
        said = next((one for one in found if one.is_confirmed), found[0])
        leaf = self.facts.tag_of(said) or root
        chain = _chain(self.facts.reading.tree("tag"), leaf, root)
        return (*self._to_name_of(said), *self._steps(Place.TAG, chain, said))

    def _to_name_of(self, said: Said) -> tuple[Step, ...]:
        """To another name of the asset, if the statement is about that one."""
        pk = getattr(said.row, f"{self.facts.kind}_id", None)
        if pk is None or pk == self.facts.name.pk:
            return ()
        return (Step(Place.NAME, self._row(self.facts.kind, pk)),)

    def _steps(self, place: Place, chain: list[int], said: Said) -> list[Step]:
        first, *rest = (self._row(place, pk) for pk in chain)
        return [
            Step(place, first, said.row, said.is_confirmed),
            *(Step(place, row) for row in rest),
        ]

    def _row(self, kind: str, pk: int) -> Any:
        if (kind, pk) not in self._rows:
            model = asset_models().get(kind)
            if model is None:
                rows: Any = tree_model(kind)._default_manager
            else:
                rows = model._default_manager.unrestricted(_REASON)
                if space := model.Policy.namespace:
                    rows = rows.select_related(space)
            self._rows[kind, pk] = rows.get(pk=pk)
        return self._rows[kind, pk]


_REASON = (
    "what a decision about an asset stands on; its asker is told what they may see"
)


def _chain(tree: Tree, leaf: int, root: int) -> list[int]:
    """What lies between a row of a tree and one above it, both included."""
    under = tree.under([root])
    between = [pk for pk in under if leaf in tree.under([pk])]
    return sorted(between, key=lambda pk: len(tree.under([pk]))) or [leaf]
