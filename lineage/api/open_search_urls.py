"""Which view answers at which address under /api/v2beta/search."""

from django.urls import path

from lineage.api.find import OpenSearchDatasetsView, OpenSearchJobsView

app_name = "open-search"
urlpatterns = [
    path("datasets", OpenSearchDatasetsView.as_view(), name="datasets"),
    path("jobs", OpenSearchJobsView.as_view(), name="jobs"),
]
