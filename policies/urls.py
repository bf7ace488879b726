"""Which pages answer about signing in, and about access?"""

from django.urls import path

from policies.views import glass, hub, sign_in

urlpatterns = [
    path("login", sign_in.sign_in, name="login"),
    path("login/code", sign_in.show_code, name="login-code"),
    path("login/sign-on", sign_in.sign_on_begin, name="sign-on"),
    path("login/sign-on/callback", sign_in.sign_on_callback, name="sign-on-callback"),
    path("logout", sign_in.sign_out, name="logout"),
    path("access", hub.own_access, name="access"),
    path("access/break-glass", glass.break_glass, name="break-glass"),
    path(
        "access/break-glass/<int:emergency>/close",
        glass.close_glass,
        name="close-glass",
    ),
]
