"""The whole of access as a file: out, in, looked at, applied."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from policies import services
from policies.actions import Action
from policies.as_code.nodes import Fault, TextInvalid
from policies.as_code.planning import Unlisted
from policies.as_code.plans import Plan, last_applied, plan_policy
from policies.as_code.reading import read_policy_file
from policies.as_code.standing import Gone, Withheld, standing_policy
from policies.gates import requires
from policies.models import Principal
from policies.problems import Problem
from policies.services.policy import Applied
from policies.simulation.telling import tell
from policies.telling.counting import counted
from policies.views.base import reader_of, see_other
from policies.views.forms import AccessForm

# Of a file on a page; larger ones go by the API or the command.
MOST_BYTES = 1024 * 1024
STEPS_SHOWN = 200
FAULTS_SHOWN = 50
UNLISTED = [
    ("", "refuse a file that does not know what stands"),
    (str(Unlisted.KEEP), "leave what is not in the file as it is"),
    (str(Unlisted.REMOVE), "remove what is not in the file"),
]


class PolicyForm(AccessForm):
    """A policy file, uploaded or written; and what becomes of what is not in it."""

    file = forms.FileField(
        label="Policy file",
        required=False,
        widget=forms.FileInput({"accept": ".yaml,.yml,.json"}),
        help_text="YAML, up to 1 MiB; larger ones by the API or manage.py policy.",
    )
    text = forms.CharField(
        label="Or its text",
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(
            {"rows": 12, "spellcheck": "false", "class": "form-control code-box"}
        ),
    )
    unlisted = forms.ChoiceField(
        label="Where something stands that the file does not know",
        choices=UNLISTED,
        required=False,
    )
    expected = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        file = told.get("file")
        if file is not None:
            if file.size > MOST_BYTES:
                self.add_error("file", "The file has more than 1 MiB.")
            else:
                told["content"] = file.read()
        elif told.get("text"):
            told["content"] = told["text"].encode()
        elif not self.errors:
            self.add_error("file", "Choose a file, or write its text.")
        return told

    @property
    def unlisted_said(self) -> Unlisted | None:
        word = self.cleaned_data.get("unlisted")
        return Unlisted(word) if word else None


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.ACCESS_GRANT)
def access_policy(request: HttpRequest) -> HttpResponse:
    """The policy that stands; a file is planned first, and then applied."""
    reader = reader_of(request)
    if request.method != "POST":
        return _page(request, PolicyForm(), reader)
    form = PolicyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, reader)
    faults: list[Fault] = []
    try:
        if request.POST.get("step") == "apply":
            return _apply(request, form, reader)
        return _page(request, form, reader, plan=_plan(form, reader))
    except TextInvalid as invalid:
        faults = invalid.faults
    except REFUSALS as refusal:
        form.refuse(refusal)
    return _page(request, form, reader, faults=faults)


REFUSALS = (
    Gone,
    Withheld,
    services.PolicyDrifted,
    services.PolicyMoved,
    services.PolicyRefused,
)


@require_GET
@requires(Action.ACCESS_GRANT)
def access_policy_file(request: HttpRequest) -> HttpResponse:
    """The policy that stands, as a file to keep."""
    reader = reader_of(request)
    try:
        text = services.export_policy(actor=reader, reader=reader)
    except Withheld as withheld:
        raise Problem(403, "policy_withheld", str(withheld)) from None
    except Gone as gone:
        raise Problem(409, "policy_gone", str(gone)) from None
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="access.yaml"'
    return response


def _plan(form: PolicyForm, reader: Principal) -> Plan:
    file = read_policy_file(form.cleaned_data["content"])
    unlisted = form.unlisted_said or Unlisted.REMOVE
    return plan_policy(file, reader=reader, unlisted=unlisted)


def _apply(request: HttpRequest, form: PolicyForm, reader: Principal) -> HttpResponse:
    applied = services.apply_policy(
        read_policy_file(form.cleaned_data["content"]),
        actor=reader,
        reader=reader,
        unlisted=form.unlisted_said,
        expected=form.cleaned_data["expected"],
    )
    if applied.held:
        messages.warning(
            request,
            f"{_done(applied)} Under Approvals, a second person is waited for: "
            f"{counted(len(applied.held), 'change')}.",
        )
    else:
        messages.success(request, _done(applied))
    return see_other("access-policy")


def _done(applied: Applied) -> str:
    is_one = len(applied.done) == 1
    return f"{counted(len(applied.done), 'step')} {'is' if is_one else 'are'} done."


def _page(
    request: HttpRequest,
    form: PolicyForm,
    reader: Principal,
    *,
    plan: Plan | None = None,
    faults: list[Fault] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "plan": plan}
    context |= _standing(reader)
    if faults:
        context["faults"] = faults[:FAULTS_SHOWN]
        context["more_faults"] = max(0, len(faults) - FAULTS_SHOWN)
    if plan is not None:
        simulation = plan.simulation()
        context |= {
            "steps": plan.steps[:STEPS_SHOWN],
            "more_steps": max(0, len(plan.steps) - STEPS_SHOWN),
            "told": tell(simulation, reader),
            "text": form.cleaned_data["content"].decode("utf-8-sig"),
            "unlisted": form.cleaned_data["unlisted"],
            "is_refused": plan.drift is not None and form.unlisted_said is None,
        }
    status = 422 if form.errors or faults else 200
    return render(request, "policies/policy.html", context, status=status)


def _standing(reader: Principal) -> dict[str, Any]:
    """What stands, by numbers; or why that cannot be told."""
    try:
        current = standing_policy(reader)
    except (Withheld, Gone) as refusal:
        return {"withheld": str(refusal)}
    return {
        "current": current,
        "digest": current.digest,
        "is_applied": current.digest == last_applied(),
    }
