"""How are very long lists paged without being counted?"""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts to `COUNTED` and no further: what lies beyond is for filters to find."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED + 1].count())

    @property
    def is_capped(self) -> bool:
        return self.count > COUNTED
