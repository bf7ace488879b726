"""What do pages and the administration's own templates ask of the site?"""

from typing import Any

from django import template
from django.contrib.admin.views.main import PAGE_VAR
from django.utils.html import format_html
from django.utils.safestring import SafeString

from policies import access, emergencies
from policies.actions import Action
from policies.admin_site import site
from policies.models import BreakGlass

register = template.Library()


@register.simple_tag(takes_context=True)
def sees_administration(context: template.Context) -> bool:
    """Whether the reader may open any administration page."""
    return site.lets_in(context["request"].user)


@register.simple_tag
def open_emergencies() -> list[BreakGlass]:
    """Who passes denies just now."""
    return emergencies.open_now()


@register.simple_tag
def sort_sign(header: dict[str, Any]) -> SafeString | str:
    """How a column is sorted, for the eye; the header's aria-sort tells others."""
    if not header.get("sorted"):
        return ""
    sign = "\N{UPWARDS ARROW}" if header["ascending"] else "\N{DOWNWARDS ARROW}"
    return format_html('<span aria-hidden="true">{}</span>', sign)


@register.simple_tag(takes_context=True)
def may_at_large(context: template.Context, action: str) -> bool:
    """Whether the reader may do `action` everywhere."""
    return access.may(context["request"].user, Action(action))


@register.simple_tag
def admin_page(cl: Any, step: int) -> str:
    """The address of the page `step` pages on."""
    address: str = cl.get_query_string({PAGE_VAR: cl.page_num + step})
    return address
