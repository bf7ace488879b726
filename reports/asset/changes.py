"""How did an asset's definition change in a period?"""

from collections.abc import Iterator

from catalog import facets, versions
from catalog.about import AboutDataset, AboutJob
from catalog.models import Dataset
from catalog.schema_diff import SchemaDiff, diff
from catalog.versions import JobDefinition, Version
from lineage import job_io
from policies.actions import Action
from reports.asking import Asking
from reports.documents import Column, Section, Value

COLUMNS = (
    Column("version", "Version", 1),
    Column("since", "Since", 3),
    Column("change", "Change", 2),
    Column("what", "What", 4, is_name=True),
    Column("before", "Before", 3, is_name=True),
    Column("after", "After", 3, is_name=True),
)
NOTE = "Versions that appeared in the period, each beside the one before."
EMPTY = "No new version appeared in the period."
TITLE = "Changes of the period"

type Line = tuple[str, str, str, str]  # change, what, before, after


def of_dataset(about: AboutDataset, asking: Asking) -> Section:
    """New definitions of a dataset, column by column."""
    rows = _dataset_rows(about, asking)
    return Section("changes", TITLE, COLUMNS, rows, note=NOTE, empty=EMPTY)


def of_job(about: AboutJob, asking: Asking) -> Section:
    """New definitions of a job: what it reads and writes, and its code."""
    rows = _job_rows(about, asking)
    return Section("changes", TITLE, COLUMNS, rows, note=NOTE, empty=EMPTY)


def _dataset_rows(about: AboutDataset, asking: Asking) -> Iterator[tuple[Value, ...]]:
    before: Version | None = None
    for version in about.versions:
        if asking.since <= version.first_at < asking.until:
            for line in _schema_lines(before, version, about):
                yield (version.number, version.first_at, *line)
        before = version


def _schema_lines(
    old: Version | None, new: Version, about: AboutDataset
) -> Iterator[Line]:
    before, fields = about.fields(old, new)
    if old is None:
        yield "first definition", "", "", f"{len(fields)} columns"
        return
    yield from _diff_lines(diff(before, fields))


def _diff_lines(found: SchemaDiff) -> Iterator[Line]:
    for field in found.added:
        yield "column added", field.path, "", field.type or ""
    for field in found.removed:
        yield "column removed", field.path, field.type or "", ""
    for path, was, now in found.retyped:
        yield "type changed", path, was, now
    for path in found.redescribed:
        yield "described anew", path, "", ""
    if found.is_reordered:
        yield "columns reordered", "", "", ""
    if found.is_empty:
        yield "nothing that columns tell", "", "", ""


def _job_rows(about: AboutJob, asking: Asking) -> Iterator[tuple[Value, ...]]:
    known = versions.of_jobs([about.job])[about.job.pk]
    chosen = [v for v in known if asking.since <= v.row.first_at < asking.until]
    used = {pk for v in known for pk in (*v.row.inputs, *v.row.outputs)}
    datasets: dict[int, Dataset] = {}
    if chosen and asking.may(Action.LINEAGE_VIEW, about.job):
        datasets = job_io.canonical(asking.reader.past_datasets, used)
        for action in (Action.ASSET_VIEW, Action.LINEAGE_VIEW):
            asking.tells(action, *datasets.values())
    sees_code = bool(chosen) and asking.may(Action.LINEAGE_VIEW_SQL, about.job)
    for version in chosen:
        old = known[version.number - 2] if version.number > 1 else None
        for line in _definition_lines(old, version, datasets, sees_code=sees_code):
            yield (version.number, version.row.first_at, *line)


def _definition_lines(
    old: JobDefinition | None,
    new: JobDefinition,
    datasets: dict[int, Dataset],
    *,
    sees_code: bool,
) -> Iterator[Line]:
    if old is None:
        yield "first definition", "", "", ""
    for side in ("inputs", "outputs"):
        now, was = (_named(version, side, datasets) for version in (new, old))
        for name in sorted(now - was):
            yield f"{side[:-1]} added", name, "", ""
        for name in sorted(was - now):
            yield f"{side[:-1]} removed", name, "", ""
    if (place := _location(new)) != (before := _location(old)):
        yield "code location", "", before, place
    if old is not None and new.row.sql_id != old.row.sql_id:
        told = _sql(old), _sql(new)
        yield "SQL", "", *(told if sees_code else ("(withheld)", "(withheld)"))


def _named(
    version: JobDefinition | None, side: str, datasets: dict[int, Dataset]
) -> set[str]:
    ids = getattr(version.row, side) if version else ()
    found = (datasets[pk] for pk in ids if pk in datasets)
    return {f"{one.namespace.name} / {one.name}" for one in found}


def _location(version: JobDefinition | None) -> str:
    location = version.row.location if version else None
    return facets.text(location, "url") or ""


def _sql(version: JobDefinition) -> str:
    return facets.text(version.row.sql, "query") or ""
