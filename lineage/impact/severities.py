"""How badly does a change hit what data comes to, and by which rule?

A way is as strong as the weakest of its links; of several ways the strongest counts.
What each link does follows from the kind of change and from how the link carries data:

| change               | reads it itself | computed from it | as an aggregate |
|----------------------|-----------------|------------------|-----------------|
| drop, rename, revoke | breaks          | breaks           | breaks          |
| retype               | as the others   | alters           | may alter       |
| null, redefine       | as the others   | alters           | alters          |
| erase a subject      | as the others   | alters           | alters          |
| stop, delay          | stale           | stale            | stale           |

| change               | masked    | indirect  | not told how | withheld, silent |
|----------------------|-----------|-----------|--------------|------------------|
| drop, rename, revoke | breaks    | may alter | breaks       | may alter        |
| retype               | alters    | may alter | may alter    | may alter        |
| null, redefine       | alters    | may alter | may alter    | may alter        |
| erase a subject      | may alter | may alter | may alter    | may alter        |
| stop, delay          | stale     | stale     | stale        | stale            |

- *Reads it itself*: the first link from what is dropped or renamed, of whatever kind.
  A statement that filters by a column that is gone fails like one that selects it.
- Further on, what is computed from something that cannot be computed any more cannot be
  either. What is only filtered, joined or sorted by such a thing is still computed, but
  perhaps from other rows.
- *Not told how* (no transformations) counts as direct where structure is at stake, for
  a producer that names an input reads it. Whether values change nobody can tell.
- The type of an aggregate need not follow its input's: a count stays a count.
- *Masked*: after an erasure it no longer says whose data it was. Who has to answer for
  the rest is told apart by it.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum

from lineage.column_sources import Transformation


class Kind(StrEnum):
    """What somebody would change."""

    DROP_DATASET = "drop-dataset"
    RENAME_DATASET = "rename-dataset"
    DROP_COLUMN = "drop-column"
    RENAME_COLUMN = "rename-column"
    RETYPE_COLUMN = "retype-column"
    NULL_COLUMN = "null-column"
    REDEFINE_COLUMN = "redefine-column"
    STOP_JOB = "stop-job"
    DELAY_JOB = "delay-job"
    ERASE_SUBJECT = "erase-subject"
    REVOKE_SOURCE = "revoke-source"
    ADD_DATASET = "add-dataset"
    ADD_COLUMN = "add-column"


class Severity(StrEnum):
    """What becomes of a hit, the worst first."""

    BREAKS = "breaks"
    ALTERS = "alters"
    MAY_ALTER = "may-alter"
    STALE = "stale"


class Rule(Enum):
    """Why a hit is as severe as it is; the strongest first.

    Each has its severity and a sentence.
    """

    READS = Severity.BREAKS, "Reads what would no longer be there."
    BROKEN = Severity.BREAKS, "Is made of something that could no longer be made."
    HOLDS = Severity.ALTERS, "Holds data that comes from the columns to erase."
    COMPUTED = Severity.ALTERS, "Is computed from values that would change."
    MASKED = Severity.MAY_ALTER, "Holds the subject's data masked only."
    AGGREGATED = Severity.MAY_ALTER, "Is an aggregate: it may keep its type."
    INDIRECT = (
        Severity.MAY_ALTER,
        "Depends on it by filters, joins, groups or order only.",
    )
    UNKNOWN = Severity.MAY_ALTER, "No producer says how it is computed."
    NAMED = (
        Severity.MAY_ALTER,
        "Its SQL names the column, and its column lineage does not.",
    )
    SILENT = (
        Severity.MAY_ALTER,
        "A job reads the dataset and does not say which columns it uses.",
    )
    WITHHELD = Severity.MAY_ALTER, "The way leads through something withheld."
    LATE = Severity.STALE, "Gets its data late, or no more."

    def __init__(self, severity: Severity, sentence: str) -> None:
        self.severity = severity
        self.sentence = sentence

    @property
    def word(self) -> str:
        """As answers name it."""
        return self.name.lower()

    @property
    def weakness(self) -> int:
        return _WEAKNESS[self]


_WEAKNESS = {rule: number for number, rule in enumerate(Rule)}


class Carry(Enum):
    """How a link carries data on."""

    IDENTITY = "identity"
    TRANSFORMATION = "transformation"
    AGGREGATION = "aggregation"
    MASKED = "masked"
    INDIRECT = "indirect"
    UNKNOWN = "unknown"
    FLOW = "flow"  # between jobs and datasets, of which no columns are told
    WITHHELD = "withheld"


type Effects = dict[Carry, Rule]

_STRUCTURE: Effects = {
    Carry.IDENTITY: Rule.BROKEN,
    Carry.TRANSFORMATION: Rule.BROKEN,
    Carry.AGGREGATION: Rule.BROKEN,
    Carry.MASKED: Rule.BROKEN,
    Carry.INDIRECT: Rule.INDIRECT,
    Carry.UNKNOWN: Rule.BROKEN,
    Carry.FLOW: Rule.BROKEN,
    Carry.WITHHELD: Rule.WITHHELD,
}
_VALUES: Effects = {
    Carry.IDENTITY: Rule.COMPUTED,
    Carry.TRANSFORMATION: Rule.COMPUTED,
    Carry.AGGREGATION: Rule.COMPUTED,
    Carry.MASKED: Rule.COMPUTED,
    Carry.INDIRECT: Rule.INDIRECT,
    Carry.UNKNOWN: Rule.UNKNOWN,
    Carry.FLOW: Rule.SILENT,
    Carry.WITHHELD: Rule.WITHHELD,
}
_TYPE: Effects = _VALUES | {Carry.AGGREGATION: Rule.AGGREGATED}
_ERASURE: Effects = _VALUES | {
    Carry.IDENTITY: Rule.HOLDS,
    Carry.TRANSFORMATION: Rule.HOLDS,
    Carry.AGGREGATION: Rule.HOLDS,
    Carry.MASKED: Rule.MASKED,
}
_TIME: Effects = dict.fromkeys(Carry, Rule.LATE)

_EFFECTS: dict[Kind, Effects] = {
    Kind.DROP_DATASET: _STRUCTURE,
    Kind.RENAME_DATASET: _STRUCTURE,
    Kind.DROP_COLUMN: _STRUCTURE,
    Kind.RENAME_COLUMN: _STRUCTURE,
    Kind.RETYPE_COLUMN: _TYPE,
    Kind.NULL_COLUMN: _VALUES,
    Kind.REDEFINE_COLUMN: _VALUES,
    Kind.STOP_JOB: _TIME,
    Kind.DELAY_JOB: _TIME,
    Kind.ERASE_SUBJECT: _ERASURE,
    Kind.REVOKE_SOURCE: _STRUCTURE,
}
OF_COLUMNS = frozenset(
    {
        Kind.DROP_COLUMN,
        Kind.RENAME_COLUMN,
        Kind.RETYPE_COLUMN,
        Kind.NULL_COLUMN,
        Kind.REDEFINE_COLUMN,
        Kind.ERASE_SUBJECT,
    }
)
OF_DATASETS = frozenset({Kind.DROP_DATASET, Kind.RENAME_DATASET})
OF_JOBS = frozenset({Kind.STOP_JOB, Kind.DELAY_JOB})
# What hits nothing that is there.
ADDITIONS = frozenset({Kind.ADD_DATASET, Kind.ADD_COLUMN})


def carry_of(way: Transformation) -> Carry:
    """How one transformation carries data."""
    match way.type.upper(), way.subtype.upper():
        case "INDIRECT", _:
            return Carry.INDIRECT
        case _ if way.masking:
            return Carry.MASKED
        case "DIRECT", "AGGREGATION":
            return Carry.AGGREGATION
        case "DIRECT", "IDENTITY":
            return Carry.IDENTITY
        case "DIRECT", _:
            return Carry.TRANSFORMATION
        case _:
            return Carry.UNKNOWN


def effect(kind: Kind, carries: Iterable[Carry], *, is_first: bool) -> Rule:
    """What a change does over one link: the strongest of what its ways do.

    `is_first` says that the link leads from what is changed itself.
    """
    effects = _EFFECTS[kind]
    rules = [effects[carry] for carry in set(carries)]
    if is_first and effects is _STRUCTURE:
        rules = [Rule.READS if rule is not Rule.WITHHELD else rule for rule in rules]
    return min(rules, key=_WEAKNESS.__getitem__)


def is_at_least(severity: Severity, threshold: Severity) -> bool:
    """Whether a severity is as bad as another, or worse."""
    order = list(Severity)
    return order.index(severity) <= order.index(threshold)
