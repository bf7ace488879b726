"""What do people say of assets, beside what events say?"""

from typing import Any

from django.db import models
from django.db.models import Q

from catalog.models.datasets import Dataset
from catalog.models.declared import (
    OnAsset,
    said_index,
    statement_constraints,
)
from catalog.models.jobs import Job
from catalog.models.vocabulary import DataProduct, Domain, PropertyDefinition, Tag, Term
from policies.models import Group, Principal

ASSET = ("namespace", "dataset", "job")


class Placement(OnAsset):
    """An asset belongs to a domain; what lies in a namespace follows it."""

    domain = models.ForeignKey(Domain, models.PROTECT, related_name="placements")

    class Meta:
        constraints = statement_constraints("placement")
        indexes = [said_index("placement_said", "domain")]

    def __str__(self) -> str:
        return str(self.domain)


class OwnerKind(models.TextChoices):
    BUSINESS = "business", "business"
    TECHNICAL = "technical", "technical"
    STEWARD = "steward", "steward"


class Ownership(OnAsset):
    """Somebody answers for an asset, a domain, a data product or a term.

    `name` is an owner of whom the catalog knows no principal or group: it is shown, and
    gives no rights.
    """

    domain = models.ForeignKey(
        Domain, models.PROTECT, null=True, related_name="ownerships"
    )
    product = models.ForeignKey(
        DataProduct, models.PROTECT, null=True, related_name="ownerships"
    )
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="ownerships")
    kind = models.CharField(max_length=16, choices=OwnerKind)
    principal = models.ForeignKey(
        Principal, models.PROTECT, null=True, related_name="ownerships"
    )
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, related_name="ownerships"
    )
    name = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            *statement_constraints(
                "ownership",
                "kind",
                "principal",
                "group",
                "name",
                levels=(*ASSET, "domain", "product", "term"),
            ),
            models.CheckConstraint(
                condition=Q(principal__isnull=False, group=None, name="")
                | Q(principal=None, group__isnull=False, name="")
                | (Q(principal=None, group=None) & ~Q(name="")),
                name="ownership_owner",
            ),
        ]
        indexes = [
            said_index("ownership_said_of_principal", "principal"),
            said_index("ownership_said_of_group", "group"),
        ]

    def __str__(self) -> str:
        return str(self.principal or self.group or self.name)


class TagAssignment(OnAsset):
    """A tag is on an asset or a column."""

    tag = models.ForeignKey(Tag, models.PROTECT, related_name="assignments")

    class Meta:
        constraints = statement_constraints("tagassignment", "tag")
        indexes = [said_index("tagassignment_said", "tag")]

    def __str__(self) -> str:
        return str(self.tag)


class Description(OnAsset):
    """What an asset or a column is, in Markdown."""

    text = models.TextField()

    class Meta:
        constraints = statement_constraints("description")

    def __str__(self) -> str:
        return self.text


class Lifecycle(models.TextChoices):
    DRAFT = "draft", "draft"
    ACTIVE = "active", "active"
    DEPRECATED = "deprecated", "deprecated"
    ARCHIVED = "archived", "archived"


class Attribute(OnAsset):
    """A short fact about an asset: its lifecycle, environment or tier.

    A deprecated one may name the asset that takes its place.
    """

    class Name(models.TextChoices):
        LIFECYCLE = "lifecycle", "lifecycle"
        ENVIRONMENT = "environment", "environment"
        TIER = "tier", "tier"

    name = models.CharField(max_length=16, choices=Name)
    value = models.CharField(max_length=64)
    successor_dataset = models.ForeignKey(
        Dataset, models.PROTECT, null=True, related_name="+"
    )
    successor_job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            *statement_constraints("attribute", "name"),
            models.CheckConstraint(
                condition=Q(successor_dataset=None, successor_job=None)
                | Q(name="lifecycle", value="deprecated"),
                name="attribute_successor",
            ),
        ]
        indexes = [said_index("attribute_said", "name", "value")]

    def __str__(self) -> str:
        return self.value

    @property
    def successor(self) -> Dataset | Job | None:
        return self.successor_dataset or self.successor_job


class TermLink(OnAsset):
    """An asset or a column is what a term of the glossary means."""

    term = models.ForeignKey(Term, models.PROTECT, related_name="links")

    class Meta:
        constraints = statement_constraints("termlink", "term")

    def __str__(self) -> str:
        return str(self.term)


class PropertyValue(OnAsset):
    """An asset's or column's value of a property that an administrator defined."""

    property = models.ForeignKey(
        PropertyDefinition, models.PROTECT, related_name="values"
    )
    value = models.JSONField()  # text, a number or a truth value

    class Meta:
        constraints = statement_constraints("propertyvalue", "property")

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        return str(self.value)


class ComplianceDeclaration(OnAsset):
    """What is declared of the processing of an asset's data, and of all below it."""

    class Aspect(models.TextChoices):
        PURPOSE = "purpose", "purpose"
        LEGAL_BASIS = "legal_basis", "legal basis"
        DATA_SUBJECTS = "data_subjects", "data subjects"
        CATEGORIES = "categories", "categories of data"
        RECIPIENTS = "recipients", "recipients"
        TRANSFERS = "transfers", "transfers to third countries"
        RETENTION = "retention", "retention period"
        MEASURES = "measures", "technical and organisational measures"
        CONTROLLER = "controller", "controller"

    domain = models.ForeignKey(
        Domain, models.PROTECT, null=True, related_name="declarations"
    )
    aspect = models.CharField(max_length=16, choices=Aspect)
    text = models.TextField()

    class Meta:
        constraints = statement_constraints(
            "compliancedeclaration", "aspect", levels=(*ASSET, "domain")
        )

    def __str__(self) -> str:
        return self.text


class ChangeTicket(OnAsset):
    """A change of a job or of a dataset's schema was asked for by a ticket.

    `definition` is the content of the version that it is about (hexadecimal), empty for
    all of the asset.
    """

    ticket = models.TextField()  # "OPS-1234"
    url = models.TextField(blank=True, default="")
    definition = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = statement_constraints("changeticket", "ticket", "definition")

    def __str__(self) -> str:
        return self.ticket


class ProductOutput(OnAsset):
    """A dataset is an output of a data product."""

    product = models.ForeignKey(DataProduct, models.PROTECT, related_name="outputs")

    class Meta:
        constraints = statement_constraints("productoutput", "product")

    def __str__(self) -> str:
        return str(self.product)


class ProposalVerdict(OnAsset):
    """What a steward made of something that producers say of an asset or column.

    `content` is what was proposed, in one spelling: an owner's name, a tag, or the
    SHA-256 of a description. Another content is another proposal.
    """

    class Aspect(models.TextChoices):
        OWNER = "owner", "owner"
        TAG = "tag", "tag"
        DESCRIPTION = "description", "description"

    aspect = models.CharField(max_length=16, choices=Aspect)
    content = models.TextField()
    is_accepted = models.BooleanField()

    class Meta:
        constraints = statement_constraints("proposalverdict", "aspect", "content")

    def __str__(self) -> str:
        return f"{self.aspect} {'accepted' if self.is_accepted else 'rejected'}"


STATEMENTS: tuple[type[Any], ...] = (
    Placement,
    Ownership,
    TagAssignment,
    Description,
    Attribute,
    TermLink,
    PropertyValue,
    ComplianceDeclaration,
    ChangeTicket,
    ProductOutput,
    ProposalVerdict,
)
