"""How can lists be narrowed, other than by the values of a field?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q
from django.utils import timezone

PERIODS = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}


def Since(field: str, heading: str) -> type[SimpleListFilter]:  # noqa: N802
    """A filter by how long ago the time in `field` is."""

    class SinceFilter(SimpleListFilter):
        title = heading
        parameter_name = f"{field}_since"

        def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
            return [(name, words) for name, (words, _) in PERIODS.items()]

        def queryset(self, request: Any, queryset: Any) -> Any:
            if self.value() not in PERIODS:
                return queryset
            _, length = PERIODS[str(self.value())]
            return queryset.filter(**{f"{field}__gte": timezone.now() - length})

    return SinceFilter


def Answer(  # noqa: N802
    parameter: str, heading: str, choices: dict[str, tuple[str, Callable[[], Q]]]
) -> type[SimpleListFilter]:
    """A filter by conditions that are made when it is asked: name → (words, Q)."""

    class AnswerFilter(SimpleListFilter):
        title = heading
        parameter_name = parameter

        def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
            return [(name, words) for name, (words, _) in choices.items()]

        def queryset(self, request: Any, queryset: Any) -> Any:
            if self.value() not in choices:
                return queryset
            _, condition = choices[str(self.value())]
            return queryset.filter(condition())

    return AnswerFilter
