"""Which changes wait for a second person, who is that, and where is one asked?"""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from policies import access
from policies.actions import Action
from policies.administrators import administrators
from policies.gates import requires, requires_any, signed_in
from policies.lists.approvals import known_changes, sees_every_change, to_approve
from policies.models import AccessRequest, ApprovalRule, HeldChange
from policies.services import approvals
from policies.telling import places
from policies.telling.held_wording import ToldChange, tell_changes
from policies.views.base import REFUSALS, cut, reader_of, see_other
from policies.views.forms import AccessForm, ReasonField
from policies.views.scope_form import ScopeForm

RELATED = ("maker", "gainer", "gaining_group", "rule", "decided_by", "grant")
REFUSED: tuple[type[Exception], ...] = (
    *REFUSALS,
    approvals.NotApprovable,
    approvals.NobodySecond,
)


class AnswerForm(AccessForm):
    answer = forms.CharField(
        label="What you say to it",
        required=False,
        max_length=500,
        help_text="It stands in the journal, and who asked reads it.",
    )


class RuleForm(ScopeForm):
    covers_emergencies = forms.BooleanField(
        label="Breaking the glass, too",
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    reason = ReasonField(help_text="It stands in the journal, and beside the rule.")


@require_GET
@signed_in
def approval_list(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's answer, and what became of the other changes."""
    reader = reader_of(request)
    mine_to_answer = to_approve(reader)
    others = known_changes(reader).exclude(pk__in=[one.pk for one in mine_to_answer])
    page = cut(request, others.select_related(*RELATED).order_by("-made_at", "-pk"))
    context = {
        "to_answer": tell_changes(mine_to_answer, reader),
        "page": page,
        "others": tell_changes(page.object_list, reader),
        "sees_all": sees_every_change(reader),
    }
    return render(request, "policies/approval_list.html", context)


@require_GET
@signed_in
def held_change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One held change, with what the reader can answer."""
    return _detail(request, _find(request, public_id), AnswerForm())


@require_POST
@signed_in
def held_change_answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Approve, decline or withdraw a held change."""
    told = _find(request, public_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        answer, actor = form.cleaned_data["answer"].strip(), reader_of(request)
        act = request.POST.get("act")
        try:
            if act == "approve":
                approvals.approve_change(told.change, answer=answer, actor=actor)
                messages.success(
                    request, "Approved: it is done, and holds from now on."
                )
            elif act == "withdraw":
                approvals.withdraw_change(told.change, actor=actor)
                messages.success(request, "Withdrawn. Nothing was changed.")
            elif not answer:
                form.refuse("Say why: who asked reads it.", "answer")
            else:
                approvals.decline_change(told.change, answer=answer, actor=actor)
                messages.success(request, "Declined. Nothing was changed.")
        except REFUSED as refusal:
            form.refuse(refusal)
        if not form.errors:
            return see_other("held-change", public_id)
    return _detail(request, told, form)


@require_GET
@requires_any(Action.ACCESS_VIEW, Action.ACCESS_GRANT)
def rule_list(request: HttpRequest) -> HttpResponse:
    """Where changes need a second person."""
    rules = list(ApprovalRule.objects.standing().select_related("set_by"))
    told = zip(rules, places.places(rules, reader_of(request)), strict=True)
    context = {
        "rules": list(told),
        "may_set": access.may(request.user, Action.ACCESS_GRANT),
        "people": len(administrators(2)),
    }
    return render(request, "policies/rule_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.ACCESS_GRANT)
def rule_new(request: HttpRequest) -> HttpResponse:
    """Have a second person asked within a scope."""
    reader = reader_of(request)
    form = RuleForm(request.POST or None, reader=reader)
    if request.method == "POST" and form.is_valid():
        try:
            approvals.set_rule(
                form.scope,
                covers_emergencies=form.cleaned_data["covers_emergencies"],
                reason=form.cleaned_data["reason"],
                actor=reader,
            )
        except REFUSED as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "From now on a second person is asked there.")
            return see_other("approval-rule-list")
    status = 422 if form.errors else 200
    return render(request, "policies/rule_form.html", {"form": form}, status=status)


@require_POST
@requires(Action.ACCESS_GRANT)
def rule_lift(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask for a second person no longer; that needs one itself."""
    rule = get_object_or_404(ApprovalRule.objects.standing(), public_id=public_id)
    reason = request.POST.get("reason", "").replace("\0", "")[:500]
    approvals.lift_rule(rule, reason=reason, actor=reader_of(request))
    messages.success(request, "A second person is asked there no longer.")
    return see_other("approval-rule-list")


def _find(request: HttpRequest, public_id: UUID) -> ToldChange:
    rows = known_changes(reader_of(request)).select_related(*RELATED)
    change = rows.filter(public_id=public_id).first()
    if change is None:
        raise Http404
    [told] = tell_changes([change], reader_of(request))
    return told


def _detail(request: HttpRequest, told: ToldChange, form: AnswerForm) -> HttpResponse:
    reader, change = reader_of(request), told.change
    why_not = approvals.why_not_second(change, reader)
    context = {
        "told": told,
        "change": change,
        "rule_where": places.place(change.rule, reader),
        "form": form,
        "is_open": _is_open(change),
        "is_maker": change.maker_id == reader.pk,
        "why_not": why_not,
        "request_for": AccessRequest.objects.filter(held=change).first(),
    }
    status = 422 if form.errors else 200
    return render(request, "policies/held_change.html", context, status=status)


def _is_open(change: HeldChange) -> bool:
    return HeldChange.objects.waiting().filter(pk=change.pk).exists()
