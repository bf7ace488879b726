"""What do people say of all that somebody may see, one statement after another?"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Q

from catalog.curation.effects import related
from catalog.curation.kinds import Kind, kind_of
from catalog.curation.subjects import ASSETS, ENTRIES, Asker, System, open_to
from catalog.curation.successors import conceal_successors
from catalog.hidden_columns import about_shown_columns
from catalog.models import STATEMENTS, Change, OnAsset, ProposalVerdict
from policies.actions import Action

AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Stated:
    """A standing statement as people write it, and the change that made it."""

    kind: str
    namespace: str
    name: str
    column: str
    aspect: str
    value: str
    detail: str
    change: Change


def standing(asker: Asker) -> Iterator[Stated]:
    """All that stands and that `asker` may see, under canonical names, by aspect.

    It is read as it is asked for, and held nowhere whole.
    """
    shown_columns = Q() if isinstance(asker, System) else about_shown_columns(asker)
    for model in STATEMENTS:
        if model is ProposalVerdict:
            continue
        rows = model._default_manager.standing().filter(
            _seen_by(model, asker), shown_columns
        )
        whole = rows.select_related(
            *related(model), "dataset__canonical__namespace", "opened_in__actor"
        )
        found = whole.order_by("pk").iterator(chunk_size=AT_ONCE)
        while part := list(islice(found, AT_ONCE)):
            for row in conceal_successors(part, asker):
                yield _stated(kind_of(row), row)


def _seen_by(model: type[OnAsset], asker: Asker) -> Q:
    """Statements about what is there to be seen, or about the vocabulary."""
    seen = Q()
    for level, asset in ASSETS.items():
        rows = open_to(asset, asker, Action.ASSET_VIEW).visible()
        holder = "dataset__canonical" if level == "dataset" else level
        seen |= Q(**{f"{holder}__in": rows.values("pk")})
    for level in ENTRIES:
        if level in {each.name for each in model._meta.fields} and _is_about(
            model, level
        ):
            seen |= Q(**{f"{level}__isnull": False, "namespace": None}) & _no_asset()
    return seen


def _is_about(model: type[OnAsset], level: str) -> bool:
    """Whether statements of a model are about such entries, rather than naming them."""
    return bool(model._meta.get_field(level).null)


def _no_asset() -> Q:
    return Q(namespace=None, dataset=None, job=None)


def _stated(kind: Kind, row: Any) -> Stated:
    subject = row.subject_row
    level = next(
        name for name, model in {**ASSETS, **ENTRIES}.items() if type(subject) is model
    )
    if level == "dataset":
        subject = subject.canonical
    space = subject.namespace.name if level in ("dataset", "job") else ""
    return Stated(
        level, space, subject.name, row.column, kind.name, kind.value(row),
        kind.detail(row), row.opened_in,
    )  # fmt: skip
