"""Who belongs together: groups, and their members."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest

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
    act,
    moment,
    site,
    who,
)
from policies.models import Group, Membership, Principal
from policies.services.directory import follow_directory


class MemberForm(ServiceForm):
    principal = NameField(Principal, label="Member")

    class Meta:
        model = Membership
        fields = ("principal",)


class MembersOf(ServiceInline):
    """The members of a group."""

    model = Membership
    form = MemberForm
    opens = (Action.ACCESS_VIEW,)
    adds = Action.ACCESS_GRANT
    verbose_name_plural = "members"
    fields = ("principal", "since")
    readonly_fields = ("since",)
    since = staticmethod(moment("recorded_from", "since", "new"))
    extra = 3

    def get_queryset(self, request: HttpRequest) -> Any:
        standing = Membership.objects.standing().select_related("principal")
        return standing.order_by("principal__username")

    def save_new(
        self, request: HttpRequest, parent: Any, given: dict[str, Any]
    ) -> None:
        services.add_member(parent, given["principal"], actor=who(request))


class InGroupForm(ServiceForm):
    class Meta:
        model = Membership
        fields = ("group",)


class GroupsOf(ServiceInline):
    """The groups that a principal belongs to."""

    model = Membership
    form = InGroupForm
    opens = (Action.ACCESS_VIEW,)
    adds = Action.ACCESS_GRANT
    verbose_name_plural = "groups"
    fields = ("group", "since")
    readonly_fields = ("since",)
    since = staticmethod(moment("recorded_from", "since", "new"))

    def get_queryset(self, request: HttpRequest) -> Any:
        standing = Membership.objects.standing().select_related("group")
        return standing.order_by("group__name")

    def save_new(
        self, request: HttpRequest, parent: Any, given: dict[str, Any]
    ) -> None:
        services.add_member(given["group"], parent, actor=who(request))


class GroupForm(ServiceForm):
    description = forms.CharField(max_length=300, required=False)

    class Meta:
        model = Group
        fields = ("name", "description", "directory_name")
        labels = {"directory_name": "Follows"}
        help_texts = {
            "directory_name": "The directory's group whose members belong here, and "
            "nobody else. Empty: people are put in here."
        }


@admin.register(Group, site=site)
class GroupDesk(Desk):
    section = Section.ACCESS
    purpose = "Who answers for something together."
    opens = (Action.ACCESS_VIEW,)
    adds = changes = Action.ACCESS_GRANT
    suggested_by = "name"
    ordering = ("name",)
    list_display = (
        "name",
        "description",
        "directory_name",
        "member_count",
        moment("created_at", "made"),
        moment("retired_at", "out of use", "no"),
    )
    search_fields = ("name", "description")
    actions = ("retire", "reinstate")
    form = GroupForm
    fields = ("name", "description", "directory_name")
    inlines = (MembersOf,)

    def rows(self, request: HttpRequest) -> Any:
        standing = Count("memberships", filter=Q(memberships__recorded_to=None))
        return Group.objects.annotate(members=standing)

    @admin.display(description="members", ordering="members")
    def member_count(self, row: Any) -> int:
        return int(row.members)

    @act(
        "Put out of use",
        needs=Action.ACCESS_GRANT,
        said="{count} out of use.",
        form=ReasonForm,
        warns="It gets no members, grants or things to answer for any more.",
        for_row=lambda row: row.retired_at is None,
    )
    def retire(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.retire_group(row, actor=who(request), reason=given["reason"])

    @act(
        "Take into use again",
        needs=Action.ACCESS_GRANT,
        said="{count} in use again.",
        for_row=lambda row: row.retired_at is not None,
    )
    def reinstate(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.reinstate_group(row, actor=who(request))

    def create(self, request: HttpRequest, form: Any) -> Group:
        given = form.cleaned_data
        group = services.create_group(
            given["name"], description=given["description"], actor=who(request)
        )
        follow_directory(group, given["directory_name"], actor=who(request))
        return group

    def change(self, request: HttpRequest, row: Group, form: Any) -> None:
        given = form.cleaned_data
        services.describe_group(
            row,
            name=given["name"],
            description=given["description"],
            actor=who(request),
        )
        follow_directory(row, given["directory_name"], actor=who(request))


@admin.register(Membership, site=site)
class MembershipDesk(Desk):
    section = Section.ACCESS
    purpose = "Who belongs to which group, and who did."
    opens = (Action.ACCESS_VIEW,)
    ordering = ("group__name", "principal__username", "pk")
    list_display = (
        "member",
        "group",
        moment("recorded_from", "since"),
        moment("recorded_to", "until", "now"),
    )
    list_select_related = ("group", "principal")
    list_filter = (
        Answer(
            "state",
            "state",
            {
                "standing": ("now", lambda: Q(recorded_to=None)),
                "ended": ("ended", lambda: Q(recorded_to__isnull=False)),
            },
        ),
    )
    search_fields = ("group__name", "principal__username", "principal__name")
    actions = ("end",)
    fields = readonly_fields = ("member", "group", "since", "until")
    since = staticmethod(moment("recorded_from", "since"))
    until = staticmethod(moment("recorded_to", "until", "now"))

    @admin.display(description="member", ordering="principal__username")
    def member(self, row: Membership) -> str:
        return row.principal.username

    def journal_target(self, row: Membership) -> Any:
        return super().journal_target(row.group)

    @act(
        "End",
        needs=Action.ACCESS_GRANT,
        said="{count} ended.",
        warns="They no longer belong to the group. That they did stays recorded.",
        for_row=lambda row: row.recorded_to is None,
    )
    def end(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            services.remove_member(row.group, row.principal, actor=who(request))
