"""Which kinds of reports are there?"""

from reports.kinds.asset import AssetReport
from reports.kinds.base import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (AssetReport(),)}
DEFAULT = AssetReport.name
