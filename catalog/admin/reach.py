"""Which rows hang on assets that the reader may see?"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from catalog.hidden_columns import about_shown_columns
from catalog.models import Dataset, Job, Namespace
from policies import access
from policies.actions import Action

ASSETS: dict[str, Any] = {"namespace": Namespace, "dataset": Dataset, "job": Job}
# Whoever looks after assets comes here; others have the pages of the catalog.
STEWARDS = (Action.ASSET_EDIT, Action.ASSET_TAG)


def hanging_on(rows: Any, lookup: str, model: Any, request: HttpRequest) -> Any:
    """The rows of whose asset the reader may see; without a join if it is all."""
    if not access.permitted(request.user, Action.ASSET_VIEW, model):
        return rows
    seen = model._default_manager.permitted(request.user, Action.ASSET_VIEW)
    return rows.filter(**{f"{lookup}__in": seen.values("pk")})


def about_seen(request: HttpRequest) -> Q:
    """Statements about assets that the reader may see, and about the vocabulary."""
    if access.may_everywhere(request.user, Action.ASSET_VIEW):
        return Q()
    about_none = Q(**{f"{kind}__isnull": True for kind in ASSETS})
    found = about_none
    for kind, model in ASSETS.items():
        seen = model._default_manager.permitted(request.user, Action.ASSET_VIEW)
        # A statement under another name of a dataset is one about the canonical one.
        holder = "dataset__canonical" if kind == "dataset" else kind
        found |= Q(**{f"{holder}__in": seen.values("pk")})
    return found & about_shown_columns(request.user)
