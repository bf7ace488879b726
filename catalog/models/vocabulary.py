"""Which words may people use: domains, tags, terms, products, properties, sources?"""

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from catalog.models.declared import Declared


class EntryQuerySet[M: "Entry"](models.QuerySet[M]):
    def current(self) -> Self:
        """Those that nobody has retired."""
        return self.filter(is_retired=False)


class Entry(models.Model):
    """A word of the vocabulary as it is now; its Revisions say how it was.

    It is retired, never deleted: what was said with it stays readable.
    """

    # What a Revision keeps, in the words of forms, CSV columns and the API.
    FACTS: ClassVar[tuple[str, ...]]
    # What stands between the parts of a name that make a tree; "" is no tree.
    SEPARATOR: ClassVar[str] = ""

    name = models.TextField()
    description = models.TextField(blank=True)  # Markdown
    is_retired = models.BooleanField(default=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, ...]:
        return (self.name,)


class TreeEntry(Entry):
    """A word whose name is a path: its parent is the entry of the path before."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children"
    )

    class Meta(Entry.Meta):
        abstract = True

    @property
    def leaf(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(self.SEPARATOR)[2]

    @property
    def depth(self) -> int:
        return self.name.count(self.SEPARATOR)


def named_once(name: str) -> models.UniqueConstraint:
    """No two entries of a name, whatever its case; retired ones can be taken up."""
    return models.UniqueConstraint(Lower("name"), name=name)


class Domain(TreeEntry):
    """An area of the organisation: `Finance/Payments`; assets belong to one."""

    FACTS = ("name", "description")
    SEPARATOR = "/"
    policy_scope = "domain"
    policy_owners = "ownerships"  # the way to who answers for one

    class Meta(TreeEntry.Meta):
        constraints = [named_once("domain_name_ci")]


class Tag(TreeEntry):
    """A mark on assets and columns: `PII.email` is a kind of `PII`."""

    FACTS = ("name", "description")
    SEPARATOR = "."
    policy_scope = "tag"

    class Meta(TreeEntry.Meta):
        # As Marquez has it, `pii` and `PII` are two tags.
        constraints = [models.UniqueConstraint(fields=["name"], name="tag_name")]


class Term(Entry):
    """A word of the business, with what it means; assets and columns are linked."""

    FACTS = ("name", "description", "synonyms", "related", "domain")

    synonyms = ArrayField(models.TextField(), default=list, blank=True)
    related = ArrayField(models.BigIntegerField(), default=list, blank=True)  # Terms
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="terms")

    class Meta(Entry.Meta):
        constraints = [named_once("term_name_ci")]


class DataProduct(Entry):
    """A named set of datasets that somebody promises something about."""

    FACTS = (
        "name",
        "description",
        "purpose",
        "domain",
        "freshness_seconds",
        "quality",
    )

    purpose = models.TextField(blank=True)
    domain = models.ForeignKey(
        Domain, models.PROTECT, null=True, related_name="products"
    )
    # The age that no output should exceed, and what is promised of their content.
    freshness_seconds = models.BigIntegerField(null=True)
    quality = models.TextField(blank=True)

    class Meta(Entry.Meta):
        constraints = [
            named_once("dataproduct_name_ci"),
            models.CheckConstraint(
                condition=models.Q(freshness_seconds=None)
                | models.Q(freshness_seconds__gt=0),
                name="dataproduct_freshness",
            ),
        ]


class PropertyDefinition(Entry):
    """A property of assets that an administrator made up, and what it may hold."""

    class Type(models.TextChoices):
        TEXT = "text", "text"
        NUMBER = "number", "a number"
        BOOLEAN = "boolean", "yes or no"
        DATE = "date", "a date"
        URL = "url", "a link"
        CHOICE = "choice", "one of a list"

    FACTS = ("name", "description", "type", "choices", "pattern", "applies_to")

    type = models.CharField(max_length=16, choices=Type, default=Type.TEXT)
    choices = ArrayField(models.TextField(), default=list, blank=True)
    pattern = models.TextField(blank=True)  # of text: a regular expression for it all
    # "namespace", "dataset", "column", "job"
    applies_to = ArrayField(models.CharField(max_length=16), default=list)

    class Meta(Entry.Meta):
        constraints = [named_once("property_name_ci")]


class Source(Entry):
    """Where datasets are kept: a server or store, as Marquez's clients declare it."""

    FACTS = ("name", "description", "type", "connection_url")

    type = models.TextField()
    connection_url = models.TextField()  # without credentials
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Entry.Meta):
        constraints = [models.UniqueConstraint(fields=["name"], name="source_name")]


ENTRIES: tuple[type[Any], ...] = (
    Domain,
    Tag,
    Term,
    DataProduct,
    PropertyDefinition,
    Source,
)


class Revision(Declared):
    """How an entry of the vocabulary was defined for a time."""

    class Kind(models.TextChoices):
        DOMAIN = "domain", "domain"
        TAG = "tag", "tag"
        TERM = "term", "glossary term"
        PRODUCT = "dataproduct", "data product"
        PROPERTY = "propertydefinition", "property"
        SOURCE = "source", "source"

    kind = models.CharField(max_length=32, choices=Kind)
    entry_id = models.BigIntegerField()
    body = models.JSONField()  # Entry.FACTS and is_retired

    class Meta:
        constraints = [
            *Declared.Meta.constraints,
            models.UniqueConstraint(
                fields=["kind", "entry_id"],
                condition=models.Q(recorded_to=None),
                name="revision_standing_once",
            ),
        ]
        indexes = [models.Index(fields=["kind", "entry_id"], name="revision_entry")]

    def __str__(self) -> str:
        return f"{self.kind} {self.body.get('name')}"
