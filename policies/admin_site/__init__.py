"""What are the administration pages made of, whichever app they belong to?

They are Django's, with three things of our own: `policies.access` says who may see and
do what (never Django's model permissions, nor the flags staff and superuser), services
do what is to be done, and the journal takes the place of Django's log.
"""

from policies.admin_site.acts import REFUSALS, Refusal, act
from policies.admin_site.cells import at, identifier, moment, pill, quiet
from policies.admin_site.desks import Desk
from policies.admin_site.fields import (
    ActForm,
    NameField,
    NameInput,
    NeededReasonForm,
    ReasonForm,
    ServiceForm,
    TimeField,
)
from policies.admin_site.filters import Answer, Since
from policies.admin_site.inlines import Listed, ServiceInline
from policies.admin_site.site import Page, Section, site, who

__all__ = [
    "REFUSALS",
    "ActForm",
    "Answer",
    "Desk",
    "Listed",
    "NameField",
    "NameInput",
    "NeededReasonForm",
    "Page",
    "ReasonForm",
    "Refusal",
    "Section",
    "ServiceForm",
    "ServiceInline",
    "Since",
    "TimeField",
    "act",
    "at",
    "identifier",
    "moment",
    "pill",
    "quiet",
    "site",
    "who",
]
