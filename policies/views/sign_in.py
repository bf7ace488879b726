"""The pages by which people come in and leave."""

import logging
from datetime import timedelta
from math import ceil
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from policies.access import may
from policies.actions import Action
from policies.gates import public
from policies.models import Principal
from policies.onward import onward
from policies.services.directory import NotLetIn, admit_once_more
from policies.services.second_factor import show_second_factor
from policies.signing_in import brakes, devices, sign_on
from policies.signing_in.attempts import Kind, count_failure
from policies.signing_in.beginning import By, begin, finish, half_way
from policies.signing_in.directory import person_of
from policies.signing_in.sources import is_told_apart, source_of

# What providers call having seen a second factor (RFC 8176).
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sms", "fpt", "pop"})

logger = logging.getLogger(__name__)


class SignInForm(AuthenticationForm):
    """A name and a password, of which only so many are tried."""

    error_messages = {
        "invalid_login": "The name or the password is wrong.",
        "inactive": "The name or the password is wrong.",
    }

    def clean(self) -> Any:
        name = self.cleaned_data.get("username") or ""
        request = self.request
        assert request is not None
        known = Principal.objects.filter(username__iexact=name).first()
        source = source_of(request) if is_told_apart() else ""
        device = devices.device_of(request, known)
        counts = brakes.counts_for(name, source, device, known)
        if wait := brakes.hold(counts, source):
            count_failure(Kind.SIGN_IN, source, known.public_id if known else None)
            raise ValidationError(too_many(wait), code="too_many")
        cleaned = super().clean()
        brakes.forgive(counts)
        return cleaned

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if settings.HEADWATER_OIDC_ONLY and not may(user, Action.ACCESS_GRANT):
            raise self.get_invalid_login_error()


class CodeForm(forms.Form):
    """What an authenticator shows, or a recovery code."""

    code = forms.CharField(
        max_length=40,
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let a person in by name and password, and on to where they wanted to go."""
    address = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(address)
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _let_in(request, form.get_user(), By.PASSWORD, address)
    is_local = not settings.HEADWATER_OIDC_ONLY or "local" in request.GET
    context = {
        "form": form,
        "next": address,
        "sign_on": settings.HEADWATER_OIDC_LABEL if _is_sign_on() else "",
        "is_local": is_local or request.method == "POST",
        "is_sign_on_only": settings.HEADWATER_OIDC_ONLY,
    }
    return render(request, "policies/login.html", context)


@public
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def show_code(request: HttpRequest) -> HttpResponse:
    """Ask whoever proved who they are for their second factor."""
    waiting = half_way(request)
    if waiting is None:
        return redirect("login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = try_code(request, waiting.principal, form.cleaned_data["code"])
        if refusal is None:
            finish(request, waiting.principal, by=waiting.by, has_second_factor=True)
            return _remembered(request, waiting.principal, waiting.onward)
        form.add_error("code", refusal)
    return render(request, "policies/login_code.html", {"form": form})


def try_code(request: HttpRequest, principal: Principal, code: str) -> str | None:
    """Let a second factor count, or say why not. Only so many are tried."""
    counts, source = brakes.count_for_code(principal), source_of(request)
    if wait := brakes.hold(counts, source):
        return too_many(wait)
    if show_second_factor(principal, code):
        brakes.forgive(counts)
        return None
    count_failure(Kind.SECOND_FACTOR, source, principal.public_id)
    return "This code does not count, or was used already. Wait for the next one."


@public
@never_cache
@require_GET
def sign_on_begin(request: HttpRequest) -> HttpResponse:
    """Send a person to the identity provider."""
    if not _is_sign_on():
        raise Http404
    address = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(address)
    response = sign_on.begin(request, address)
    if isinstance(response, sign_on.NotProved):
        return _not_proved(request, response)
    return response


@public
@never_cache
@require_GET
def sign_on_callback(request: HttpRequest) -> HttpResponse:
    """Let in whom the identity provider vouches for."""
    if not _is_sign_on():
        raise Http404
    response = sign_on.complete(request)
    if isinstance(response, sign_on.NotProved):
        return _not_proved(request, response)
    claims = response.claims
    person = person_of(claims, settings.HEADWATER_OIDC_GROUPS_CLAIM)
    try:
        principal = admit_once_more(person, issuer=settings.HEADWATER_OIDC_ISSUER)
    except NotLetIn as refusal:
        count_failure(Kind.SIGN_IN, source_of(request))
        return _refuse(request, str(refusal), status=403)
    address = onward(request, str(response.state.get("next") or ""), _home())
    has_second_factor = _saw_second_factor(claims)
    return _let_in(request, principal, By.SIGN_ON, address, has_second_factor)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("login")


def too_many(wait: timedelta) -> str:
    """What is said to those who tried too often, whether or not there is somebody."""
    minutes = max(1, ceil(wait / timedelta(minutes=1)))
    unit = "minutes" if minutes > 1 else "minute"
    return (
        f"There were too many tries. Wait {minutes} {unit}, or ask an administrator to "
        "let you try at once."
    )


def _let_in(
    request: HttpRequest,
    principal: Principal,
    by: By,
    address: str,
    has_second_factor: bool = False,
) -> HttpResponse:
    is_in = begin(
        request,
        principal,
        by=by,
        onward=address,
        has_second_factor=has_second_factor,
    )
    if not is_in:
        return redirect("login-code")
    return _remembered(request, principal, address)


def _remembered(
    request: HttpRequest, principal: Principal, address: str
) -> HttpResponse:
    response = HttpResponseRedirect(address)
    devices.remember(request, response, principal)
    return response


def _not_proved(request: HttpRequest, failure: sign_on.NotProved) -> HttpResponse:
    logger.warning("A sign-on failed: %s.", sign_on.reason_of(failure))
    count_failure(Kind.SIGN_ON, source_of(request))
    said = "The identity provider did not confirm who you are. Begin anew."
    if failure.error == "unreachable":
        said = "The identity provider does not answer just now. Try again in a while."
    return _refuse(request, said, status=401)


def _refuse(request: HttpRequest, said: str, *, status: int) -> HttpResponse:
    context = {
        "said": said,
        "sign_on": settings.HEADWATER_OIDC_LABEL,
        "is_sign_on_only": settings.HEADWATER_OIDC_ONLY,
    }
    return render(request, "policies/login_refused.html", context, status=status)


def _saw_second_factor(claims: dict[str, Any]) -> bool:
    """Whether the provider says, or always sees, that somebody showed two factors."""
    methods = claims.get("amr")
    told = methods if isinstance(methods, list) else []
    return settings.HEADWATER_OIDC_SECOND_FACTOR or bool(
        SECOND_FACTORS.intersection(map(str, told))
    )


def _is_sign_on() -> bool:
    return bool(settings.HEADWATER_OIDC_ISSUER)


def _onward(request: HttpRequest) -> str:
    """Where to go after signing in: within this server, or home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return onward(request, wanted, _home())


def _home() -> str:
    return resolve_url(settings.LOGIN_REDIRECT_URL)
