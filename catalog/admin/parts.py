"""How were datasets and jobs defined, and what do producers say of them? To read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models.functions import Length
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin.reach import STEWARDS, hanging_on
from catalog.hidden_columns import about_shown_columns
from catalog.models import Column, Dataset, DatasetVersion, Facet, Job, JobVersion
from catalog.versions import dataset_version_id
from policies import access
from policies.actions import Action
from policies.admin_site import Desk, Section, Since, moment, site
from policies.admin_site.cells import identifier

SHOWN_CHARACTERS = 100_000


class PartDesk(Desk):
    """Rows that hang on one asset."""

    section = Section.CATALOG
    rank = 1
    opens: tuple[Action, ...] = STEWARDS
    is_long = True
    keeps_history = False
    sortable_by = ()
    ordering: ClassVar[Any] = ("-pk",)


@admin.register(Column, site=site)
class ColumnDesk(PartDesk):
    purpose = "The columns that datasets have or had."
    list_display = ("name", "of")
    list_select_related = ("dataset__namespace",)
    search_fields = ("=name",)
    search_help_text = "The whole name."
    fields = readonly_fields = ("name", "of")

    def rows(self, request: HttpRequest) -> Any:
        shown = Column.objects.filter(
            about_shown_columns(request.user, "dataset", "name")
        )
        return hanging_on(shown, "dataset", Dataset, request)

    @admin.display(description="dataset")
    def of(self, row: Column) -> str:
        return str(row.dataset)


@admin.register(DatasetVersion, site=site)
class DatasetVersionDesk(PartDesk):
    purpose = "The distinct schemas that datasets had."
    # What came first may have come with something hidden: rows tell it, by their keys.
    ordering = ("-first_at", "dataset__namespace__name", "dataset__name", "-pk")
    list_display = (
        "of",
        "version",
        "origin",
        moment("first_at", "first"),
        moment("last_at", "last"),
    )
    list_select_related = ("dataset__namespace", "dataset__canonical__namespace")
    list_filter = ("origin", Since("first_at", "first"))
    fields = readonly_fields = ("of", "version", "origin", "first", "last")
    first = staticmethod(moment("first_at", "first"))
    last = staticmethod(moment("last_at", "last"))

    def rows(self, request: HttpRequest) -> Any:
        return hanging_on(DatasetVersion.objects.all(), "dataset", Dataset, request)

    @admin.display(description="dataset")
    def of(self, row: DatasetVersion) -> str:
        return str(row.dataset)

    @admin.display
    def version(self, row: DatasetVersion) -> SafeString:
        """As it is called outside: a digest of columns alone could be guessed."""
        canonical = row.dataset.canonical
        return identifier(str(dataset_version_id(canonical, bytes(row.definition))))


@admin.register(JobVersion, site=site)
class JobVersionDesk(PartDesk):
    purpose = "The distinct definitions that jobs had."
    ordering = ("-first_at", "job__namespace__name", "job__name", "-pk")
    list_display = ("of", moment("first_at", "first"), moment("last_at", "last"))
    list_select_related = ("job__namespace",)
    list_filter = (Since("first_at", "first"),)
    fields = readonly_fields = ("of", "first", "last")
    first = staticmethod(moment("first_at", "first"))
    last = staticmethod(moment("last_at", "last"))

    def rows(self, request: HttpRequest) -> Any:
        return hanging_on(JobVersion.objects.all(), "job", Job, request)

    @admin.display(description="job")
    def of(self, row: JobVersion) -> str:
        return str(row.job)


@admin.register(Facet, site=site)
class FacetDesk(PartDesk):
    """For those who may see everything: a facet does not know whose it is."""

    purpose = "What producers sent, once per content; for those who see everything."
    opens = (Action.LINEAGE_VIEW_SQL,)
    list_display = ("key", "scope", "size", "is_deleted")
    list_filter = ("scope", "is_deleted")
    search_fields = ("=key",)
    search_help_text = "The whole key, schema or columnLineage for instance."
    fields = readonly_fields = ("key", "scope", "is_deleted", "hash", "text")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        needed = (Action.ASSET_VIEW, Action.LINEAGE_VIEW_SQL, Action.RUN_VIEW)
        edits = super().has_view_permission(request, obj)
        return edits and all(
            access.may_everywhere(request.user, action) for action in needed
        )

    def rows(self, request: HttpRequest) -> Any:
        return Facet.objects.defer("body").annotate(length=Length("body"))

    @admin.display(description="characters")
    def size(self, row: Any) -> int:
        return int(row.length)

    @admin.display(description="digest")
    def hash(self, row: Facet) -> SafeString:
        return identifier(bytes(row.digest).hex())

    @admin.display(description="content")
    def text(self, row: Facet) -> SafeString:
        return format_html("<pre>{}</pre>", row.body[:SHOWN_CHARACTERS])
