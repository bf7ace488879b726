"""Which namespaces, datasets and jobs are there, and what is to be said of them?"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.admin.reach import STEWARDS
from catalog.admin.saying import (
    CuratedDesk,
    DomainForm,
    EnvironmentForm,
    LifecycleForm,
    OwnerForm,
    TagForm,
    TierForm,
    say_other,
    saying,
    unsaying,
)
from catalog.admin.shares import SharesOf, of_datasets, of_jobs
from catalog.curation.subjects import target_of
from catalog.models import (
    Dataset,
    Job,
    Namespace,
    Ownership,
    Placement,
    TagAssignment,
)
from catalog.spans import spans_of
from policies import services
from policies.actions import Action
from policies.admin_site import (
    ActForm,
    Answer,
    NameField,
    Section,
    act,
    moment,
    site,
    who,
)
from policies.admin_site.cells import quiet
from policies.audit import Target
from policies.models import Principal

SHAREABLE = (
    Action.ASSET_VIEW,
    Action.ASSET_EDIT,
    Action.ASSET_TAG,
    Action.LINEAGE_VIEW,
    Action.LINEAGE_VIEW_SQL,
    Action.RUN_VIEW,
)
WORDS = {"tags": (TagAssignment, "tag__name"), "domains": (Placement, "domain__name")}


class ShareForm(ActForm):
    principal = NameField(Principal, label="With", help_text="Their sign-in name.")
    actions = forms.MultipleChoiceField(
        label="To do",
        choices=[(str(action), str(action)) for action in SHAREABLE],
        initial=[str(Action.ASSET_VIEW)],
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(
        max_length=500, required=False, help_text="Stands in the journal."
    )


class AssetDesk(CuratedDesk):
    """What the three kinds of assets have in common."""

    section = Section.CATALOG
    opens = STEWARDS
    # Names are found by trigrams, or by going through them in order.
    is_long = True
    say_tag = saying("tag", "Tag", TagForm, "")
    unsay_tag = unsaying("tag", "Take a tag off", TagForm)
    say_owner = saying("owner", "Name an owner of", OwnerForm, "")
    unsay_owner = unsaying("owner", "Take an owner off", OwnerForm)
    say_domain = saying("domain", "Place in a domain", DomainForm, "")
    say_tier = saying("tier", "Set the tier of", TierForm, "")
    say_environment = saying(
        "environment", "Set the environment of", EnvironmentForm, ""
    )
    say_other = say_other

    actions: Any = (
        "say_tag",
        "unsay_tag",
        "say_owner",
        "unsay_owner",
        "say_domain",
        "say_tier",
        "say_environment",
        "say_other",
    )

    def journal_target(self, row: Any) -> Target:
        return target_of(row)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        with_words(found.result_list, str(self.opts.model_name))
        return found

    def get_object(self, request: HttpRequest, *args: Any) -> Any:
        row = super().get_object(request, *args)
        if row is not None:
            with_words([row], str(self.opts.model_name))
        return row

    @admin.display(description="tags")
    def tag_words(self, row: Any) -> SafeString:
        return _listed(row.words.get("tags", ()), "tag")

    @admin.display(description="owners")
    def owner_words(self, row: Any) -> SafeString:
        return _listed(row.words.get("owners", ()), "")

    @admin.display(description="domain")
    def domain_words(self, row: Any) -> SafeString:
        return _listed(row.words.get("domains", ()), "")


def _listed(words: Any, look: str) -> SafeString:
    shown = format_html_join(
        " ", '<span class="{}">{}</span>', ((look, w) for w in words)
    )
    return shown or quiet("none")


def with_words(rows: Any, kind: str) -> None:
    """Give each asset the `words` that people say of it itself: three queries."""
    keys = [row.pk for row in rows]
    words: dict[int, dict[str, list[str]]] = {key: {} for key in keys}
    lookup = "dataset__canonical" if kind == "dataset" else kind
    about = {f"{lookup}__in": keys, "column": "", "recorded_to": None}
    for name, (model, value) in WORDS.items():
        statements: Any = model
        found = statements.objects.filter(**about).order_by(value)
        for key, word in found.values_list(lookup, value):
            words[key].setdefault(name, []).append(word)
    owners = Ownership.objects.filter(**about).select_related("principal", "group")
    for row in owners.order_by("kind", "pk").annotate(about=F(lookup)):
        words[row.about].setdefault("owners", []).append(f"{row} ({row.kind})")
    for row in rows:
        row.words = words[row.pk]


def unowned(lookup: str) -> Any:
    """Assets of which nobody is named an owner, by `lookup` from the statement."""
    standing = Ownership.objects.filter(recorded_to=None, **{lookup: OuterRef("pk")})
    return lambda: ~Q(Exists(standing))


def untagged(lookup: str) -> Any:
    standing = TagAssignment.objects.filter(
        recorded_to=None, column="", **{lookup: OuterRef("pk")}
    )
    return lambda: ~Q(Exists(standing))


def gaps(lookup: str) -> Any:
    """A filter by what nobody has said yet."""
    return Answer(
        "lacking",
        "lacking",
        {
            "owner": ("an owner of its own", unowned(lookup)),
            "tag": ("tags of its own", untagged(lookup)),
        },
    )


HIDDEN = Answer(
    "hidden",
    "shown",
    {
        "no": (
            "in the catalog",
            lambda: Q(hidden_at=None) | Q(updated_at__gt=F("hidden_at")),
        ),
        "yes": (
            "hidden",
            lambda: Q(hidden_at__isnull=False, updated_at__lte=F("hidden_at")),
        ),
    },
)


@admin.register(Namespace, site=site)
class NamespaceDesk(AssetDesk):
    purpose = "Where datasets and jobs are kept, as producers call it."
    suggested_by = "name"
    ordering = ("name",)
    sortable_by = ("name",)
    list_display = (
        "name",
        "domain_words",
        "owner_words",
        "tag_words",
        "dataset_count",
        "job_count",
        moment("last_seen", "last seen"),
    )
    list_filter = (gaps("namespace"), HIDDEN)
    search_fields = ("name",)
    known = ("name", "domain_words", "owner_words", "tag_words")
    fields = readonly_fields = (*known, "seen", "heard", "hidden")
    seen = staticmethod(moment("first_seen", "first seen"))
    heard = staticmethod(moment("last_seen", "last seen"))
    hidden = staticmethod(moment("hidden_at", "hidden", "not"))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        keys = [row.pk for row in found.result_list]
        counts = {
            model: dict(
                model._default_manager.permitted(request.user, Action.ASSET_VIEW)
                .filter(namespace__in=keys, first_seen__isnull=False)
                .values_list("namespace")
                .annotate(count=Count("pk"))
                .order_by()
            )
            for model in (Dataset, Job)
        }
        for row in found.result_list:
            row.counts = {model: of.get(row.pk, 0) for model, of in counts.items()}
        _as_seen(found.result_list, request)
        return found

    def get_object(self, request: HttpRequest, *args: Any) -> Any:
        row = super().get_object(request, *args)
        if row is not None:
            _as_seen([row], request)
        return row

    @admin.display(description="datasets")
    def dataset_count(self, row: Any) -> int:
        return int(row.counts[Dataset])

    @admin.display(description="jobs")
    def job_count(self, row: Any) -> int:
        return int(row.counts[Job])


def _as_seen(namespaces: Iterable[Namespace], request: HttpRequest) -> None:
    """Give namespaces the times of what the reader sees in them."""
    rows = list(namespaces)
    spans = spans_of(rows, request.user)
    for row in rows:
        span = spans[row.pk]
        row.first_seen, row.last_seen = span.first_seen, span.last_seen


class PlacedDesk(AssetDesk):
    """Datasets and jobs: what lies in a namespace, and can be shared alone."""

    ordering = ("namespace__name", "name", "pk")
    list_select_related = ("namespace",)
    search_fields = ("name",)
    search_help_text = "A part of the name."
    list_display = (
        "named",
        "namespace_name",
        "tag_words",
        "owner_words",
        "domain_words",
        moment("last_seen", "last seen"),
    )
    known = ("named", "namespace_name", "domain_words", "owner_words", "tag_words")
    seen = staticmethod(moment("first_seen", "first seen"))
    heard = staticmethod(moment("last_seen", "last seen"))
    hidden = staticmethod(moment("hidden_at", "hidden", "not"))
    say_lifecycle = saying("lifecycle", "Set the lifecycle of", LifecycleForm, "")
    actions = (*AssetDesk.actions, "say_lifecycle", "share")

    @admin.display(description="name", ordering="name")
    def named(self, row: Any) -> str:
        return str(row.name)

    @admin.display(description="namespace", ordering="namespace__name")
    def namespace_name(self, row: Any) -> str:
        return str(row.namespace.name)

    @act(
        "Share",
        needs=Action.ACCESS_GRANT,
        said="{count} shared.",
        form=ShareForm,
    )
    def share(self, request: HttpRequest, rows: Any, given: Any) -> None:
        for row in rows:
            for action in given["actions"]:
                services.share_asset(
                    row,
                    given["principal"],
                    Action(action),
                    actor=who(request),
                    reason=given["reason"],
                )


@admin.register(Dataset, site=site)
class DatasetDesk(PlacedDesk):
    purpose = "Tables, topics, files and models: tag, place and share many at once."
    list_filter = (gaps("dataset__canonical"), HIDDEN)
    fields = readonly_fields = (
        *PlacedDesk.known,
        "other_names",
        "seen",
        "heard",
        "hidden",
    )
    inlines = (of_datasets(SharesOf),)

    def rows(self, request: HttpRequest) -> Any:
        """Each dataset once, under its canonical name."""
        return super().rows(request).canonical()

    def get_object(self, request: HttpRequest, *args: Any) -> Any:
        row = super().get_object(request, *args)
        if row is not None:
            seen = Dataset.objects.permitted(request.user, Action.ASSET_VIEW)
            names = seen.filter(canonical=row).exclude(pk=row.pk)
            row.others = [str(each) for each in names.select_related("namespace")]
        return row

    @admin.display(description="other names")
    def other_names(self, row: Any) -> SafeString:
        """Those that the reader may see."""
        return _listed(row.others, "id")


@admin.register(Job, site=site)
class JobDesk(PlacedDesk):
    purpose = "What reads and writes datasets: tag, place and share many at once."
    list_filter = (gaps("job"), HIDDEN)
    fields = readonly_fields = (*PlacedDesk.known, "seen", "heard", "hidden")
    inlines = (of_jobs(SharesOf),)

    def rows(self, request: HttpRequest) -> Any:
        return super().rows(request).seen()
