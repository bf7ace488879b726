"""What may be asked of the route of impact, by an address or by what is sent?"""

import json
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from lineage.api import times
from lineage.api.base import invalid, not_found, number
from lineage.graph.cut import Cut
from lineage.impact import MAX_HOPS, Change, Severity
from lineage.impact.asking import ASKED, ChangeRefused, NothingSuch, read_changes
from lineage.impact.proposals import (
    DIALECTS,
    NamespaceUnclear,
    NotAManifest,
    NotReadable,
    Proposal,
    of_manifest,
    of_sql,
)
from lineage.impact.questions import Question
from lineage.json_text import is_deeper
from lineage.reader import Reader
from policies.json_api import too_large
from policies.problems import Problem

# A manifest of some thousand models.
MAX_BYTES = 64 * 2**20
MAX_SQL_BYTES = 2 * 2**20
NEVER = "never"
THRESHOLDS = [*(str(one) for one in Severity), NEVER]
WAYS = ("change", "changes", "manifest", "sql")


class ImpactParser(BaseParser):
    """JSON of any size that a manifest may have."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        content = _read(stream, MAX_BYTES)
        if is_deeper(content):
            raise ParseError("The body is nested too deeply.")
        try:
            told = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is no JSON: {error}.") from None
        return {"manifest": told} if _is_manifest(told) else told


class SQLParser(BaseParser):
    """Statements, as text."""

    media_type = "application/sql"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        content = _read(stream, MAX_SQL_BYTES)
        try:
            return {"sql": content.decode()}
        except UnicodeDecodeError:
            raise ParseError("The body is no UTF-8 text.") from None


def _read(stream: Any, most: int) -> bytes:
    content: bytes = stream.read(most + 1)
    if len(content) > most:
        raise too_large(most)
    return content


def _is_manifest(told: Any) -> bool:
    """Whether a body is a manifest.json itself, as curl sends it."""
    return isinstance(told, dict) and "nodes" in told and "metadata" in told


class ImpactChangeInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([str(kind) for kind in ASKED])
    nodeId = serializers.CharField(required=False)  # noqa: N815
    nodeIds = serializers.ListField(  # noqa: N815
        child=serializers.CharField(), required=False
    )
    namespace = serializers.CharField(required=False)
    to = serializers.CharField(required=False, help_text="The new name or type.")
    by = serializers.CharField(required=False, help_text="How late: PT3H, `45 min`.")


class ImpactQuestion(serializers.Serializer[Any]):
    """One of `change`, `changes`, `manifest` and `sql`."""

    change = ImpactChangeInput(required=False)
    changes = ImpactChangeInput(many=True, required=False)
    manifest = serializers.DictField(
        required=False, help_text="A manifest.json of dbt; it may be the body itself."
    )
    sql = serializers.CharField(
        required=False, help_text="CREATE, ALTER and DROP of tables; application/sql."
    )
    namespace = serializers.CharField(
        required=False, help_text="Where the tables of `manifest` or `sql` lie."
    )
    dialect = serializers.ChoiceField(DIALECTS, required=False)
    asOf = serializers.DateTimeField(required=False)  # noqa: N815
    recordedAt = serializers.DateTimeField(required=False)  # noqa: N815
    depth = serializers.IntegerField(required=False, default=MAX_HOPS)
    failOn = serializers.ChoiceField(THRESHOLDS, required=False)  # noqa: N815


def of_address(request: Request, reader: Reader) -> Question:
    """The question that an address asks. Raises Problem (400, 404)."""
    query = request.query_params
    told = _loaded(text) if (text := query.get("changes")) else [_plain(request)]
    try:
        changes = read_changes(told, reader, times.cut(request))
    except NothingSuch as refusal:
        raise not_found("node") from refusal
    except ChangeRefused as refusal:
        raise invalid("changes" if text else "change", str(refusal)) from None
    return _question(request, changes, {})


def of_body(request: Request, reader: Reader) -> Question:
    """The question that a body asks. Raises Problem (400, 404, 422)."""
    told = request.data
    if not isinstance(told, dict):
        raise Problem(422, "change_unclear", "The body is no object.", pointer="")
    given = [way for way in WAYS if told.get(way) is not None]
    if len(given) != 1:
        detail = f"A question has one of {', '.join(WAYS)}."
        raise Problem(422, "change_unclear", detail, pointer="")
    [way] = given
    if way in ("manifest", "sql"):
        proposal = _proposal(request, way, told, reader)
        return _question(request, proposal.changes, told, proposal.unresolved)
    many = told[way] if way == "changes" else [told[way]]
    at = "/changes" if way == "changes" else ""
    changes = _changes(many, at, reader, _cut(request, told))
    return _question(request, changes, told)


def _changes(told: Any, at: str, reader: Reader, cut: Cut) -> list[Change]:
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        detail = "A change is an object with kind and nodeId."
        raise Problem(422, "change_unclear", detail, pointer=at or "/change")
    try:
        return read_changes(told, reader, cut)
    except ChangeRefused as refusal:
        where = at + refusal.at if at else f"/change{refusal.at.removeprefix('/0')}"
        status = 404 if isinstance(refusal, NothingSuch) else 422
        code = "not_found" if status == 404 else "change_unclear"
        raise Problem(status, code, str(refusal), pointer=where) from None


def _proposal(
    request: Request, way: str, told: dict[str, Any], reader: Reader
) -> Proposal:
    namespace = _word(request, told, "namespace")
    cut = _cut(request, told)
    try:
        if way == "manifest":
            return of_manifest(told[way], reader, cut, namespace=namespace)
        text = told[way]
        if not isinstance(text, str):
            raise NotReadable("sql is a text.")
        dialect = _word(request, told, "dialect")
        if dialect and dialect not in DIALECTS:
            raise NotReadable(f"dialect is one of {', '.join(DIALECTS)}.")
        return of_sql(text, reader, cut, namespace=namespace, dialect=dialect)
    except NotAManifest as fault:
        detail = f"This is no manifest.json of dbt. {fault}"
        raise Problem(422, "manifest_unreadable", detail, pointer="/manifest") from None
    except NotReadable as fault:
        raise Problem(422, "sql_unreadable", str(fault), pointer="/sql") from None
    except NamespaceUnclear as fault:
        raise _unclear(fault) from None


def _unclear(fault: NamespaceUnclear) -> Problem:
    detail = "No namespace here has datasets of these names. Say `namespace`."
    if fault.choices:
        detail = "Several namespaces have datasets of these names. Say `namespace`."
    return Problem(
        422, "namespace_unclear", detail, extra={"namespaces": fault.choices}
    )


def _question(
    request: Request,
    changes: list[Change],
    told: dict[str, Any],
    unresolved: list[str] | None = None,
) -> Question:
    # Before the walk: what comes in meanwhile is not part of the answer.
    now = timezone.now()
    cut = _cut(request, told)
    return Question(
        changes,
        cut,
        cut.recorded_at or now,
        max_hops=_depth(request, told),
        fail_on=_threshold(request, told),
        unresolved=unresolved or (),
    )


def _cut(request: Request, told: dict[str, Any]) -> Cut:
    asked = times.cut(request)
    return Cut(
        _moment(told, "asOf") or asked.as_of,
        _moment(told, "recordedAt") or asked.recorded_at,
    )


def _moment(told: dict[str, Any], name: str) -> datetime | None:
    text = told.get(name)
    if text is None:
        return None
    try:
        found = parse_datetime(text) if isinstance(text, str) else None
        if found is not None:
            zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
            return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    detail = f"{name} is a time such as 2026-05-04T03:02:01.5Z."
    raise Problem(422, "change_unclear", detail, pointer=f"/{name}")


def _depth(request: Request, told: dict[str, Any]) -> int:
    depth = told.get("depth")
    if depth is None:
        return number(request, "depth", MAX_HOPS, most=MAX_HOPS)
    if type(depth) is int and 0 <= depth <= MAX_HOPS:
        return depth
    detail = f"depth is a whole number from 0 to {MAX_HOPS}."
    raise Problem(422, "change_unclear", detail, pointer="/depth")


def _threshold(request: Request, told: dict[str, Any]) -> Severity | None:
    word = _word(request, told, "failOn")
    if word in ("", NEVER):
        return None
    if word in set(Severity):
        return Severity(word)
    detail = f"failOn is one of {', '.join(THRESHOLDS)}."
    if told.get("failOn") is not None:
        raise Problem(422, "change_unclear", detail, pointer="/failOn")
    raise invalid("failOn", detail)


def _word(request: Request, told: dict[str, Any], name: str) -> str:
    """A text out of the body, or else out of the address."""
    value = told.get(name)
    if value is None:
        value = request.query_params.get(name, "")
    if not isinstance(value, str) or "\0" in value:
        raise Problem(422, "change_unclear", f"{name} is a text.", pointer=f"/{name}")
    return value


def _loaded(text: str) -> list[dict[str, Any]]:
    try:
        told = json.loads(text) if not is_deeper(text.encode()) else None
    except ValueError:
        told = None
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise invalid("changes", "changes is a JSON array of changes.")
    return cast(list[dict[str, Any]], told)


def _plain(request: Request) -> dict[str, Any]:
    """One change in parameters of its own."""
    query = request.query_params
    told: dict[str, Any] = {"kind": query.get("change", "")}
    told |= {name: query.get(name, "") for name in ("namespace", "was", "to", "by")}
    nodes = query.getlist("nodeId")
    return told | ({"nodeIds": nodes} if len(nodes) > 1 else {"nodeId": "".join(nodes)})
