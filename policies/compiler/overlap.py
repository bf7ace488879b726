"""Have two scopes anything in common?"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q

from policies.compiler.compiling import Filters, Holder, Trees, policy_of
from policies.compiler.rights import (
    EVERYTHING,
    InDomain,
    InNamespaces,
    One,
    Scope,
    Tagged,
)
from policies.compiler.scopes import Glob, exactly
from policies.compiler.standing import Reading, current_reading
from policies.compiler.trees import asset_models
from policies.compiler.ways import NOTHING

_REASON = "whether there is anything in two scopes at once"
# Stands for nobody, so that what groups own can be asked for alone.
_NOBODY = 0


def meet(one: Scope, other: Scope) -> bool:
    """Whether anything is in both scopes, or will be when it comes.

    The shapes of globs and trees say what may come; else what there is now decides. An
    asset is in all the places that any of its names is in, and by any tag that it has:
    those on its columns and those that producers put on it included.
    """
    if EVERYTHING in (one, other) or _overlap_by_shape(one, other):
        return True
    reading = current_reading()
    return any(
        _rows(model)
        .filter(_in(model, reading, one))
        .filter(_in(model, reading, other))
        .exists()
        for model in asset_models().values()
    )


def _overlap_by_shape(one: Scope, other: Scope) -> bool:
    reading = current_reading()
    match one, other:
        case InNamespaces(first), InNamespaces(second):
            return globs_meet(first, second)
        case InDomain(first_root), InDomain(second_root):
            return _on_one_branch(reading, "domain", first_root, second_root)
        case Tagged(first_root), Tagged(second_root):
            return _on_one_branch(reading, "tag", first_root, second_root)
        case (InNamespaces(glob), One("namespace", pk)) | (
            One("namespace", pk),
            InNamespaces(glob),
        ):
            return any(globs_meet(glob, Glob.parse(exactly(n))) for n in _named(pk))
    return False


def may_reach(given: Scope, guarded: Scope) -> bool:
    """Whether a right over `given` reaches into `guarded`, or could be made to.

    Whoever tags extends a right by tag: it could come to reach anything.
    """
    return isinstance(given, Tagged) or meet(given, guarded)


def owned_in(groups: Iterable[int], guarded: Scope) -> bool:
    """Whether any of these groups answers for anything in a scope."""
    reading = current_reading()
    holder = Holder(_NOBODY, frozenset(groups))
    return any(
        _rows(model)
        .filter(Filters(model, holder, Trees(reading.tree)).owned())
        .filter(_in(model, reading, guarded))
        .exists()
        for model in asset_models().values()
    )


def assets_in(model: type[Model], scope: Scope) -> Any:
    """The rows of an asset model that are in a scope, by any of their names or tags."""
    return _rows(model).filter(_in(model, current_reading(), scope))


def globs_meet(one: Glob, other: Glob) -> bool:
    """Whether some name fits both patterns."""
    if len(one.literals) == 1:
        return other.matches(one.literals[0])
    if len(other.literals) == 1:
        return one.matches(other.literals[0])
    # What stands between stars can follow one after the other; the ends have to agree.
    starts = sorted((one.literals[0], other.literals[0]), key=len)
    ends = sorted((one.literals[-1], other.literals[-1]), key=len)
    return starts[1].startswith(starts[0]) and ends[1].endswith(ends[0])


def _in(model: type[Model], reading: Reading, scope: Scope) -> Q:
    filters = Filters(model, Holder(None), Trees(reading.tree))
    about = filters.of_scope(scope, is_deny=True)
    if isinstance(scope, Tagged):
        about |= _with_tagged_columns(filters, scope.tag)
    return about


def _with_tagged_columns(filters: Filters, tag: int) -> Q:
    """What has a tag on whatever of it, as people or producers say."""
    policy, about = policy_of(filters.asset), NOTHING
    below = sorted(filters.trees.tags.under([tag]))
    for way, said in (
        ("tags", Q(tag__in=below, recorded_to=None)),
        ("harvested", filters.named_below([tag], "name")),
    ):
        if not (lookup := str(getattr(policy, way, ""))):
            continue
        subject = filters.asset._meta.get_field(lookup).field
        rows = subject.model._default_manager.filter(
            said, **{f"{subject.name}__isnull": False}
        )
        key = filters.key
        whole = subject.name if key == "pk" else f"{subject.name}__{key}"
        about |= Q(**{f"{key}__in": rows.values(whole)})
    return about


def _rows(model: type[Model]) -> Any:
    manager: Any = model._default_manager
    return manager.unrestricted(_REASON)


def _named(pk: int) -> list[str]:
    rows = _rows(asset_models()["namespace"])
    return list(rows.filter(pk=pk).values_list("name", flat=True))


def _on_one_branch(reading: Reading, tree: str, one: int, other: int) -> bool:
    nodes = reading.tree(tree)
    return one in nodes.under([other]) or other in nodes.under([one])
