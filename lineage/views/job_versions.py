"""How was a job defined over time?"""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from catalog import facets, text_diff, versions
from catalog.about import about_job
from catalog.models import Dataset, Facet
from catalog.pages import answer, page_of
from catalog.versions import JobDefinition
from lineage import job_io
from lineage.reader import Reader
from policies.actions import Action
from policies.gates import requires

VERSIONS_A_PAGE = 20


@require_GET
@requires(Action.ASSET_VIEW)
def job_versions(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """The definitions that a job had, latest first, each beside the one before."""
    about = about_job(request.user, namespace, name)
    reader = Reader(request.user)
    sees_code = bool(reader.code_of([about.job.pk]))
    defined = versions.of_jobs([about.job])[about.job.pk]
    page = page_of(request, defined[::-1], VERSIONS_A_PAGE)
    shown = [(version, _before(version, defined)) for version in page]
    return answer(
        request,
        "lineage/job_detail.html",
        "lineage/_job_tabs.html",
        {
            "about": about,
            "tab": "versions",
            "panel": "lineage/_job_versions.html",
            "page": page,
            "sees_code": sees_code,
            "versions": changes_of(shown, reader, sees_code),
        },
    )


def changes_of(
    shown: Iterable[tuple[JobDefinition, JobDefinition | None]],
    reader: Reader,
    sees_code: bool,
) -> list[dict[str, Any]]:
    """Each version with what it changed from the one before; four queries."""
    pairs = list(shown)
    rows = [each.row for pair in pairs for each in pair if each]
    wanted = {row.location_id for row in rows}
    if sees_code:
        wanted |= {row.sql_id for row in rows}
    bodies = facets.load(pk for pk in wanted if pk is not None)
    used = {pk for row in rows for pk in (*row.inputs, *row.outputs)}
    datasets = job_io.canonical(reader.past_datasets, used)
    changes = []
    for new, old in pairs:
        sql, old_sql = _text(bodies, new, "sql"), _text(bodies, old, "sql")
        changes.append(
            {
                "version": new,
                "is_first": old is None,
                "inputs": _io_change(new, old, "inputs", datasets),
                "outputs": _io_change(new, old, "outputs", datasets),
                "location": _text(bodies, new, "location"),
                "old_location": _text(bodies, old, "location"),
                "sql": sql,
                "sql_diff": text_diff.diff(old_sql, sql)
                if sql and old_sql and sql != old_sql
                else [],
            }
        )
    return changes


def _before(
    version: JobDefinition, defined: list[JobDefinition]
) -> JobDefinition | None:
    return defined[version.number - 2] if version.number > 1 else None


def _text(bodies: dict[int, Facet], version: JobDefinition | None, what: str) -> str:
    if version is None:
        return ""
    if what == "sql":
        return facets.text(bodies.get(version.row.sql_id or 0), "query") or ""
    return facets.text(bodies.get(version.row.location_id or 0), "url") or ""


def _io_change(
    new: JobDefinition,
    old: JobDefinition | None,
    side: str,
    datasets: dict[int, Dataset],
) -> dict[str, list[Dataset]]:
    now = {datasets[pk] for pk in getattr(new.row, side) if pk in datasets}
    was = now
    if old is not None:
        was = {datasets[pk] for pk in getattr(old.row, side) if pk in datasets}
    return {
        "kept": _sorted(now & was),
        "added": _sorted(now - was),
        "removed": _sorted(was - now),
    }


def _sorted(datasets: set[Dataset]) -> list[Dataset]:
    return sorted(datasets, key=lambda one: (one.namespace.name, one.name))
