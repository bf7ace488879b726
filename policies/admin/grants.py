"""Who may do what, where, since when: grants are given and revoked, never changed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from policies import services
from policies.actions import Action
from policies.admin_site import (
    Answer,
    Desk,
    NameField,
    ReasonForm,
    Section,
    ServiceForm,
    ServiceInline,
    TimeField,
    act,
    moment,
    pill,
    site,
    who,
)
from policies.admin_site.cells import identifier, quiet
from policies.compiler import conditions
from policies.compiler.scopes import Glob
from policies.compiler.standing import current_reading
from policies.models import Grant, Group, Principal, Reach
from policies.telling.wording import condition_text


def standing() -> Q:
    return Q(recorded_to=None)


def in_force() -> Q:
    now = timezone.now()
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    return standing() & begun & (Q(valid_to=None) | Q(valid_to__gt=now))


class Reaching(forms.ModelForm):  # type: ignore[type-arg]
    """Fields that say how far something reaches, and until when."""

    namespace_glob = forms.CharField(
        label="Namespaces",
        max_length=1024,
        required=False,
        help_text="A name, or a pattern: * stands for anything. Empty is everything.",
    )

    def clean_namespace_glob(self) -> str:
        text = str(self.cleaned_data["namespace_glob"])
        if text:
            try:
                Glob.parse(text)
            except ValueError as fault:
                raise forms.ValidationError(str(fault)) from fault
        return text


class GrantFields(Reaching, ServiceForm):
    valid_from = TimeField(label="From", help_text="UTC. Empty is at once.")
    valid_to = TimeField(label="Until", help_text="UTC. Empty is for good.")

    class Meta:
        model = Grant
        fields = ("role", "namespace_glob", "valid_from", "valid_to", "reason")
        labels = {
            "namespace_glob": "where",
            "valid_from": "from",
            "valid_to": "until",
        }

    def clean(self) -> Any:
        given = self.cleaned_data
        start, end = given.get("valid_from"), given.get("valid_to")
        if start and end and end <= start:
            self.add_error("valid_to", "It must end after it begins.")
        return super().clean()


class GrantForm(GrantFields):
    principal = NameField(
        Principal,
        label="To",
        required=False,
        help_text="The name they sign in with; or a group:",
    )
    group = NameField(Group, label="Or to the group", required=False)
    effect = forms.ChoiceField(
        label="Does",
        choices=Grant.Effect.choices,
        initial=Grant.Effect.ALLOW,
        required=False,
        help_text="A deny beats every allow, and ownership, too.",
    )

    class Meta(GrantFields.Meta):
        fields = (  # type: ignore[assignment]
            "principal",
            "group",
            "effect",
            *GrantFields.Meta.fields,
        )

    def clean(self) -> Any:
        given = self.cleaned_data
        if bool(given.get("principal")) == bool(given.get("group")):
            self.add_error("principal", "Name a principal or a group, and one of them.")
        return super().clean()


class RenewForm(ReasonForm):
    valid_to = TimeField(label="Until", help_text="UTC. Empty is for good.")


def give(
    request: HttpRequest, holder: Principal | Group, given: dict[str, Any]
) -> Grant:
    return services.grant_role(
        holder,
        given["role"].name,
        namespace=given["namespace_glob"],
        effect=given.get("effect") or Grant.Effect.ALLOW,
        valid_from=given["valid_from"],
        valid_to=given["valid_to"],
        reason=given["reason"],
        actor=who(request),
    )


def state_of(grant: Grant) -> SafeString:
    """Whether it counts now."""
    now = timezone.now()
    if grant.recorded_to:
        return pill("revoked")
    if grant.valid_to and grant.valid_to <= now:
        return pill("run out", "warn")
    if grant.valid_from and grant.valid_from > now:
        return pill("to come", "busy")
    return pill("in force", "good")


def where_of(row: Any) -> SafeString:
    """What a grant or token reaches; an asset stands without its name."""
    match row.reach:
        case Reach.EVERYTHING:
            return quiet("everything")
        case Reach.NAMESPACE:
            return identifier(row.namespace_glob)
        case Reach.ASSET:
            return quiet(f"one {row.asset_kind}")
    names = current_reading().tree(row.reach).names
    return identifier(f"{row.reach} {names.get(row.scope_id, '(gone)')}")


class GrantsOf(ServiceInline):
    """The grants of a principal."""

    model = Grant
    fk_name = "principal"
    form = GrantFields
    opens = (Action.ACCESS_VIEW,)
    adds = Action.ACCESS_GRANT
    verbose_name_plural = "grants"
    fields = ("role", "namespace_glob", "valid_from", "valid_to", "reason", "state")
    readonly_fields = ("state",)

    @admin.display(description="state")
    def state(self, row: Grant) -> SafeString:
        return state_of(row) if row.pk else quiet("new")

    def get_queryset(self, request: HttpRequest) -> Any:
        return Grant.objects.standing().select_related("role").order_by("pk")

    def save_new(
        self, request: HttpRequest, parent: Any, given: dict[str, Any]
    ) -> None:
        give(request, parent, given)


@admin.register(Grant, site=site)
class GrantDesk(Desk):
    section = Section.ACCESS
    purpose = (
        "Who has which role, where and until when. On domains, tags and single assets, "
        "and under conditions, they are given under Access."
    )
    opens = (Action.ACCESS_VIEW,)
    adds = Action.ACCESS_GRANT
    ordering = ("-recorded_from", "-pk")
    list_display = (
        "to",
        "does",
        "role",
        "where",
        "state",
        moment("valid_from", "from", "at once"),
        moment("valid_to", "until", "for good"),
        "reason",
        "by",
        moment("recorded_from", "given"),
    )
    list_select_related = ("principal", "group", "role", "granted_by")
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "force": ("in force", in_force),
                "standing": ("not revoked", standing),
                "revoked": ("revoked", lambda: ~standing()),
                "temporary": ("with an end", lambda: Q(valid_to__isnull=False)),
            },
        ),
        ("effect", admin.ChoicesFieldListFilter),
        "role",
        ("reach", admin.ChoicesFieldListFilter),
        ("principal__kind", admin.ChoicesFieldListFilter),
    )
    search_fields = (
        "principal__username",
        "principal__name",
        "group__name",
        "namespace_glob",
        "reason",
    )
    search_help_text = "A part of a name, of a pattern, or of the reason."
    actions = ("revoke", "renew")
    form = GrantForm
    fields = (
        "principal",
        "group",
        "effect",
        "role",
        "namespace_glob",
        "valid_from",
        "valid_to",
        "reason",
    )
    shown = (
        *("to", "does", "role", "where", "terms", "state", "since", "until"),
        *("reason", "by", "given"),
    )
    readonly_fields = (
        *("to", "does", "where", "terms", "state", "since", "until"),
        *("by", "given", "ended"),
    )
    since = staticmethod(moment("valid_from", "from", "at once"))
    until = staticmethod(moment("valid_to", "until", "for good"))
    given = staticmethod(moment("recorded_from", "given"))
    ended = staticmethod(moment("recorded_to", "revoked", "not"))

    @admin.display(description="to", ordering="principal__username")
    def to(self, row: Grant) -> str:
        return row.principal.username if row.principal else str(row.group)

    @admin.display(description="does", ordering="effect")
    def does(self, row: Grant) -> SafeString:
        is_deny = row.effect == Grant.Effect.DENY
        return pill("denies", "bad") if is_deny else pill("allows", "good")

    @admin.display(description="condition")
    def terms(self, row: Grant) -> SafeString | str:
        if row.condition is None:
            return quiet("none")
        return condition_text(
            conditions.stored(row.condition), current_reading().tree("tag").names
        )

    @admin.display(description="where", ordering="namespace_glob")
    def where(self, row: Grant) -> SafeString:
        return where_of(row)

    @admin.display(description="state")
    def state(self, row: Grant) -> SafeString:
        return state_of(row)

    @admin.display(description="by")
    def by(self, row: Grant) -> str:
        return row.granted_by.username if row.granted_by else "the system"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.shown, "ended") if obj else self.fields

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        names = ("principal", "group", "namespace_glob", "role")
        return {name: request.GET[name] for name in names if name in request.GET}

    def create(self, request: HttpRequest, form: Any) -> Grant:
        given = form.cleaned_data
        return give(request, given["principal"] or given["group"], given)

    @act(
        "Renew",
        needs=Action.ACCESS_GRANT,
        said="{count} renewed.",
        form=RenewForm,
    )
    def renew(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.renew_grant(
                row, given["valid_to"], actor=who(request), reason=given["reason"]
            )

    @act(
        "Revoke",
        needs=Action.ACCESS_GRANT,
        said="{count} revoked.",
        form=ReasonForm,
        warns="It counts no more from the next request on; that it stood is kept.",
        for_row=lambda row: row.recorded_to is None,
    )
    def revoke(self, request: HttpRequest, rows: Any, given: Any) -> str | None:
        held = 0
        for row in rows:
            try:
                services.revoke_grant(row, actor=who(request), reason=given["reason"])
            except services.ApprovalNeeded:
                held += 1  # kept with this transaction
        if not held:
            return None
        return (
            f"{len(rows) - held} revoked; {held} wait for a second person, under "
            "Access, Approvals."
        )
