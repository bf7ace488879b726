"""How is a refusal or a failure told to whoever asked?

At the API as problem+json (RFC 9457), on pages as a page. All are made here.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.loader import render_to_string
from django.urls import reverse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.views import set_rollback

from lineage.json_text import pointer
from policies import audit
from policies.problems import Problem
from policies.services import ApprovalNeeded, CannotBeHeld

API = "/api/"
CONTENT_TYPE = "application/problem+json"
# Each code is a heading of docs/api.md.
DOCUMENTATION = "/docs/api#"

logger = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]

# What is said of answers that others made: Django's, or a library's.
_COMMON = {
    400: ("request_invalid", "The request cannot be understood."),
    403: ("forbidden", "This is not allowed."),
    404: (
        "not_found",
        "There is nothing at this address, or nothing that you may see. "
        "/api/schema lists the addresses.",
    ),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("body_too_large", "The request is too large."),
    500: (
        "internal_error",
        "This is a fault of the server. Its log has it under the id of this request.",
    ),
    503: (
        "unavailable",
        "The database does not answer just now. Send the request again.",
    ),
}
_RETRY = {"Retry-After": "1"}


class ProblemMiddleware:
    """Turns what goes wrong in or around a view into one kind of answer."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code < HTTPStatus.BAD_REQUEST
            or not request.path.startswith(API)
            or response.headers.get("Content-Type") == CONTENT_TYPE
        ):
            return response
        # Django's own pages for 404, 405, 400 and 500 know nothing of the API.
        kept = {
            name: response.headers[name]
            for name in ("Allow", "Retry-After", "WWW-Authenticate")
            if name in response.headers
        }
        return answer(request, problem_of_status(response.status_code, kept))

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        if isinstance(error, ApprovalNeeded):
            return held(request, error)
        problem = problem_of(error)
        return answer(request, problem) if problem else None


def held(request: HttpRequest, needed: ApprovalNeeded) -> HttpResponse:
    """Say that a change waits for a second person: 202, or the page about it."""
    # A transaction that the exception left may have undone the keeping.
    try:
        change = needed.keep()
    except CannotBeHeld as refusal:
        return answer(request, Problem(409, "change_refused", str(refusal)))
    if not request.path.startswith(API):
        messages.info(request, str(needed))
        return HttpResponseRedirect(reverse("held-change", args=[change.public_id]))
    told = {
        "status": "held",
        "id": str(change.public_id),
        "detail": str(needed),
        "expiresAt": change.expires_at.isoformat(),
    }
    where = reverse("access:approval-detail", args=[change.public_id])
    return JsonResponse(told, status=HTTPStatus.ACCEPTED, headers={"Location": where})


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Tell a problem: to programs as JSON, to people as a page."""
    if request.path.startswith(API):
        response = HttpResponse(
            json.dumps(members(problem)),
            status=problem.status,
            content_type=CONTENT_TYPE,
        )
    else:
        response = HttpResponse(_page(request, problem), status=problem.status)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def _page(request: HttpRequest, problem: Problem) -> str:
    context = {"problem": problem, "request_id": audit.current_request_id.get()}
    # What failed may be what a page needs: the session, the reader, the database.
    is_ours = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    # What is refused at the door, as a host that is not ours, has no reader yet.
    is_known = not is_ours and hasattr(request, "user")
    return render_to_string("problem.html", context, request if is_known else None)


def members(problem: Problem) -> dict[str, object]:
    """The members of a problem's JSON object."""
    told: dict[str, object] = {
        "type": f"{DOCUMENTATION}{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
    }
    if problem.pointer is not None:
        told["pointer"] = problem.pointer
    request_id = audit.current_request_id.get()
    if request_id:
        told["request_id"] = request_id
    return {**problem.extra, **told}


def problem_of(error: Exception) -> Problem | None:
    """Say what an exception means to whoever asked; None if it is a fault of ours."""
    match error:
        case Problem():
            return error
        case Http404():
            return problem_of_status(HTTPStatus.NOT_FOUND)
        case PermissionDenied():
            return problem_of_status(HTTPStatus.FORBIDDEN)
        case OperationalError() | InterfaceError():
            logger.warning("The database does not answer: %s", error)
            return problem_of_status(HTTPStatus.SERVICE_UNAVAILABLE, _RETRY)
        case DataError() if getattr(error.__cause__, "sqlstate", None) is None:
            # Refused on the way to the database: a NUL, which only who asks can send.
            return problem_of_status(HTTPStatus.BAD_REQUEST)
    return None


def problem_of_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """Describe an answer of which nothing but the status is known."""
    fallback = _COMMON[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400]
    code, detail = _COMMON.get(status, fallback)
    return Problem(status, code, detail, headers=headers)


def answer_api_exception(
    error: Exception, context: Mapping[str, Any]
) -> HttpResponse | None:
    """Answer for REST framework, which catches what its views raise."""
    if isinstance(error, ApprovalNeeded):
        return held(context["request"]._request, error)
    if isinstance(error, APIException):
        problem: Problem | None = _problem_of_api_exception(error)
    else:
        problem = problem_of(error)
    if problem is None:
        return None
    set_rollback()
    return answer(context["request"]._request, problem)


def _problem_of_api_exception(error: APIException) -> Problem:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, ValidationError):
        faults = list(_faults(error.detail, ""))
        at, detail = faults[0]
        return Problem(
            error.status_code,
            "value_invalid",
            detail,
            pointer=at,
            extra={"errors": [{"pointer": at, "detail": said} for at, said in faults]},
        )
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "request_invalid"
    return Problem(error.status_code, code, str(error.detail), headers=headers)


def _faults(detail: Any, at: str) -> Iterable[tuple[str, str]]:
    """List what a serializer or a parameter refused, with pointers."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else pointer(name)
            yield from _faults(inner, at + own)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            own = pointer(index) if isinstance(inner, Mapping) else ""
            yield from _faults(inner, at + own)
    else:
        yield at, str(detail)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that nobody knows."""
    return answer(request, problem_of_status(HTTPStatus.NOT_FOUND))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused."""
    return answer(request, problem_of_status(HTTPStatus.BAD_REQUEST))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer whoever may not."""
    return answer(request, problem_of_status(HTTPStatus.FORBIDDEN))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when we failed. Nothing of why leaves the server but by its log."""
    return answer(request, problem_of_status(HTTPStatus.INTERNAL_SERVER_ERROR))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or stale."""
    return answer(
        request,
        Problem(
            HTTPStatus.FORBIDDEN,
            "csrf_failed",
            "The page was open too long, or cookies are blocked. Load it again.",
        ),
    )
