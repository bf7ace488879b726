"""Which members has an event, before anyone asks what they mean?"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from lineage import json_text
from lineage.conformance import Conformance, Refused
from lineage.facets import names
from lineage.json_text import pointer

MAX_BATCH_EVENTS = 10_000

Kind = Literal["run", "job", "dataset"]
KINDS: Mapping[str, Kind] = {
    "RunEvent": "run",
    "JobEvent": "job",
    "DatasetEvent": "dataset",
}
# Members that say nothing in an event of the kind.
IDLE: Mapping[Kind, tuple[str, ...]] = {
    "run": ("dataset",),
    "job": ("run", "dataset"),
    "dataset": ("run", "job", "inputs", "outputs"),
}

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Unread = dict[str, msgspec.Raw]


class Run(msgspec.Struct):
    runId: str | None = None  # noqa: N815
    facets: Unread | None = None


class Job(msgspec.Struct):
    namespace: str | None = None
    name: str | None = None
    facets: Unread | None = None


class Dataset(msgspec.Struct):
    namespace: str | None = None
    name: str | None = None
    facets: Unread | None = None
    inputFacets: Unread | None = None  # noqa: N815
    outputFacets: Unread | None = None  # noqa: N815


class Envelope(msgspec.Struct):
    """The members that the specification names, with nothing of theirs checked."""

    eventTime: str | None = None  # noqa: N815
    eventType: str | None = None  # noqa: N815
    producer: str | None = None
    schemaURL: str | None = None  # noqa: N815
    run: Run | None = None
    job: Job | None = None
    dataset: Dataset | None = None
    inputs: list[Dataset] | None = None
    outputs: list[Dataset] | None = None


def kind_of(
    schema_url: str | None, *, has_run: bool, has_job: bool, has_dataset: bool
) -> Kind:
    """What an event is by the last part of its schemaURL, else by what it has."""
    kind = KINDS.get(names.type_name(schema_url or ""))
    if kind is not None:
        return kind
    if has_run or not (has_job or has_dataset):
        return "run"
    return "job" if has_job else "dataset"


_ENVELOPE = msgspec.json.Decoder(Envelope)
_MEMBERS = msgspec.json.Decoder(Unread)
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_VALUE = msgspec.json.Decoder(Any)


def read_envelope(body: bytes) -> tuple[Envelope, list[Conformance]]:
    """Take an event apart, forgiving where it can still be understood.

    Raises Refused if `body` is no JSON object, or if a member that holds an identity
    has the wrong type.
    """
    warnings: list[Conformance] = []
    body = _check_text(body, warnings)
    try:
        return _ENVELOPE.decode(body), warnings
    except (msgspec.DecodeError, RecursionError):
        return _Lenient(warnings).read(body), warnings


def split_batch(body: bytes) -> list[bytes]:
    """Cut a JSON array of events, or `{"events": […]}`, into the exact text of each.

    The events themselves are not read. Raises Refused if there is no such array.
    """
    start = _from_first_sign(body)
    is_object = start.startswith(b"{")
    try:
        array = _events_member(start) if is_object else start
        return json_text.elements(array, MAX_BATCH_EVENTS)
    except json_text.TooMany as error:
        raise Refused(
            413,
            "batch_too_long",
            "",
            f"A batch has at most {MAX_BATCH_EVENTS} events. Send several.",
        ) from error
    except msgspec.ValidationError as error:
        raise Refused(
            422,
            "batch_not_array",
            "/events" if is_object else "",
            'A batch is a JSON array of events, or an object {"events": [ … ]}.',
        ) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(
            400, "json_invalid", "", f"The body is no JSON: {_fault(error)}"
        ) from error


def is_array(body: bytes) -> bool:
    """Is the body an array of events rather than one?"""
    return _from_first_sign(body).startswith(b"[")


def _from_first_sign(body: bytes) -> bytes:
    return body.removeprefix(_BYTE_ORDER_MARK).lstrip(b" \t\r\n")


def _check_text(body: bytes, warnings: list[Conformance]) -> bytes:
    if body.startswith(_BYTE_ORDER_MARK):
        body = body.removeprefix(_BYTE_ORDER_MARK)
        warnings.append(
            Conformance("", "byte_order_mark", "JSON begins without a byte order mark.")
        )
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise Refused(
                400,
                "utf8_invalid",
                "",
                f"The body is no UTF-8 from byte {error.start} on. Send JSON as UTF-8.",
            ) from error
    if json_text.is_deeper(body):
        raise Refused(
            400,
            "json_too_deep",
            "",
            f"The JSON is nested deeper than {json_text.MAX_DEPTH} levels. "
            "Flatten the facet that nests so deep, or send it as a string.",
        )
    return body


class _Events(msgspec.Struct):
    events: msgspec.Raw


_EVENTS = msgspec.json.Decoder(_Events)


def _events_member(body: bytes) -> bytes:
    try:
        return bytes(_EVENTS.decode(body).events)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = json_text.mend_surrogates(body)
        if mended == body:
            raise
    events = bytes(_EVENTS.decode(mended).events)
    start = mended.index(events)
    return body[start : start + len(events)]


# Enough for whoever reads on to see that there was something.
_NOTHING = {
    **dict.fromkeys(("run", "job", "dataset"), msgspec.Raw(b"{}")),
    **dict.fromkeys(("inputs", "outputs"), msgspec.Raw(b"[]")),
}


class _Lenient:
    """The reading of an event that the typed decoder did not take."""

    def __init__(self, warnings: list[Conformance]) -> None:
        self.warnings = warnings

    def read(self, body: bytes) -> Envelope:
        members = self._members(body)
        schema_url = self._text(members, "schemaURL")
        self._leave_idle(members, schema_url)
        return Envelope(
            eventTime=self._essential_text(members, "eventTime"),
            eventType=self._text(members, "eventType"),
            producer=self._text(members, "producer"),
            schemaURL=schema_url,
            run=self._run(members),
            job=self._job(members),
            dataset=self._dataset(members.get("dataset"), "/dataset"),
            inputs=self._datasets(members, "inputs"),
            outputs=self._datasets(members, "outputs"),
        )

    def _members(self, body: bytes) -> Unread:
        try:
            return _MEMBERS.decode(body)
        except msgspec.ValidationError as error:
            raise Refused(
                422,
                "event_not_object",
                "",
                "An event is a JSON object. Send one event, or an array of them.",
            ) from error
        except (msgspec.DecodeError, RecursionError) as error:
            mended = json_text.mend_surrogates(body)
            if mended == body:
                raise Refused(
                    400, "json_invalid", "", f"The body is no JSON: {_fault(error)}"
                ) from error
        self.warnings.append(
            Conformance(
                "", "lone_surrogate", "A lone surrogate stands for no character."
            )
        )
        return self._members(mended)

    def _leave_idle(self, members: Unread, schema_url: str | None) -> None:
        """Pass over what says nothing in an event of this kind, whatever it is."""
        sent = {key for key, raw in members.items() if bytes(raw) != b"null"}
        kind = kind_of(
            schema_url,
            has_run="run" in sent,
            has_job="job" in sent,
            has_dataset="dataset" in sent,
        )
        for member in IDLE[kind]:
            if member in sent:
                members[member] = _NOTHING[member]

    def _run(self, members: Unread) -> Run | None:
        sent = self._object(members.get("run"), "/run")
        if sent is None:
            return None
        return Run(
            runId=self._essential_text(sent, "runId", "/run"),
            facets=self._facets(sent, "facets", "/run"),
        )

    def _job(self, members: Unread) -> Job | None:
        sent = self._object(members.get("job"), "/job")
        if sent is None:
            return None
        return Job(
            namespace=self._essential_text(sent, "namespace", "/job"),
            name=self._essential_text(sent, "name", "/job"),
            facets=self._facets(sent, "facets", "/job"),
        )

    def _datasets(self, members: Unread, key: str) -> list[Dataset] | None:
        raw = members.get(key)
        if raw is None or bytes(raw) == b"null":
            return None
        try:
            elements = _ELEMENTS.decode(raw)
        except msgspec.ValidationError as error:
            raise _wrong_type(f"/{key}", "an array of datasets", raw) from error
        datasets = []
        for index, element in enumerate(elements):
            at = pointer(key, index)
            dataset = self._dataset(element, at)
            if dataset is None:
                raise _wrong_type(at, "a dataset", element)
            datasets.append(dataset)
        return datasets

    def _dataset(self, raw: msgspec.Raw | None, at: str) -> Dataset | None:
        sent = self._object(raw, at)
        if sent is None:
            return None
        return Dataset(
            namespace=self._essential_text(sent, "namespace", at),
            name=self._essential_text(sent, "name", at),
            facets=self._facets(sent, "facets", at),
            inputFacets=self._facets(sent, "inputFacets", at),
            outputFacets=self._facets(sent, "outputFacets", at),
        )

    def _object(self, raw: msgspec.Raw | None, at: str) -> Unread | None:
        if raw is None or bytes(raw) == b"null":
            return None
        try:
            return _MEMBERS.decode(raw)
        except msgspec.ValidationError as error:
            raise _wrong_type(at, "an object", raw) from error

    def _facets(self, members: Unread, key: str, at: str) -> Unread | None:
        raw = members.get(key)
        if raw is None or bytes(raw) == b"null":
            return None
        try:
            return _MEMBERS.decode(raw)
        except msgspec.ValidationError:
            self._warn(f"{at}/{key}", "an object", raw)
            return None

    def _essential_text(self, members: Unread, key: str, at: str = "") -> str | None:
        raw = members.get(key)
        if raw is None:
            return None
        value = _VALUE.decode(raw)
        if value is None or isinstance(value, str):
            return value
        raise _wrong_type(f"{at}/{key}", "a string", raw)

    def _text(self, members: Unread, key: str) -> str | None:
        raw = members.get(key)
        if raw is None:
            return None
        value = _VALUE.decode(raw)
        if value is None or isinstance(value, str):
            return value
        self._warn(f"/{key}", "a string", raw)
        return bytes(raw).decode()

    def _warn(self, at: str, expected: str, raw: msgspec.Raw) -> None:
        self.warnings.append(
            Conformance(at, "wrong_type", f"Expected {expected}, got {_kind(raw)}.")
        )


def _wrong_type(at: str, expected: str, raw: msgspec.Raw) -> Refused:
    return Refused(
        422, "wrong_type", at, f"Expected {expected} at {at}, got {_kind(raw)}."
    )


def _kind(raw: msgspec.Raw) -> str:
    text = bytes(raw)
    match text[:1]:
        case b"{":
            return "an object"
        case b"[":
            return "an array"
        case b'"':
            return "a string"
        case b"n":
            return "null"
        case b"t" | b"f":
            return "a boolean"
    return "a number"


def _fault(error: Exception) -> str:
    reason = str(error).removeprefix("JSON is malformed: ").removesuffix(".")
    return f"{reason[:1].lower()}{reason[1:]}."
