"""What does the report of an access review say, and which files are made of it?"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from policies import access, audit
from policies.lists.reviews import (
    ToldItem,
    item_counts,
    known_items,
    progress,
    tell_items,
    tell_where,
)
from policies.models import Principal, ReviewCampaign
from reports import rights
from reports.documents import Column, Head, Section, Value, cell, facts
from reports.producing import MadeFile, bundle, weighed
from reports.spool import Spool, spool
from reports.writers import BUNDLE, BUNDLE_TYPE, FORMATS

# One after the other, so that memory stays flat however many items there are.
AT_ONCE = 500
NAMES = {form.name.replace("report", "review"): form for form in FORMATS}
BUNDLE_NAME = BUNDLE.replace("report", "review")

ITEM_COLUMNS = (
    Column("who", "Who", 3),
    Column("name", "Sign-in name", 2, is_name=True),
    Column("kind", "Ground", 2),
    Column("what", "What", 2),
    Column("where", "Where", 4, is_name=True),
    Column("by_way_of", "By way of", 2),
    Column("since", "Since", 2),
    Column("until", "Until", 2),
    Column("given_by", "Given by", 2),
    Column("denies", "Denies", 1),
    Column("gone", "Gone since the freeze", 1),
    Column("reviewer", "Reviewer", 2),
    Column("decision", "Decision", 2),
    Column("outcome", "Outcome", 2),
    Column("decided_by", "Decided by", 2),
    Column("decided_at", "Decided at", 2),
    Column("reason", "Reason", 3),
)
SHARE_COLUMNS = (
    Column("reviewer", "Reviewer", 3),
    Column("items", "Items", 1),
    Column("decided", "Decided", 1),
    Column("reminded_at", "Reminded last", 2),
)


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is given away."""

    name: str
    media_type: str
    body: bytes
    sha256: str


def review_file(campaign: ReviewCampaign, name: str, reader: Principal) -> Given | None:
    """A file about a review, made with the reader's rights; None if there is none."""
    if name not in NAMES and name != BUNDLE_NAME:
        return None
    with tempfile.TemporaryDirectory(prefix="review-") as place:
        folder = Path(place)
        rows = spool(sections(campaign, reader), folder, lambda title, count: None)
        head = _head(campaign, reader)
        if name in NAMES:
            form = NAMES[name]
            form.write(head, rows, folder / name)
            made = weighed(name, form.media_type, folder / name)
        else:
            made = _bundle(campaign, reader, head, rows, folder)
        return Given(name, made.media_type, made.path.read_bytes(), made.sha256)


def sections(campaign: ReviewCampaign, reader: Principal) -> Iterator[Section]:
    """What the report says: the review, its reviewers, each ground with its answer."""
    counts = item_counts(reader, [campaign])[campaign.pk]
    yield facts(
        "review",
        "The review",
        [
            ("Name", campaign.name),
            ("What it is for", campaign.description),
            ("Access to", tell_where([campaign], reader)[campaign.pk]),
            ("Frozen at", campaign.frozen_at),
            ("Started by", _called(campaign.made_by)),
            ("Due", campaign.due_at),
            ("What is undecided then", campaign.get_on_undecided_display()),
            ("Closed at", campaign.closed_at),
            ("Closed by", _called(campaign.closed_by) if campaign.closed_at else None),
            ("Grounds of access", counts["items"]),
            ("Decided", counts["decided"]),
            ("Revoked", counts["revoked"]),
        ],
    )
    shares: list[tuple[Value, ...]] = [
        (str(one.reviewer or "nobody"), one.items, one.decided, one.reminded_at)
        for one in progress(campaign)
    ]
    yield Section("reviewers", "Reviewers", SHARE_COLUMNS, shares)
    yield Section(
        "grounds",
        "Grounds of access",
        ITEM_COLUMNS,
        _rows(campaign, reader),
        note="As they were when the review was frozen; decisions as they are now.",
        empty="Nobody had access.",
    )


def _rows(campaign: ReviewCampaign, reader: Principal) -> Iterator[tuple[Value, ...]]:
    items = known_items(reader, campaign)
    last = 0
    while some := list(items.filter(pk__gt=last)[:AT_ONCE]):
        yield from (_row(told) for told in tell_items(some, reader))
        last = some[-1].pk


def _row(told: ToldItem) -> tuple[Value, ...]:
    item = told.item
    return (
        str(item.holder or item.group),
        item.holder.username if item.holder else "",
        item.get_kind_display(),
        item.what,
        told.where,
        " → ".join(item.path),
        item.since,
        item.until,
        _username(item.given_by),
        item.denies,
        told.is_gone,
        _username(item.reviewer),
        item.get_decision_display() or "undecided",
        item.get_outcome_display(),
        _username(item.decided_by) or ("the clock" if item.decision else None),
        item.decided_at,
        item.reason,
    )


def _head(campaign: ReviewCampaign, reader: Principal) -> Head:
    told = (
        ("Review", str(campaign.public_id)),
        ("Frozen at", f"{campaign.frozen_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Requested by", str(reader)),
        ("As of", f"{timezone.now():%Y-%m-%d %H:%M:%S} UTC"),
        ("Made by", f"Headwater {settings.SOFTWARE_VERSION}"),
    )
    where = tell_where([campaign], reader)[campaign.pk]
    return Head("Access review", f"{campaign.name}: access to {where}", told)


def _bundle(
    campaign: ReviewCampaign,
    reader: Principal,
    head: Head,
    rows: Spool,
    folder: Path,
) -> MadeFile:
    files = []
    for name, form in NAMES.items():
        form.write(head, rows, folder / name)
        files.append(weighed(name, form.media_type, folder / name))
    path = folder / BUNDLE_NAME
    bundle(path, files, _manifest(campaign, reader, rows, files))
    return weighed(BUNDLE_NAME, BUNDLE_TYPE, path)


def _manifest(
    campaign: ReviewCampaign, reader: Principal, rows: Spool, files: list[MadeFile]
) -> dict[str, Any]:
    """What a file that leaves the server must say of itself."""
    counts = item_counts(reader, [campaign])[campaign.pk]
    return {
        "manifest": 1,
        "kind": "access-review",
        "title": "Access review",
        "software": f"headwater {settings.SOFTWARE_VERSION}",
        "requester": {"id": str(reader.public_id), "name": str(reader)},
        "requestedAt": cell(timezone.now()),
        "review": {
            "id": str(campaign.public_id),
            "name": campaign.name,
            "frozenAt": cell(campaign.frozen_at),
            "dueAt": cell(campaign.due_at),
            "closedAt": cell(campaign.closed_at),
            "onUndecided": campaign.on_undecided,
        },
        "policy": {
            "epoch": access.current_epoch(),
            "rightsSha256": rights.digest(reader),
        },
        "counts": {**counts, "rows": sum(s.row_count for s in rows.sections)},
        "data": {
            "sha256": rows.data_sha256,
            "sections": [{"key": s.key, "rows": s.row_count} for s in rows.sections],
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


def record_export(campaign: ReviewCampaign, given: Given, reader: Principal) -> None:
    """Journal that a file about a review leaves the server."""
    audit.record_alone(
        audit.Act.REVIEW_EXPORTED,
        campaign,
        actor=reader,
        changes={"file": given.name, "sha256": given.sha256},
    )


def _username(principal: Principal | None) -> str | None:
    return principal.username if principal else None


def _called(principal: Principal | None) -> str:
    return str(principal) if principal else "the system"
