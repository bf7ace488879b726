"""Which view answers at which address under /api/v1/access?"""

from django.urls import URLPattern

app_name = "access"
urlpatterns: list[URLPattern] = []
