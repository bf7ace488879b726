"""How is a page answered: in which part, and how much of a list?"""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

PAGE_SIZE = 50


def asks_for_part(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into a page, rather than a browser show it."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def answer(
    request: HttpRequest, page: str, part: str, context: dict[str, Any]
) -> HttpResponse:
    """Render `page`, or its `part` alone where htmx asks; `is_part` tells which."""
    is_part = asks_for_part(request)
    context |= {"is_part": is_part}
    response = render(request, part if is_part else page, context)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response


def page_of[T: Any](
    request: HttpRequest, rows: QuerySet[T] | list[T], size: int = PAGE_SIZE
) -> Page[T]:
    """The page of a list that the address asks for; the nearest if there is no such."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
