"""Where do those go who have to do something before anything else?"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from config.problems import API, answer
from policies.problems import Problem
from policies.signing_in.duties import duty_of, is_before_duties


class DutiesFirst:
    """Leads people to what they have to do first, and programs to a refusal.

    What is open to everybody stays open, and so do the pages where it is done. Who
    shows a token at the API has no duties: no session counts there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        is_api = request.path.startswith(API)
        shows_token = is_api and "HTTP_AUTHORIZATION" in request.META
        if shows_token or is_before_duties(view):
            return None
        duty = duty_of(request)
        if duty is None:
            return None
        if is_api:
            return answer(request, Problem(HTTPStatus.FORBIDDEN, duty.code, duty.said))
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRedirect(reverse(duty))
        onward = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse(duty)}?{onward}")
