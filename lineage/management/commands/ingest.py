"""`manage.py ingest`: take in events from files."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from lineage import openlineage
from lineage.ingest import Outcome, ingest

SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")
SHOWN_REFUSALS = 20
UNREADABLE = (OSError, EOFError, zlib.error, openlineage.Refused)

Batch = tuple[Sequence[str], list[bytes], int]  # places, events, bytes read


class Command(BaseCommand):
    """Events from files, through the same door as from producers."""

    help = (
        "Take in OpenLineage events from files: .json (one event or an array), .ndjson "
        "(one event a line), each also with .gz; directories are searched. Events that "
        "are known already are passed over, so that it can be run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        files = list(_files(options["paths"]))
        console = Console(file=cast(Any, sys.stderr))
        refused: list[str] = []
        unread: list[str] = []
        count = 0
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[events]} events"),
            TimeRemainingColumn(),
            console=console,
        ) as progress:
            total = sum(path.stat().st_size for path in files)
            bar = progress.add_task("Reading", total=total, events=0)
            for path in files:
                progress.update(bar, description=path.name)
                for places, bodies, size in _batches(path, unread):
                    for place, outcome in zip(places, ingest(bodies), strict=True):
                        if outcome.status != 201:
                            refused.append(_sentence(path, place, outcome))
                    count += len(bodies)
                    progress.update(bar, advance=size, events=count)
        self._report(count, len(files), refused, unread)

    def _report(
        self, count: int, files: int, refused: list[str], unread: list[str]
    ) -> None:
        self.stdout.write(
            f"{count - len(refused)} of {count} events are stored, "
            f"from {_counted(files, 'file')}."
        )
        sentences = [*unread, *refused]
        for sentence in sentences[:SHOWN_REFUSALS]:
            self.stderr.write(sentence)
        if len(sentences) > SHOWN_REFUSALS:
            self.stderr.write(f"… and {len(sentences) - SHOWN_REFUSALS} more.")
        faults = []
        if unread:
            faults.append(f"{_counted(len(unread), 'file')} could not be read whole.")
        if refused:
            told = _counted(len(refused), "refused event")
            faults.append(f"{told}; none was altered.")
        if faults:
            raise CommandError(" ".join(faults))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.rglob("*") if p.is_file() and p.name.endswith(SUFFIXES)
            )
        elif path.is_file():
            yield path
        else:
            raise CommandError(f"{path} is neither a file nor a directory.")


def _batches(path: Path, unread: list[str]) -> Iterator[Batch]:
    """Read a file, a transaction's worth each.

    Where it cannot be read on, `unread` says why, and what was whole counts.
    """
    size = settings.HEADWATER_INGEST_BATCH
    told = 0
    try:
        with path.open("rb") as raw:
            file = (
                cast(BinaryIO, gzip.GzipFile(fileobj=raw))
                if path.suffix == ".gz"
                else raw
            )
            is_document = ".json" in path.suffixes
            events = _document(file) if is_document else _lines(path, file, unread)
            while batch := list(islice(events, size)):
                places, bodies = zip(*batch, strict=True)
                yield places, list(bodies), raw.tell() - told
                told = raw.tell()
    except UNREADABLE as error:
        unread.append(_why(path, error))


def _document(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """(place, event) of one event or an array of them."""
    content = file.read()
    is_array = openlineage.is_array(content)
    events = openlineage.split_batch(content) if is_array else [content]
    for number, event in enumerate(events):
        yield f"event {number}", event


def _lines(
    path: Path, file: BinaryIO, unread: list[str]
) -> Iterator[tuple[str, bytes]]:
    """(place, event) of each line that is not empty, until the file breaks off."""
    try:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield f"line {number}", line.strip()
    except UNREADABLE as error:
        unread.append(_why(path, error))


def _why(path: Path, error: Exception) -> str:
    if isinstance(error, openlineage.Refused):
        return f"{path}: {error.detail}"
    return f"{path}: {getattr(error, 'strerror', None) or error}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count != 1 else ''}"


def _sentence(path: Path, place: str, outcome: Outcome) -> str:
    where = f" at {outcome.pointer}" if outcome.pointer else ""
    return f"{path}, {place}{where}: {outcome.reason}"
