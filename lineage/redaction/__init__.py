"""Which parts of what producers send are secrets that nobody may read here?"""

from lineage.redaction.facet import may_hold_secrets, scrub_facet
from lineage.redaction.text import MARK, scrub

__all__ = ["MARK", "may_hold_secrets", "scrub", "scrub_facet"]
