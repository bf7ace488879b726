"""What does a request ask of a list: which part of it, which number, which time?"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from policies.problems import Problem

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
# A `+` that nobody encoded arrives as a space.
LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

PAGING = [
    OpenApiParameter(
        "limit", OpenApiTypes.INT, description=f"How many; up to {MAX_LIMIT}.",
        default=DEFAULT_LIMIT,
    ),
    OpenApiParameter(
        "offset", OpenApiTypes.INT, description="How many to pass over.", default=0
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """The part of a list that was asked for."""

    limit: int
    offset: int

    def of[T](self, rows: Any) -> list[T]:
        """That part of a queryset or sequence."""
        return list(rows[self.offset : self.offset + self.limit])


def page(request: Request, *, most: int = MAX_LIMIT) -> Page:
    """The `limit` and `offset` of a request. Raises Problem (400)."""
    return Page(
        number(request, "limit", min(DEFAULT_LIMIT, most), most=most),
        number(request, "offset", 0, most=2**63 - 1),
    )


def number(request: Request, name: str, default: int, *, most: int) -> int:
    """A whole number out of the query. Raises Problem (400)."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    # int() also takes "٣", "1_0" and " 1".
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > most:
        raise invalid(name, f"{name} is a whole number from 0 to {most}.")
    return int(text)


def is_asked(request: Request, name: str) -> bool:
    """A yes or no out of the query; no unless told. Raises Problem (400)."""
    text = request.query_params.get(name, "")
    if not text:
        return False
    if text.lower() not in TRUTHS:
        raise invalid(name, f"{name} is true or false.")
    return TRUTHS[text.lower()]


def moment(request: Request, name: str) -> datetime | None:
    """A time out of the query; without a zone it is UTC. Raises Problem (400)."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(LOST_PLUS.sub("+", text))
        zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid(
            name, f"{name} is a time such as 2026-05-04T03:02:01.5Z."
        ) from None


def invalid(parameter: str, detail: str) -> Problem:
    """The refusal of a query parameter."""
    return Problem(400, "parameter_invalid", detail, extra={"parameter": parameter})


def not_found(what: str) -> Problem:
    """The one answer for what is not there and what the reader may not know of."""
    return Problem(404, "not_found", f"There is no such {what}.")
