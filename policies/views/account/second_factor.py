"""How do I take on a second factor, and what if I lose it?"""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from policies.gates import signed_in
from policies.models import Principal
from policies.onward import onward
from policies.services.second_factor import (
    CodeRefused,
    enrol_second_factor,
    make_recovery_codes,
    remove_second_factor,
)
from policies.services.sessions import drop_sessions
from policies.signing_in import brakes, second_factor
from policies.signing_in.duties import (
    Duty,
    during_duties,
    duty_of,
    needs_second_factor,
)
from policies.signing_in.session_store import SECOND_FACTOR
from policies.signing_in.sources import source_of
from policies.views.base import reader_of
from policies.views.sign_in import CodeForm, too_many, try_code

ENROLLING = "_enrolling"


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@during_duties
@signed_in
def page(request: HttpRequest) -> HttpResponse:
    """Take a second factor on; or, with one, show it, give it up, get other codes."""
    if second_factor.is_enrolled(reader_of(request)):
        return _with_one(request)
    return _without_one(request)


def _without_one(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    secret = request.session.get(ENROLLING)
    if secret is None:
        secret = request.session[ENROLLING] = generate_totp_secret()
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        counts = brakes.count_for_code(reader)
        if wait := brakes.hold(counts, source_of(request)):
            form.add_error("code", too_many(wait))
        else:
            try:
                codes = enrol_second_factor(reader, secret, form.cleaned_data["code"])
            except CodeRefused as refusal:
                form.add_error("code", str(refusal))
            else:
                brakes.forgive(counts)
                return _enrolled(request, codes)
    url = second_factor.Adapter().build_totp_url(reader, secret)
    context = {
        **_told(request, form),
        "drawing": _drawing(url),
        "key": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }
    status = 422 if form.errors else 200
    return render(request, "policies/account_enrol.html", context, status=status)


def _enrolled(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """From now on this session has shown it; others, begun without, are ended."""
    del request.session[ENROLLING]
    request.session[SECOND_FACTOR] = True
    request.session.cycle_key()
    drop_sessions(reader_of(request), keep=request.session.session_key)
    return _codes(request, codes)


def _with_one(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = try_code(request, reader, form.cleaned_data["code"])
        if refusal is None:
            return _do(request, reader, request.POST.get("act", ""))
        form.add_error("code", refusal)
    authenticators = Authenticator.objects.filter(user=reader)
    context = {
        **_told(request, form),
        "authenticator": authenticators.get(type=Authenticator.Type.TOTP),
        "codes_left": second_factor.codes_left(reader),
        "is_needed": needs_second_factor(reader),
        "act": request.POST.get("act", ""),
    }
    status = 422 if form.errors else 200
    template = "policies/account_second_factor.html"
    return render(request, template, context, status=status)


def _do(request: HttpRequest, reader: Principal, act: str) -> HttpResponse:
    """What the code was shown for; without a word for more, it proves this session."""
    request.session[SECOND_FACTOR] = True
    if act == "codes":
        return _codes(request, make_recovery_codes(reader))
    if act == "remove" and not needs_second_factor(reader):
        remove_second_factor(reader)
        request.session[SECOND_FACTOR] = False
        messages.success(request, "Your second factor is removed.")
        return redirect("account-second-factor")
    if act == "remove":
        messages.error(request, "A role of yours needs it: it stays.")
        return redirect("account-second-factor")
    return redirect(onward(request, request.POST.get("next", ""), _own()))


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {
        "codes": [f"{code[:4]} {code[4:]}" for code in codes],
        "next": onward(request, request.POST.get("next", ""), _own()),
    }
    return render(request, "policies/account_codes.html", context)


def _told(request: HttpRequest, form: CodeForm) -> dict[str, Any]:
    return {
        "form": form,
        "is_duty": duty_of(request) is Duty.SECOND_FACTOR,
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }


def _drawing(url: str) -> SafeString:
    """The QR code, to stand in the page; its maker escapes what is in it."""
    svg: str = second_factor.Adapter().build_totp_svg(url)
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 - a drawing of squares


def _own() -> str:
    return resolve_url("account-second-factor")
