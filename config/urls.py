"""Which address is answered by which app."""

from django.urls import URLPattern, URLResolver, include, path

from config import api_docs, appearance, health, metrics
from policies.admin_site import site

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("lineage.api.urls")),
    path("api/v1/", include("reports.api.urls")),
    path("api/v1/", include("catalog.api.urls")),
    path("api/v1/access/", include("policies.api.urls")),
    path("api/v2beta/search/", include("lineage.api.open_search_urls")),
    path("", include("policies.urls")),
    path("", include("catalog.urls")),
    path("", include("lineage.urls")),
    path("", include("reports.urls")),
    path("admin/", site.urls),
    path("appearance", appearance.choose, name="appearance"),
    path("api/schema", api_docs.openapi, name="api-schema"),
    path("docs/api", api_docs.page, name="api-docs"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]

handler400 = "config.problems.bad_request"
handler403 = "config.problems.permission_denied"
handler404 = "config.problems.page_not_found"
handler500 = "config.problems.server_error"
