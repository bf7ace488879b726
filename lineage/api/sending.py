"""How does what comes by PUT and POST become events, sent by whoever asks?"""

import json
from dataclasses import dataclass, replace
from typing import Any, Self

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset, Job, Namespace
from lineage.api.addresses import Reading
from lineage.api.base import NamedView, find, not_found, path_readings
from lineage.api.door import RETRY_AFTER, body_of, problem_of
from lineage.composing import RunTold
from lineage.identities import misfit, run_uuid, text_misfit
from lineage.ingest import ingest
from lineage.models import Run
from lineage.redaction import scrub
from policies import access
from policies.access import Someone
from policies.actions import Action
from policies.models import Principal
from policies.problems import Problem
from policies.signing_in import bearer, tokens
from policies.signing_in.credentials import Credential

STORED = 201
_REASON = "whoever may send events for a namespace may know what it holds"


class BodyInvalid(ValidationError):
    """A body lacks something, or holds what cannot be taken; Marquez answers 422."""

    status_code = 422


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends events by other routes than the event door, and for what."""

    principal: Someone
    credential: Credential

    @classmethod
    def of(cls, request: Request) -> Self:
        """The sender of a request: by its token, its session, or the anonymous role.

        Raises Problem (401).
        """
        credential: Credential | None
        if isinstance(request.auth, Credential):
            credential = request.auth
        elif isinstance(request.user, Principal):
            credential = tokens.of_session(request.user.pk)
        else:
            credential = tokens.anonymous()
        if credential is None:
            raise bearer.unauthorized(
                request._request, "token_refused", "Its owner is inactive."
            )
        return cls(request.user, credential)

    @property
    def actor(self) -> Principal | None:
        """Who did it, for the journal; None where nobody is known."""
        return self.principal if isinstance(self.principal, Principal) else None

    def may_send(self, namespace: str) -> bool:
        return self.credential.ingest.allows(namespace)

    def demand(self, namespace: str) -> None:
        """Refuse what the sender may not send for. Raises Problem (403)."""
        if not self.may_send(namespace):
            raise Problem(
                403,
                "namespace_forbidden",
                f"This credential may not send events for the namespace {namespace!r}. "
                "Use a token whose scope covers it, or ask an administrator for the "
                "producer role there.",
            )

    def may_see(self, namespace: str) -> bool:
        """Whether the sender may see whatever is in a namespace."""
        scope = access.namespace_scope(self.principal, Action.ASSET_VIEW)
        return scope.allows(namespace)

    def send(self, *events: bytes) -> None:
        """Have events stored for good, and projected. Raises Problem.

        In the request's own thread: these routes are for people and small programs.
        """
        for outcome in ingest(events, credential=self.credential):
            if outcome.status != STORED:
                raise problem_of(outcome)

    def knows_namespace(self, name: str) -> bool:
        return Namespace.objects.unrestricted(_REASON).seen().filter(name=name).exists()

    def knows(self, reading: Reading) -> bool:
        """Whether there is what a reading names, hidden or not."""
        if reading.kind == "namespace":
            return self.knows_namespace(reading.namespace)
        model: Any = Dataset if reading.kind == "dataset" else Job
        return bool(
            model.objects.unrestricted(_REASON)
            .filter(
                namespace__name=reading.namespace,
                name=reading.name,
                first_seen__isnull=False,
            )
            .exists()
        )

    def find_run(self, run_id: str, job: str | None = None) -> Run:
        """The run of this id, of a job that the sender may send for.

        Of several jobs' runs the one that started first, or that of `job`, as it is
        named at the other routes. Raises Problem (404).
        """
        found = (
            Run.objects.unrestricted(_REASON)
            .filter(
                self.credential.ingest.as_q("job__namespace__name"),
                run_id=run_uuid(run_id),
                job__first_seen__isnull=False,
            )
            .select_related("job__namespace")
        )
        for run in found.order_by("started_at", "job__namespace__name", "job__name"):
            name = f"{run.job.namespace.name}:{run.job.name}"
            if job is None or job in (run.job.name, name, f"job:{name}"):
                return run
        raise not_found("run")


def put(request: Request, method: str = "PUT") -> Response:
    """Have the route that the path means take in what is told. Raises Problem."""
    sender = Sender.of(request)
    view, reading = locate_target(request, sender, method)
    return view.write(request, sender, reading)


def locate_target(
    request: Request, sender: Sender, method: str
) -> tuple[NamedView, Reading]:
    """What a PUT or POST is about: what there is, or else what there could be.

    The likeliest reading of the path that names something counts, else the first in a
    namespace that there is. Raises Problem (403, 404, 422).
    """
    asked = [
        _without_secrets(reading)
        for reading in path_readings(request)
        if _takes(NamedView.views[reading.route], method)
    ]
    known = [one for one in asked if sender.may_send(one.namespace)]
    chosen = next((one for one in known if sender.knows(one)), None) or next(
        (
            one
            for one in known
            # What holds "/datasets/" or "/jobs/" is no new namespace, but in one.
            if (one.kind == "namespace" and one == asked[0])
            or (one.kind != "namespace" and sender.knows_namespace(one.namespace))
        ),
        None,
    )
    if asked and not known:
        sender.demand(asked[0].namespace)
    if chosen is None:
        raise not_found("namespace")
    _demand_usable(chosen)
    return NamedView.views[chosen.route](), chosen


def _takes(view: type[NamedView], method: str) -> bool:
    """Whether a route takes in by this method what events can say, or declarations."""
    return method in view.actions and view.write is not NamedView.write


def _without_secrets(reading: Reading) -> Reading:
    """The reading with its names as the door stores them."""
    name = reading.name and scrub(reading.name)
    return replace(reading, namespace=scrub(reading.namespace), name=name)


def _demand_usable(reading: Reading) -> None:
    if reading.name is None:
        fault = text_misfit(reading.namespace, "namespace")
    else:
        fault = misfit(reading.namespace, reading.name)
    if fault is not None:
        raise Problem(422, fault.code, fault.message)


def read_json(request: Request) -> Any:
    """The JSON document of a body; an empty object where nothing was sent.

    Raises Problem (400, 413, 415).
    """
    body = body_of(request._request)
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except RecursionError:
        raise Problem(
            400,
            "json_too_deep",
            "The JSON is nested too deep.",
            pointer="",
        ) from None
    except ValueError:
        raise Problem(
            400,
            "json_invalid",
            "The body is no JSON. Send an object, in UTF-8.",
            pointer="",
        ) from None


def read_input(request: Request, shape: type[serializers.Serializer[Any]]) -> Any:
    """The members of a body, checked. Raises Problem, or BodyInvalid (422)."""
    told = shape(data=read_json(request))
    if not told.is_valid():
        raise BodyInvalid(told.errors)
    return told.validated_data


def told_of(run: Run) -> RunTold:
    """A run as events name it."""
    return RunTold((run.job.namespace.name, run.job.name), run.run_id)


def told_again(
    view: NamedView, request: Request, sender: Sender, reading: Reading
) -> Response:
    """Answer what GET would, to whoever may see it; to others what they named."""
    reader = view.reader(request)
    asset = find(reader, reading)
    if asset is not None:
        return view.answer(request, reader, asset, reading)
    if sender.may_see(reading.namespace):
        raise not_yet_there()
    own = {"namespace": reading.namespace, "name": reading.name}
    return Response({"id": own, **own})


def not_yet_there() -> Problem:
    """What to say of something that is stored, and that the catalog does not show."""
    return Problem(
        503,
        "unavailable",
        "It is stored for good, and will show when the catalog has caught up.",
        headers=RETRY_AFTER,
    )
