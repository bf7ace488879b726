"""Which pages answer about reports?"""

from django.urls import path

from reports import views

REPORT = "reports/<uuid:report_id>"

urlpatterns = [
    path("reports", views.report_list, name="report-list"),
    path("reports/new", views.report_new, name="report-new"),
    path(REPORT, views.report_detail, name="report-detail"),
    path(f"{REPORT}/files/<str:name>", views.report_file, name="report-file"),
    path(f"{REPORT}/cancel", views.report_cancel, name="report-cancel"),
    path(f"{REPORT}/retry", views.report_retry, name="report-retry"),
    path(f"{REPORT}/delete", views.report_delete, name="report-delete"),
    path(
        "access/reviews/<uuid:public_id>/files/<str:name>",
        views.review_report,
        name="review-report",
    ),
]
