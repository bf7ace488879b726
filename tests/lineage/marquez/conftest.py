"""A Marquez database to import from, for each test of it."""

import os
from collections.abc import Iterator

import pytest

from tests.lineage.marquez_database import MarquezDatabase, marquez_database


@pytest.fixture
def marquez(transactional_db: None) -> Iterator[MarquezDatabase]:
    """An empty Marquez database, in its tables alone."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with marquez_database(worker) as database:
        yield database
