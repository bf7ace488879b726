"""Which denies by tag bear on somebody, for the columns that have one of the tags?

A column follows its dataset, and may be denied by itself: a deny that reaches to a tag
is one on every column with that tag, as people or producers put it there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q

from policies.access import Someone, rights_for
from policies.actions import Action
from policies.compiler.compiling import Filters, Holder, Trees, policy_of
from policies.compiler.rights import Right, Tagged
from policies.compiler.standing import current_reading
from policies.compiler.ways import NOTHING

_REASON = "a part of the filter that decides who may see their columns"

type _Tagged = Callable[[int, Filters], Q]


@dataclass(frozen=True)
class ColumnDenies:
    """The denies by tag that bear on somebody now; mostly there are none.

    They make filters over statements about columns, by the lookup to the asset whose
    column it is: that is where the condition of a deny has to hold.
    """

    rights: tuple[Right, ...]
    holder: Holder
    trees: Trees

    def __bool__(self) -> bool:
        return bool(self.rights)

    def of_assigned(self, statements: type[Model], subject: str) -> Q:
        """The statements (by `tag`) that put a denied tag on a column."""
        return self._any(
            self._assets(statements, subject),
            subject,
            lambda tag, _: Q(tag__among=sorted(self.trees.tags.under([tag]))),
        )

    def of_harvested(self, statements: type[Model], subject: str) -> Q:
        """The same of what producers say (by `name`)."""
        return self._any(
            self._assets(statements, subject),
            subject,
            lambda tag, filters: filters.named_below([tag], "name"),
        )

    def of_columns(self, model: Any) -> Q:
        """The assets, by whichever name, that have a column with a denied tag."""
        policy = policy_of(model)
        key = str(getattr(policy, "names", "")).rpartition("__")[0] or "pk"
        about = NOTHING
        for way, tagged, standing in (
            ("tags", self.of_assigned, {"recorded_to": None}),
            ("harvested", self.of_harvested, {}),
        ):
            if not (lookup := str(getattr(policy, way, ""))):
                continue
            subject = model._meta.get_field(lookup).field
            rows = subject.model._default_manager.exclude(column="").filter(
                tagged(subject.model, subject.name),
                **standing,
                **{f"{subject.name}__isnull": False},
            )
            whole = subject.name if key == "pk" else f"{subject.name}__{key}"
            about |= Q(**{f"{key}__in": rows.values(whole)})
        return about

    def _assets(self, statements: type[Model], subject: str) -> Filters:
        model: Any = statements._meta.get_field(subject).related_model
        return Filters(model, self.holder, self.trees)

    def _any(self, filters: Filters, subject: str, tagged: _Tagged) -> Q:
        parts = [NOTHING]
        for right in self.rights:
            assert isinstance(right.scope, Tagged)
            part = tagged(right.scope.tag, filters)
            if right.condition is not None:
                holds = filters.of_condition(right.condition, counts_every_tag=True)
                # As with the whole asset, it is judged by its canonical name.
                asset = subject if filters.key == "pk" else f"{subject}__{filters.key}"
                rows = filters.asset._default_manager.unrestricted(_REASON)
                part &= Q(**{f"{asset}__in": rows.filter(holds).values("pk")})
            parts.append(part)
        return reduce(or_, parts)


def column_denies(principal: Someone, *actions: Action) -> ColumnDenies:
    """The denies by tag that take one of these actions from `principal` just now."""
    reading = current_reading()
    standing = reading.standing(principal)
    rights: dict[Right, None] = {}
    for action in actions:
        _, denies = rights_for(standing, action)
        rights |= {one: None for one in denies if isinstance(one.scope, Tagged)}
    holder = Holder(standing.principal, standing.groups)
    return ColumnDenies(tuple(rights), holder, Trees(reading.tree))
