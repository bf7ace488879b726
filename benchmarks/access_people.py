"""Who may what in a catalog of many people: groups, grants, denies, shares?

Beside the many there are viewers of the kinds that are measured, each kind of several
people with the same rights on other things.
"""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

import benchmarks.with_django  # noqa: F401 - before what needs it

# isort: split
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from benchmarks.access_world import REGIONS, Size
from catalog.models import Dataset, DatasetShare, Domain, Namespace, Tag
from policies.actions import Action
from policies.compiler.scopes import exactly
from policies.models import Grant, Group, Membership, Nesting, Principal, Role

EACH: Final = 5  # viewers of a kind
SHARED: Final = 200  # with each of the viewers of shares
WHY: Final = "a benchmark fills its own catalog"


class Peopling:
    """Writes people and their rights into a catalog that has its assets."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.chance = random.Random(20260602)  # noqa: S311
        self.roles = {role.name: role for role in Role.objects.all()}
        self.domains = list(Domain.objects.order_by("pk"))
        self.tags = list(Tag.objects.order_by("pk"))
        spaces = Namespace.objects.unrestricted(WHY).order_by("pk")
        self.spaces = list(spaces.values_list("pk", "name"))
        self.viewers: dict[str, list[Principal]] = {}
        self.grants: list[Grant] = []

    def people(self) -> dict[str, list[str]]:
        """Write all of them; the user names of the viewers of each kind."""
        self.make_groups()
        self.make_viewers()
        self.make_grants()
        self.make_shares()
        return {
            kind: [one.username for one in some] for kind, some in self.viewers.items()
        }

    def accounts(self, prefix: str, count: int) -> list[Principal]:
        some = [Principal(username=f"{prefix}-{n}") for n in range(count)]
        for one in some:
            one.set_unusable_password()
        return Principal.objects.bulk_create(some, batch_size=1_000)

    def make_groups(self) -> None:
        """Groups within groups, four in each, and people in one to three of them."""
        size, chance = self.size, self.chance
        self.crowd = self.accounts("person", size.people)
        self.groups = Group.objects.bulk_create(
            Group(name=f"group-{n}") for n in range(size.groups)
        )
        Nesting.objects.bulk_create(
            Nesting(outer=self.groups[n // 4], inner=self.groups[n])
            for n in range(4, size.groups)
        )
        Membership.objects.bulk_create(
            (
                Membership(group=group, principal=person)
                for person in self.crowd
                for group in chance.sample(self.groups, chance.choice((1, 1, 2, 3)))
            ),
            batch_size=1_000,
        )

    def make_grants(self) -> None:
        """So many in all as the size says, those of the viewers among them."""
        seen = {_identity(grant) for grant in self.grants}
        for effect, wanted in (("allow", self.size.allows), ("deny", self.size.denies)):
            count = sum(grant.effect == effect for grant in self.grants)
            while count < wanted:
                grant = self.grant(self.holder(), effect, **self.any_scope(effect))
                if _identity(grant) in seen:
                    continue
                seen.add(_identity(grant))
                self.grants.append(grant)
                count += 1
        Grant.objects.bulk_create(self.grants, batch_size=500)

    def grant(self, holder: Any, effect: str = "allow", **scope: Any) -> Grant:
        who = "group" if isinstance(holder, Group) else "principal"
        if "role" not in scope:
            scope["role"] = self.roles["viewer"]
        return Grant(effect=effect, reason="measured", **{who: holder}, **scope)

    def holder(self) -> Any:
        """A group, though none of the outermost ones, or a person."""
        if self.chance.random() < 0.5:
            return self.chance.choice(self.groups[16:])
        return self.chance.choice(self.crowd)

    def any_scope(self, effect: str) -> dict[str, Any]:
        chance = self.chance
        odds = (45, 15, 15, 15, 10) if effect == "allow" else (30, 10, 10, 30, 20)
        kinds = (self.space, self.glob, self.domain, self.tag, self.asset)
        [make] = chance.choices(kinds, odds)
        scope = make()
        roles = ("viewer", "viewer", "viewer", "steward", "auditor")
        scope["role"] = self.roles[chance.choice(roles)]
        if chance.random() < 0.2:
            scope["condition"] = self.condition()
        if chance.random() < 0.1:
            scope["valid_to"] = timezone.now() + timedelta(
                days=chance.randint(-30, 900)
            )
        return scope

    def space(self) -> dict[str, Any]:
        _, name = self.chance.choice(self.spaces)
        return {"reach": "namespace", "namespace_glob": exactly(name)}

    def glob(self) -> dict[str, Any]:
        number = self.chance.randint(1, self.size.namespaces // 10)
        glob = self.chance.choice((f"postgres://db-{number}*", f"*db-{number}.eu.*"))
        return {"reach": "namespace", "namespace_glob": glob}

    def domain(self) -> dict[str, Any]:
        return {"reach": "domain", "scope_id": self.chance.choice(self.domains[8:]).pk}

    def tag(self) -> dict[str, Any]:
        return {"reach": "tag", "scope_id": self.chance.choice(self.tags[20:]).pk}

    def asset(self) -> dict[str, Any]:
        pk = self.chance.randint(1, self.size.datasets)
        return {"reach": "asset", "asset_kind": "dataset", "scope_id": pk}

    def condition(self) -> dict[str, Any]:
        tags = [tag.pk for tag in self.chance.sample(self.tags, 2)]
        return self.chance.choice(
            [
                {"env_in": ["production"]},
                {"not": {"tag_in": tags}},
                {"any": [{"owner_is_me": True}, {"lifecycle_in": ["active"]}]},
                {"all": [{"tag_in": tags}, {"env_in": ["production", "staging"]}]},
            ]
        )

    def make_viewers(self) -> None:
        """People of the kinds that are measured."""
        kinds: dict[str, Callable[[Principal, int], Iterator[Grant]]] = {
            "everything": self.everything,
            "everything but 12 denies": self.denied,
            "3 namespaces": self.few,
            "60 grants": self.many,
            "40 namespaces of a glob": self.globbed,
            "2 tags": self.tagged,
            "a domain": self.placed,
            "a condition": self.conditional,
            "200 shares": self.nothing,
        }
        for kind, rights in kinds.items():
            some = self.accounts(kind.replace(" ", "-"), EACH)
            self.viewers[kind] = some
            for number, one in enumerate(some):
                self.grants += rights(one, number)
        self.viewers["anybody"] = self.crowd[:EACH]

    def everything(self, one: Principal, number: int) -> Iterator[Grant]:
        yield self.grant(one)

    def denied(self, one: Principal, number: int) -> Iterator[Grant]:
        yield self.grant(one)
        for make in (
            self.space,
            self.glob,
            self.domain,
            self.tag,
            self.asset,
            self.tag,
        ):
            for _ in range(2):
                yield self.grant(one, "deny", **make())

    def few(self, one: Principal, number: int) -> Iterator[Grant]:
        for place in (10, 400, 900):
            name = self.spaces[(place + number) % len(self.spaces)][1]
            yield self.grant(one, reach="namespace", namespace_glob=exactly(name))

    def many(self, one: Principal, number: int) -> Iterator[Grant]:
        makes = (self.space, self.space, self.glob, self.domain, self.tag, self.asset)
        seen = set()
        for make in makes * 10:
            scope = make()
            if str(scope) not in seen:
                seen.add(str(scope))
                yield self.grant(one, **scope)

    def globbed(self, one: Principal, number: int) -> Iterator[Grant]:
        region = REGIONS[number % len(REGIONS)]
        yield self.grant(
            one,
            reach="namespace",
            namespace_glob=f"postgres://db-1{number}*.{region}.*",
        )

    def tagged(self, one: Principal, number: int) -> Iterator[Grant]:
        for place in (20, 60):
            yield self.grant(one, reach="tag", scope_id=self.tags[place + number].pk)

    def placed(self, one: Principal, number: int) -> Iterator[Grant]:
        yield self.grant(one, reach="domain", scope_id=self.domains[8 + number].pk)

    def conditional(self, one: Principal, number: int) -> Iterator[Grant]:
        tags = [tag.pk for tag in self.tags[number : number + 2]]
        yield self.grant(
            one,
            condition={"all": [{"env_in": ["production"]}, {"not": {"tag_in": tags}}]},
        )

    def nothing(self, one: Principal, number: int) -> Iterator[Grant]:
        yield from ()

    def make_shares(self) -> None:
        """guardian's rows: some with the viewers of shares, the rest with anybody."""
        permission, _ = Permission.objects.get_or_create(
            content_type=ContentType.objects.get_for_model(Dataset),
            codename=str(Action.ASSET_VIEW),
            defaults={"name": "May do asset.view on this one"},
        )
        numbers = range(1, self.size.datasets + 1)
        pairs = {
            (one.pk, pk)
            for one in self.viewers["200 shares"]
            for pk in self.chance.sample(numbers, SHARED)
        }
        while len(pairs) < self.size.shares:
            pairs.add((self.chance.choice(self.crowd).pk, self.chance.choice(numbers)))
        DatasetShare.objects.bulk_create(
            (
                DatasetShare(user_id=user, permission=permission, content_object_id=pk)
                for user, pk in sorted(pairs)
            ),
            batch_size=2_000,
        )


def _identity(grant: Grant) -> tuple[object, ...]:
    """Of what no two may stand."""
    where = (grant.reach, grant.namespace_glob, grant.asset_kind, grant.scope_id)
    who = (grant.principal_id, grant.group_id, grant.role_id, grant.effect)
    return (*who, *where, str(grant.condition))
