"""Who administers access: who may grant everything just now?"""

from policies import access
from policies.actions import Action
from policies.compiler.standing import standings_of
from policies.deciders import members_of
from policies.models import Grant, Principal, Reach


def administrators(most: int) -> list[Principal]:
    """Active people who may grant everything just now, up to so many.

    So many queries, however many people there are.
    """
    granting = Grant.objects.valid().filter(
        effect=Grant.Effect.ALLOW,
        role__actions__contains=[Action.ACCESS_GRANT],
        reach=Reach.EVERYTHING,
        condition__isnull=True,
    )
    held = list(granting.values_list("principal", "group"))
    people = {principal for principal, _ in held if principal is not None}
    people = people.union(*members_of(group for _, group in held).values())
    rows = Principal.objects.active().filter(pk__in=people, kind=Principal.Kind.PERSON)
    candidates = list(rows.order_by("pk"))
    standings = standings_of([each.pk for each in candidates])
    found = [
        each
        for each in candidates
        if access.is_held_at_large(standings[each.pk], Action.ACCESS_GRANT)
    ]
    return found[:most]
