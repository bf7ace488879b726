"""Who am I here, and how do I change my name and my password?"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from policies import services
from policies.gates import signed_in
from policies.models import Membership, Principal
from policies.onward import onward
from policies.signing_in import brakes, second_factor
from policies.signing_in.attempts import Kind, count_failure
from policies.signing_in.duties import Duty, during_duties, duty_of
from policies.signing_in.sources import source_of
from policies.views.base import reader_of
from policies.views.sign_in import too_many


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Principal
        fields = ("name", "email")


class PasswordForm(PasswordChangeForm):
    """The old password, of which only so many are tried, and a new one, twice."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(reader_of(request), *args)
        self.request = request

    def clean_old_password(self) -> str:
        reader, source = reader_of(self.request), source_of(self.request)
        counts = brakes.count_for_code(reader)
        if wait := brakes.hold(counts, source):
            raise forms.ValidationError(too_many(wait))
        try:
            old = super().clean_old_password()
        except forms.ValidationError:
            count_failure(Kind.SIGN_IN, source, reader.public_id)
            raise
        brakes.forgive(counts)
        return old

    def clean(self) -> Any:
        cleaned = super().clean()
        old = self.cleaned_data.get("old_password")
        if old and old == self.cleaned_data.get("new_password1"):
            self.add_error("new_password2", "This is the password that you have.")
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Who the reader is; a form for the name and address that people have by hand."""
    reader = reader_of(request)
    fresh = Principal.objects.get(pk=reader.pk)  # the form writes into its instance
    form = ProfileForm(request.POST or None, instance=fresh)
    if request.method == "POST" and not reader.is_synchronised and form.is_valid():
        services.change_principal(reader, **form.cleaned_data, actor=reader)
        messages.success(request, "Your account is changed.")
        return redirect("account")
    groups = Membership.objects.standing().filter(principal=reader)
    context = {
        "form": form,
        "groups": [each.group for each in groups.select_related("group")],
        "has_second_factor": second_factor.is_enrolled(reader),
        "by_sign_on": settings.HEADWATER_OIDC_LABEL if reader.is_synchronised else "",
    }
    status = 422 if form.errors else 200
    return render(request, "policies/account.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@during_duties
@signed_in
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password, which ends all other sessions."""
    reader = reader_of(request)
    if not reader.has_usable_password():
        raise Http404
    form = PasswordForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(
            reader, form.cleaned_data["new_password1"], actor=reader
        )
        update_session_auth_hash(request, reader)  # and this session gets a new key
        messages.success(request, "Your password is changed; other sessions are ended.")
        wanted = request.POST.get("next", "")
        return redirect(onward(request, wanted, resolve_url("account")))
    context = {
        "form": form,
        "is_duty": duty_of(request) is Duty.PASSWORD,
        "next": request.POST.get("next") or request.GET.get("next") or "",
    }
    status = 422 if form.errors else 200
    return render(request, "policies/account_password.html", context, status=status)
