"""Why may somebody do something, or why not; and who else may?"""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from policies import access
from policies.actions import Action
from policies.compiler.trees import asset_models, tree_model
from policies.explaining import explain, who_may
from policies.gates import holds, requires, signed_in
from policies.granting import may_hand_on
from policies.models import Governed, Group, Principal, Reach
from policies.telling.explained import SAID, tell, tell_all
from policies.telling.meaning import Unclear, asset_called, principal_called
from policies.telling.meanings import MEANINGS
from policies.views.base import PAGE_SIZE, cut, reader_of

SUGGESTIONS = 20
WORD_MAX = 2000
ABOUT = ("kind", "namespace", "name")


@require_GET
@signed_in
def explain_page(request: HttpRequest) -> HttpResponse:
    """Why somebody may do something with an asset: oneself, or for viewers anybody."""
    reader = reader_of(request)
    context = _question(request)
    context["sees_access"] = sees_access = holds(reader, Action.ACCESS_VIEW)
    status = 200
    if context["asked"]:
        try:
            who = _who(context["principal"], reader) if sees_access else reader
            action = _action(context["action"])
            asset = _asset(context, reader) if action.is_bound_to_assets else None
        except Unclear as unclear:
            context["fault"], status = str(unclear), 404
        else:
            context["who"] = who
            context["told"] = tell(explain(who, action, asset), reader)
            context["asset"] = asset
    return render(request, "policies/explain.html", context, status=status)


@require_GET
@requires(Action.ACCESS_VIEW)
def who_page(request: HttpRequest) -> HttpResponse:
    """Who may do something with an asset, how many by what, and by which ways."""
    reader = reader_of(request)
    context = _question(request)
    status = 200
    if context["asked"]:
        try:
            action = _action(context["action"])
            if not action.is_bound_to_assets:
                raise Unclear("action", f"{action} is about no asset.")
            asset = _asset(context, reader)
        except Unclear as unclear:
            context["fault"], status = str(unclear), 404
        else:
            found = who_may(action, asset)
            by = request.GET.get("by", "")
            people = found.principals
            if by in found.counts():
                some = [pk for pk, ground in found.by.items() if ground == by]
                people = people.filter(pk__in=some)
            page = cut(request, people, PAGE_SIZE)
            context |= {
                "asset": asset,
                "found": found,
                "by": by,
                "counts": [(b, SAID[b], n) for b, n in found.counts().items()],
                "denied": len(found.denied),
                "page": page,
                "told": tell_all(found.explained(page.object_list), reader),
            }
    return render(request, "policies/who.html", context, status=status)


@require_GET
@signed_in
def suggest(request: HttpRequest) -> HttpResponse:
    """What could be meant by the text in a field, as options of its datalist."""
    of = request.GET.get("of", "")
    text = request.GET.get(request.GET.get("from", ""), "").strip()[:WORD_MAX]
    offers = OFFERS.get(of)
    found = [] if offers is None or "\0" in text else offers(request, text)
    return render(request, "policies/_offers.html", {"found": found})


def _question(request: HttpRequest) -> dict[str, Any]:
    words = {name: request.GET.get(name, "")[:WORD_MAX] for name in ABOUT}
    asked = request.GET.get("action", "")
    return {
        **words,
        "principal": request.GET.get("principal", "")[:WORD_MAX],
        "action": asked or str(Action.ASSET_VIEW),
        "asked": any(words[name] for name in ("namespace", "name"))
        or (bool(asked) and asked in list(Action) and not _bound(asked)),
        "kinds": sorted(asset_models()),
        "actions": [(str(one), meaning) for one, meaning in MEANINGS.items()],
    }


def _bound(action: str) -> bool:
    return Action(action).is_bound_to_assets


def _who(text: str, reader: Principal) -> Principal:
    return principal_called(text, "principal") if text.strip() else reader


def _action(text: str) -> Action:
    if text not in list(Action):
        raise Unclear("action", f"There is no action {text!r}.")
    return Action(text)


def _asset(context: dict[str, Any], reader: Principal) -> Governed:
    kind, namespace, name = (context[word] for word in ABOUT)
    return asset_called(kind, namespace, name, reader)


def _principals(request: HttpRequest, text: str) -> list[tuple[str, str]]:
    """People and programs; who may grant or see access may know them."""
    if not _knows_people(request):
        return []
    found = Principal.objects.active().filter(
        Q(username__icontains=text) | Q(name__icontains=text)
    )
    return [(p.username, p.name) for p in found.order_by("username")[:SUGGESTIONS]]


def _groups(request: HttpRequest, text: str) -> list[tuple[str, str]]:
    if not _knows_people(request):
        return []
    found = Group.objects.in_use().filter(name__icontains=text)
    return [(group.name, "group") for group in found.order_by("name")[:SUGGESTIONS]]


def _holders(request: HttpRequest, text: str) -> list[tuple[str, str]]:
    word = text.removeprefix("group:").strip()
    groups = [(f"group:{name}", said) for name, said in _groups(request, word)]
    if text.startswith("group:"):
        return groups
    return [*_principals(request, word), *groups][:SUGGESTIONS]


def _entries(reach: Reach) -> Any:
    def offer(request: HttpRequest, text: str) -> list[tuple[str, str]]:
        if not access.may_somewhere(request.user, Action.ASSET_VIEW):
            return []
        word = text.rpartition(",")[2].strip()
        before = text[: len(text) - len(text.rpartition(",")[2])]
        rows = tree_model(reach)._default_manager.current()
        found = rows.filter(name__icontains=word).order_by("name")[:SUGGESTIONS]
        return [(f"{before}{' ' if before else ''}{row.name}", "") for row in found]

    return offer


def _namespaces(request: HttpRequest, text: str) -> list[tuple[str, str]]:
    model: Any = asset_models()["namespace"]
    rows = model.objects.visible().permitted(request.user, Action.ASSET_VIEW)
    found = rows.filter(name__icontains=text).order_by("name")[:SUGGESTIONS]
    return [(row.name, "") for row in found]


def _assets(request: HttpRequest, text: str) -> list[tuple[str, str]]:
    """Names of assets of the kind, in the namespace, that the form has by now."""
    kind = request.GET.get("kind", "dataset")
    model: Any = asset_models().get(kind)
    if model is None:
        return []
    space: str = access.policy_of(model).namespace
    rows = model.objects.visible().permitted(request.user, Action.ASSET_VIEW)
    rows = rows.filter(name__icontains=text)
    within = request.GET.get("asset_namespace") or request.GET.get("namespace", "")
    if space and within and "\0" not in within:
        rows = rows.filter(**{f"{space}__name": within})
    lookup = f"{space}__name" if space else "name"
    found = rows.order_by("name").values_list("name", lookup)[:SUGGESTIONS]
    return [(name, home if space else "") for name, home in found]


def _knows_people(request: HttpRequest) -> bool:
    return holds(request.user, Action.ACCESS_VIEW) or may_hand_on(request.user)


OFFERS = {
    "holder": _holders,
    "principal": _principals,
    "group": _groups,
    "domain": _entries(Reach.DOMAIN),
    "tag": _entries(Reach.TAG),
    "namespace": _namespaces,
    "asset": _assets,
}
