"""What is said of the API as a whole, for programs that read OpenAPI?"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from lineage.api.graphs import LineageView

Schema = dict[str, Any]

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. /docs/api says what each code means.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "pointer": {"type": "string", "description": "RFC 6901, into the body."},
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": True,
}
BATCH_ANSWER = {
    "type": "object",
    "properties": {
        "status": {"enum": ["success", "partial_success", "error"]},
        "summary": {
            "type": "object",
            "properties": {
                name: {"type": "integer"}
                for name in (
                    "received",
                    "successful",
                    "failed",
                    "retriable",
                    "non_retriable",
                )
            },
        },
        "failed_events": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "reason": {"type": "string"},
                    "retriable": {"type": "boolean"},
                },
            },
        },
    },
}
EVENT = {
    "type": "object",
    "description": "An OpenLineage RunEvent, JobEvent or DatasetEvent.",
    "externalDocs": {"url": "https://openlineage.io/docs/spec/object-model"},
}
EVENTS = {"type": "array", "items": EVENT}
WRAPPED = {"type": "object", "properties": {"events": EVENTS}, "required": ["events"]}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "policies.signing_in.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "hw_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return {"type": "apiKey", "in": "cookie", "name": "headwater-session"}


def with_door(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """Add what is read at the event door's address, which is no view of its own."""
    path = "/api/v1/lineage"
    return [*endpoints, (path, path, "GET", LineageView.as_view())]


def describe(result: Schema, **kwargs: Any) -> Schema:
    """Add the event door, which is no REST framework view, and what can go wrong."""
    schemas = result["components"]["schemas"]
    for shape in schemas.values():
        for member in shape.get("properties", {}).values():
            member.pop("x-spec-enum-id", None)  # the generator's own
    schemas["Problem"] = PROBLEM
    paths = result["paths"]
    for operation in (one for path in paths.values() for one in path.values()):
        operation["responses"]["default"] = _problem()
    paths["/api/v1/lineage"]["post"] = _door(
        "sendEvent",
        "Take in one event, or an array of them.",
        {"oneOf": [EVENT, EVENTS]},
        {"201": {"description": "Stored for good."}, **_batch_answers()},
    )
    paths["/api/v1/lineage/batch"] = {
        "post": _door(
            "sendEvents",
            "Take in a batch of events.",
            {"oneOf": [EVENTS, WRAPPED]},
            _batch_answers(),
        )
    }
    result["paths"] = dict(sorted(paths.items()))
    return result


def _door(operation_id: str, summary: str, body: Schema, responses: Schema) -> Schema:
    return {
        "operationId": operation_id,
        "summary": summary,
        "tags": ["Events"],
        "security": [{"bearer": []}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body}},
        },
        "responses": {**responses, "default": _problem()},
    }


def _batch_answers() -> Schema:
    content = {"application/json": {"schema": BATCH_ANSWER}}
    return {
        "200": {"description": "All of the batch is stored.", "content": content},
        "207": {"description": "Some of it is not.", "content": content},
    }


def _problem() -> Schema:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "A problem.",
        "content": {"application/problem+json": {"schema": reference}},
    }
