"""What may browsers and proxies keep of an answer? Nothing made for somebody."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from policies.models import Principal

Answer = Callable[[HttpRequest], HttpResponse]


def keep_nothing(get_response: Answer) -> Answer:
    """Mark what is answered to somebody by their session: it is stored nowhere.

    So the back button shows nothing after somebody signed out.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        looked_at = getattr(
            request, "_cached_user", None
        )  # as Django's middleware does
        if isinstance(looked_at, Principal) and "no-store" not in response.get(
            "Cache-Control", ""
        ):
            response["Cache-Control"] = "private, no-store"
        return response

    return answer
