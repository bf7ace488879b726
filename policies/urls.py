"""Which pages answer about signing in, and about access?"""

from django.urls import path

from policies.views import hub, sign_in

urlpatterns = [
    path("login", sign_in.sign_in, name="login"),
    path("logout", sign_in.sign_out, name="logout"),
    path("access", hub.own_access, name="access"),
]
