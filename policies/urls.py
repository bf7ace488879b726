"""Which pages answer about signing in, and about access?"""

from django.urls import path

from policies.views import (
    approvals,
    explain,
    glass,
    grants,
    groups,
    people,
    policy,
    requests,
    reviews,
    roles,
    sign_in,
    simulation,
)
from policies.views.account import profile, second_factor, sessions, tokens

urlpatterns = [
    path("login", sign_in.sign_in, name="login"),
    path("login/code", sign_in.show_code, name="login-code"),
    path("login/sign-on", sign_in.sign_on_begin, name="sign-on"),
    path("login/sign-on/callback", sign_in.sign_on_callback, name="sign-on-callback"),
    path("logout", sign_in.sign_out, name="logout"),
    path("account", profile.profile, name="account"),
    path("account/password", profile.password, name="account-password"),
    path("account/second-factor", second_factor.page, name="account-second-factor"),
    path("account/sessions", sessions.listed, name="account-sessions"),
    path("account/sessions/end", sessions.end, name="account-session-end"),
    path("account/tokens", tokens.listed, name="account-tokens"),
    path(
        "account/tokens/<slug:key>/rotate", tokens.rotate, name="account-token-rotate"
    ),
    path(
        "account/tokens/<slug:key>/revoke", tokens.revoke, name="account-token-revoke"
    ),
    path("access", people.own_access, name="access"),
    path("access/explain", explain.explain_page, name="access-explain"),
    path("access/who", explain.who_page, name="access-who"),
    path("access/suggest", explain.suggest, name="access-suggest"),
    path("access/people", people.person_list, name="person-list"),
    path("access/people/<uuid:public_id>", people.person_detail, name="person-detail"),
    path("access/groups", groups.group_list, name="group-list"),
    path("access/groups/new", groups.group_new, name="group-new"),
    path("access/groups/<uuid:public_id>", groups.group_detail, name="group-detail"),
    path(
        "access/groups/<uuid:public_id>/remove",
        groups.member_remove,
        name="member-remove",
    ),
    path("access/roles", roles.role_list, name="role-list"),
    path("access/roles/new", roles.role_new, name="role-new"),
    path("access/roles/<slug:name>", roles.role_detail, name="role-detail"),
    path("access/grants", grants.grant_list, name="grant-list"),
    path("access/grants/new", grants.grant_new, name="grant-new"),
    path("access/grants/<int:grant>", grants.grant_detail, name="grant-detail"),
    path("access/grants/<int:grant>/revoke", grants.grant_revoke, name="grant-revoke"),
    path("access/grants/<int:grant>/renew", grants.grant_renew, name="grant-renew"),
    path("access/simulation", simulation.access_simulation, name="access-simulation"),
    path("access/policy", policy.access_policy, name="access-policy"),
    path(
        "access/policy/access.yaml",
        policy.access_policy_file,
        name="access-policy-file",
    ),
    path("access/break-glass", glass.break_glass, name="break-glass"),
    path(
        "access/break-glass/<int:emergency>/close",
        glass.close_glass,
        name="close-glass",
    ),
    path("access/requests", requests.request_list, name="access-request-list"),
    path("access/requests/new", requests.request_new, name="access-request-new"),
    path(
        "access/requests/<uuid:public_id>",
        requests.request_detail,
        name="access-request",
    ),
    path(
        "access/requests/<uuid:public_id>/answer",
        requests.request_answer,
        name="access-request-answer",
    ),
    path("access/approvals", approvals.approval_list, name="approval-list"),
    path("access/approvals/rules", approvals.rule_list, name="approval-rule-list"),
    path("access/approvals/rules/new", approvals.rule_new, name="approval-rule-new"),
    path(
        "access/approvals/rules/<uuid:public_id>/lift",
        approvals.rule_lift,
        name="approval-rule-lift",
    ),
    path(
        "access/approvals/<uuid:public_id>", approvals.held_change, name="held-change"
    ),
    path(
        "access/approvals/<uuid:public_id>/answer",
        approvals.held_change_answer,
        name="held-change-answer",
    ),
    path("access/reviews", reviews.review_list, name="review-list"),
    path("access/reviews/new", reviews.review_new, name="review-new"),
    path(
        "access/reviews/<uuid:public_id>", reviews.review_detail, name="review-detail"
    ),
    path(
        "access/reviews/<uuid:public_id>/decide",
        reviews.review_decide,
        name="review-decide",
    ),
    path(
        "access/reviews/<uuid:public_id>/close",
        reviews.review_close,
        name="review-close",
    ),
]
