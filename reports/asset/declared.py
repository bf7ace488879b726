"""What do people declare of an asset, and apart from it, what do producers say?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from catalog.about import About, AboutDataset, AboutJob
from catalog.curation.reading import Curated
from catalog.models import (
    ComplianceDeclaration,
    Dataset,
    Job,
    Namespace,
    OnAsset,
    ProposalVerdict,
)
from policies.actions import Action
from reports.asking import Asking
from reports.documents import Column, Section, Value, facts

MISSING = "Declaration missing"
PEOPLE, PRODUCERS = "people", "producers"
ITSELF = "itself"
WITHHELD = "(withheld)"
BY = (
    Column("on", "Said of", 3),
    Column("since", "Since", 3),
    Column("declared_by", "Declared by", 2),
)
OWNERS = (
    Column("owner", "Owner", 3),
    Column("kind", "Kind", 2),
    Column("said_by", "Said by", 2),
    *BY,
    Column("verdict", "Verdict", 2),
)
GOVERNANCE = (
    Column("what", "What", 2),
    Column("is", "Is", 4),
    Column("said_by", "Said by", 2),
    *BY,
)
COMPLIANCE = (
    Column("aspect", "Aspect", 2),
    Column("declaration", "Declaration", 5),
    *BY,
)
TICKETS = (
    Column("ticket", "Ticket", 2),
    Column("url", "Link", 4, is_name=True),
    Column("version", "Of the version", 4, is_name=True),
    *BY[1:],
)
# Of which kinds each has a line of its own.
CLASSIFYING = (
    ("domain", "Domain"),
    ("lifecycle", "Lifecycle"),
    ("environment", "Environment"),
    ("tier", "Tier"),
    ("tag", "Tag"),
    ("term", "Term"),
    ("product", "Data product"),
)


def sections(
    about: AboutDataset | AboutJob, said: Curated, asking: Asking
) -> Iterator[Section]:
    """Description, owners, classification, compliance and tickets."""
    yield facts(
        "description",
        "Description",
        [
            ("As people describe it", said.description),
            ("As producers describe it", about.description),
        ],
    )
    yield Section(
        "owners", "Owners", OWNERS, _owners(about, said), empty="Nobody owns it."
    )
    yield Section(
        "governance",
        "Domain, classification and properties",
        GOVERNANCE,
        _governance(about, said, asking),
        note="What people say and what producers say are kept apart.",
    )
    yield Section(
        "compliance",
        "Compliance declarations",
        COMPLIANCE,
        _compliance(said),
        note="The nearest declaration holds: the asset's own, its namespace's, then "
        "its domain's and those around that.",
    )
    yield Section(
        "tickets", "Change tickets", TICKETS, _tickets(said), empty="None is linked."
    )


def _owners(about: About, said: Curated) -> Iterator[tuple[Value, ...]]:
    for row in said.all("owner"):
        yield (str(row), row.kind, PEOPLE, *_said(row), None)
    verdicts = {
        row.content: "accepted" if row.is_accepted else "rejected"
        for row in said.all("verdict")
        if row.aspect == ProposalVerdict.Aspect.OWNER
    }
    for owner in sorted(about.owners, key=lambda one: (one.name, one.type)):
        verdict = verdicts.get(owner.name, "not decided")
        yield owner.name, owner.type, PRODUCERS, ITSELF, None, None, verdict


def _governance(
    about: About, said: Curated, asking: Asking
) -> Iterator[tuple[Value, ...]]:
    for kind, label in CLASSIFYING:
        for row in said.all(kind):
            yield (label, str(row), PEOPLE, *_said(row))
            if kind == "lifecycle" and row.successor is not None:
                yield ("Successor", _named(row.successor, asking), PEOPLE, *_said(row))
    for row in said.all("property"):
        yield (row.property.name, str(row), PEOPLE, *_said(row))
    for tag in sorted(about.tags, key=str):
        source = f" (from {tag.source})" if tag.source else ""
        yield "Tag", f"{tag}{source}", PRODUCERS, ITSELF, None, None


def _named(successor: Dataset | Job, asking: Asking) -> str:
    if not asking.may(Action.ASSET_VIEW, successor):
        return WITHHELD
    return f"{successor.namespace.name} / {successor.name}"


def _compliance(said: Curated) -> Iterator[tuple[Value, ...]]:
    for aspect in ComplianceDeclaration.Aspect:
        label = aspect.label.capitalize()
        row = said.one(str(aspect))
        if row is None:
            yield label, MISSING, None, None, None
        else:
            yield (label, row.text, *_said(row))


def _tickets(said: Curated) -> Iterator[tuple[Value, ...]]:
    for row in said.all("ticket"):
        version = row.definition or "all of it"
        yield (row.ticket, row.url, version, *_said(row)[1:])


def _said(row: OnAsset) -> tuple[str, datetime, str]:
    """Of what it is said, since when, and by whom."""
    actor = row.opened_in.actor
    return _place(row.subject_row), row.recorded_from, str(actor or "the system")


def _place(subject: Any) -> str:
    if isinstance(subject, Dataset | Job):
        return ITSELF
    kind = "namespace" if isinstance(subject, Namespace) else subject._meta.model_name
    return f"{kind} {subject.name}"
