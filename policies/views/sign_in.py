"""The pages by which people come in and leave."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from policies.gates import public
from policies.onward import onward


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let a person in by name and password, and on to where they wanted to go."""
    address = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(address)
    form = AuthenticationForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return HttpResponseRedirect(address)
    return render(request, "policies/login.html", {"form": form, "next": address})


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("login")


def _onward(request: HttpRequest) -> str:
    """Where to go after signing in: within this server, or home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return onward(request, wanted, resolve_url(settings.LOGIN_REDIRECT_URL))
