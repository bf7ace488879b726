"""Which pages answer about what exists?"""

from django.urls import path

from catalog.paths import NAMED
from catalog.views import (
    changes,
    datasets,
    find,
    governance,
    hub,
    importing,
    proposals,
    vocabulary,
)

urlpatterns = [
    path("find", find.find, name="find"),
    path("datasets", datasets.dataset_list, name="dataset-list"),
    path(
        f"datasets/{NAMED}/versions", datasets.dataset_versions, name="dataset-versions"
    ),
    path("datasets/bulk", datasets.dataset_bulk, name="dataset-bulk"),
    path(
        f"datasets/{NAMED}/governance",
        governance.dataset_governance,
        name="dataset-governance",
    ),
    path(f"jobs/{NAMED}/governance", governance.job_governance, name="job-governance"),
    path(
        "namespaces/<name:name>", governance.namespace_detail, name="namespace-detail"
    ),
    path("governance", hub.governance_hub, name="governance"),
    path("governance/import", importing.curation_import, name="curation-import"),
    path(
        "governance/import/<str:name>.csv",
        importing.import_template,
        name="import-template",
    ),
    path("governance/suggest", hub.suggest, name="suggest"),
    path("changes", changes.change_list, name="change-list"),
    path("changes/<uuid:change_id>", changes.change_detail, name="change-detail"),
    path("changes/<uuid:change_id>/undo", changes.change_undo, name="change-undo"),
    path("proposals", proposals.proposal_list, name="proposal-list"),
    path("proposals/judge", proposals.proposal_judge, name="proposal-judge"),
    *vocabulary.routes(),
]
