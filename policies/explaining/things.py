"""How much may somebody do something with, and where does it lie?"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Model

from policies.actions import Action
from policies.compiler.compiling import policy_of
from policies.compiler.standing import Someone
from policies.compiler.trees import asset_models, tree_model


@dataclass(frozen=True)
class Within:
    """How many assets of a kind somebody may do something with, and where they lie.

    The largest first; a domain of None is none. An asset lies in its own domain or
    else in that of its namespace.
    """

    kind: str
    count: int
    namespaces: list[tuple[Model, int]]
    domains: list[tuple[Model | None, int]]


def what_may(
    principal: Someone, action: Action, *, asker: Someone | None = None
) -> list[Within]:
    """Count what `principal` may do `action` on, kind by kind, as lists would show it.

    With `asker`, only what that one may see is counted: a number tells, too.
    """
    domain_of = _domains_of_namespaces()
    return [
        _within(kind, _rows(model, principal, action, asker), domain_of)
        for kind, model in asset_models().items()
    ]


def examples(
    kind: str, principal: Someone, action: Action, *, asker: Someone | None = None
) -> Any:
    """The assets of a kind that `what_may` counts, as rows."""
    return _rows(asset_models()[kind], principal, action, asker)


def _rows(
    model: type[Model], principal: Someone, action: Action, asker: Someone | None
) -> Any:
    known: Any = model._default_manager
    rows = known.visible().permitted(principal, action)
    return rows if asker is None else rows.permitted(asker, Action.ASSET_VIEW)


def _within(kind: str, rows: Any, domain_of: dict[int, int]) -> Within:
    policy = policy_of(rows.model)
    space = policy.namespace
    home = f"{space}_id" if space else "pk"
    told = rows.order_by().values_list(home).annotate(number=Count("pk"))
    counted = Counter(dict(told))
    return Within(
        kind,
        counted.total(),
        _named(asset_models()["namespace"], counted) if space else [],
        _domains(rows, counted, home, domain_of if space else {}),
    )


def _domains(
    rows: Any, counted: Counter[int], home: str, domain_of: dict[int, int]
) -> list[tuple[Model | None, int]]:
    """Those that are placed themselves, and the rest by their namespaces."""
    policy = policy_of(rows.model)
    placement = "__".join(filter(None, (getattr(policy, "names", ""), "placements")))
    placed = rows.order_by().filter(
        **{
            f"{placement}__recorded_to": None,
            f"{placement}__column": "",
            f"{placement}__domain__isnull": False,
        }
    )
    number = Count("pk", distinct=True)
    own = placed.values_list(f"{placement}__domain").annotate(number=number)
    found: Counter[int | None] = Counter(dict(own))
    rest = counted - Counter(dict(placed.values_list(home).annotate(number=number)))
    for space, count in rest.items():
        found[domain_of.get(space)] += count
    named: list[tuple[Model | None, int]] = [*_named(tree_model("domain"), found)]
    if found[None]:
        named.append((None, found[None]))
    return named


def _domains_of_namespaces() -> dict[int, int]:
    model = asset_models()["namespace"]
    placements = model._meta.get_field(policy_of(model).placements)
    standing: Any = placements.related_model._default_manager
    key = placements.field.attname
    about = standing.filter(recorded_to=None, **{f"{key}__isnull": False})
    return dict(about.values_list(key, "domain"))


def _named(model: Any, counted: Counter[Any]) -> list[tuple[Model, int]]:
    """The rows of ids, the largest number first."""
    ids = [pk for pk in counted if pk is not None]
    rows = model._default_manager
    if hasattr(rows, "unrestricted"):
        rows = rows.unrestricted("homes of rows that are permitted")
    named = [(row, counted[row.pk]) for row in rows.filter(pk__in=ids)]
    return sorted(named, key=lambda one: (-one[1], str(one[0])))
