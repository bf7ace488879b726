"""`manage.py ingest`: take in events from files."""

import gzip
import sys
from collections.abc import Iterable, Iterator
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
                for places, bodies, size in _batches(path):
                    for place, outcome in zip(places, ingest(bodies), strict=True):
                        if outcome.status != 201:
                            refused.append(_sentence(path, place, outcome))
                    count += len(bodies)
                    progress.update(bar, advance=size, events=count)
        self._report(count, len(files), refused)

    def _report(self, count: int, files: int, refused: list[str]) -> None:
        self.stdout.write(
            f"{count - len(refused)} of {count} events are stored, "
            f"from {files} file{'s' if files != 1 else ''}."
        )
        for sentence in refused[:SHOWN_REFUSALS]:
            self.stderr.write(sentence)
        if len(refused) > SHOWN_REFUSALS:
            self.stderr.write(f"… and {len(refused) - SHOWN_REFUSALS} more.")
        if refused:
            raise CommandError(f"{len(refused)} events were refused; none was altered.")


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


def _batches(path: Path) -> Iterator[tuple[list[str], list[bytes], int]]:
    """(places, events, bytes read) of a file, a transaction's worth each."""
    size = settings.HEADWATER_INGEST_BATCH
    with _opened(path) as file:
        if ".json" in path.suffixes:
            events, read = _whole(path, file.read()), path.stat().st_size
            for start in range(0, len(events), size):
                part = events[start : start + size]
                places = [f"event {start + i}" for i in range(len(part))]
                yield places, part, read if start == 0 else 0
            return
        places, bodies, read = [], [], 0
        for number, line in enumerate(file, 1):
            read += len(line)
            if line.strip():
                places.append(f"line {number}")
                bodies.append(line.strip())
            if len(bodies) == size:
                yield places, bodies, read
                places, bodies, read = [], [], 0
        yield places, bodies, read


def _opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path))
    return path.open("rb")


def _whole(path: Path, content: bytes) -> list[bytes]:
    if not openlineage.is_array(content):
        return [content]
    try:
        return openlineage.split_batch(content)
    except openlineage.Refused as refused:
        raise CommandError(f"{path}: {refused.detail}") from refused


def _sentence(path: Path, place: str, outcome: Outcome) -> str:
    where = f" at {outcome.pointer}" if outcome.pointer else ""
    return f"{path}, {place}{where}: {outcome.reason}"
