"""Which tokens act in my name, and how do I make and end them?"""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from policies import services
from policies.compiler.scopes import Glob
from policies.compiler.standing import current_reading
from policies.gates import signed_in
from policies.models import Grant, Principal, Role, Token
from policies.services.tokens import OVERLAP, NewToken
from policies.views.base import reader_of

DAYS = (7, 30, 90, 180, 365)
USUAL_DAYS = 90
MOST_LIVE = 50  # of one person


class TokenForm(forms.Form):
    """What a token is for, what it may do of what its owner may, and for how long."""

    name = forms.CharField(max_length=150)
    role = forms.ModelChoiceField(Role.objects.none(), required=False)
    namespace = forms.CharField(max_length=1024, required=False)
    days = forms.TypedChoiceField(coerce=int)

    def __init__(self, reader: Principal, *args: Any) -> None:
        super().__init__(*args)
        most: int = settings.HEADWATER_TOKEN_DAYS
        days = sorted({min(each, most) for each in DAYS})
        self.reader = reader
        self.fields["days"].choices = [(n, f"{n} days") for n in days]  # type: ignore[attr-defined]
        self.fields["days"].initial = min(USUAL_DAYS, most)
        self.fields["role"].queryset = roles_of(reader)  # type: ignore[attr-defined]

    def clean_namespace(self) -> str:
        told: str = self.cleaned_data["namespace"].strip()
        if told:
            Glob.parse(told)
        return told


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """The reader's tokens; a form to make one, whose secret is shown in the answer."""
    reader = reader_of(request)
    form = TokenForm(reader, request.POST or None)
    if request.method == "POST" and _may_have_more(reader, form) and form.is_valid():
        given = form.cleaned_data
        try:
            new = services.create_token(
                reader,
                given["name"],
                role=given["role"].name if given["role"] else None,
                namespace=given["namespace"],
                expires_at=timezone.now() + timedelta(days=given["days"]),
                actor=reader,
            )
        except services.TooManyTokens as refusal:
            form.add_error("name", str(refusal))
        else:
            return _shown_once(request, new)
    mine = Token.objects.filter(principal=reader, revoked_at=None)
    tokens = mine.select_related("role").order_by("name", "created_at")
    now = timezone.now()
    context = {
        "form": form,
        "tokens": [
            (each, bool(each.expires_at and each.expires_at <= now)) for each in tokens
        ],
        "may_make": settings.HEADWATER_PERSONAL_TOKENS,
        "overlap_days": OVERLAP.days,
    }
    status = 422 if form.errors else 200
    return render(request, "policies/account_tokens.html", context, status=status)


@require_POST
@signed_in
def rotate(request: HttpRequest, key: str) -> HttpResponse:
    """Make a successor of one of the reader's tokens."""
    token = _own(request, key)
    if not settings.HEADWATER_PERSONAL_TOKENS:
        raise Http404
    try:
        new = services.rotate_token(token, actor=reader_of(request))
    except (services.TooManyTokens, services.TokenIsOver) as refusal:
        messages.error(request, str(refusal))
        return redirect("account-tokens")
    return _shown_once(request, new, old=token)


@require_POST
@signed_in
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Shut one of the reader's tokens out."""
    services.revoke_token(_own(request, key), actor=reader_of(request))
    messages.success(request, "The token is revoked: it is refused from now on.")
    return redirect("account-tokens")


def roles_of(reader: Principal) -> Any:
    """The roles that the reader holds, by themselves or by a group."""
    rights = current_reading().standing(reader).rights
    grants = [right.grant for right in rights if right.grant is not None]
    held = Grant.objects.filter(pk__in=grants, effect=Grant.Effect.ALLOW)
    return Role.objects.filter(pk__in=held.values("role")).order_by("name")


def _may_have_more(reader: Principal, form: TokenForm) -> bool:
    if not settings.HEADWATER_PERSONAL_TOKENS:
        raise Http404
    if Token.objects.live().filter(principal=reader).count() >= MOST_LIVE:
        form.add_error(None, f"You have {MOST_LIVE} live tokens: revoke some first.")
        return False
    return True


def _own(request: HttpRequest, key: str) -> Token:
    unrevoked = Q(principal=reader_of(request), revoked_at=None)
    token = Token.objects.filter(unrevoked, key_id=key).first()
    if token is None:
        raise Http404
    return token


def _shown_once(
    request: HttpRequest, new: NewToken, old: Token | None = None
) -> HttpResponse:
    context = {"token": new.token, "raw": new.raw, "old": old, "overlap": OVERLAP.days}
    return render(request, "policies/account_token_made.html", context)
