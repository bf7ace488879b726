"""How are many datasets or jobs tagged, owned, placed … at once, in one change?"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from catalog.curation.effects import Foreseen, Outcome, foresee
from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS, TIERS, Kind, Written
from catalog.curation.proposals import Aspect, State, Told, proposals_of_many
from catalog.curation.subjects import Subject
from catalog.hidden_columns import hidden_columns
from catalog.models import Change, Dataset, Lifecycle, OwnerKind
from catalog.services import Saying, accept_proposals, say
from catalog.views.saying import Fault, actor_of, offer_undo, reason_of
from policies import access
from policies.actions import Action
from policies.row_keys import key_of, numbers_of

MOST = 1000  # assets that are changed at once
NAMED = 100  # that a page names of each sort


@dataclass(frozen=True)
class Act:
    """Something that can be done to many assets; `kind` is None for proposals."""

    word: str
    label: str
    kind: Kind | None
    is_removal: bool = False
    choices: tuple[str, ...] = ()
    detail_label: str = ""
    detail_choices: tuple[str, ...] = ()

    @property
    def suggested(self) -> str:
        return self.kind.name if self.kind and not self.choices else ""


ACTS = {
    act.word: act
    for act in (
        Act("tag", "Add a tag", KINDS["tag"]),
        Act("untag", "Remove a tag", KINDS["tag"], is_removal=True),
        Act(
            "owner", "Add an owner", KINDS["owner"], detail_label="Kind of owner",
            detail_choices=tuple(OwnerKind.values),
        ),
        Act("domain", "Set the domain", KINDS["domain"]),
        Act("tier", "Set the tier", KINDS["tier"], choices=TIERS),
        Act("environment", "Set the environment", KINDS["environment"]),
        Act(
            "lifecycle", "Set the lifecycle", KINDS["lifecycle"],
            choices=tuple(Lifecycle.values),
            detail_label="Successor of deprecated ones, namespace:name",
        ),
        Act("accept", "Accept what producers propose", None),
    )
}  # fmt: skip


@dataclass
class Plan:
    """What would become of each asset."""

    assets: list[Any]
    sayings: list[Saying] = field(default_factory=list)
    proposals: list[Told] = field(default_factory=list)
    problems: list[tuple[Any, str]] = field(default_factory=list)
    unchanged: int = 0
    replaced: int = 0
    changed: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.changed


def page(request: HttpRequest, word: str, assets: Any) -> HttpResponse:
    """The pages of a bulk action on `assets`, which the reader may see and chose.

    First what to do, then what that will do, then it is done: each step is a POST, so
    that a thousand names need no address.
    """
    found = list(assets.select_related("namespace")[: MOST + 1])
    is_cut, chosen = len(found) > MOST, found[:MOST]
    context: dict[str, Any] = {
        "word": word,
        "chosen": chosen,
        "named": chosen[:NAMED],
        "ids": ",".join(key_of(asset) for asset in chosen),
        "is_cut": is_cut,
        "most": MOST,
        "acts": ACTS.values(),
        "act": ACTS.get(request.POST.get("act", "")),
        "told": request.POST.dict(),
        "back": back_of(request, word),
    }
    if not chosen:
        messages.info(request, f"Choose some {word}s first.")
        return _to(context["back"])
    act: Act | None = context["act"]
    if act is None or (act.kind and request.POST.get("step") == "fields"):
        return render(request, "catalog/bulk.html", context)
    try:
        plan = _plan(request, act, word, chosen)
        if request.POST.get("step") == "do" and not plan.is_empty:
            _do(request, word, plan)
            return _to(context["back"])
    except Refused as refusal:
        aspect = act.kind.name if act.kind else ""
        told = request.POST.dict()
        context["fault"] = Fault(aspect, str(refusal), told, refusal.field)
        return render(request, "catalog/bulk.html", context, status=422)
    return render(request, "catalog/bulk.html", context | {"plan": plan})


def chosen_of(request: HttpRequest, listed: Any, narrowed: Any) -> Any:
    """The assets of a list that a form chose: by their boxes, or all that fit."""
    if request.POST.get("which") == "all":
        return narrowed
    # Boxes of a list one by one; on the way through the steps all in one field.
    told = [*request.POST.getlist("id"), *request.POST.get("ids", "").split(",")]
    return listed.filter(pk__among=numbers_of(listed.model, told))


def query_of(request: HttpRequest) -> QueryDict:
    """The filters of the list that the form came from."""
    return QueryDict(request.POST.get("query", "").removeprefix("?"))


def back_of(request: HttpRequest, word: str) -> str:
    query = query_of(request).urlencode()
    return reverse(f"{word}-list") + (f"?{query}" if query else "")


def _plan(request: HttpRequest, act: Act, word: str, chosen: list[Any]) -> Plan:
    if act.kind is None:
        return _plan_of_proposals(request, chosen)
    allowed = _allowed(request, chosen, act.kind.action)
    plan = Plan(chosen)
    fields: dict[str, Any] | None = None
    value, detail = request.POST.get("value", ""), request.POST.get("detail", "")
    written = Written(value, detail, by=request.user)
    for asset in chosen:
        subject = Subject(word, asset)
        if asset.pk not in allowed:
            plan.problems.append((asset, "You may see it, but not change it."))
            continue
        # Only a successor depends on whose it is.
        if fields is None or act.word == "lifecycle":
            try:
                fields = act.kind.fields_of(subject, written)
            except Refused as refusal:
                if len(chosen) == 1 or "own successor" not in str(refusal):
                    raise
                plan.problems.append((asset, str(refusal)))
                fields = None
                continue
        identity = act.kind.identity_of(fields) if act.is_removal else None
        said = None if act.is_removal else fields
        plan.sayings.append(Saying(act.kind, subject, said, identity))
    _count(plan, foresee(plan.sayings))
    return plan


def _count(plan: Plan, foreseen: Foreseen) -> None:
    for outcome in foreseen.outcomes:
        if outcome is Outcome.UNCHANGED:
            plan.unchanged += 1
        else:
            plan.changed += 1
            plan.replaced += outcome is Outcome.REPLACED


def _plan_of_proposals(request: HttpRequest, chosen: list[Any]) -> Plan:
    plan = Plan(chosen)
    may = {
        action: _allowed(request, chosen, action)
        for action in (Action.ASSET_EDIT, Action.ASSET_TAG)
    }
    is_dataset = isinstance(chosen[0], Dataset)
    ids = [asset.pk for asset in chosen] if is_dataset else []
    hidden = hidden_columns(request.user, ids)
    for pk, tolds in proposals_of_many(chosen, hidden=hidden).items():
        waiting = [told for told in tolds if told.state is State.PENDING]
        for told in waiting:
            is_tag = told.claim.aspect == Aspect.TAG
            action = Action.ASSET_TAG if is_tag else Action.ASSET_EDIT
            if pk in may[action]:
                plan.proposals.append(told)
            else:
                plan.problems.append((told.asset, f"This needs {action} on it."))
        plan.unchanged += not waiting
    plan.changed = len(plan.proposals)
    return plan


def _allowed(request: HttpRequest, chosen: list[Any], action: Action) -> set[int]:
    rows = type(chosen[0]).objects.permitted(request.user, action)
    ids = [asset.pk for asset in chosen]
    return set(rows.filter(pk__among=ids).values_list("pk", flat=True))


def _do(request: HttpRequest, word: str, plan: Plan) -> None:
    reason = reason_of(request)
    if plan.proposals:
        judged = accept_proposals(
            plan.proposals,
            actor=actor_of(request),
            via=Change.Via.BULK,
            reason=reason,
            defines_tags=access.may(request.user, Action.GLOSSARY_EDIT),
        )
        change, number, what = judged.change, len(judged.done), "proposals accepted"
        for told, why in judged.problems[:5]:
            messages.error(request, f"{told.claim.value[:80]} on {told.subject}: {why}")
    else:
        change = say(
            plan.sayings, actor=actor_of(request), via=Change.Via.BULK, reason=reason
        )
        number, what = plan.changed, f"{word}s changed"
    if change is not None:
        offer_undo(request, f"{number} {what}.", change)
    if plan.problems:
        messages.warning(request, f"{len(plan.problems)} were left as they are.")


def _to(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
