"""What does each action let somebody do, in words?"""

from policies.actions import Action

MEANINGS: dict[Action, str] = {
    Action.ASSET_VIEW: "find and read assets",
    Action.ASSET_EDIT: "change and hide assets",
    Action.ASSET_TAG: "classify assets",
    Action.GLOSSARY_EDIT: "define domains, tags, terms and data products",
    Action.PROPERTY_DEFINE: "define properties of assets",
    Action.LINEAGE_VIEW: "see what an asset comes from and leads to",
    Action.LINEAGE_EDIT: "declare what flows into an asset where no producer reports "
    "it; rules of names",
    Action.LINEAGE_VIEW_SQL: "see the SQL and source code of jobs",
    Action.RUN_VIEW: "see runs",
    Action.EVENT_VIEW: "see what arrived, warnings and errors",
    Action.EVENT_VIEW_RAW: "read events as they were sent",
    Action.EVENT_INGEST: "send events",
    Action.EVENT_REPLAY: "project an event again",
    Action.EVENT_RETRACT: "take an event's word back, or believe it again",
    Action.ACCESS_VIEW: "see who may do what",
    Action.ACCESS_GRANT: "change who may do what",
    Action.ACCESS_SHARE: "let others do what one may do oneself, where one has it",
    Action.ACCESS_BREAK_GLASS: "pass all denies for a while, in an emergency",
    Action.JOURNAL_VIEW: "read the journal",
    Action.REPORT_CREATE: "make reports",
    Action.OPERATIONS_VIEW: "see settings, schedules, and what tasks came to",
    Action.OPERATIONS_RUN: "start what is scheduled",
}
