"""Which tags came along lineage, why, how far, and what do stewards make of them?"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.about import AboutDataset, about_dataset
from catalog.curation.faults import Refused
from catalog.curation.subjects import Subject
from catalog.hidden_columns import about_shown_columns
from catalog.models import Change, ColumnTag, Tag
from catalog.pages import answer, page_of
from catalog.views.saying import actor_of, allowed_on, offer_undo, reason_of, way_back
from lineage.classification import naming, rules, shown, telling
from lineage.classification.naming import Names
from lineage.classification.rules import Rules
from lineage.classification.shown import state_of
from lineage.classification.telling import Why
from lineage.graph.columns import known
from lineage.graph.veil import Column
from lineage.models import PathRejection, TagRule
from lineage.reader import Reader
from lineage.services.classification import follow_tags_of
from lineage.services.tag_verdicts import (
    Found,
    confirm_tags,
    reject_tags,
    replace_tags,
    set_rule,
)
from policies import access
from policies.actions import Action
from policies.gates import requires
from policies.row_keys import numbers_of

JUDGED_AT_ONCE = 2000
CHOICES = 50
ROWS_A_PAGE = 100
FILTERS = ("state", "tag", "namespace")
DONE = {"confirm": "confirmed", "reject": "rejected", "replace": "replaced"}

judging = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW, Action.ASSET_TAG)
reading = requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW)


@dataclass(frozen=True, slots=True)
class Told:
    """A tag at a column as pages tell it."""

    row: ColumnTag
    state: str


@require_GET
@judging
def classification_list(request: HttpRequest) -> HttpResponse:
    """What came along lineage and the reader may confirm or reject."""
    asked = _asked(request.GET)
    found = shown.judged_by(request.user, **asked)
    page = page_of(request, shown.in_order(found))
    everything = shown.judged_by(request.user, state=asked["state"])
    context = {
        "page": page,
        "asked": asked,
        "is_filtered": bool(asked["tag"] or asked["namespace"]),
        "by_tag": _counted(everything, "tag__name"),
        "by_namespace": _counted(everything, "dataset__namespace__name"),
        "most": JUDGED_AT_ONCE,
        "tags": _all_tags(),
    }
    return answer(
        request,
        "lineage/classification_list.html",
        "lineage/_classification_rows.html",
        context,
    )


@require_POST
@judging
def classification_judge(request: HttpRequest) -> HttpResponse:
    """Confirm, reject or replace what was chosen, or all that fits, up to a bound."""
    rows = shown.judged_by(request.user, **_asked(request.POST))
    if request.POST.get("which") != "all":
        chosen = numbers_of(ColumnTag, request.POST.getlist("found"))
        rows = shown.judged_by(request.user).filter(pk__among=chosen)
    found = [Found.of(row) for row in shown.in_order(rows)[:JUDGED_AT_ONCE]]
    back = way_back(request, reverse("classification-list"))
    if not found:
        messages.info(request, "No tag was chosen that waits for you.")
        return back
    try:
        change = _judge(request, found)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return back
    follow_tags_of({one.dataset.pk for one in found})
    _tell(request, len(found), change)
    return back


@require_GET
@reading
def dataset_classification(
    request: HttpRequest, namespace: str, name: str
) -> HttpResponse:
    """The tags of a dataset's columns, by whose word, and why one of them is there."""
    about = about_dataset(request.user, namespace, name)
    rows = shown.shown_to(request.user, Action.LINEAGE_VIEW).filter(
        dataset=about.dataset
    )
    page = page_of(request, shown.in_order(rows).order_by("column", "tag__name"))
    allowed = allowed_on(request, Subject("dataset", about.dataset))
    context = {
        "about": about,
        "tab": "classification",
        "panel": "lineage/_dataset_classification.html",
        "page": page,
        "found": _told(list(page.object_list), rules.read()),
        "derived": _derived(rows),
        "rejected": _rejected(request, about),
        "may_judge": Action.ASSET_TAG in allowed,
        "tags": _all_tags() if Action.ASSET_TAG in allowed else [],
        "why": _why(request, about),
    }
    return answer(
        request, "catalog/dataset_detail.html", "catalog/_dataset_tabs.html", context
    )


@require_GET
@reading
def tag_reach(request: HttpRequest, name: str) -> HttpResponse:
    """How a tag follows the data, and all columns that it is at."""
    tag = _tag(name)
    rows = shown.shown_to(request.user, Action.LINEAGE_VIEW)
    rows = rows.filter(tag__in=shown.tags_within(tag.name))
    near = shown.in_order(rows).order_by(
        *("is_suggested", "hops", "dataset__namespace__name", "dataset__name"),
        *("column", "tag__name", "pk"),
    )
    page = page_of(request, near, ROWS_A_PAGE)
    every = rules.read()
    own = TagRule.objects.standing().filter(tag=tag).select_related("masked_as")
    context = {
        "tag": tag,
        "page": page,
        "found": _told(list(page.object_list), every),
        "holds": every.rulings[tag.pk],
        "masked_as": every.names.get(every.rulings[tag.pk].masked_as or 0, ""),
        "own": own.first(),
        "rule": TagRule,
        "tags": _all_tags(),
        "may_define": access.may(request.user, Action.GLOSSARY_EDIT),
    }
    return answer(request, "lineage/tag_reach.html", "lineage/_tag_reach.html", context)


@require_POST
@requires(Action.ASSET_VIEW, Action.LINEAGE_VIEW, Action.GLOSSARY_EDIT)
def tag_rule(request: HttpRequest, name: str) -> HttpResponse:
    """Say how a tag follows the data."""
    tag = _tag(name)
    told = request.POST
    said: dict[str, Any] = {
        word: told.get(word, "") for word in ("propagation", "aggregation", "masking")
    }
    try:
        other = told.get("masked_as", "").strip()
        said["masked_as"] = _other(other) if other else None
        change = set_rule(
            tag,
            said,
            actor=actor_of(request),
            via=Change.Via.PAGE,
            reason=reason_of(request),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        if change is None:
            messages.info(request, "The rule was so already.")
        else:
            text = f"The rule of {tag.name} is saved. Tags follow within a minute."
            offer_undo(request, text, change)
    return HttpResponseRedirect(reverse("tag-reach", args=[tag.name]), status=303)


def _asked(told: Any) -> dict[str, str]:
    asked = {name: told.get(name, "").replace("\0", "")[:2000] for name in FILTERS}
    asked["state"] = asked["state"] or shown.STATES[0]
    return asked


def _counted(rows: QuerySet[ColumnTag], field: str) -> list[tuple[str, int]]:
    """How many there are by a field's values, most first."""
    counted = rows.values(field).annotate(number=Count("pk")).order_by("-number", field)
    return [(row[field], row["number"]) for row in counted[:CHOICES]]


def _all_tags() -> list[str]:
    return list(Tag.objects.current().order_by("name").values_list("name", flat=True))


def _judge(request: HttpRequest, found: list[Found]) -> Change | None:
    """Do what the form says. Raises Refused."""
    told: dict[str, Any] = {
        "actor": actor_of(request),
        "via": Change.Via.BULK if len(found) > 1 else Change.Via.PAGE,
        "reason": reason_of(request),
    }
    match request.POST.get("act"):
        case "confirm":
            return confirm_tags(found, **told)
        case "reject":
            return reject_tags(found, **told)
        case "replace":
            other = _other(request.POST.get("other", "").strip())
            return replace_tags(found, other, **told)
    raise Refused("Choose whether to confirm, reject or replace them.")


def _other(name: str) -> Tag:
    found = Tag.objects.current().filter(name=name.replace("\0", "")).first()
    if found is None:
        raise Refused(
            f"There is no tag “{name}”. Define it first."
            if name
            else "Name the tag that takes its place."
        )
    return found


def _tell(request: HttpRequest, number: int, change: Change | None) -> None:
    done = DONE[request.POST["act"]]
    text = f"{number} tag{'s are' if number > 1 else ' is'} {done}."
    if change is None:
        messages.info(request, "All of that was so already.")
    else:
        offer_undo(request, text, change)


def _told(rows: list[ColumnTag], law: Rules) -> list[Told]:
    by = shown.put_by(rows, law)
    return [
        Told(
            row,
            state_of(row, by.get((Column(row.dataset_id, row.column), row.tag_id), ())),
        )
        for row in rows
    ]


def _derived(rows: QuerySet[ColumnTag]) -> list[str]:
    """The tags that a dataset has by its columns."""
    told = rows.exclude(column="").filter(is_suggested=False)
    return sorted(set(told.order_by().values_list("tag__name", flat=True)))


def _rejected(request: HttpRequest, about: AboutDataset) -> list[PathRejection]:
    """What stewards rejected of the dataset's columns, each tag of a column once."""
    rows = PathRejection.objects.standing().filter(
        about_shown_columns(request.user), dataset__canonical=about.dataset
    )
    told = {
        (row.column, row.tag.name): row
        for row in rows.select_related("tag", "opened_in__actor").order_by("pk")
    }
    return [row for _, row in sorted(told.items(), key=lambda item: item[0])]


def _why(request: HttpRequest, about: AboutDataset) -> dict[str, Any] | None:
    """Why the column and tag that the address names are together, if it names any."""
    word = request.GET.get("tag", "")
    if not word:
        return None
    tag, column = _tag(word), request.GET.get("column", "")
    reader = Reader(request.user)
    at = Column(about.dataset.pk, column)
    # What is hidden is told as what there is not.
    is_known = not column or (
        "\0" not in column and at in known({at}, veil=reader.veil)
    )
    if not is_known or reader.veil.hidden_columns([at]):
        raise Http404
    found: Why = telling.why(at, tag.pk, reader.veil)
    names: Names = naming.of_why(found, reader)
    return {"column": column, "tag": tag.name, "told": found, "names": names}


def _tag(name: str) -> Tag:
    found = (
        Tag.objects.current().filter(name=name).first() if "\0" not in name else None
    )
    if found is None:
        raise Http404
    return found
