"""What have routes that speak JSON in common: who asks, and what was sent?"""

from typing import Any, cast

import orjson
from django.http import HttpRequest
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from policies.actions import Action
from policies.gates import denial, holds
from policies.models import Principal
from policies.problems import Problem
from policies.rendering import JSONRenderer

MAX_BODY_BYTES = 4 * 2**20
REASON_MAX = 2000


class JSONParser(BaseParser):
    """Strict JSON: no lone surrogates, no depth that would break the server."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        content = stream.read(MAX_BODY_BYTES + 1)
        if len(content) > MAX_BODY_BYTES:
            raise too_large(MAX_BODY_BYTES)
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is no JSON: {error}.") from None


class View(APIView):
    """A route that reads and writes JSON, as one principal."""

    renderer_classes = [JSONRenderer]
    parser_classes = [JSONParser]


class Input(serializers.Serializer[Any]):
    """What is sent: an object whose members are all known."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (strange := sorted(set(data) - set(self.fields))):
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                {str(strange[0]): [f"There is no such member; there are {known}."]}
            )
        return super().to_internal_value(data)


class ReasonField(serializers.CharField):
    def __init__(self, **more: Any) -> None:
        super().__init__(
            required=False, allow_blank=True, default="", max_length=REASON_MAX, **more
        )


def sent(request: Request, shape: type[Input]) -> dict[str, Any]:
    """The members of what was sent. Raises ValidationError, with pointers."""
    read = shape(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def asker(request: Request) -> Principal:
    """Who asks, where the route demands somebody."""
    return cast(Principal, request.user)


def demand_any(request: Request, *actions: Action) -> None:
    """Refuse whoever may do none of these anywhere. Raises Problem (403)."""
    if not any(holds(request.user, action) for action in actions):
        plain: HttpRequest = request._request
        raise denial(plain, asker(request), actions[0])


def too_large(most: int) -> Problem:
    """The refusal of a body of more bytes than this."""
    return Problem(
        413, "body_too_large", f"The body has more than {most} bytes. Send it in parts."
    )
