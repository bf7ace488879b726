"""What can be allowed: every action that a role may hold, as one greppable enum."""

from enum import StrEnum


class Action(StrEnum):
    """One thing that a principal may do; roles are sets of these."""

    ASSET_VIEW = "asset.view"
    ASSET_EDIT = "asset.edit"
    ASSET_TAG = "asset.tag"
    GLOSSARY_EDIT = "glossary.edit"  # domains, tags, terms, data products
    PROPERTY_DEFINE = "property.define"

    LINEAGE_VIEW = "lineage.view"
    LINEAGE_VIEW_SQL = "lineage.view_sql"
    LINEAGE_EDIT = "lineage.edit"  # edges that no producer reports
    RUN_VIEW = "run.view"

    EVENT_VIEW = "event.view"
    EVENT_VIEW_RAW = "event.view_raw"
    EVENT_INGEST = "event.ingest"
    EVENT_REPLAY = "event.replay"
    EVENT_RETRACT = "event.retract"

    ACCESS_VIEW = "access.view"
    ACCESS_GRANT = "access.grant"
    ACCESS_SHARE = "access.share"  # to let others do there what one may do oneself
    ACCESS_BREAK_GLASS = "access.break_glass"
    JOURNAL_VIEW = "journal.view"
    REPORT_CREATE = "report.create"

    OPERATIONS_VIEW = "operations.view"  # settings, schedules, what tasks came to
    OPERATIONS_RUN = "operations.run"

    @property
    def is_bound_to_assets(self) -> bool:
        """Whether it can be granted in a part of the catalog; else only at large."""
        return self not in (
            Action.GLOSSARY_EDIT,
            Action.PROPERTY_DEFINE,
            Action.ACCESS_VIEW,
            Action.ACCESS_GRANT,
            Action.ACCESS_BREAK_GLASS,
            Action.JOURNAL_VIEW,
            Action.OPERATIONS_VIEW,
            Action.OPERATIONS_RUN,
        )
