"""Which view answers at which address under /api/v1/access?"""

from django.urls import URLPattern, path

from policies.api import (
    approvals,
    explain,
    glass,
    grants,
    groups,
    policy,
    requests,
    reviews,
    roles,
    simulation,
)

app_name = "access"
urlpatterns: list[URLPattern] = [
    path("explain", explain.ExplainView.as_view(), name="explain"),
    path("who", explain.WhoView.as_view(), name="who"),
    path("what", explain.WhatView.as_view(), name="what"),
    path("grants", grants.GrantListView.as_view(), name="grant-list"),
    path("grants/<int:id>", grants.GrantDetailView.as_view(), name="grant-detail"),
    path(
        "grants/<int:id>/revoke", grants.GrantRevokeView.as_view(), name="grant-revoke"
    ),
    path("grants/<int:id>/renew", grants.GrantRenewView.as_view(), name="grant-renew"),
    path("groups", groups.GroupListView.as_view(), name="group-list"),
    path("groups/<uuid:id>", groups.GroupDetailView.as_view(), name="group-detail"),
    path(
        "groups/<uuid:id>/members/<str:username>",
        groups.MemberView.as_view(),
        name="member",
    ),
    path(
        "groups/<uuid:id>/groups/<uuid:inner>",
        groups.NestingView.as_view(),
        name="nesting",
    ),
    path(
        "groups/<uuid:id>/retire", groups.GroupRetireView.as_view(), name="group-retire"
    ),
    path(
        "groups/<uuid:id>/reinstate",
        groups.GroupReinstateView.as_view(),
        name="group-reinstate",
    ),
    path("roles", roles.RoleListView.as_view(), name="role-list"),
    path("roles/<slug:name>", roles.RoleDetailView.as_view(), name="role-detail"),
    path(
        "roles/<slug:name>/retire", roles.RoleRetireView.as_view(), name="role-retire"
    ),
    path(
        "roles/<slug:name>/reinstate",
        roles.RoleReinstateView.as_view(),
        name="role-reinstate",
    ),
    path("break-glass", glass.GlassView.as_view(), name="glass"),
    path(
        "break-glass/<int:id>/close", glass.GlassCloseView.as_view(), name="glass-close"
    ),
    path("simulate", simulation.SimulateView.as_view(), name="simulate"),
    path("policy", policy.PolicyView.as_view(), name="policy"),
    path("policy/plan", policy.PolicyPlanView.as_view(), name="policy-plan"),
    path("policy/apply", policy.PolicyApplyView.as_view(), name="policy-apply"),
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
