"""What is this dataset or job, going by what events say of it?"""

from collections.abc import Iterator

from catalog import facets, versions
from catalog.about import AboutDataset, AboutJob
from policies.actions import Action
from reports.asking import Asking
from reports.documents import Column, Section, Value, facts

NAMES = (
    Column("namespace", "Namespace", 3, is_name=True),
    Column("name", "Name", 4, is_name=True),
    Column("is_canonical", "Canonical", 1),
)


def of_dataset(about: AboutDataset, asking: Asking) -> Section:
    """What a dataset is called, what kind of thing it is, and when it was heard of."""
    return facts("identity", "Identity", _of_dataset(about))


def names(about: AboutDataset, asking: Asking) -> Section:
    """All names of a dataset that the requester may see."""
    asking.tells(Action.ASSET_VIEW, *about.other_names)
    others = sorted((o.namespace.name, o.name) for o in about.other_names)
    own = about.dataset
    rows: list[tuple[Value, ...]] = [(own.namespace.name, own.name, True)]
    rows += [(*other, False) for other in others]
    return Section(
        "names",
        "Names",
        NAMES,
        rows,
        note="Events call one thing by several names; it is told of by the canonical.",
    )


def of_job(about: AboutJob, asking: Asking) -> Section:
    """What a job is called, what kind of process it is, and when it was heard of."""
    return facts("identity", "Identity", _of_job(about))


def code(about: AboutJob, asking: Asking) -> Section:
    """Where a job's code is, and its SQL, for those who may read that."""
    location = about.facets.get("sourceCodeLocation")
    rows: list[tuple[str, Value]] = [
        (label, facets.text(location, member))
        for label, member in (
            ("Kind of location", "type"),
            ("Address", "url"),
            ("Repository", "repoUrl"),
            ("Path", "path"),
            ("Version", "version"),
            ("Branch", "branch"),
            ("Tag", "tag"),
        )
    ]
    note = ""
    if asking.may(Action.LINEAGE_VIEW_SQL, about.job):
        rows.append(("SQL", about.word("sql", "query")))
        rows.append(("Source code", about.word("sourceCode", "sourceCode")))
    elif "sql" in about.facets or "sourceCode" in about.facets:
        note = "Its SQL and source code are withheld: they take lineage.view_sql."
    return facts("code", "Code", rows, note=note)


def description(about: AboutDataset | AboutJob) -> str:
    """What its producers say that it is."""
    return about.description


def _of_dataset(about: AboutDataset) -> Iterator[tuple[str, Value]]:
    yield "Kind", "dataset"
    yield "Namespace", about.dataset.namespace.name
    yield "Name", about.dataset.name
    yield "Type", about.type
    yield "Source", about.source
    yield from about.attributes
    yield "First mentioned", about.first_seen
    yield "Last mentioned", about.last_seen
    yield "Last written", about.last_written
    yield "Dropped", "yes: an event says so" if about.is_dropped else None
    yield "Versions", len(about.versions)
    if about.current:
        yield "Current version", f"{about.current.number} ({about.current.id})"
        yield "Current version since", about.current.first_at


def _of_job(about: AboutJob) -> Iterator[tuple[str, Value]]:
    yield "Kind", "job"
    yield "Namespace", about.job.namespace.name
    yield "Name", about.job.name
    yield "Type", about.type
    yield "Processing", about.processing
    yield "First mentioned", about.job.first_seen
    yield "Last mentioned", about.job.last_seen
    known = versions.of_jobs([about.job])[about.job.pk]
    yield "Versions", len(known)
    if current := versions.current_job_version(known):
        yield "Current version", f"{current.number} ({current.id})"
        yield "Current version since", current.row.first_at
