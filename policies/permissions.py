"""Does an API view say what it needs, and does who asks have it?"""

from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from policies.actions import Action
from policies.gates import PUBLIC, SIGNED_IN, Demand, denial, holds


class DeclaredActions(BasePermission):
    """Lets through who may do what the API view declares for the request's method.

    `actions` maps methods to actions: `actions = {"GET": Action.ASSET_VIEW}`; HEAD and
    OPTIONS need what GET does. A method that maps to SIGNED_IN is about whoever asks;
    `actions = PUBLIC` is open to everybody.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = needed_by(view, cast(str, request.method))
        if needed is SIGNED_IN:
            return bool(request.user.is_authenticated)
        if needed is None or holds(request.user, needed):
            return True
        if request.user.is_anonymous:
            return False  # REST framework turns this into 401 with its challenge
        raise denial(request._request, request.user, needed)


def needed_by(view: object, method: str) -> Action | Demand | None:
    """What an API view declares for a method; None if it is open to everybody.

    Raises ImproperlyConfigured where it declares nothing.
    """
    declared: object = getattr(view, "actions", None)
    if declared is PUBLIC:
        return None
    if isinstance(declared, Mapping):
        method = "GET" if method in ("HEAD", "OPTIONS") else method
        if method in declared:
            needed = declared[method]
            return needed if needed is SIGNED_IN else Action(needed)
        if getattr(view, method.lower(), None) is None:
            return None  # answered by 405, which tells nothing
    raise ImproperlyConfigured(
        f"{type(view).__name__} does not declare in `actions` what {method} needs"
    )
