"""Which namespaces, by name, does a scope of the tree come down to?

For what is judged by names alone. What is found holds until the policy epoch moves:
placing a namespace or an asset moves it.
"""

from typing import Any

from django.db.models import Model, Q
from django.db.models.lookups import Exact

from policies.compiler.compiling import Filters, Holder, Trees, policy_of
from policies.compiler.rights import Scope
from policies.compiler.scopes import Glob, exactly
from policies.compiler.standing import Reading
from policies.compiler.trees import asset_models
from policies.compiler.ways import apart

_REASON = "names for a scope that is judged by names"


def in_domain(reading: Reading, domain: int) -> list[Glob]:
    """The namespaces that are placed in a domain or below it."""
    return _names(_rows(asset_models()["namespace"], reading, domain), "name")


def around_domain(reading: Reading, domain: int) -> list[Glob]:
    """The namespaces in which anything is placed in a domain or below it."""
    found: list[Glob] = []
    for model in asset_models().values():
        lookup = "__".join(filter(None, (policy_of(model).namespace, "name")))
        found += _names(_rows(model, reading, domain), lookup)
    return list(dict.fromkeys(found))


def of_namespace(pk: int) -> list[Glob]:
    """One namespace, if it is there."""
    model: Any = asset_models()["namespace"]
    return _names(model.objects.unrestricted(_REASON).filter(pk=pk), "name")


def around_asset(kind: str, pk: int) -> list[Glob]:
    """The namespaces in which an asset has a name."""
    model = asset_models().get(kind)
    if model is None:
        return []
    policy = policy_of(model)
    names = getattr(policy, "names", "")
    rows: Any = model._default_manager
    about = Q(**{names: pk}) if names else Q(pk=pk)
    lookup = "__".join(filter(None, (policy.namespace, "name")))
    return _names(rows.unrestricted(_REASON).filter(about), lookup)


def by_other_names(reading: Reading, scope: Scope) -> list[Glob]:
    """The namespaces in which what a deny takes has names, if it has several.

    A deny on one of its names is one on the asset, and so on all the others.
    """
    found: list[Glob] = []
    for model in asset_models().values():
        filters = Filters(model, Holder(None), Trees(reading.tree))
        if filters.key == "pk":
            continue
        rows: Any = model._default_manager.unrestricted(_REASON)
        several = rows.filter(~Q(Exact(apart(filters.key), 0))).values(filters.key)
        denied = filters.of_scope(scope, is_deny=True)
        named = rows.filter(denied, **{f"{filters.key}__in": several})
        found += _names(named, filters.namespace_name)
    return found


def _rows(model: type[Model], reading: Reading, domain: int) -> Any:
    filters = Filters(model, Holder(None), Trees(reading.tree))
    domains = reading.tree("domain").under([domain])
    rows: Any = model._default_manager
    return rows.unrestricted(_REASON).filter(filters.in_domains(domains))


def _names(rows: Any, lookup: str) -> list[Glob]:
    names = rows.order_by().values_list(lookup, flat=True).distinct()
    return [Glob.parse(exactly(name)) for name in names]
