"""How is lineage of columns with its transformations told in few words?

`lined(out="src.a src.b#mask")` is a columnLineage facet: after the column the ways,
each a word of WAYS. The output `whole` is the dataset as a whole.
"""

from datetime import UTC, datetime

from catalog.curation.kinds import KINDS
from catalog.curation.subjects import Subject
from catalog.models import Change, ColumnTag, Dataset
from catalog.services import Saying, changing, ensure_tag
from lineage.services.classification import follow_tags
from tests.lineage.projection.happenings import dataset, event, identity, moment

WAYS = {
    "same": ("DIRECT", "IDENTITY", False),
    "made": ("DIRECT", "TRANSFORMATION", False),
    "mask": ("DIRECT", "TRANSFORMATION", True),
    "agg": ("DIRECT", "AGGREGATION", False),
    "max": ("DIRECT", "MAX", False),
    "min": ("DIRECT", "MIN", False),
    "first": ("DIRECT", "FIRST", False),
    "sum": ("DIRECT", "SUM", False),
    "count": ("DIRECT", "COUNT", False),
    "join": ("INDIRECT", "JOIN", False),
    "hidden_join": ("INDIRECT", "JOIN", True),
}
UNSAID = "unsaid"  # no transformation at all


def lined(**columns):
    """A columnLineage facet."""
    facet = {
        "fields": {
            output: {"inputFields": [_field(text) for text in sources.split()]}
            for output, sources in columns.items()
            if output != "whole"
        }
    }
    if "whole" in columns:
        facet["dataset"] = [_field(text) for text in columns["whole"].split()]
    return facet


def _field(text):
    end, *ways = text.split("#")
    name, _, column = end.partition(".")
    told = [] if ways == [UNSAID] else [WAYS[way] for way in ways or ["same"]]
    return {
        **identity(name),
        "field": column,
        "transformations": [
            {"type": type_, "subtype": subtype, "description": "", "masking": masking}
            for type_, subtype, masking in told
        ],
    }


def wrote(at, name, *, job="", run="", reads=(), **columns):
    """A run of a job of its own writes a dataset, of which it tells the columns."""
    return event(
        "COMPLETE",
        at,
        job or f"make_{name}",
        run or f"r{at}",
        reads=[dataset(one) for one in reads],
        writes=[dataset(name, columnLineage=lined(**columns))],
    )


def row(name):
    return Dataset.objects.unrestricted("test").get(name=name)


def tag(name):
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        return ensure_tag(making, name)


def put(where, name, *, takes=False):
    """Put a tag on `dataset.column`, or take it off."""
    dataset_name, _, column = where.partition(".")
    subject = Subject("dataset", row(dataset_name).canonical, column)
    word = tag(name)
    saying = Saying(KINDS["tag"], subject, None if takes else {"tag": word}, (word.pk,))
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        making.say([saying])
    return making.made


def follow():
    while follow_tags():
        pass


def found(*, hops=False):
    """What is kept: `dataset.column tag`, a suggestion with a question mark."""
    told = {
        (f"{one.dataset.name}.{one.column}", one.tag.name)
        + ("?" if one.is_suggested else "",) * one.is_suggested
        + ((one.hops,) if hops else ())
        for one in ColumnTag.objects.select_related("tag", "dataset").exclude(hops=0)
    }
    return told


def at(minute):
    return datetime.fromisoformat(moment(minute)).astimezone(UTC)
