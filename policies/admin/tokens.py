"""Which programs are let in: tokens are made, shown once, and revoked."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from policies import services
from policies.actions import Action
from policies.admin.grants import Reaching, where_of
from policies.admin_site import (
    Answer,
    Desk,
    Listed,
    NameField,
    ReasonForm,
    Section,
    ServiceForm,
    TimeField,
    act,
    moment,
    pill,
    site,
    who,
)
from policies.admin_site.cells import identifier, quiet
from policies.audit import Target
from policies.gates import holds
from policies.models import Principal, Role, Token


def unexpired() -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=timezone.now())


def live() -> Q:
    return unexpired() & Q(revoked_at=None, principal__is_active=True)


class TokenForm(Reaching, ServiceForm):
    principal = NameField(
        Principal, label="Of", help_text="The name of its account: a service's."
    )
    role = forms.ModelChoiceField(
        Role.objects.order_by("name"),
        required=False,
        empty_label="all that its account may",
        help_text="Narrows what its account may, and never adds to it.",
    )
    expires_at = TimeField(label="Expires", help_text="UTC. Empty is never.")

    class Meta:
        model = Token
        fields = ("principal", "name", "role", "namespace_glob", "expires_at")
        help_texts = {"name": "Where it is used. Of one name two can live at a time."}

    def clean_principal(self) -> Principal:
        """Nobody acts as another person: they make tokens of their own themselves."""
        principal: Principal = self.cleaned_data["principal"]
        if principal.kind == Principal.Kind.PERSON:
            raise forms.ValidationError(
                f"{principal} is a person. People make their tokens themselves, under "
                "Account, Tokens; programs have a service account."
            )
        return principal

    def clean_expires_at(self) -> Any:
        when = self.cleaned_data["expires_at"]
        if when and when <= timezone.now():
            raise forms.ValidationError("That is past.")
        return when


def state_of(token: Token) -> SafeString:
    """Whether it would be let in now."""
    if token.revoked_at:
        return pill("revoked")
    if token.expires_at and token.expires_at <= timezone.now():
        return pill("expired", "warn")
    if not token.principal.is_active:
        return pill("account stopped", "bad")
    return pill("live", "good")


class TokensOf(Listed):
    """The tokens of a principal that nobody revoked."""

    model = Token
    fk_name = "principal"
    opens = (Action.ACCESS_VIEW,)
    verbose_name_plural = "tokens"
    fields = readonly_fields = (
        "name",
        "key",
        "role",
        "where",
        "until",
        "used",
        "state",
    )
    until = staticmethod(moment("expires_at", "expires", "never"))
    used = staticmethod(moment("last_used_at", "last used", "never"))

    @admin.display(description="id")
    def key(self, row: Token) -> SafeString:
        return identifier(row.key_id)

    @admin.display(description="where")
    def where(self, row: Token) -> SafeString:
        return where_of(row)

    @admin.display(description="state")
    def state(self, row: Token) -> SafeString:
        return state_of(row)

    def get_queryset(self, request: HttpRequest) -> Any:
        unrevoked = Token.objects.filter(revoked_at=None)
        return unrevoked.select_related("role", "principal").order_by("name", "pk")


@admin.register(Token, site=site)
class TokenDesk(Desk):
    section = Section.ACCESS
    purpose = "What programs show instead of a password."
    opens = (Action.ACCESS_VIEW,)
    adds = Action.ACCESS_GRANT
    ordering = ("-created_at", "-pk")
    list_display = (
        "name",
        "of",
        "key",
        "role_or_all",
        "where",
        "state",
        moment("expires_at", "expires", "never"),
        moment("last_used_at", "last used", "never"),
        moment("created_at", "made"),
    )
    list_select_related = ("principal", "role", "created_by")
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "live": ("live", live),
                "unused": ("never used", lambda: live() & Q(last_used_at=None)),
                "endless": ("live without end", lambda: live() & Q(expires_at=None)),
                "expired": ("expired", lambda: ~unexpired()),
                "revoked": ("revoked", lambda: Q(revoked_at__isnull=False)),
            },
        ),
        "role",
        ("principal__kind", admin.ChoicesFieldListFilter),
    )
    search_fields = ("name", "principal__username", "principal__name", "=key_id")
    search_help_text = "A part of a name, or a token's id."
    actions = ("revoke",)
    form = TokenForm
    fields = ("principal", "name", "role", "namespace_glob", "expires_at")
    shown = (
        "name",
        "of",
        "key",
        "role_or_all",
        "where",
        "state",
        "until",
        "used",
        "made",
        "by",
    )
    readonly_fields = shown[1:]
    until = staticmethod(moment("expires_at", "expires", "never"))
    used = staticmethod(moment("last_used_at", "last used", "never"))
    made = staticmethod(moment("created_at", "made"))

    @admin.display(description="of", ordering="principal__username")
    def of(self, row: Token) -> str:
        return row.principal.username

    @admin.display(description="id")
    def key(self, row: Token) -> SafeString:
        return identifier(row.key_id)

    @admin.display(description="role", ordering="role__name")
    def role_or_all(self, row: Token) -> Any:
        return row.role or quiet("as its account")

    @admin.display(description="where", ordering="namespace_glob")
    def where(self, row: Token) -> SafeString:
        return where_of(row)

    @admin.display(description="state")
    def state(self, row: Token) -> SafeString:
        return state_of(row)

    @admin.display(description="made by")
    def by(self, row: Token) -> str:
        return row.created_by.username if row.created_by else "the system"

    def journal_target(self, row: Token) -> Target:
        return Target("policies.token", (row.key_id,))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else self.fields

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        until = timezone.now() + timedelta(days=settings.HEADWATER_TOKEN_DAYS)
        asked = ("principal", "name", "role", "namespace_glob")
        return {
            **{name: request.GET.get(name, "") for name in asked},
            "expires_at": until.replace(second=0, microsecond=0),
        }

    def links(self, request: HttpRequest, object_id: str | None) -> list[Any]:
        row = object_id and self.get_object(request, object_id)
        if not row or row.revoked_at or not holds(request.user, Action.ACCESS_GRANT):
            return []
        if row.principal.kind == Principal.Kind.PERSON:
            return []
        alike = {
            "principal": row.principal.username,
            "name": row.name,
            "role": row.role_id or "",
            "namespace_glob": row.namespace_glob,
        }
        address = f"{reverse('admin:policies_token_add')}?{urlencode(alike)}"
        return [{"label": "Make its successor", "address": address}]

    def create(self, request: HttpRequest, form: Any) -> Token:
        given = form.cleaned_data
        role = given["role"].name if given["role"] else None
        new = services.create_token(
            given["principal"],
            given["name"],
            role=role,
            namespace=given["namespace_glob"],
            expires_at=given["expires_at"],
            actor=who(request),
        )
        request.new_token = new.raw  # type: ignore[attr-defined]
        return new.token

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        """Show the secret, in the answer to the form and nowhere else."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Token {obj.name} is made",
            "opts": self.opts,
            "token": obj,
            "raw": request.new_token,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "admin/token_made.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @act(
        "Revoke",
        needs=Action.ACCESS_GRANT,
        said="{count} revoked.",
        form=ReasonForm,
        warns="Programs that use it are refused from their next request on.",
        for_row=lambda row: row.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.revoke_token(row, actor=who(request), reason=given["reason"])
