"""Which view answers at which address under /api/v1/reports?"""

from django.urls import path

from reports.api.views import (
    ReportDetailView,
    ReportFileView,
    ReportListView,
    ReviewFileView,
)

app_name = "report-api"
REPORT = "reports/<uuid:report_id>"
urlpatterns = [
    path("reports", ReportListView.as_view(), name="report-list"),
    path(REPORT, ReportDetailView.as_view(), name="report-detail"),
    path(f"{REPORT}/files/<str:name>", ReportFileView.as_view(), name="report-file"),
    path(
        "access/reviews/<uuid:id>/files/<str:name>",
        ReviewFileView.as_view(),
        name="review-file",
    ),
]
