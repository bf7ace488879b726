"""Which past instant does a query ask about?"""

from datetime import datetime

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from lineage.event_time import NoInstant, read_time
from lineage.graph.cut import Cut
from policies.asked import invalid

AS_OF = OpenApiParameter(
    "asOf",
    OpenApiTypes.DATETIME,
    description="Only what events say of until then (event time).",
)
RECORDED_AT = OpenApiParameter(
    "recordedAt",
    OpenApiTypes.DATETIME,
    description="Only what had been received and declared by then.",
)


def instant(request: Request, name: str) -> datetime | None:
    """The instant that a parameter names, if it is there. Raises Problem (400)."""
    text = request.query_params.get(name)
    if not text:
        return None
    return read_instant(name, text)


def read_instant(name: str, text: str) -> datetime:
    """The instant that a text names. Raises Problem (400), which names the field."""
    try:
        return read_time(text.strip())[0]
    except NoInstant:
        raise invalid(
            name, f"{name} is a time as in RFC 3339, such as 2026-05-04T12:00:00Z."
        ) from None


def cut(request: Request) -> Cut:
    """The times that a query asks about. Raises Problem (400)."""
    return Cut(instant(request, "asOf"), instant(request, "recordedAt"))
