"""Which pages answer about signing in, and about access?"""

from django.urls import path

from policies.views import glass, hub, sign_in
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
    path("access", hub.own_access, name="access"),
    path("access/break-glass", glass.break_glass, name="break-glass"),
    path(
        "access/break-glass/<int:emergency>/close",
        glass.close_glass,
        name="close-glass",
    ),
]
