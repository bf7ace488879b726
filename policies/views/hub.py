"""What may the reader do, and by which grants?"""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from policies.gates import signed_in
from policies.models import Grant, Group, Principal
from policies.standing import current_reading


@require_GET
@signed_in
def own_access(request: HttpRequest) -> HttpResponse:
    """The reader's own groups and grants."""
    reader = cast(Principal, request.user)
    standing = current_reading().standing(reader)
    ids = [right.grant for right in standing.rights if right.grant is not None]
    grants = Grant.objects.filter(pk__in=ids).select_related(
        "role", "principal", "group"
    )
    context = {
        "grants": grants.order_by("-effect", "role__name", "pk"),
        "groups": Group.objects.filter(pk__in=standing.groups),
    }
    return render(request, "policies/own_access.html", context)
