"""Where events come in: one, or a batch of them.

Plain views, since this is the hot path; neither sessions nor cookies count here.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from lineage import ingest, openlineage
from lineage.batches import Offer, Outcome, refusal
from lineage.conformance import Refused
from lineage.door import Limits, check_media_type, read_body
from policies.actions import Action
from policies.problems import Problem
from policies.signing_in import bearer
from policies.signing_in.attempts import Kind, count_failure
from policies.signing_in.credentials import Credential

View = Callable[..., HttpResponse]

CREATED = 201
RETRY_AFTER = {"Retry-After": "1"}

# A sender that goes slow keeps a thread waiting; some are left for everybody else.
_readers = BoundedSemaphore(max(1, settings.HEADWATER_WEB_THREADS * 3 // 4))
# With the wait for the commit it must stay below the patience of clients.
READER_WAIT_SECONDS = 0.4


def event_door(read: View | None = None) -> View:
    """Make the view that takes one event by POST, and leaves GET to `read`."""
    methods = {"POST": Action.EVENT_INGEST}
    if read is not None:
        methods |= getattr(getattr(read, "cls", None), "actions", {})

    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" and read is not None:
            response = read(request, *args, **kwargs)
            if allowed := response.headers.get("Allow"):
                # The view behind does not know of the door before it.
                response.headers["Allow"] = f"{allowed}, POST"
            return response
        _demand_post(request)
        credential = _credential_of(request)
        body = body_of(request)
        if openlineage.is_array(body):
            return _take_batch(request, body, credential)
        return _take_one(request, body, credential)

    return _declare(door, methods)


def batch_door(request: HttpRequest) -> HttpResponse:
    """Take an array of events, or `{"events": […]}`."""
    _demand_post(request)
    credential = _credential_of(request)
    return _take_batch(request, body_of(request), credential)


def _credential_of(request: HttpRequest) -> Credential:
    """What is shown at the door; the request keeps it for those who watch emergencies.

    Raises Problem.
    """
    credential = bearer.demand_credential(request, is_confirmed_later=True)
    request.credential = credential  # type: ignore[attr-defined]
    return credential


def _declare(view: View, actions: Mapping[str, Action]) -> View:
    view.actions = dict(actions)  # type: ignore[attr-defined]
    view.csrf_exempt = True  # type: ignore[attr-defined]
    return view


_declare(batch_door, {"POST": Action.EVENT_INGEST})


def _demand_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Problem(
            405,
            "method_not_allowed",
            "Events are sent here by POST.",
            headers={"Allow": "POST"},
        )


def body_of(request: HttpRequest) -> bytes:
    """The JSON text that was sent, within the limits. Raises Problem."""
    check_media_type(request.META.get("CONTENT_TYPE", ""))
    if not _readers.acquire(timeout=READER_WAIT_SECONDS):
        raise _overloaded()
    try:
        # Django's own stream takes a body without Content-Length for an empty one.
        environ = request.META
        sent_length = environ.get("CONTENT_LENGTH", "")
        is_terminated = bool(environ.get("wsgi.input_terminated"))
        return read_body(
            environ["wsgi.input"] if is_terminated else request,
            content_length=int(sent_length) if sent_length.isdecimal() else None,
            encoding=environ.get("HTTP_CONTENT_ENCODING", ""),
            limits=Limits(
                settings.HEADWATER_MAX_WIRE_BYTES,
                settings.HEADWATER_MAX_BODY_BYTES,
                settings.HEADWATER_MAX_INFLATE_RATIO,
            ),
        )
    finally:
        _readers.release()


def _take_one(
    request: HttpRequest, body: bytes, credential: Credential
) -> HttpResponse:
    outcome = _offered(request, [Offer(body, openlineage.parse(body), credential)])[0]
    if outcome.status != CREATED:
        raise problem_of(outcome)
    response = HttpResponse(status=CREATED)
    del response.headers["Content-Type"]
    return response


def _take_batch(
    request: HttpRequest, body: bytes, credential: Credential
) -> HttpResponse:
    """Take each event by itself, and tell of those that were not taken."""
    outcomes: list[Outcome | None] = []
    offers: list[Offer] = []
    for event in openlineage.split_batch(body):
        try:
            offers.append(Offer(event, openlineage.parse(event), credential))
            outcomes.append(None)
        except Refused as refused:
            outcomes.append(refusal(refused))
    offered = iter(_offered_in_parts(request, offers))
    judged = [outcome or next(offered) for outcome in outcomes]
    if judged and all(outcome.status == 401 for outcome in judged):
        raise problem_of(judged[0])
    return _told(judged)


def _offered_in_parts(request: HttpRequest, offers: list[Offer]) -> list[Outcome]:
    """Offer no more at once than the queue has room for.

    Where it is full later on, what is stored stays stored, and the rest is to be sent
    again. Raises Problem (503) where nothing was stored.
    """
    size = max(1, settings.HEADWATER_INGEST_QUEUE // 2)
    outcomes: list[Outcome] = []
    for start in range(0, len(offers), size):
        try:
            outcomes += _offered(request, offers[start : start + size])
        except Problem as problem:
            if not start:
                raise
            again = Outcome(
                problem.status, problem.code, problem.detail, retriable=True
            )
            return outcomes + [again] * (len(offers) - start)
    return outcomes


def _offered(request: HttpRequest, offers: list[Offer]) -> list[Outcome]:
    try:
        outcomes = ingest.offer(offers)
    except ingest.Overloaded as overloaded:
        raise _overloaded() from overloaded
    if any(outcome.status == 403 for outcome in outcomes):
        credential = offers[0].credential
        count_failure(
            Kind.INGEST,
            request.META.get("REMOTE_ADDR", ""),
            credential.principal_public_id if credential else None,
        )
    return outcomes


def _told(outcomes: list[Outcome]) -> HttpResponse:
    failed = [
        {
            "index": index,
            "reason": outcome.reason,
            "retriable": outcome.retriable,
            "status": outcome.status,
            "code": outcome.code,
            "pointer": outcome.pointer,
        }
        for index, outcome in enumerate(outcomes)
        if outcome.status != CREATED
    ]
    successful = len(outcomes) - len(failed)
    retriable = Counter(one["retriable"] for one in failed)
    status = "success"
    if failed:
        status = "partial_success" if successful else "error"
    told = {
        "status": status,
        "summary": {
            "received": len(outcomes),
            "successful": successful,
            "failed": len(failed),
            "retriable": retriable[True],
            "non_retriable": retriable[False],
        },
        "failed_events": failed,
    }
    return JsonResponse(told, status=207 if failed else 200)


def problem_of(outcome: Outcome) -> Problem:
    """The refusal of a single event that was not stored."""
    headers = {}
    if outcome.status == 401:
        headers["WWW-Authenticate"] = f'{bearer.CHALLENGE}, error="invalid_token"'
    elif outcome.status == 503:
        headers = RETRY_AFTER
    return Problem(
        outcome.status,
        outcome.code,
        outcome.reason,
        pointer=outcome.pointer or None,
        headers=headers,
    )


def _overloaded() -> Problem:
    return Problem(
        503,
        "unavailable",
        "This cannot be stored just now: too much arrives, or the database does not "
        "answer. Send it again in a second.",
        headers=RETRY_AFTER,
    )
