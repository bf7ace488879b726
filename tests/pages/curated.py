"""The harbour's data, with what its stewards declared: for pages that show it."""

from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import (
    Change,
    DataProduct,
    Dataset,
    Domain,
    Job,
    Namespace,
    PropertyDefinition,
    Tag,
    Term,
)
from catalog.services import Saying, changing, define_entry, fold_proposals, say
from policies.services import create_group
from tests.pages import story

PAGE = Change.Via.PAGE
WORDS = (
    (Domain, {"name": "Harbour/Operations", "description": "Berths and *calls*."}),
    (Domain, {"name": "Harbour/Crew", "description": "People on board."}),
    (Tag, {"name": "PII.email"}),
    (Tag, {"name": "PII.name", "description": "A name of a person."}),
    (
        Term,
        {
            "name": "Port call",
            "description": "A ship's stay at a **terminal**, from berth to departure.",
            "synonyms": "Call; Ship call",
            "domain": "Harbour/Operations",
        },
    ),
    (
        Term,
        {"name": "Berth", "description": "A place to moor.", "related": "Port call"},
    ),
    (
        DataProduct,
        {
            "name": "Berth occupancy",
            "purpose": "Plan the quays of tomorrow.",
            "freshness_seconds": "24 hours",
            "quality": "No hour is missing.",
        },
    ),
    (
        PropertyDefinition,
        {"name": "Runbook", "type": "url", "applies_to": "dataset; job"},
    ),
    (
        PropertyDefinition,
        {
            "name": "Sensitivity",
            "type": "choice",
            "choices": "low; high",
            "applies_to": "dataset; column",
        },
    ),
)


def define(actor=None):
    """The vocabulary."""
    with changing(actor=actor, via=PAGE) as making:
        for model, told in WORDS:
            define_entry(making, model, read_facts(model, told))
    return making.made


def dataset(name):
    rows = Dataset.objects.unrestricted("test").select_related("namespace")
    return rows.get(name=name)


def job(name):
    rows = Job.objects.unrestricted("test").select_related("namespace")
    return rows.get(name=name)


def namespace(name):
    return Namespace.objects.unrestricted("test").get(name=name)


def tell(subject, kind, value, detail="", *, actor=None, reason=""):
    fields = KINDS[kind].fields_of(subject, Written(value, detail, by=actor))
    return say(
        [Saying(KINDS[kind], subject, fields)], actor=actor, via=PAGE, reason=reason
    )


def declare(actor):
    """What stewards say of the harbour's data; `actor` is one of them."""
    define(actor)
    create_group("Harbour office", actor=None)
    warehouse = Subject("namespace", namespace(story.WAREHOUSE))
    staged = Subject("dataset", dataset(story.STAGED))
    mart = Subject("dataset", dataset(story.MART))
    domain = Subject("domain", Domain.objects.get(name="Harbour"))
    tell(domain, "purpose", "Running the harbour.", actor=actor)
    tell(domain, "controller", "The harbour authority.", actor=actor)
    tell(warehouse, "domain", "Harbour/Operations", actor=actor)
    tell(warehouse, "owner", "group:Harbour office", "technical", actor=actor)
    tell(warehouse, "retention", "7 years", actor=actor, reason="The harbour law.")
    for kind, value, detail in (
        ("owner", actor.username, "steward"),
        ("tag", "PII", ""),
        ("term", "Port call", ""),
        (
            "description",
            "# Calls\n\nOne row a *call*, see [wiki](https://w.example).",
            "",
        ),
        ("tier", "1", ""),
        ("environment", "production", ""),
        ("legal_basis", "Art. 6 (1) (e): a public task.", ""),
        ("property", "https://wiki.example/runbook", "Runbook"),
        ("ticket", "HARB-12", "https://tickets.example/HARB-12"),
    ):
        tell(staged, kind, value, detail, actor=actor, reason="The yearly review.")
    column = Subject("dataset", staged.row, "vessel_imo")
    tell(column, "tag", "PII.name", actor=actor)
    tell(column, "term", "Port call", actor=actor)
    tell(column, "description", "The ship's number, **for life**.", actor=actor)
    tell(mart, "product", "Berth occupancy", actor=actor)
    tell(
        mart,
        "lifecycle",
        "deprecated",
        str(staged.row),
        actor=actor,
        reason="Staging is fresher.",
    )
    tell(Subject("job", job(story.STAGING_JOB)), "tier", "2", actor=actor)
    while fold_proposals():
        pass
