"""What of everything does a search look at, by rights and filters?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, LiteralString, Self

from django.db import connection
from django.db.models import Q

from catalog.hidden_columns import with_hidden_columns
from catalog.models import Dataset, Findable, Job, Mark, Namespace, Unfound
from catalog.models.search import FindableQuerySet
from catalog.spans import deleted_for
from policies import access
from policies.access import Someone
from policies.actions import Action
from policies.compiler.column_denies import column_denies

WHY: Final = "what is asked of these is asked with rights"
# More namespaces than these no index narrows down by.
MAX_HOMES: Final = 1_000
FEW: Final = 2_000  # findables that are read rather than looked up; no more than BOUND

ASSETS: Final[dict[Findable.Kind, Any]] = {
    Findable.Kind.DATASET: Dataset,
    Findable.Kind.JOB: Job,
    Findable.Kind.NAMESPACE: Namespace,
}

# By the index on the namespace, no further than to the limit.
HOW_MANY: LiteralString = """
SELECT count(*) FROM (
  SELECT FROM catalog_findable WHERE namespace_id = ANY(%s)
  UNION ALL
  SELECT FROM catalog_findable WHERE namespace_id IS NULL
  LIMIT %s
) AS seen
"""


@dataclass(frozen=True)
class Sight:
    """What of everything is looked at, by rights and filters."""

    rows: FindableQuerySet
    is_little: bool
    is_judged: bool  # whether there are rights to ask for, row by row
    asked: FindableQuerySet  # what the filters leave, whoever looks
    # Whether datasets are found by what is said of them apart from columns with tags,
    # since some of these are hidden, somewhere.
    is_bare: bool = False

    def bare(self, fits: Q) -> Q:
        """As it has to fit beside, where columns with tags are left out."""
        return Q(bare_words=None) | fits if self.is_bare and fits else Q()

    def of(self, findables: Sequence[int]) -> Self:
        """No more than these, which are little."""
        rows = self.rows.filter(pk__among=list(findables))
        return replace(self, rows=rows, is_little=True)


def sight_of(
    principal: Someone,
    filters: Mapping[Mark.Field, Sequence[str]],
    condition: Q | None = None,
) -> Sight | None:
    """What `principal` may find of what the filters leave, None if that is nothing."""
    marks = _marks(filters)
    if marks is None:
        return None
    is_bare = bool(column_denies(principal, Action.ASSET_VIEW))
    homes = _homes(principal)
    singly = _singly(principal) if homes is None else None
    rows = Findable.objects.found_by(principal) if singly is None else singly
    is_judged = bool(rows.query.where)
    if gone := deleted_for(principal):
        rows = rows.exclude(kind=Findable.Kind.NAMESPACE, subject_id__in=gone)
    asked = Findable.objects.unrestricted(WHY)
    if partly := with_hidden_columns(principal) if is_bare else None:
        rows = rows.filter(~Q(dataset__among=sorted(partly)) | _known_bare())
    for ids in marks:
        asked = asked.filter(marks__overlap=ids)
        fits = Q(marks__overlap=ids)
        if is_bare:
            fits &= Q(bare_words=None) | Q(bare_marks__overlap=ids)
        rows = rows.filter(fits)
    if condition is not None:
        rows, asked = rows.filter(condition), asked.filter(condition)
    # Rights are decided by `found_by` alone: the rest only tells the index how little
    # there is.
    if homes is None:
        return Sight(rows, singly is not None, is_judged, asked, is_bare)
    if _are_few(homes):
        within = Q(namespace__in=homes) | Q(namespace=None)
        return Sight(rows.filter(within), True, is_judged, asked, is_bare)
    names = Namespace.objects.unrestricted(WHY).filter(pk__in=homes).values("name")
    found = Mark.objects.filter(Q(value="") | Q(value__in=names))
    found = found.filter(field=Mark.Field.NAMESPACE)
    own = list(found.values_list("pk", flat=True))
    return Sight(rows.filter(marks__overlap=own), False, is_judged, asked, is_bare)


def _known_bare() -> Q:
    """Those of which it is known what they are without columns that have tags, now."""
    waiting = Unfound.objects.filter(kind=Findable.Kind.DATASET).values("thing_id")
    names = Dataset.objects.unrestricted(WHY).filter(pk__in=waiting)
    return Q(bare_words__isnull=False) & ~Q(dataset__in=names.values("canonical"))


def _homes(principal: Someone) -> list[int] | None:
    """The namespaces of all that `principal` may find, if these are few.

    None is no help, as with single shares, which are in any namespace.
    """
    scope = access.namespaces_around(principal, Action.ASSET_VIEW)
    if scope.is_everything:
        return None
    if scope.is_nothing:
        return []
    homes = Namespace.objects.unrestricted(WHY).filter(scope.as_q("name"))
    ids = list(homes.values_list("pk", flat=True)[: MAX_HOMES + 1])
    return ids if len(ids) <= MAX_HOMES else None


def _singly(principal: Someone) -> FindableQuerySet | None:
    """What `principal` may find by the ids of assets, if these are few.

    It is what `found_by` tells, judged once.
    """
    if not access.is_allowed_little(principal, Action.ASSET_VIEW, Findable):
        return None
    within = Q(namespace=None)
    for kind, model in ASSETS.items():
        permitted = model.objects.permitted(principal, Action.ASSET_VIEW)
        ids = list(permitted.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(ids) > FEW:
            return None
        known = Q(alias=None) | Q(alias__among=ids) if model is Dataset else Q()
        within |= Q(kind=kind, subject_id__among=ids) & known
    return Findable.objects.unrestricted(WHY).filter(within)


def _are_few(homes: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(HOW_MANY, [homes, FEW + 1])
        [(number,)] = cursor.fetchall()
    return bool(number <= FEW)


def _marks(filters: Mapping[Mark.Field, Sequence[str]]) -> list[list[int]] | None:
    """The ids of the values asked for, field by field; None if a field has none."""
    asked = {of: list(values) for of, values in filters.items() if values}
    if not asked:
        return []
    condition = Q()
    for of, values in asked.items():
        condition |= Q(field=of, value__in=values)
    found: dict[int, list[int]] = {}
    for pk, number in Mark.objects.filter(condition).values_list("pk", "field"):
        found.setdefault(number, []).append(pk)
    if found.keys() != {int(of) for of in asked}:
        return None
    return list(found.values())
