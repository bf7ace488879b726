"""The routes that search: Marquez's, and the one that tells all."""

from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import Dataset, Findable, Job, Mark
from catalog.search.asking import FILTERS, filters_of
from catalog.search.finding import BOUND, Wanted
from catalog.search.marking import Marked
from catalog.search.queries import TEXT_MAX, Query, read
from catalog.search.results import Hit, kinds_elsewhere, search
from lineage import nodeids, runs
from lineage.api.base import ReadView, invalid, number
from lineage.api.find_outputs import (
    FoundOutput,
    MarquezSearchOutput,
    OpenSearchOutput,
)
from lineage.finding import processing_engines
from lineage.reader import Reader
from policies.actions import Action

TAGS = ["Search"]
MARQUEZ_LIMIT = 10
LIMIT = 20
MAX_LIMIT = 100
MARQUEZ_MAX_LIMIT = 1_000
KINDS = {"DATASET": "dataset", "JOB": "job"}
# Its documentation says UPDATED_AT, its server takes UPDATE_AT.
SORTS = {"NAME": "name", "UPDATE_AT": "news", "UPDATED_AT": "news"}
WHY = "only narrows down what the search has found for the one who asks"
# What Marquez calls the last that happened in a run.
LAST_EVENTS = {
    "NEW": "START",
    "RUNNING": "RUNNING",
    "COMPLETED": "COMPLETE",
    "FAILED": "FAIL",
    "ABORTED": "ABORT",
}


def text_parameter(required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        "q",
        OpenApiTypes.STR,
        required=required,
        description=f"What is looked for; the first {TEXT_MAX} characters count.",
    )


class MarquezSearchView(ReadView):
    """Search as Marquez has it: datasets and jobs."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="search",
        parameters=[
            text_parameter(required=True),
            OpenApiParameter("filter", OpenApiTypes.STR, enum=list(KINDS)),
            OpenApiParameter(
                "sort",
                OpenApiTypes.STR,
                enum=list(SORTS),
                description="By name, or the latest news first; unless told, the best.",
            ),
            OpenApiParameter("limit", OpenApiTypes.INT, default=MARQUEZ_LIMIT),
            OpenApiParameter("namespace", OpenApiTypes.STR),
            OpenApiParameter(
                "before", OpenApiTypes.DATE, description="Updated before that day."
            ),
            OpenApiParameter(
                "after", OpenApiTypes.DATE, description="Updated on that day or later."
            ),
        ],
        responses=MarquezSearchOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Find datasets and jobs by their names, columns, tags and descriptions."""
        query = asked_query(request)
        kind = choice(request, "filter", KINDS)
        filters = {
            Mark.Field.KIND: [kind] if kind else list(KINDS.values()),
            Mark.Field.NAMESPACE: [
                name for name in request.query_params.getlist("namespace") if name
            ],
        }
        wanted = Wanted(
            filters,
            limit=number(request, "limit", MARQUEZ_LIMIT, most=MARQUEZ_MAX_LIMIT),
            order=choice(request, "sort", SORTS) or "",
            with_facets=False,
            is_bounded=False,
            condition=updated_within(day(request, "after"), day(request, "before")),
        )
        results = search(request.user, query, wanted)
        answer = {
            "totalCount": results.total,
            "results": [marquez_result(hit) for hit in results.hits],
        }
        return Response(answer)


@extend_schema(exclude=True)
class MarquezSearchSlashView(MarquezSearchView):
    """The same, at the address where Marquez's own UI asks."""


class FindView(ReadView):
    """Search with all that there is to tell: facets, and why each hit was found."""

    actions = {"GET": Action.ASSET_VIEW}

    @extend_schema(
        operation_id="find",
        parameters=[
            text_parameter(required=False),
            *(
                OpenApiParameter(
                    name,
                    OpenApiTypes.STR,
                    many=True,
                    description="Several values are alternatives.",
                )
                for name in FILTERS
            ),
            OpenApiParameter(
                "limit",
                OpenApiTypes.INT,
                default=LIMIT,
                description=f"How many; up to {MAX_LIMIT}.",
            ),
            OpenApiParameter(
                "offset",
                OpenApiTypes.INT,
                default=0,
                description=f"How many to pass over; up to {BOUND}.",
            ),
            OpenApiParameter(
                "facets",
                OpenApiTypes.BOOL,
                default=True,
                description="Whether hits are counted by what filters them.",
            ),
        ],
        responses=FoundOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Find datasets, jobs, namespaces, runs and words of the vocabulary."""
        filters = filters_of(request.query_params)
        query = asked_query(request, may_be_blank=bool(filters))
        known = {kind.label for kind in Findable.Kind} | set(kinds_elsewhere())
        if unknown := set(filters.get(Mark.Field.KIND, ())) - known:
            kinds = ", ".join(sorted(known))
            raise invalid("kind", f"There is no kind {min(unknown)!r}: {kinds}.")
        wanted = Wanted(
            filters,
            limit=number(request, "limit", LIMIT, most=MAX_LIMIT),
            offset=number(request, "offset", 0, most=BOUND),
            with_facets=request.query_params.get("facets", "").lower() != "false",
        )
        results = search(request.user, query, wanted)
        found = results.found
        return Response(
            {
                "total": found.total,
                "isTotalExact": found.is_exact,
                "takenFor": {word: list(known) for word, known in found.taken.items()},
                "hits": [found_hit(hit) for hit in results.hits],
                "facets": {
                    field.label: [{"value": v, "count": n} for v, n in values]
                    for field, values in found.facets.items()
                },
            }
        )


class OpenSearchView(ReadView):
    """Search as Marquez answers it out of OpenSearch, for its pages."""

    kind = ""
    actions = {"GET": Action.ASSET_VIEW}

    def answer(self, request: Request) -> Response:
        query = asked_query(request)
        filters = {Mark.Field.KIND: [self.kind]}
        wanted = Wanted(filters, limit=MARQUEZ_LIMIT, with_facets=False)
        hits = search(request.user, query, wanted).hits
        return Response(
            {
                "hits": self.tell(hits, self.reader(request)),
                "highlights": [highlights(hit) for hit in hits],
            }
        )

    def tell(self, hits: list[Hit], reader: Reader) -> list[dict[str, Any]]:
        raise NotImplementedError


class OpenSearchDatasetsView(OpenSearchView):
    kind = "dataset"

    @extend_schema(
        operation_id="openSearchDatasets",
        parameters=[text_parameter(required=True)],
        responses=OpenSearchOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Find datasets, with their columns and where the text is in them."""
        return self.answer(request)

    def tell(self, hits: list[Hit], reader: Reader) -> list[dict[str, Any]]:
        return [
            {
                "run_id": None,
                "namespace": hit.namespace,
                "name": hit.name,
                "eventType": None,
                "type": "DATASET",
                "facets": {"schema": {"fields": [{"name": c} for c in hit.columns]}},
            }
            for hit in hits
        ]


class OpenSearchJobsView(OpenSearchView):
    kind = "job"

    @extend_schema(
        operation_id="openSearchJobs",
        parameters=[text_parameter(required=True)],
        responses=OpenSearchOutput,
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Find jobs, with their last runs and where the text is in them."""
        return self.answer(request)

    def tell(self, hits: list[Hit], reader: Reader) -> list[dict[str, Any]]:
        last = runs.last([hit.subject for hit in hits], reader.runs)
        engines = processing_engines(last.values())
        told = []
        for hit in hits:
            run = last.get(hit.subject)
            engine = engines.get(run.pk) if run else None
            told.append(
                {
                    "run_id": str(run.run_id) if run else None,
                    "namespace": hit.namespace,
                    "name": hit.name,
                    "eventType": LAST_EVENTS[runs.state_name(run)] if run else None,
                    "type": "JOB",
                    "facets": {},
                    "runFacets": {"processing_engine": engine} if engine else {},
                }
            )
        return told


def asked_query(request: Request, *, may_be_blank: bool = False) -> Query:
    """What is looked for. Raises Problem (400) for what is missing or blank."""
    query = read(request.query_params.get("q", ""))
    if query.is_empty and not query.text and not may_be_blank:
        raise invalid("q", "Say in q what to look for: a name, or a part of one.")
    return query


def choice(request: Request, name: str, allowed: dict[str, str]) -> str | None:
    """One of `allowed`, whatever its case. Raises Problem (400)."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    found = allowed.get(text.upper())
    if found is None:
        raise invalid(name, f"{name} is one of {', '.join(allowed)}.")
    return found


def day(request: Request, name: str) -> datetime | None:
    """The beginning of a day, in UTC. Raises Problem (400)."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        if len(text) != len("2026-05-04"):
            raise ValueError(text)
        that = date.fromisoformat(text)
    except ValueError:
        raise invalid(name, f"{name} is a day, as 2026-05-04.") from None
    return datetime(that.year, that.month, that.day, tzinfo=UTC)


def updated_within(after: datetime | None, before: datetime | None) -> Q | None:
    """The findables of which the latest news is from then to then."""
    if after is None and before is None:
        return None
    names = Dataset.objects.unrestricted(WHY).filter(canonical=OuterRef("dataset"))
    jobs = Job.objects.unrestricted(WHY).filter(pk=OuterRef("job"))
    condition = Q()
    if after is not None:
        newer = {"updated_at__gte": after}
        condition &= Exists(names.filter(**newer)) | Q(Exists(jobs.filter(**newer)))
    if before is not None:
        newer = {"updated_at__gte": before}
        condition &= ~Exists(names.filter(**newer)) & ~Q(Exists(jobs.filter(**newer)))
    return condition


def node_of(hit: Hit) -> str | None:
    """The nodeId of a dataset or job."""
    write = {"dataset": nodeids.of_dataset, "job": nodeids.of_job}.get(hit.kind)
    return write(hit.namespace, hit.name) if write else None


def marquez_result(hit: Hit) -> dict[str, Any]:
    return {
        "type": hit.kind.upper(),
        "name": hit.name,
        "updatedAt": hit.updated_at,
        "namespace": hit.namespace,
        "nodeId": node_of(hit),
    }


def found_hit(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "namespace": hit.namespace or None,
        "name": hit.name,
        "nodeId": node_of(hit),
        "runId": hit.id or None,
        "state": hit.state or None,
        "rank": hit.rank,
        "why": [{"what": reason.what, **marked(reason.text)} for reason in hit.reasons],
        "description": marked(hit.description) if hit.description else None,
        "tags": hit.tags,
        "owners": hit.owners,
        "tier": hit.short.get("tier"),
        "lifecycle": hit.short.get("lifecycle"),
        "environment": hit.short.get("environment"),
        "updatedAt": hit.updated_at,
    }


def marked(text: Marked) -> dict[str, Any]:
    return {"text": text.text, "ranges": [list(each) for each in text.ranges]}


def highlights(hit: Hit) -> dict[str, list[str]]:
    """The texts that fit, by what they are, with `<em>` as OpenSearch marks them."""
    found: dict[str, list[str]] = {}
    for reason in hit.reasons:
        pieces = reason.text.pieces()
        text = "".join(f"<em>{p}</em>" if fits else p for p, fits in pieces)
        found.setdefault(reason.what, []).append(text)
    return found
