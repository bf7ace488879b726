"""Who passes denies just now, and what did they do meanwhile?"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject, empty

from policies import audit
from policies.compiler.standing import current_reading
from policies.compiler.trees import asset_models
from policies.models import BreakGlass, Principal
from policies.signing_in import tokens
from policies.signing_in.credentials import Credential

# The emergencies that were open at one policy epoch: opening and closing move it.
_known: tuple[int | None, list[BreakGlass]] = (None, [])


def open_now() -> list[BreakGlass]:
    """The emergencies that are open, the first opened first, each with `principal`."""
    global _known
    epoch = current_reading().epoch
    known, found = _known
    if epoch is None or known != epoch:
        rows = BreakGlass.objects.filter(closed_at=None, principal__is_active=True)
        found = list(rows.select_related("principal").order_by("opened_at", "pk"))
        _known = (epoch, found)
    now = timezone.now()
    return [one for one in found if one.opened_at <= now < one.expires_at]


def is_broken_by(principal: Principal | AnonymousUser) -> bool:
    """Whether somebody passes denies just now."""
    standing = current_reading().standing(principal)
    return standing.breaks_glass(timezone.now())


def record_use(request: HttpRequest, response: HttpResponse) -> None:
    """Journal an answered request of whoever passes denies, by the route and the asset.

    Whoever was not even looked at was shown nothing by right.
    """
    who = _passing(request)
    if who is None:
        return
    match = request.resolver_match
    audit.record_alone(
        audit.Act.GLASS_USED,
        audit.Target("route", (match.view_name if match else "",)),
        actor=who,
        changes={
            "asset": _asset_of(match.view_name, match.kwargs) if match else None,
            "method": request.method,
            "status": response.status_code,
        },
    )


def _passing(request: HttpRequest) -> Principal | None:
    """Who asked, if they pass denies: signed in, by a token, or where events come in.

    There nobody but the credential is looked at, which costs no query.
    """
    sender: Credential | None = request.__dict__.get("credential")
    if sender is not None:
        if sender.principal_id is None or not tokens.passes_denies(sender):
            return None
        return Principal.objects.get(pk=sender.principal_id)
    who: Any = request.__dict__.get("user")
    if isinstance(who, SimpleLazyObject) and who.__dict__.get("_wrapped") is empty:
        return None
    return who if isinstance(who, Principal) and is_broken_by(who) else None


def _asset_of(route: str, words: Mapping[str, Any]) -> audit.Target | None:
    """The asset that an address names: of `dataset-lineage` a dataset."""
    kind = route.rpartition(":")[2].partition("-")[0]
    model = asset_models().get(kind)
    key = [words[name] for name in ("namespace", "name") if name in words]
    if model is None or len(key) != (1 if kind == "namespace" else 2):
        return None
    return audit.Target(model._meta.label_lower, tuple(key))
