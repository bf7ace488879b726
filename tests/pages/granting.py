"""Where the pages about grants, groups and roles are, with something on them."""

from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from catalog.models import Tag
from policies.models import Grant, Group, Principal
from policies.services import (
    GrantScope,
    add_member,
    break_glass,
    close_glass,
    create_group,
    create_role,
    grant_role,
    nest_group,
    revoke_grant,
)
from policies.telling.meaning import condition_meant
from tests.pages import story

ABOUT = urlencode(
    {"kind": "dataset", "namespace": story.WAREHOUSE, "name": story.STAGED}
)

SAM = "sam.with.a.long.name"
CREW = "Crew planning"
ROLE = "harbour-pilot"
SIMULATED = urlencode(
    {"change": f'{{"change": "give", "principal": "{SAM}", "role": "auditor"}}'}
)


def granting_pages():
    """Each kind of page, by a short name; they need the words of `looked_after`."""
    if not Principal.objects.filter(username=SAM).exists():
        _grant_around()
    sam = Principal.objects.get(username=SAM)
    deny = Grant.objects.get(group__name="Pilots", effect=Grant.Effect.DENY)
    return {
        "access": "/access",
        "access-explain": f"/access/explain?principal={SAM}&{ABOUT}",
        "access-explain-not": f"/access/explain?principal={SAM}&{ABOUT}"
        "&action=event.ingest",
        "access-who": f"/access/who?{ABOUT}",
        "people": "/access/people",
        "person": f"/access/people/{sam.public_id}",
        "groups": "/access/groups",
        "group": f"/access/groups/{Group.objects.get(name=CREW).public_id}",
        "group-new": "/access/groups/new",
        "roles": "/access/roles",
        "role": "/access/roles/steward",
        "role-own": f"/access/roles/{ROLE}",
        "role-new": "/access/roles/new",
        "grants": "/access/grants?state=",
        "grant": f"/access/grants/{deny.pk}",
        "grant-new": f"/access/grants/new?reach=asset&{ABOUT}",
        "break-glass": "/access/break-glass",
        "simulation": f"/access/simulation?{SIMULATED}",
        "policy": "/access/policy",
    }


def _grant_around():
    sam = Principal.objects.create(username=SAM, name="Sam Ericsson")
    staff, crew, pilots = (
        create_group(name, description="Who works in the harbour", actor=None)
        for name in ("Everybody in the harbour", CREW, "Pilots")
    )
    nest_group(staff, crew, actor=None)
    nest_group(crew, pilots, actor=None)
    add_member(pilots, sam, actor=None)
    grant_role(staff, "viewer", reason="May look around", actor=None)
    condition = condition_meant("environment is production and owner is not me")
    grant_role(crew, "steward", namespace="*", condition=condition, actor=None)
    scope = GrantScope(tag=Tag.objects.get(name="PII"))
    denied = Grant.Effect.DENY
    grant_role(pilots, "viewer", scope=scope, effect=denied, actor=None)
    soon = timezone.now() + timedelta(days=3)
    passing = grant_role(sam, "auditor", valid_to=soon, actor=None)
    revoke_grant(passing, actor=None, reason="Not for long")
    create_role(ROLE, ["asset.view", "run.view"], actor=None)
    ada = Principal.objects.get(username="ada")
    reason = "INC-17: the berth plan was wrong"
    close_glass(break_glass(ada, reason=reason, most_minutes=60), actor=ada)
