"""A few routes of the smallest kind, each with one declaration."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Namespace
from config import urls
from policies.actions import Action
from policies.gates import PUBLIC, public, requires
from policies.signing_in import bearer


@requires(Action.ASSET_VIEW)
def assets(request: HttpRequest) -> HttpResponse:
    rows = Namespace.objects.permitted(request.user, Action.ASSET_VIEW)
    return HttpResponse(",".join(rows.values_list("name", flat=True)))


@requires(Action.ASSET_VIEW, Action.JOURNAL_VIEW)
def journal(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the journal")


@public
def health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("well")


def door(request: HttpRequest) -> HttpResponse:
    credential = bearer.demand_credential(request)
    sends = credential.ingest.allows(request.GET.get("namespace", ""))
    return JsonResponse({"sends": sends})


class AssetsView(APIView):
    actions = {"GET": Action.ASSET_VIEW, "DELETE": Action.ASSET_EDIT}

    def get(self, request: Request) -> Response:
        rows = Namespace.objects.permitted(request.user, Action.ASSET_VIEW)
        return Response(list(rows.values_list("name", flat=True)))

    def delete(self, request: Request) -> Response:
        return Response(status=204)


class UndeclaredView(APIView):
    def get(self, request: Request) -> Response:
        return Response("secret")


class ForgottenMethodView(APIView):
    actions = {"GET": Action.ASSET_VIEW}

    def post(self, request: Request) -> Response:
        return Response("changed")


class OpenView(APIView):
    actions = PUBLIC

    def get(self, request: Request) -> Response:
        return Response("open")


urlpatterns = [
    path("test/assets", assets),
    path("test/journal", journal, name="test-journal"),
    path("test/health", health),
    path("api/test/door", door),
    path("api/test/assets", AssetsView.as_view()),
    path("api/test/undeclared", UndeclaredView.as_view()),
    path("api/test/forgotten", ForgottenMethodView.as_view()),
    path("api/test/open", OpenView.as_view()),
    *urls.urlpatterns,
]
