"""How does a facet read without the columns that a reader is denied?

Facets that the specification knows are cut where they name columns. Of another one
nobody can tell: whatever in it mentions a hidden column goes. Texts that people wrote
(documentation, owners) stay, as code does: who hides a column sees to those, too.
"""

import json
from collections.abc import Collection, Mapping
from copy import copy
from typing import Any

from catalog.facets import document
from catalog.hidden_columns import is_within, mentions
from catalog.models import Facet

type Name = tuple[str, str]  # of a dataset: namespace, name
type Columns = Collection[str]

# What names no column, but for texts.
NEUTRAL = frozenset(
    {
        *("catalog", "dataSource", "datasetType", "documentation", "hierarchy"),
        *("inputStatistics", "lifecycleStateChange", "outputStatistics", "ownership"),
        *("storage", "symlinks", "version"),
        *("jobType", "sourceCode", "sourceCodeLocation", "sql"),
        *("errorMessage", "nominalTime", "parent", "jobDependencies"),
        *("processing_engine", "externalQuery", "environmentVariables"),
    }
)
# Members whose keys are columns, and those that say which column a thing is about.
KEYED = frozenset({"fields", "columnMetrics"})
ABOUT = ("field", "column")
CALLED = ("name", "assertion", "columnName", "fieldName", "path")

_GONE = object()
_MARK = "is_cut_for_a_reader"


def without(facet: Facet, hidden: Columns) -> Facet | None:
    """The facet of a dataset without what names these columns of it.

    It is the facet itself where it names none; None where nothing is left of it.
    """
    if not hidden or facet.key in NEUTRAL:
        return facet
    told = document(facet)
    kept = _Cut(facet.key, hidden, {}).of(told)
    if kept == told:
        return facet
    return None if kept is _GONE else _with(facet, kept)


def shown[K](by_key: Mapping[K, Facet], hidden: Columns) -> dict[K, Facet]:
    """The facets of one dataset, by key, without what names these columns of it."""
    if not hidden:
        return dict(by_key)
    cut = {key: without(facet, hidden) for key, facet in by_key.items()}
    return {key: facet for key, facet in cut.items() if facet is not None}


def without_others(told: Any, key: str, hidden: Mapping[Name, Columns]) -> Any:
    """A facet's members without what names hidden columns of datasets in it.

    They are looked for where a dataset is named; None where nothing is left.
    """
    kept = _Cut(key, (), hidden).of(told)
    return None if kept is _GONE else kept


class _Cut:
    """Takes from one facet what names hidden columns: its dataset's own, or others'."""

    def __init__(self, key: str, own: Columns, others: Mapping[Name, Columns]) -> None:
        self.key = key
        self.own = own
        self.others = others
        self.is_known = key in KNOWN
        every = {*own, *(column for columns in others.values() for column in columns)}
        self.mentions = mentions(every)

    def of(self, told: Any) -> Any:
        if self.key == "schema":
            return {**told, "fields": self._fields(told.get("fields"), "")}
        if self.key == "tags":
            return {**told, "tags": self._tags(told.get("tags"))}
        return self._kept(told, self.own, is_keyed=False)

    def _fields(self, fields: Any, prefix: str) -> Any:
        """Those of a schema, by their paths."""
        if not isinstance(fields, list):
            return fields
        kept = []
        for one in fields:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                path = f"{prefix}{one['name']}"
                if is_within(path, self.own):
                    continue
                if "fields" in one:
                    one = {**one, "fields": self._fields(one["fields"], f"{path}.")}
            kept.append(one)
        return kept

    def _tags(self, tags: Any) -> Any:
        if not isinstance(tags, list):
            return tags
        return [
            tag
            for tag in tags
            if not (
                isinstance(tag, dict) and self._is_hidden(tag.get("field"), self.own)
            )
        ]

    def _kept(self, value: Any, columns: Columns, *, is_keyed: bool) -> Any:
        match value:
            case dict():
                return self._kept_dict(value, columns, is_keyed=is_keyed)
            case list():
                kept = (self._kept(one, columns, is_keyed=False) for one in value)
                return [one for one in kept if one is not _GONE]
            case str() if self.mentions.search(value):
                return _GONE
        return value

    def _kept_dict(
        self, value: dict[str, Any], columns: Columns, *, is_keyed: bool
    ) -> Any:
        name = value.get("namespace"), value.get("name")
        is_dataset = all(isinstance(part, str) for part in name)
        if is_dataset:
            columns = self.others.get(name, ())  # type: ignore[arg-type]
        if any(self._is_hidden(value.get(member), columns) for member in ABOUT):
            return _GONE
        called = (value.get(member) for member in CALLED)
        if not is_dataset and any(map(self._is_mention, called)):
            return _GONE
        kept = {}
        for key, member in value.items():
            if key.startswith("_") or (is_dataset and key in ("namespace", "name")):
                kept[key] = member
            elif key in ABOUT and (is_dataset or self.is_known):
                kept[key] = member  # a column that is judged: another may be called so
            elif not self._drops(key, columns, is_keyed=is_keyed):
                kept[key] = self._kept(member, columns, is_keyed=key in KEYED)
        return {key: member for key, member in kept.items() if member is not _GONE}

    def _drops(self, key: str, columns: Columns, *, is_keyed: bool) -> bool:
        if is_keyed and self._is_hidden(key, columns):
            return True
        return not self.is_known and self._is_mention(key)

    def _is_hidden(self, column: Any, columns: Columns) -> bool:
        return isinstance(column, str) and is_within(column, columns)

    def _is_mention(self, text: Any) -> bool:
        return isinstance(text, str) and bool(self.mentions.search(text))


KNOWN = frozenset(
    {"columnLineage", "lineage", "dataQualityMetrics", "dataQualityAssertions"}
)


def is_cut(facet: Facet) -> bool:
    """Whether something was left out of it for a reader."""
    return getattr(facet, _MARK, False)


def _with(facet: Facet, told: Any) -> Facet:
    cut = copy(facet)
    setattr(cut, _MARK, True)
    cut.body = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    return cut
