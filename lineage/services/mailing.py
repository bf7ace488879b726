"""How do those who are told of an incident get a mail?"""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from lineage.models import IncidentNotice
from lineage.quality.telling import may_see
from lineage.quality.wording import expected, found

AT_ONCE = 200
# What could not be sent for so long is not sent any more.
OUTDATED = timedelta(days=1)
DEFAULT = "default"

log = logging.getLogger(__name__)


def mail_notices() -> int:
    """Send what is waiting to be sent; how many mails went out.

    One that cannot be sent waits for the next time. A server that dies between sending
    and writing that down makes a second mail, never none.
    """
    if DEFAULT not in mailers:
        return 0
    waiting = IncidentNotice.objects.filter(
        mailed_at=None,
        told_at__gt=timezone.now() - OUTDATED,
        incident__ended_at=None,
        principal__is_active=True,
    ).exclude(principal__email="")
    ids = waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]
    return sum(_mail(pk) for pk in list(ids))


@transaction.atomic
def _mail(pk: int) -> bool:
    """Send one; False if it could not be, or somebody else sends it."""
    rows = IncidentNotice.objects.select_for_update(of=("self",), skip_locked=True)
    notice = rows.filter(pk=pk, mailed_at=None).select_related("principal").first()
    if notice is None or not may_see(notice.principal, notice.incident):
        return False
    try:
        _message(notice).send(using=DEFAULT)
    except (SMTPException, OSError, ValueError) as error:
        log.warning("A mail about an incident could not be sent: %s", error)
        return False
    notice.mailed_at = timezone.now()
    notice.save(update_fields=["mailed_at"])
    return True


def _message(notice: IncidentNotice) -> EmailMessage:
    incident = notice.incident
    dataset = incident.dataset.canonical
    path = reverse("incident-detail", args=[incident.public_id])
    subject = f"{incident.severity}: {dataset.name}: {expected(incident.expectation)}"
    lines = [
        f"Dataset: {dataset.name} in {dataset.namespace.name}",
        f"Expected: {expected(incident.expectation)}",
        f"Found: {found(incident)}",
        *([incident.expectation.note] if incident.expectation.note else []),
        "",
        f"{settings.OWN_ADDRESS}{path}",
        "",
        f"You are told as {notice.get_why_display()}.",
    ]
    return EmailMessage(
        " ".join(subject.split())[:200],
        "\n".join(lines),
        settings.HEADWATER_MAIL_FROM,
        [notice.principal.email],
    )
