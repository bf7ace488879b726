"""How does a report come about: rows, files, and a manifest that says what they are?"""

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models import Dataset, Job
from lineage.models import ManualEdge
from policies import access
from reports import rights
from reports.asking import Asking
from reports.documents import Head, cell
from reports.kinds import KINDS
from reports.models import Report
from reports.spool import Spool, spool
from reports.writers import BUNDLE, BUNDLE_TYPE, FORMATS, MANIFEST
from reports.writers.csv_files import NO_TIME

READ_BLOCK = 1 << 20
# How far one is, in percent, when the rows are read; the files take the rest.
ROWS_END, FILES_END = 60, 95
SECTIONS_GUESSED = 15

# Is told how far it is and with what; raises where nobody wants the report any more.
type Advance = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class MadeFile:
    name: str
    media_type: str
    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """A finished report, its files still on the worker's disk."""

    files: list[MadeFile]
    manifest: dict[str, Any]
    preview: list[dict[str, Any]]
    data_sha256: str
    manifest_sha256: str
    needs: list[list[object]]


def make(report: Report, asking: Asking, folder: Path, advance: Advance) -> Made:
    """Read the rows with the requester's rights, and make every file of them.

    The report comes with its asset, the asset's namespace, and its requester.
    """
    rows = _read(report, asking, folder, advance)
    head = _head(report, asking)
    files = []
    for number, form in enumerate(FORMATS):
        advance(ROWS_END + (FILES_END - ROWS_END) * number // len(FORMATS), form.label)
        path = folder / form.name
        form.write(head, rows, path)
        files.append(weighed(form.name, form.media_type, path))
    manifest = _manifest(report, asking, rows, files)
    advance(FILES_END, "All in one")
    whole = folder / BUNDLE
    bundle(whole, files, manifest)
    files.append(weighed(BUNDLE, BUNDLE_TYPE, whole))
    return Made(
        files,
        manifest,
        rows.preview(),
        rows.data_sha256,
        hashlib.sha256(pretty(manifest)).hexdigest(),
        asking.needs,
    )


def title_of(report: Report) -> str:
    """`What is known of this dataset`."""
    return KINDS[report.kind].title(report.asset)


def _read(report: Report, asking: Asking, folder: Path, advance: Advance) -> Spool:
    seen: list[str] = []

    def beat(title: str, row_count: int) -> None:
        if title not in seen:
            seen.append(title)
        share = min(len(seen), SECTIONS_GUESSED) / SECTIONS_GUESSED
        step = f"{title}: {row_count:,} rows" if row_count else title
        advance(round(ROWS_END * share * 0.95), step)

    return spool(KINDS[report.kind].sections(report.asset, asking), folder, beat)


def _head(report: Report, asking: Asking) -> Head:
    asset = report.asset
    told = (
        ("Report", str(report.public_id)),
        ("Kind of asset", _kind_of(asset)),
        ("Requested by", str(report.requester)),
        ("Period, event time", f"{_time(asking.since)} to {_time(asking.until)}"),
        ("As recorded by", _time(asking.recorded_at)),
        ("Withheld places", str(asking.counts.nodes_withheld)),
        ("Made by", f"Headwater {settings.SOFTWARE_VERSION}"),
    )
    subject = f"{asset.namespace.name} / {asset.name}"
    return Head(title_of(report), subject, told)


def _manifest(
    report: Report, asking: Asking, rows: Spool, files: list[MadeFile]
) -> dict[str, Any]:
    """What a file that leaves the server must say of itself."""
    counts, asset = asking.counts, report.asset
    return {
        "manifest": 1,
        "id": str(report.public_id),
        "kind": report.kind,
        "title": title_of(report),
        "software": f"headwater {settings.SOFTWARE_VERSION}",
        "requester": {
            "id": str(report.requester.public_id),
            "name": str(report.requester),
        },
        "requestedAt": cell(report.created_at),
        "startedAt": cell(report.started_at),
        "parameters": {
            "asset": {
                "type": _kind_of(asset),
                "namespace": asset.namespace.name,
                "name": asset.name,
            },
            "from": cell(asking.since),
            "to": cell(asking.until),
        },
        "validTime": {"from": cell(asking.since), "to": cell(asking.until)},
        "recordedTime": {
            "at": cell(asking.recorded_at),
            "isExact": not _is_newer(asking),
        },
        "policy": {
            "epoch": access.current_epoch(),
            "rightsSha256": rights.digest(asking.principal),
        },
        "counts": {
            "rows": sum(section.row_count for section in rows.sections),
            "eventsReceived": counts.events_received,
            "eventsNotApplied": counts.events_not_applied,
            "runsWithoutEnd": counts.runs_without_end,
            "placesWithheld": counts.nodes_withheld,
            "sectionsWithheld": [s.key for s in rows.sections if s.withheld],
            "sectionsCutShort": counts.partial,
        },
        "data": {
            "sha256": rows.data_sha256,
            "sections": [
                {"key": section.key, "rows": section.row_count}
                for section in rows.sections
            ],
        },
        "files": [
            {
                "name": file.name,
                "mediaType": file.media_type,
                "sizeBytes": file.size_bytes,
                "sha256": file.sha256,
            }
            for file in files
        ],
    }


def _is_newer(asking: Asking) -> bool:
    """Whether events or people drew lineage anew after the recorded time.

    Folds and walks know the present alone: then they may tell of more than was known
    by then.
    """
    told = {model: asking.told_of(model) for model in rights.MODELS}
    for model, ids in told.items():
        rows = rights.MODELS[model].objects.unrestricted("only times are read")
        if rows.filter(pk__among=ids, updated_at__gt=asking.recorded_at).exists():
            return True
    return _drawn_anew(told, asking.recorded_at)


def _drawn_anew(told: dict[str, set[int]], moment: datetime) -> bool:
    """Whether a manual edge of what is told of began or ended after `moment`."""
    ends = (
        Q(source_dataset__canonical__among=told["dataset"])
        | Q(target_dataset__canonical__among=told["dataset"])
        | Q(source_job__among=told["job"])
        | Q(target_job__among=told["job"])
    )
    changed = (
        Q(recorded_from__gt=moment)
        | Q(recorded_to__gt=moment)
        | Q(expires_at__gt=moment, expires_at__lte=Now())
    )
    return ManualEdge.objects.filter(ends, changed).exists()


def bundle(path: Path, files: list[MadeFile], manifest: dict[str, Any]) -> None:
    """All files as they are, and the manifest first."""
    # Files are compressed as it is, but for JSON.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(MANIFEST, NO_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, pretty(manifest))
        for file in files:
            entry = zipfile.ZipInfo(file.name, NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with (
                file.path.open("rb") as source,
                archive.open(entry, "w", force_zip64=True) as target,
            ):
                while block := source.read(READ_BLOCK):
                    target.write(block)


def pretty(manifest: dict[str, Any]) -> bytes:
    """The manifest as it is given away."""
    return orjson.dumps(
        manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def weighed(name: str, media_type: str, path: Path) -> MadeFile:
    """A file that is made, with its length and digest."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(READ_BLOCK):
            digest.update(block)
    return MadeFile(name, media_type, path, path.stat().st_size, digest.hexdigest())


def _kind_of(asset: Dataset | Job) -> str:
    return "job" if isinstance(asset, Job) else "dataset"


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
