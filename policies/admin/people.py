"""Who is let in: people and service accounts, with what they were given."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from policies import services
from policies.actions import Action
from policies.admin.grants import GrantFields, GrantsOf
from policies.admin.groups import GroupsOf
from policies.admin.tokens import TokensOf
from policies.admin_site import Desk, Section, ServiceForm, act, moment, pill, site, who
from policies.admin_site.fields import ActForm, ReasonForm
from policies.gates import holds
from policies.models import Principal, Session
from policies.services.second_factor import reset_second_factor
from policies.services.sessions import end_sessions
from policies.signing_in import brakes, second_factor

__all__ = ["GrantFields", "PeopleDesk"]

NEW_PASSWORD = forms.PasswordInput({"autocomplete": "new-password"})


class TwicePassword(forms.Form):
    """A password, typed twice."""

    password = forms.CharField(
        widget=NEW_PASSWORD,
        strip=False,
        required=False,
        help_text="12 characters or more. Without one only tokens let in.",
    )
    again = forms.CharField(
        label="Password again", widget=NEW_PASSWORD, strip=False, required=False
    )

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("password") != cleaned.get("again"):
            self.add_error("again", "The two passwords are not the same.")
        return cleaned


class PrincipalForm(ServiceForm):
    class Meta:
        model = Principal
        fields = ("kind", "username", "name", "email")
        help_texts = {
            "username": "What they sign in with; it cannot be changed later.",
            "name": "As it is shown.",
        }


class NewPrincipalForm(TwicePassword, PrincipalForm):
    def clean(self) -> Any:
        is_person = self.cleaned_data.get("kind") == Principal.Kind.PERSON
        if is_person and not self.cleaned_data.get("password"):
            self.add_error("password", "A person needs a password.")
        return super().clean()


class PasswordForm(ActForm, TwicePassword):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("password", "again"):
            self.fields[name].required = True
        self.fields["password"].help_text = (
            "12 characters or more. Ends all sessions; they choose another one when "
            "they sign in."
        )


@admin.register(Principal, site=site)
class PeopleDesk(Desk):
    section = Section.ACCESS
    rank = -1
    purpose = "Who is let in: made, stopped and resumed here, with what they may do."
    opens = (Action.ACCESS_VIEW,)
    adds = changes = Action.ACCESS_GRANT
    suggested_by = "username"
    ordering = ("username",)
    list_display = (
        "username",
        "name",
        "email",
        "kind",
        "state",
        moment("last_login", "last sign-in", "never"),
        moment("created_at", "made"),
    )
    list_filter = ("kind", "is_active", "is_synchronised", "grants__role")
    search_fields = ("username", "name", "email")
    search_help_text = "A part of a name or address."
    inlines = (GrantsOf, GroupsOf, TokensOf)
    actions = (
        "stop",
        "resume",
        "give_password",
        "sign_out",
        "reset_second_factor",
        "unblock",
    )
    readonly_fields = (
        "state",
        "public_id",
        "last_sign_in",
        "signs_in",
        "made",
        "done",
    )

    @admin.display(description="state", ordering="is_active")
    def state(self, row: Principal) -> SafeString:
        return pill("active", "good") if row.is_active else pill("stopped", "bad")

    @admin.display(description="signs in")
    def signs_in(self, row: Principal) -> str:
        """By what, with what, and in how many browsers just now."""
        ways = ["by the directory"] if row.is_synchronised else []
        if row.has_usable_password():
            ways.append("by a password")
        if row.must_change_password:
            ways.append("who has to choose another password first")
        if second_factor.is_enrolled(row):
            ways.append("with a second factor")
        open_now = Session.objects.filter(
            principal=row, expire_date__gt=timezone.now()
        ).count()
        return f"{', '.join(ways) or 'only by tokens'}; open sessions: {open_now}"

    last_sign_in = staticmethod(moment("last_login", "last sign-in", "never"))
    made = staticmethod(moment("created_at", "made"))

    @admin.display(description="journal")
    def done(self, row: Principal) -> SafeString:
        """Where what they did stands."""
        journal = reverse("admin:policies_journalentry_changelist")
        return format_html(
            '<a href="{}?actor={}">What {} did</a>',
            journal,
            row.public_id,
            row.username,
        )

    def links(self, request: HttpRequest, object_id: str | None) -> list[Any]:
        row = object_id and self.get_object(request, object_id)
        if not row or not holds(request.user, Action.ACCESS_GRANT):
            return []
        query = urlencode({"principal": row.username})
        address = f"{reverse('admin:policies_token_add')}?{query}"
        return [{"label": "Make a token", "address": address}]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **more: Any
    ) -> Any:
        more["form"] = PrincipalForm if obj else NewPrincipalForm
        return super().get_form(request, obj, change, **more)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            names = ("kind", "username", "name", "email", "password", "again")
            return [(None, {"fields": names})]
        known = ("state", "signs_in", "last_sign_in", "made", "public_id", "done")
        return [(None, {"fields": ("username", "kind", "name", "email", *known)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ("username", "kind") if obj else ()
        if obj and obj.is_synchronised:
            fixed = (*fixed, "name", "email")  # the directory says so
        return (*self.readonly_fields, *fixed)

    def create(self, request: HttpRequest, form: Any) -> Principal:
        given = form.cleaned_data
        return services.create_principal(
            given["username"],
            kind=given["kind"],
            name=given["name"],
            email=given["email"],
            password=given["password"] or None,
            must_change=True,
            actor=who(request),
        )

    def change(self, request: HttpRequest, row: Principal, form: Any) -> None:
        given = form.cleaned_data
        if row.is_synchronised:
            return
        services.change_principal(
            row, name=given["name"], email=given["email"], actor=who(request)
        )

    @act(
        "Stop",
        needs=Action.ACCESS_GRANT,
        said="{count} stopped: every door is shut to them.",
        form=ReasonForm,
        warns="They are signed out, and their tokens no longer count. What they did "
        "stays in the journal.",
        for_row=lambda row: row.is_active,
    )
    def stop(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.set_active(row, False, actor=who(request), reason=given["reason"])

    @act(
        "Resume",
        needs=Action.ACCESS_GRANT,
        said="{count} let in again.",
        form=ReasonForm,
        for_row=lambda row: not row.is_active,
    )
    def resume(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.set_active(row, True, actor=who(request), reason=given["reason"])

    @act(
        "New password for",
        needs=Action.ACCESS_GRANT,
        said="{count}: the password is changed, and open sessions are ended.",
        form=PasswordForm,
    )
    def give_password(self, request: HttpRequest, rows: Any, given: Any) -> None:
        actor = who(request)
        for row in rows:
            services.change_password(
                row, given["password"], actor=actor, must_change=row != actor
            )

    @act(
        "Sign out",
        needs=Action.ACCESS_GRANT,
        said="{count} signed out everywhere.",
        form=ReasonForm,
        for_row=lambda row: row.is_active,
    )
    def sign_out(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            end_sessions(row, actor=who(request), reason=given["reason"])

    @act(
        "Reset the second factor of",
        needs=Action.ACCESS_GRANT,
        said="{count}: no second factor any more, and open sessions are ended.",
        form=ReasonForm,
        warns="From now on their password alone lets them in, until they set up "
        "another one. Be sure that it is they who ask.",
        for_row=second_factor.is_enrolled,
    )
    def reset_second_factor(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            reset_second_factor(row, actor=who(request), reason=given["reason"])

    @act(
        "Let try again",
        needs=Action.ACCESS_GRANT,
        said="{count} may try to sign in again at once.",
        form=ReasonForm,
        for_row=lambda row: row.is_active,
    )
    def unblock(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            brakes.unblock(row, actor=who(request), reason=given["reason"])
