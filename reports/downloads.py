"""How does a file of a report leave the server: at once, in parts, and journaled?"""

import hashlib
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404

from policies.lists.reviews import known_reviews
from policies.models import Principal
from reports import services
from reports.access_review import record_export, review_file
from reports.models import Report
from reports.producing import pretty
from reports.writers import MANIFEST


def download(
    report: Report, name: str, actor: Principal
) -> HttpResponse | StreamingHttpResponse:
    """A file of a report that `actor` may read, or its manifest. Raises Http404."""
    if name == MANIFEST and report.manifest is not None:
        body = pretty(report.manifest)
        sha256 = hashlib.sha256(body).hexdigest()
        services.record_download(report, name, sha256, actor=actor)
        return HttpResponse(
            body, content_type="application/json", headers=_headers(name, len(body))
        )
    file = services.find_file(report, name)
    services.record_download(report, name, file.sha256, actor=actor)
    return StreamingHttpResponse(
        services.bytes_of(file),
        content_type=file.media_type,
        headers={**_headers(name, file.size_bytes), "X-Content-SHA256": file.sha256},
    )


def download_review(public_id: UUID, name: str, actor: Principal) -> HttpResponse:
    """A file about an access review that `actor` knows of. Raises Http404."""
    rows = known_reviews(actor).select_related("made_by", "closed_by")
    campaign = get_object_or_404(rows, public_id=public_id)
    given = review_file(campaign, name, actor)
    if given is None:
        raise Http404
    record_export(campaign, given, actor)
    return HttpResponse(
        given.body,
        content_type=given.media_type,
        headers={**_headers(name, len(given.body)), "X-Content-SHA256": given.sha256},
    )


def _headers(name: str, size_bytes: int) -> dict[str, str]:
    # Names are our own: a letter, digits, dots and dashes.
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(size_bytes),
    }
