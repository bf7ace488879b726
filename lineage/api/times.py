"""Which past instant does a query ask about?"""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from lineage.graph.cut import Cut
from policies.asked import moment

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


def cut(request: Request) -> Cut:
    """The times that a query asks about. Raises Problem (400)."""
    return Cut(moment(request, "asOf"), moment(request, "recordedAt"))
