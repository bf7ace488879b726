"""What does the catalog hold after some events? Each catalog is gone afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction

from lineage.digesting import digest, fold_rows
from lineage.ingest import Outcome, ingest
from lineage.writing import raw_cursor


@contextmanager
def catalog_of(batches: Iterable[Sequence[bytes]]) -> Iterator[list[Outcome]]:
    """Take batches of events into an empty catalog, for as long as the block lasts."""
    with transaction.atomic():
        outcomes = [outcome for batch in batches for outcome in ingest(batch)]
        yield outcomes
        transaction.set_rollback(True)


def digest_now() -> str:
    return digest(raw_cursor())


def rows_now(fold: str) -> list[str]:
    return list(fold_rows(raw_cursor(), fold))


def digest_of(batches: Iterable[Sequence[bytes]]) -> str:
    with catalog_of(batches):
        return digest_now()
