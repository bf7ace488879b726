"""Who belongs to which group, by which way, and how many do?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from policies.models import Group, Membership, Nesting

# By the unique indexes of standing nestings and memberships.
COUNT_MEMBERS = """
WITH RECURSIVE within AS (
    SELECT root, root AS group_id FROM unnest(%s::bigint[]) AS root
    UNION
    SELECT within.root, n.inner_id
    FROM policies_nesting n JOIN within ON n.outer_id = within.group_id
    WHERE n.recorded_to IS NULL
)
SELECT within.root, count(DISTINCT m.principal_id)
FROM within JOIN policies_membership m ON m.group_id = within.group_id
WHERE m.recorded_to IS NULL GROUP BY within.root"""


@dataclass(frozen=True, slots=True)
class Way:
    """A group, and the groups on the shortest way to it, itself at the end."""

    group: Group
    steps: tuple[Group, ...]


def member_counts(groups: Collection[int]) -> dict[int, int]:
    """How many principals belong to each group, also by one that is nested in it."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_MEMBERS, [list(groups)])
        return dict.fromkeys(groups, 0) | dict(cursor.fetchall())


def ways_out(roots: Iterable[int]) -> list[Way]:
    """The groups, by name, in which those of `roots` are nested, and the ways there.

    Roots count as well, each by itself.
    """
    return _ways(roots, inwards=False)


def ways_in(root: int) -> list[Way]:
    """The groups that are nested in one at whatever depth, and the ways to them."""
    return [way for way in _ways([root], inwards=True) if way.group.pk != root]


def groups_of(principal: int) -> list[Way]:
    """The groups that a principal belongs to, by itself or by a nested one."""
    own = Membership.objects.standing().filter(principal=principal)
    return ways_out(own.values_list("group", flat=True).order_by("group"))


def _ways(roots: Iterable[int], *, inwards: bool) -> list[Way]:
    start, end = ("outer", "inner") if inwards else ("inner", "outer")
    ways: dict[int, tuple[int, ...]] = {pk: (pk,) for pk in roots}
    edge = list(ways)
    while edge:
        ahead = []
        for here, there in _steps(edge, start, end):
            if there not in ways:
                ways[there] = (*ways[here], there)
                ahead.append(there)
        edge = ahead
    groups = Group.objects.in_bulk(list(ways))
    found = [
        Way(groups[pk], tuple(groups[step] for step in steps))
        for pk, steps in ways.items()
    ]
    return sorted(found, key=lambda way: (len(way.steps), way.group.name.lower()))


def _steps(edge: Sequence[int], start: str, end: str) -> list[tuple[int, int]]:
    standing = Nesting.objects.standing().filter(**{f"{start}__in": edge})
    by_start = defaultdict(list)
    for here, there in standing.order_by("pk").values_list(start, end):
        by_start[here].append(there)
    return [(here, there) for here in edge for there in by_start[here]]
