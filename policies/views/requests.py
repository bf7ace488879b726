"""How is access asked for, and answered, on pages?"""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from policies.gates import signed_in
from policies.lists.requests import (
    RELATED,
    Told,
    answered,
    known_request,
    own_requests,
    sees_every_request,
    to_answer,
)
from policies.models import AccessRequest, Role
from policies.services import requests
from policies.views.base import REFUSALS, cut, reader_of, see_other
from policies.views.forms import AccessForm

About = AccessRequest.About
KINDS = [
    (About.DATASET, "A dataset"),
    (About.JOB, "A job"),
    (About.NAMESPACE, "All in a namespace"),
    (About.DOMAIN, "All in a domain"),
    (About.EVERYTHING, "Everything"),
]
REFUSED: tuple[type[Exception], ...] = (*REFUSALS, requests.NotDecidable)


def days_field(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        min_value=1, max_value=requests.MOST_DAYS, label="For how many days", **more
    )


class AskForm(AccessForm):
    about = forms.ChoiceField(label="Access to", choices=KINDS)
    namespace = forms.CharField(
        label="Namespace", required=False, max_length=requests.NAME_MAX, strip=False
    )
    name = forms.CharField(
        label="Name",
        required=False,
        max_length=requests.NAME_MAX,
        help_text="As it is written, whether or not you see it here.",
    )
    role = forms.ChoiceField(label="Role")
    days = days_field()
    reason = forms.CharField(
        label="What for",
        max_length=requests.REASON_MAX,
        widget=forms.Textarea({"rows": 3}),
        help_text="Whoever decides reads it; it stands beside the grant.",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        roles = Role.objects.in_use().order_by("-is_built_in", "name")
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.name, f"{role.name}: {role.description}".rstrip(": ")[:120])
            for role in roles
        ]
        for name in ("namespace", "name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"


class AnswerForm(AccessForm):
    role = forms.ChoiceField(label="Role", required=False)
    days = days_field(required=False)
    answer = forms.CharField(
        label="What you say to it",
        required=False,
        max_length=requests.REASON_MAX,
        help_text="Whoever asked reads it. To decline, say why.",
    )

    def __init__(self, *args: Any, asked: AccessRequest, **more: Any) -> None:
        super().__init__(*args, **more)
        names = [role.name for role in requests.narrower_roles(asked.role)]
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (name, name) for name in names
        ]


@require_GET
@signed_in
def request_list(request: HttpRequest) -> HttpResponse:
    """What the reader asked for, and what waits for the reader's answer."""
    reader = reader_of(request)
    context = {
        "waiting": to_answer(reader),
        "page": cut(request, own_requests(reader)),
        "answered": answered(reader)[:20],
        "sees_all": sees_every_request(reader),
    }
    return render(request, "policies/request_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def request_new(request: HttpRequest) -> HttpResponse:
    """Ask for access to what one names; the answer tells nothing of what there is."""
    usual = {"role": "viewer", "days": settings.HEADWATER_ACCESS_GRANT_DAYS}
    if request.method != "POST":
        given = {name: request.GET[name] for name in request.GET}
        form = AskForm(initial={**usual, **given})
        return render(request, "policies/request_form.html", {"form": form})
    form = AskForm(request.POST)
    if form.is_valid():
        told = dict(form.cleaned_data)
        reason = told.pop("reason")
        try:
            made = requests.ask_for_access(
                requests.Wish(**told), reason=reason, actor=reader_of(request)
            )
        except ValidationError as faults:
            for field, said in faults.message_dict.items():
                form.refuse(" ".join(said), field)
        except (requests.AlreadyHeld, requests.TooManyOpen) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Your request is on its way to those who decide.")
            return see_other("access-request", made.public_id)
    return render(request, "policies/request_form.html", {"form": form}, status=422)


@require_GET
@signed_in
def request_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One request, with what the reader can do about it."""
    told = _find(request, public_id)
    return _detail(request, told, _answer_form(told))


@require_POST
@signed_in
def request_answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Approve, decline or withdraw a request."""
    told = _find(request, public_id)
    form = AnswerForm(request.POST, asked=told.request)
    if form.is_valid():
        try:
            said = _answer(request, told, form.cleaned_data)
        except REFUSED as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return see_other("access-request", public_id)
    return _detail(request, told, form)


def _answer(request: HttpRequest, told: Told, given: dict[str, Any]) -> str:
    actor = reader_of(request)
    match request.POST.get("act"):
        case "withdraw":
            requests.withdraw_request(told.request, actor=actor)
            return "Withdrawn."
        case "approve":
            done = requests.approve_request(told.request, **given, actor=actor)
            if done.state == AccessRequest.State.HELD:
                return "Approved; now a second person has to approve it, too."
            return "Approved: it holds from now on, and ends by itself."
    requests.decline_request(told.request, answer=given["answer"], actor=actor)
    return "Declined."


def _find(request: HttpRequest, public_id: UUID) -> Told:
    rows = AccessRequest.objects.select_related(*RELATED)
    found = rows.filter(public_id=public_id).first()
    told = found and known_request(reader_of(request), found)
    if not told:
        raise Http404
    return told


def _answer_form(told: Told) -> AnswerForm:
    asked = told.request
    initial = {"role": asked.role.name, "days": asked.days}
    return AnswerForm(initial=initial, asked=asked)


def _detail(request: HttpRequest, told: Told, form: AnswerForm) -> HttpResponse:
    asked = told.request
    is_open = AccessRequest.objects.waiting().filter(pk=asked.pk).exists()
    context = {
        "told": told,
        "asked": asked,
        "form": form,
        "is_open": is_open,
        "sees_all": sees_every_request(reader_of(request)),
        "tells_who": not told.is_mine or asked.state == AccessRequest.State.GRANTED,
    }
    status = 422 if form.errors else 200
    return render(request, "policies/request_detail.html", context, status=status)
