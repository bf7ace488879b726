"""Each test of access begins in a process that has seen nothing yet."""

from collections import Counter

import pytest

from policies.signing_in import attempts


@pytest.fixture(autouse=True)
def _a_process_that_counted_no_failures(monkeypatch):
    monkeypatch.setattr(attempts, "_pending", Counter())
    monkeypatch.setattr(attempts, "_written", Counter())
    monkeypatch.setattr(attempts, "_flushed_at", -attempts.FLUSH_SECONDS)
