"""What does an OpenLineage event say, and which events say too little to be used?

Facets stay unread here, as the exact text that was sent; `lineage.facets` reads them.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from lineage.conformance import Conformance, Refused
from lineage.envelope import (
    IDLE,
    Dataset,
    Envelope,
    Kind,
    Unread,
    is_array,
    kind_of,
    read_envelope,
    split_batch,
)
from lineage.event_time import NoInstant, read_time
from lineage.facets import names
from lineage.identities import (
    MAX_IDENTITY_BYTES,
    MAX_NAME_CHARACTERS,
    Misfit,
    is_run_uuid,
    misfit,
    run_uuid,
    text_misfit,
)
from lineage.json_text import pointer
from lineage.redaction import scrub

__all__ = [
    "Conformance",
    "DatasetRef",
    "Event",
    "Facet",
    "Refused",
    "is_array",
    "parse",
    "run_uuid",
    "split_batch",
]

MAX_KEY_CHARACTERS = 255

TERMINAL_TYPES = frozenset({"COMPLETE", "ABORT", "FAIL"})
EVENT_TYPES = frozenset({"START", "RUNNING", "OTHER"}) | TERMINAL_TYPES

Scope = Literal["run", "job", "dataset", "input", "output"]


class Facet(msgspec.Struct, frozen=True):
    """One facet under its standard key; `body` is the exact text of its JSON object."""

    key: str
    body: bytes


class DatasetRef(msgspec.Struct, frozen=True):
    """A dataset as one event mentions it; `io_facets` are of the input or output."""

    namespace: str
    name: str
    facets: tuple[Facet, ...] = ()
    io_facets: tuple[Facet, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """One event, with identities that can be stored and no secrets in them.

    `event_time` is in UTC, cut to microseconds. `event_type` is "" where none was sent.
    `external_run_id` is the runId that `run_id` is the hash of, where it is no UUID.
    `has_inputs` and `has_outputs` tell an empty list from an absent one.
    """

    kind: Kind
    event_time: datetime
    event_type: str
    producer: str
    schema_url: str
    job_namespace: str | None
    job_name: str | None
    run_id: UUID | None
    external_run_id: str | None
    run_facets: tuple[Facet, ...]
    job_facets: tuple[Facet, ...]
    inputs: tuple[DatasetRef, ...]
    outputs: tuple[DatasetRef, ...]
    dataset: DatasetRef | None
    has_inputs: bool
    has_outputs: bool
    warnings: tuple[Conformance, ...]


def parse(body: bytes) -> Event:
    """Read one event from the JSON text that was sent.

    Raises Refused, and nothing else, if it has no usable identity or time.
    """
    envelope, warnings = read_envelope(body)
    return _Reading(body, envelope, warnings).event()


class _Reading:
    """One envelope, on its way to become an event or a refusal."""

    def __init__(
        self, body: bytes, envelope: Envelope, warnings: list[Conformance]
    ) -> None:
        self.body = body
        self.sent = envelope
        self.warnings = warnings

    def event(self) -> Event:
        kind = self._kind()
        event_time = self._time()
        job = self.sent.job if kind != "dataset" else None
        namespace, name = self._job() if kind != "dataset" else (None, None)
        run_id, external = self._run_id() if kind == "run" else (None, None)
        has_io = kind != "dataset"
        return Event(
            kind=kind,
            event_time=event_time,
            event_type=self._event_type() if kind == "run" else "",
            producer=self._described("producer", self.sent.producer),
            schema_url=self._described("schemaURL", self.sent.schemaURL),
            job_namespace=namespace,
            job_name=name,
            run_id=run_id,
            external_run_id=external,
            run_facets=(
                self._facets("run", self.sent.run.facets, "/run/facets")
                if kind == "run" and self.sent.run
                else ()
            ),
            job_facets=self._facets("job", job.facets, "/job/facets") if job else (),
            inputs=self._datasets("input", self.sent.inputs) if has_io else (),
            outputs=self._datasets("output", self.sent.outputs) if has_io else (),
            dataset=self._own_dataset() if kind == "dataset" else None,
            has_inputs=has_io and self.sent.inputs is not None,
            has_outputs=has_io and self.sent.outputs is not None,
            warnings=tuple(self.warnings),
        )

    def _kind(self) -> Kind:
        kind = kind_of(
            self.sent.schemaURL,
            has_run=self.sent.run is not None,
            has_job=self.sent.job is not None,
            has_dataset=self.sent.dataset is not None,
        )
        for member in IDLE[kind]:
            if getattr(self.sent, member) is not None:
                self._warn(
                    pointer(member),
                    "member_ignored",
                    f"A {kind} event has no {member}; it was not read.",
                )
        return kind

    def _time(self) -> datetime:
        text = self.sent.eventTime
        if not text:
            raise Refused(
                422,
                "event_time_missing",
                "/eventTime",
                "An event needs an eventTime, such as 2026-05-04T03:02:01.5Z.",
            )
        try:
            instant, has_zone = read_time(text)
        except NoInstant:
            raise Refused(
                422,
                "event_time_invalid",
                "/eventTime",
                "The eventTime names no instant. Send an RFC 3339 time with date, time "
                "and zone, such as 2026-05-04T03:02:01.5Z, in the years 1 to 9999.",
            ) from None
        if not has_zone:
            self._warn(
                "/eventTime", "zone_missing", "A time without a zone was read as UTC."
            )
        return instant

    def _event_type(self) -> str:
        sent = self.sent.eventType
        if sent is None:
            return ""
        if sent in EVENT_TYPES:
            return sent
        read_as = sent.upper() if sent.upper() in EVENT_TYPES else "RUNNING"
        self._warn(
            "/eventType",
            "event_type_unknown",
            f"An eventType that the specification does not have was read as {read_as}.",
        )
        return read_as

    def _described(self, member: str, sent: str | None) -> str:
        if sent is None:
            self._warn(
                pointer(member), "member_missing", f"The event lacks its {member}."
            )
            return ""
        text = scrub(sent.replace("\0", "\ufffd"))
        kept = text[:MAX_NAME_CHARACTERS].encode()[:MAX_IDENTITY_BYTES]
        cut = kept.decode(errors="ignore")
        if cut != text:
            message = f"Only the first {len(cut)} characters were read."
            self._warn(pointer(member), "text_cut", message)
        return cut

    def _job(self) -> tuple[str, str]:
        job = self.sent.job
        return _identity(
            job.namespace if job else None, job.name if job else None, "/job"
        )

    def _own_dataset(self) -> DatasetRef:
        return self._dataset("dataset", self.sent.dataset or Dataset(), "/dataset")

    def _datasets(
        self, scope: Scope, sent: list[Dataset] | None
    ) -> tuple[DatasetRef, ...]:
        return tuple(
            self._dataset(scope, dataset, f"/{scope}s/{index}")
            for index, dataset in enumerate(sent or ())
        )

    def _dataset(self, scope: Scope, sent: Dataset, at: str) -> DatasetRef:
        namespace, name = _identity(sent.namespace, sent.name, at)
        io_facets: tuple[Facet, ...] = ()
        if scope == "input":
            io_facets = self._facets("input", sent.inputFacets, f"{at}/inputFacets")
        elif scope == "output":
            io_facets = self._facets("output", sent.outputFacets, f"{at}/outputFacets")
        facets = self._facets("dataset", sent.facets, f"{at}/facets")
        return DatasetRef(namespace, name, facets, io_facets)

    def _run_id(self) -> tuple[UUID, str | None]:
        sent = (self.sent.run.runId if self.sent.run else None) or ""
        if is_run_uuid(sent):
            return UUID(sent), None
        external = scrub(sent)
        fault = text_misfit(external, "runId")
        if fault is not None:
            raise _refusal(fault, "/run")
        self._warn(
            "/run/runId", "run_id_no_uuid", "A runId that is no UUID was hashed to one."
        )
        return run_uuid(external), external

    def _facets(self, scope: Scope, sent: Unread | None, at: str) -> tuple[Facet, ...]:
        if not sent:
            return ()
        standard = names.STANDARD[scope]
        facets: list[Facet] = []
        is_usual = True
        for key, raw in sent.items():
            body = bytes(raw)
            if body[0] == _OPENING_BRACE:
                facets.append(Facet(key, body))
                if key not in standard and is_usual:
                    is_usual = not _may_be_renamed(scope, key, body)
            elif body != b"null":
                self._warn(at + pointer(key), "wrong_type", "A facet is an object.")
        if is_usual:
            return tuple(facets)
        return tuple(self._with_standard_keys(scope, facets, at))

    def _with_standard_keys(
        self, scope: Scope, facets: list[Facet], at: str
    ) -> Iterator[Facet]:
        """Name each facet by its standard key; the last one of a key stands."""
        standard = names.STANDARD[scope]
        former = names.FORMER.get(scope, {})
        own: dict[str, Facet] = {}
        for facet in facets:
            key = former.get(facet.key, facet.key)
            known = own.setdefault(key, facet)
            if known is not facet and self._is_last_run_facet(facet.key, known.key):
                own[key] = facet
        for facet in facets:
            key = former.get(facet.key, facet.key)
            if own[key] is not facet:
                self._warn(
                    at + pointer(facet.key),
                    "facet_repeated",
                    f"The {key} facet was sent twice; the last one was read.",
                )
                continue
            if key not in standard:
                by_type = names.by_type(scope, _schema_url(facet.body))
                key = by_type if by_type and by_type not in own else key
            if len(key) > MAX_KEY_CHARACTERS or "\0" in key:
                self._warn(
                    at + pointer(key[:MAX_KEY_CHARACTERS].replace("\0", "\ufffd")),
                    "facet_key_unusable",
                    f"A facet's key has at most {MAX_KEY_CHARACTERS} characters.",
                )
                continue
            if key != facet.key:
                self._warn(
                    at + pointer(facet.key), "facet_renamed", f"It was read as {key}."
                )
            yield Facet(key, facet.body)

    def _is_last_run_facet(self, key: str, other: str) -> bool:
        """Does the last facet of one key come after the last one of the other?"""
        pairs = json.loads(self.body, object_pairs_hook=list, parse_int=str)
        sent = [key for key, _ in dict(dict(pairs)["run"])["facets"]]
        sent.reverse()
        return sent.index(key) < sent.index(other)

    def _warn(self, at: str, code: str, message: str) -> None:
        self.warnings.append(Conformance(at, code, message))


class _SchemaUrl(msgspec.Struct):
    schema_url: str = msgspec.field(name="_schemaURL", default="")


_SCHEMA_URL = msgspec.json.Decoder(_SchemaUrl)
_OPENING_BRACE = ord("{")


def _may_be_renamed(scope: Scope, key: str, body: bytes) -> bool:
    """Tell most facets of unknown keys from those that need a second look."""
    return (
        key in names.FORMER.get(scope, ())
        or len(key) > MAX_KEY_CHARACTERS
        or "\0" in key
        or names.may_have_standard_type(scope, body)
    )


def _schema_url(body: bytes) -> str:
    try:
        return _SCHEMA_URL.decode(body).schema_url
    except msgspec.DecodeError:
        return ""


def _identity(namespace: str | None, name: str | None, at: str) -> tuple[str, str]:
    """Take the secrets out of an identity, and check that what is left can be used."""
    namespace = scrub(namespace or "")
    name = scrub(name or "")
    fault = misfit(namespace, name)
    if fault is not None:
        raise _refusal(fault, at)
    return namespace, name


def _refusal(fault: Misfit, at: str) -> Refused:
    return Refused(
        422,
        fault.code,
        f"{at}/{fault.member}",
        f"{fault.message} Correct it at its producer.",
    )
