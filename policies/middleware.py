"""What every request carries: an id, one reading of the rights, a trace of alarms."""

import re
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from policies import access, audit, emergencies

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

Answer = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Answer) -> Answer:
    """Name the request: as its sender did, if that fits a log line, or by a new UUID.

    The journal has the name, and the answer's X-Request-ID.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        name = sent if REQUEST_ID.fullmatch(sent) else str(uuid4())
        token = audit.current_request_id.set(name)
        try:
            response = get_response(request)
        finally:
            audit.current_request_id.reset(token)
        response["X-Request-ID"] = name
        return response

    return answer


def decide_once(get_response: Answer) -> Answer:
    """Let a request that changes nothing go by one reading of the rights."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS:
            return get_response(request)
        with access.deciding_once():
            return get_response(request)

    return answer


def watch_broken_glass(get_response: Answer) -> Answer:
    """Journal what is asked by whoever passes denies in an emergency.

    If it cannot be journaled there is no answer.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        emergencies.record_use(request, response)
        return response

    return answer
