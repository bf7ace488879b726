"""Which pages answer about what exists?"""

from django.urls import path

from catalog.paths import NAMED
from catalog.views import datasets, find

urlpatterns = [
    path("find", find.find, name="find"),
    path("datasets", datasets.dataset_list, name="dataset-list"),
    path(
        f"datasets/{NAMED}/versions", datasets.dataset_versions, name="dataset-versions"
    ),
]
