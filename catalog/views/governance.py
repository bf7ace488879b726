"""What do people say of a dataset, job, namespace or column, and who may say it?"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from catalog.about import AboutDataset, AboutJob, about_dataset, about_job
from catalog.curation import changes
from catalog.curation.panels import groups_of
from catalog.curation.proposals import Aspect, State, Told, proposals_of
from catalog.curation.reading import Curated, curated
from catalog.curation.subjects import Subject
from catalog.curation.successors import conceal_successors
from catalog.hidden_columns import NONE, HiddenColumns, hidden_columns
from catalog.models import Change, Column, Dataset, Job, PropertyDefinition
from catalog.pages import answer, asks_for_part
from catalog.services import Judged, accept_proposals, reject_proposals
from catalog.spans import shown_to, spans_of
from catalog.views.saying import (
    Fault,
    actor_of,
    allowed_on,
    demand,
    offer_undo,
    reason_of,
    take,
)
from policies import access
from policies.actions import Action
from policies.gates import requires

HISTORY = 12
LISTED = 8  # datasets and jobs of a namespace that its page names
READS_AND_WRITES = ["GET", "HEAD", "POST"]


@require_http_methods(READS_AND_WRITES)
@requires(Action.ASSET_VIEW)
def dataset_governance(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What people say of a dataset, or of one `column` of it."""
    about = about_dataset(request.user, namespace, name)
    column = request.GET.get("column", "")
    if column and not _is_column(about, column):
        raise Http404
    subject = Subject("dataset", about.dataset, column)
    return _page(
        request,
        subject,
        about,
        "catalog/dataset_detail.html",
        "catalog/_dataset_tabs.html",
    )


@require_http_methods(READS_AND_WRITES)
@requires(Action.ASSET_VIEW)
def job_governance(request: HttpRequest, namespace: str, name: str) -> HttpResponse:
    """What people say of a job."""
    about = about_job(request.user, namespace, name)
    return _page(
        request,
        Subject("job", about.job),
        about,
        "lineage/job_detail.html",
        "lineage/_job_tabs.html",
    )


@require_http_methods(READS_AND_WRITES)
@requires(Action.ASSET_VIEW)
def namespace_detail(request: HttpRequest, name: str) -> HttpResponse:
    """What a namespace holds, and what people say of it."""
    space = get_object_or_404(shown_to(request.user), name=name)
    subject = Subject("namespace", space)
    fault = take(request, subject) if request.method == "POST" else None
    if request.method == "POST" and fault is None:
        return _see_again(request)
    span = spans_of([space], request.user)[space.pk]
    context = _said(request, subject, fault) | {"namespace": space, "span": span}
    for word, model in (("datasets", Dataset), ("jobs", Job)):
        rows: Any = model.objects
        held = rows.visible().permitted(request.user, Action.ASSET_VIEW)
        held = held.filter(namespace=space).select_related("namespace")
        context[word] = list(held.order_by("name")[:LISTED])
        context[f"{word[:-1]}_count"] = held.count()
    response = answer(
        request, "catalog/namespace_detail.html", "catalog/_namespace.html", context
    )
    return _with_fault(request, response, fault)


def _page(
    request: HttpRequest,
    subject: Subject,
    about: AboutDataset | AboutJob,
    page: str,
    part: str,
) -> HttpResponse:
    fault = None
    if request.method == "POST":
        if request.POST.get("act") in ("accept", "reject"):
            _judge(request, subject)
        else:
            fault = take(request, subject)
        if fault is None:
            return _see_again(request)
    context = {
        "about": about,
        "tab": "governance",
        "panel": "catalog/_governance.html",
        **_said(request, subject, fault),
    }
    hidden = hidden_of(request, subject)
    context["proposals"] = _proposals(subject, context["said"], hidden)
    if subject.column and asks_for_part(request):
        # Edited in its row of the table of columns.
        context["is_part"] = True
        response = render(request, "catalog/_column_said.html", context)
    else:
        response = answer(request, page, part, context)
    return _with_fault(request, response, fault)


def _with_fault(
    request: HttpRequest, response: HttpResponse, fault: Fault | None
) -> HttpResponse:
    """The answer, which says that a form could not be done, and shows where."""
    if fault and not asks_for_part(request):
        response.status_code = 422
    elif fault:
        response["HX-Reswap"] = f"innerHTML show:#said-{fault.aspect}:top"
    return response


def _said(
    request: HttpRequest, subject: Subject, fault: Fault | None
) -> dict[str, Any]:
    """What a page says of what people say."""
    every = curated([subject.row])
    hidden_of(request, subject).leave(every)
    said = every[subject.row.pk]
    conceal_successors(said.own.get("lifecycle", ()), request.user)
    actions = allowed_on(request, subject)
    definitions = PropertyDefinition.objects.current().order_by("name")
    return {
        "subject": subject,
        "said": said,
        "groups": groups_of(subject, said, actions, definitions),
        "columns_said": _columns(said) if not subject.column else [],
        "history": _history(request, subject),
        "may_edit": Action.ASSET_EDIT in actions,
        "may_tag": Action.ASSET_TAG in actions,
        "fault": fault,
    }


def _history(request: HttpRequest, subject: Subject) -> list[Change]:
    if subject.column:
        return []
    return changes.about(subject.row, HISTORY, request.user)


def _columns(said: Curated) -> list[tuple[str, dict[str, list[Any]]]]:
    """The columns of which people say something, with that."""
    return [
        (name, {kind: rows for kind, rows in of.items() if kind != "verdict"})
        for name, of in sorted(said.columns.items())
        if any(rows for kind, rows in of.items() if kind != "verdict")
    ]


def hidden_of(request: HttpRequest, subject: Subject) -> HiddenColumns:
    """The columns of a dataset that the reader may not know of."""
    if subject.kind != "dataset":
        return NONE
    return hidden_columns(request.user, [subject.row.pk])


def _proposals(subject: Subject, said: Curated, hidden: HiddenColumns) -> list[Told]:
    """What producers propose and nobody has judged, of the asset or one column."""
    return [
        told
        for told in proposals_of(subject.row, said, hidden)
        if told.state is State.PENDING
        and (not subject.column or told.claim.column == subject.column)
    ]


def _judge(request: HttpRequest, subject: Subject) -> None:
    """Accept or reject the proposals that a form names."""
    wanted = set(request.POST.getlist("proposal"))
    known = proposals_of(subject.row, hidden=hidden_of(request, subject))
    offered = [told for told in known if told.claim.ref in wanted]
    for told in offered:
        demand(
            request,
            subject,
            Action.ASSET_TAG if told.claim.aspect == Aspect.TAG else Action.ASSET_EDIT,
        )
    told_to(request, judge(request, offered))


def judge(request: HttpRequest, offered: list[Told]) -> Judged:
    """Do what the form's `act` says to proposals that the reader may judge."""
    reason = reason_of(request)
    if request.POST.get("act") == "reject":
        return reject_proposals(
            offered, actor=actor_of(request), via=Change.Via.PAGE, reason=reason
        )
    return accept_proposals(
        offered,
        actor=actor_of(request),
        via=Change.Via.PAGE,
        reason=reason,
        defines_tags=access.may(request.user, Action.GLOSSARY_EDIT),
    )


def told_to(request: HttpRequest, judged: Judged) -> None:
    """Tell what became of proposals on the next page."""
    number = len(judged.done)
    verb = "rejected" if request.POST.get("act") == "reject" else "accepted"
    many = "proposal" if number == 1 else "proposals"
    if judged.change is not None and number:
        offer_undo(request, f"{number} {many} {verb}.", judged.change)
    elif not judged.problems:
        messages.info(request, "Nothing was left to do: these are judged already.")
    for told, why in judged.problems[:5]:
        messages.error(request, f"{told.claim.value[:80]} on {told.subject}: {why}")
    if len(judged.problems) > 5:
        messages.error(request, f"… and {len(judged.problems) - 5} more like these.")


def _is_column(about: AboutDataset, column: str) -> bool:
    if about.hidden.hides(about.dataset.pk, column):
        return False
    names = [name.pk for name in about.dataset.names.all()]
    if Column.objects.filter(dataset__in=names, name=column).exists():
        return True
    return column in curated([about.dataset])[about.dataset.pk].columns


def _see_again(request: HttpRequest) -> HttpResponse:
    """The page anew, after a form did what it should."""
    response = HttpResponseRedirect(request.get_full_path())
    response.status_code = 303
    return response
