"""How do namespaces come over that no event names, since there is nothing in them?"""

from catalog.models import Namespace
from lineage.identities import text_misfit
from lineage.marquez import queries
from lineage.marquez.importing import Import
from lineage.marquez.rows import NamedRow
from lineage.services.declaring import declare_namespace

_REASON = "an import acts for the system"
WHAT = "empty namespaces"


def declare_empty_namespaces(job: Import) -> None:
    """Make them known, as a PUT does; their owners and descriptions come later."""
    tally = job.report.tally(WHAT)
    known = Namespace.objects.unrestricted(_REASON).seen()
    for place, row in job.read(WHAT, queries.EMPTY_NAMESPACES, NamedRow):
        if fault := text_misfit(row.name, "name"):
            job.refuse(WHAT, place, fault.code, fault.message)
        elif known.filter(name=row.name).exists():
            tally.known += 1
        else:
            if not job.is_trial:
                declare_namespace(row.name, None, None, actor=None)
            tally.new += 1
