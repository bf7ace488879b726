"""How do events get to their door without what only pages need?"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

from config.problems import answer, problem_of
from policies import emergencies

Answer = Callable[[HttpRequest], HttpResponse]

ADDRESSES = frozenset(
    f"/api/v1/lineage{rest}" for rest in ("", "/", "/batch", "/batch/")
)


def event_lane(get_response: Answer) -> Answer:
    """Call the event door at once, past sessions, forms, files and content policies.

    Nothing of these counts there, and together they cost more than the door itself. The
    watch over emergencies does, and is kept here.
    """
    doors: dict[str, ResolverMatch] = {}

    def call_door(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if request.method != "POST" or path not in ADDRESSES:
            return get_response(request)
        if path not in doors:
            doors[path] = resolve(path)
        request.resolver_match = door = doors[path]
        try:
            response: HttpResponse = door.func(request, *door.args, **door.kwargs)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            response = answer(request, problem)
        emergencies.record_use(request, response)
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return call_door
