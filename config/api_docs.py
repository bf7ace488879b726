"""How is the API described: to programs as OpenAPI, to people as a page?"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import orjson
import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from markdown_it import MarkdownIt
from markdown_it.token import Token

from policies.gates import public

Schema = dict[str, Any]
GUIDE = settings.BASE_DIR / "docs/api.md"
METHODS = ("get", "post", "put", "delete")
WORDS = {
    "string": "text",
    "date-time": "time",
    "uuid": "UUID",
    "integer": "whole number",
    "boolean": "true or false",
}
UNFIT = re.compile(r"[^a-z0-9_]+")


@cache
def schema() -> Schema:
    """The OpenAPI document of all that is under /api/v1."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    described: Schema = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return described


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True  # what stands twice is written twice


@cache
def as_yaml() -> str:
    """The document as it is committed to docs/openapi.yaml."""
    text: str = yaml.dump(
        schema(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


@public
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, as JSON or, where it is asked for, as YAML."""
    wanted = request.GET.get("format") or request.headers.get("Accept", "")
    if "yaml" in wanted:
        return HttpResponse(as_yaml(), content_type="application/yaml; charset=utf-8")
    return HttpResponse(
        orjson.dumps(schema()), content_type="application/vnd.oai.openapi+json"
    )


@public
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The guide, and every route with its parameters and what it answers."""
    context = {"guide": guide(), "groups": groups(), "shapes": shapes()}
    return render(request, "config/api_docs.html", context)


@cache
def guide() -> SafeString:
    """docs/api.md as HTML; each heading has the anchor that `type` members lead to."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(GUIDE.read_text())
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(inline))
    for token in tokens:
        token.children = list(_without_files(token.children or []))
    # The guide is ours, and the reader lets no HTML through.
    html: str = reader.renderer.render(tokens, reader.options, {})
    return mark_safe(html)  # noqa: S308


def _without_files(inline: list[Token]) -> Iterator[Token]:
    """The same without links to other files of docs/, which no address here answers."""
    is_within = False
    for token in inline:
        if token.type == "link_open" and ".md" in str(token.attrGet("href")):
            is_within = True
        elif token.type == "link_close" and is_within:
            is_within = False
        else:
            yield token


def anchor(heading: Token) -> str:
    return UNFIT.sub("-", heading.content.lower()).strip("-")


@cache
def groups() -> list[dict[str, Any]]:
    """The routes by tag, in the order of their paths."""
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for path, item in schema()["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method]["tags"][0]
                by_tag.setdefault(tag, []).append(_route(method, path, item[method]))
    return [{"name": name, "routes": routes} for name, routes in by_tag.items()]


def _route(method: str, path: str, operation: Schema) -> dict[str, Any]:
    summary, description = operation.get("summary"), operation.get("description", "")
    return {
        "method": method.upper(),
        "path": path,
        "id": operation["operationId"],
        "summary": summary or description,
        "description": description if summary else "",
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "type": type_of(one["schema"]),
                "is_required": one.get("required", False),
                "description": one.get("description", ""),
                "default": one["schema"].get("default"),
            }
            for one in operation.get("parameters", ())
        ],
        "answers": [
            {
                "status": status,
                "description": answer.get("description", ""),
                "type": next(
                    (type_of(c["schema"]) for c in answer.get("content", {}).values()),
                    "",
                ),
                "shape": next(
                    (shape_in(c["schema"]) for c in answer.get("content", {}).values()),
                    "",
                ),
            }
            for status, answer in operation["responses"].items()
            if status != "default"
        ],
    }


@cache
def shapes() -> list[dict[str, Any]]:
    """The objects that answers are made of, by name."""
    return [
        {
            "name": name,
            "members": [
                {
                    "name": member,
                    "type": type_of(described),
                    "shape": shape_in(described),
                    "is_required": member in shape.get("required", ()),
                    "description": described.get("description", ""),
                }
                for member, described in shape.get("properties", {}).items()
            ],
        }
        for name, shape in sorted(schema()["components"]["schemas"].items())
        if "properties" in shape
    ]


def shape_in(described: Schema) -> str:
    """The object that a member is, or is a list of; empty if it is none."""
    inner = described.get("items", described)
    several = inner.get("allOf", inner.get("oneOf", ()))
    named = [one["$ref"] for one in (inner, *several) if "$ref" in one]
    name = str(named[0]).rpartition("/")[2] if named else ""
    return name if "properties" in _component(name) else ""


def type_of(described: Schema) -> str:
    """A schema in a few words: `Run`, `list of Field`, `one of …`, `text or null`."""
    if "$ref" in described:
        named: str = described["$ref"].rpartition("/")[2]
        target = _component(named)
        return named if "properties" in target else type_of(target)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in described:
            return " or ".join(dict.fromkeys(map(type_of, described[several])))
    if "enum" in described:
        return " | ".join(str(value) for value in described["enum"])
    kind: str = described.get("type", "anything")
    if kind == "array":
        word = f"list of {type_of(described['items'])}"
    else:
        word = WORDS.get(described.get("format", kind), kind)
    return f"{word} or null" if described.get("nullable") else word


def _component(name: str) -> Schema:
    component: Schema = schema()["components"]["schemas"].get(name, {})
    return component
