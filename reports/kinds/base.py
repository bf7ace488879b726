"""What does a kind of report have to say?"""

from collections.abc import Iterator
from typing import Protocol

from catalog.models import Dataset, Job
from reports.asking import Asking
from reports.documents import Section


class Kind(Protocol):
    """A kind of report; it holds no state."""

    name: str

    def title(self, asset: Dataset | Job) -> str:
        """What stands over a report about an asset."""
        ...

    def sections(self, asset: Dataset | Job, asking: Asking) -> Iterator[Section]:
        """What it says of an asset, section by section.

        Each section is read to its end before the next one is asked for, so that one
        can sum up what an earlier one told. Everything goes through the requester's
        rights, and is noted by `asking.tells`.
        """
        ...
