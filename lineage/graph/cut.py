"""As of when is a question asked, and by what was known when?"""

from datetime import datetime
from typing import NamedTuple


class Cut(NamedTuple):
    """What counts: events of until `as_of`, recorded until `recorded_at`, inclusive.

    `as_of` is event time, `recorded_at` recorded time; None sets no bound. What people
    declare has recorded time alone; without `recorded_at` it counts as it stands now.
    """

    as_of: datetime | None = None
    recorded_at: datetime | None = None

    @property
    def is_now(self) -> bool:
        """Whether everything counts, so that the stored folds answer."""
        return self.as_of is None and self.recorded_at is None


NOW = Cut()
