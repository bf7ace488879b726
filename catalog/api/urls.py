"""Which view answers at which address under /api/v1, of what people declare?"""

from django.urls import URLPattern, path

import catalog.paths  # noqa: F401  for <decoded:…>
from catalog.api.changes import ChangeDetailView, ChangeListView, ChangeUndoView
from catalog.api.files import ExportView, ImportView
from catalog.api.proposals import DecisionsView, ProposalListView
from catalog.api.statements import AspectsView, CurationView
from catalog.api.vocabulary import REVISIONS, VIEWS

app_name = "curation"
urlpatterns: list[URLPattern] = [
    path("curation", CurationView.as_view(), name="curation"),
    path("curation/aspects", AspectsView.as_view(), name="aspect-list"),
    path("curation/import", ImportView.as_view(), name="import"),
    path("curation/export", ExportView.as_view(), name="export"),
    path("changes", ChangeListView.as_view(), name="change-list"),
    path("changes/<uuid:id>", ChangeDetailView.as_view(), name="change-detail"),
    path("changes/<uuid:id>/undo", ChangeUndoView.as_view(), name="change-undo"),
    path("proposals", ProposalListView.as_view(), name="proposal-list"),
    path("proposals/decisions", DecisionsView.as_view(), name="proposal-decisions"),
]
for _words, (_all, _one, _revisions) in VIEWS.items():
    _named = f"{_words}/<decoded:name>"
    urlpatterns += [
        path(_words, _all.as_view(), name=f"{_words}-list"),
        path(
            f"{_named}{REVISIONS}", _revisions.as_view(), name=f"{_words}-revision-list"
        ),
        path(_named, _one.as_view(), name=f"{_words}-detail"),
    ]
