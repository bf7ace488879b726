"""Addresses whose views fail, each in its own way."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from django.urls import include, path
from django.views.decorators.http import require_POST
from rest_framework import exceptions, serializers
from rest_framework.views import APIView

from config.urls import handler400, handler403, handler404, handler500
from policies.gates import PUBLIC
from policies.problems import Problem

__all__ = ["handler400", "handler403", "handler404", "handler500"]

SECRET = "the password is swordfish"
ERRORS = {
    "problem": Problem(
        409,
        "thing_taken",
        "It is taken.",
        pointer="/a",
        headers={"Retry-After": "7"},
        extra={"by": "x", "status": 1},
    ),
    "fault": RuntimeError(SECRET),
    "missing": Http404(SECRET),
    "denied": PermissionDenied(SECRET),
    "suspicious": SuspiciousOperation(SECRET),
    "database": OperationalError(SECRET),
    "parse": exceptions.ParseError("It cannot be read."),
    "stranger": exceptions.NotAuthenticated(),
    "throttled": exceptions.Throttled(wait=9.5),
    "fields": serializers.ValidationError(
        {"name": ["Too long."], "tags": [{"key": ["Missing."]}, {}], "a/b": "No."}
    ),
    "whole": serializers.ValidationError("The two do not agree."),
}


def page(request, error):
    raise ERRORS[error]


class FailingView(APIView):
    actions = PUBLIC

    def get(self, request, error):
        raise ERRORS[error]


urlpatterns = [
    path("fail/<error>", page),
    path("api/plain/<error>", page),
    path("api/rest/<error>", FailingView.as_view()),
    path("api/post", require_POST(page)),
    path("", include("config.urls")),
]
