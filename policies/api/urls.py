"""Which view answers at which address under /api/v1/access?"""

from django.urls import URLPattern, path

from policies.api import approvals, requests, reviews

app_name = "access"
urlpatterns: list[URLPattern] = [
    path("approvals", approvals.ApprovalListView.as_view(), name="approval-list"),
    path(
        "approvals/<uuid:id>",
        approvals.ApprovalDetailView.as_view(),
        name="approval-detail",
    ),
    path(
        "approvals/<uuid:id>/approve",
        approvals.ApprovalApproveView.as_view(),
        name="approval-approve",
    ),
    path(
        "approvals/<uuid:id>/decline",
        approvals.ApprovalDeclineView.as_view(),
        name="approval-decline",
    ),
    path(
        "approvals/<uuid:id>/withdraw",
        approvals.ApprovalWithdrawView.as_view(),
        name="approval-withdraw",
    ),
    path("approval-rules", approvals.RuleListView.as_view(), name="approval-rule-list"),
    path(
        "approval-rules/<uuid:id>",
        approvals.RuleDetailView.as_view(),
        name="approval-rule-detail",
    ),
    path("requests", requests.RequestListView.as_view(), name="request-list"),
    path(
        "requests/<uuid:id>",
        requests.RequestDetailView.as_view(),
        name="request-detail",
    ),
    path(
        "requests/<uuid:id>/approve",
        requests.RequestApproveView.as_view(),
        name="request-approve",
    ),
    path(
        "requests/<uuid:id>/decline",
        requests.RequestDeclineView.as_view(),
        name="request-decline",
    ),
    path(
        "requests/<uuid:id>/withdraw",
        requests.RequestWithdrawView.as_view(),
        name="request-withdraw",
    ),
    path("reviews", reviews.ReviewListView.as_view(), name="review-list"),
    path("reviews/<uuid:id>", reviews.ReviewDetailView.as_view(), name="review-detail"),
    path(
        "reviews/<uuid:id>/items",
        reviews.ReviewItemListView.as_view(),
        name="review-item-list",
    ),
    path(
        "reviews/<uuid:id>/items/decide",
        reviews.ReviewDecideView.as_view(),
        name="review-decide",
    ),
    path(
        "reviews/<uuid:id>/items/assign",
        reviews.ReviewAssignView.as_view(),
        name="review-assign",
    ),
    path(
        "reviews/<uuid:id>/close",
        reviews.ReviewCloseView.as_view(),
        name="review-close",
    ),
]
