"""Which address is answered by which app."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("lineage.api.urls")),
    path("", include("policies.urls")),
]
