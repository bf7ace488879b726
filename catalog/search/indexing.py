"""How does search come to know what changed?

Triggers write into `Unfound` which rows changed, in the transaction that changes them,
so that nothing is ever missed: not by a crash, nor by whatever writes beside the ORM.
Here those rows are taken out again in the transaction that writes the findables anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any, Final

import orjson
from django.db import connection, transaction

from catalog.hidden_columns import tagged_columns
from catalog.models import (
    DataProduct,
    Dataset,
    Domain,
    Findable,
    Job,
    Mark,
    Namespace,
    Tag,
    Term,
    Unfound,
)
from catalog.search import facts
from catalog.search.facts import Facts
from catalog.search.folding import fold
from catalog.search.lexemes import Lexemes

WHY: Final = "search is made of everything, and asked with rights"
BATCH: Final = 200
REBUILD_BATCH: Final = 1000
LOCK: Final = 0x48_57_46  # with the kind and row: one writer for each thing at a time

Kind = Findable.Kind
ENTRIES: dict[Kind, type[Any]] = {
    Kind.DOMAIN: Domain,
    Kind.TAG: Tag,
    Kind.TERM: Term,
    Kind.PRODUCT: DataProduct,
}
TABLES: dict[Kind, type[Any]] = {
    Kind.DATASET: Dataset,
    Kind.JOB: Job,
    Kind.NAMESPACE: Namespace,
    **ENTRIES,
}

# By the index on what is urgent, and by the primary key.
TAKE_URGENT = """
DELETE FROM catalog_unfound WHERE id IN (
  SELECT id FROM catalog_unfound WHERE is_urgent ORDER BY id LIMIT %s
  FOR UPDATE SKIP LOCKED
) RETURNING kind, thing_id, is_urgent
"""
TAKE = """
DELETE FROM catalog_unfound WHERE id IN (
  SELECT id FROM catalog_unfound ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING kind, thing_id, is_urgent
"""
LOCK_THINGS = """
SELECT pg_advisory_xact_lock(key) FROM (
  SELECT DISTINCT hashint8extended(kind::bigint << 56 | thing, %s) AS key
  FROM unnest(%s::smallint[], %s::bigint[]) AS w(kind, thing) ORDER BY 1
) AS keys
"""
# By the unique index; what is as it was is not written again.
SAVE = """
INSERT INTO catalog_findable AS f
  (kind, thing_id, subject_id, namespace_id, dataset_id, job_id, alias_id, name, words,
   marks, pairs, bare_words, bare_marks, bare_pairs)
SELECT kind, thing, subject, namespace, dataset, job, alias, name, words::tsvector,
       marks::int[], pairs::int[], bare_words::tsvector, bare_marks::int[],
       bare_pairs::int[]
FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::text[], %s::text[], %s::text[])
  AS w(kind, thing, subject, namespace, dataset, job, alias, name, words, marks,
       pairs, bare_words, bare_marks, bare_pairs)
ORDER BY kind, thing
ON CONFLICT (kind, thing_id) DO UPDATE
SET subject_id = excluded.subject_id, namespace_id = excluded.namespace_id,
  dataset_id = excluded.dataset_id, job_id = excluded.job_id,
  alias_id = excluded.alias_id, name = excluded.name, words = excluded.words,
  marks = excluded.marks, pairs = excluded.pairs, bare_words = excluded.bare_words,
  bare_marks = excluded.bare_marks, bare_pairs = excluded.bare_pairs
WHERE (f.subject_id, f.namespace_id, f.dataset_id, f.job_id, f.alias_id, f.name,
       f.words, f.marks, f.pairs, f.bare_words, f.bare_marks, f.bare_pairs)
  IS DISTINCT FROM (excluded.subject_id, excluded.namespace_id, excluded.dataset_id,
       excluded.job_id, excluded.alias_id, excluded.name, excluded.words,
       excluded.marks, excluded.pairs, excluded.bare_words, excluded.bare_marks,
       excluded.bare_pairs)
"""
SAVE_TEXTS = """
INSERT INTO catalog_findabletext AS t (findable_id, body)
SELECT f.id, w.body::jsonb
FROM unnest(%s::smallint[], %s::bigint[], %s::text[]) AS w(kind, thing, body)
JOIN catalog_findable f ON f.kind = w.kind AND f.thing_id = w.thing
ON CONFLICT (findable_id) DO UPDATE SET body = excluded.body
WHERE t.body IS DISTINCT FROM excluded.body
"""
ADD_MARKS = """
INSERT INTO catalog_mark (field, value)
SELECT * FROM unnest(%s::smallint[], %s::text[]) AS w(field, value) ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
FIND_MARKS = """
SELECT m.field, m.value, m.id
FROM unnest(%s::smallint[], %s::text[]) AS w(field, value)
JOIN catalog_mark m ON m.field = w.field AND m.value = w.value
"""
NEW_WORDS = """
SELECT w.word FROM unnest(%s::text[]) AS w(word)
WHERE NOT EXISTS (SELECT FROM catalog_spokenword s WHERE s.word = w.word)
"""
ADD_WORDS = """
INSERT INTO catalog_spokenword (word, spellings)
SELECT word, spellings::text[] FROM unnest(%s::text[], %s::text[]) AS w(word, spellings)
ORDER BY word ON CONFLICT DO NOTHING
"""
NOTE = """
INSERT INTO catalog_unfound (kind, thing_id, is_urgent)
SELECT kind, thing, false FROM unnest(%s::smallint[], %s::bigint[]) AS w(kind, thing)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of Findable to be, and what is said when it is found."""

    kind: Kind
    thing: int
    subject: int
    namespace: int | None
    name: str
    facts: Facts
    lexemes: Lexemes
    is_alias: bool = False
    bare: "Entry | None" = None  # without its columns that have tags, if any has


def catch_up(at_most: int = BATCH) -> int:
    """Show what changed, the urgent first; returns how many notes were worked off.

    Several at once do not hinder each other. What another one is at is left to it.
    """
    if not Unfound.objects.exists():
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE_URGENT, [at_most])
        taken = cursor.fetchall()
        if len(taken) < at_most:
            cursor.execute(TAKE, [at_most - len(taken)])
            taken += cursor.fetchall()
        _note_what_follows(taken)
        index((Kind(kind), thing) for kind, thing, _ in taken)
    return len(taken)


def rebuild(home: Namespace | None = None) -> Iterator[tuple[int, int]]:
    """Write every findable anew, or those of one namespace, part by part.

    Yields how many things are done, and of how many. Searches go on meanwhile, and
    being interrupted does no harm.
    """
    sources = {kind: _ids(kind, home) for kind in TABLES}
    done, total = 0, sum(ids.count() for ids in sources.values())
    for kind, ids in sources.items():
        last = 0
        while part := list(ids.filter(pk__gt=last).order_by("pk")[:REBUILD_BATCH]):
            with transaction.atomic():
                index((kind, pk) for pk in part)
            last = part[-1]
            done += len(part)
            yield done, total


def _ids(kind: Kind, home: Namespace | None) -> Any:
    model = TABLES[kind]
    rows = model.objects.all() if kind in ENTRIES else model.objects.unrestricted(WHY)
    if home is not None and kind is Kind.NAMESPACE:
        rows = rows.filter(pk=home.pk)
    elif home is not None:
        rows = rows.none() if kind in ENTRIES else rows.filter(namespace=home)
    return rows.values_list("pk", flat=True)


def index(things: Iterable[tuple[Kind, int]]) -> None:
    """Write findables for these rows, or take them out, as it now is right."""
    wanted: dict[Kind, set[int]] = defaultdict(set)
    for kind, thing in things:
        wanted[kind].add(thing)
    if not wanted:
        return
    groups = _with_all_names(wanted)
    _lock(groups)
    # Each statement from here on sees what was committed before it; whatever changes
    # later leaves a note of its own.
    entries = list(_entries(groups))
    _remove_others(groups, entries)
    for part in batched(entries, REBUILD_BATCH):
        _save(part)


def _lock(wanted: dict[Kind, set[int]]) -> None:
    """One writer for each thing: the last one to read is the last one to write."""
    pairs = [(int(kind), thing) for kind, ids in wanted.items() for thing in ids]
    kinds, things = zip(*pairs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_THINGS, [LOCK, list(kinds), list(things)])


def _with_all_names(wanted: dict[Kind, set[int]]) -> dict[Kind, set[int]]:
    """The subjects; of a dataset's name, its canonical one and the name by itself."""
    groups = {kind: set(ids) for kind, ids in wanted.items()}
    if names := groups.get(Kind.DATASET):
        rows = Dataset.objects.unrestricted(WHY).filter(pk__among=list(names))
        groups[Kind.DATASET] |= set(rows.values_list("canonical_id", flat=True))
    return groups


def _entries(groups: dict[Kind, set[int]]) -> Iterator[Entry]:
    for kind, ids in groups.items():
        if kind is Kind.DATASET:
            yield from _dataset_entries(ids)
        elif kind is Kind.JOB:
            jobs = Job.objects.visible().unrestricted(WHY).filter(pk__among=list(ids))
            rows = list(jobs.select_related("namespace"))
            for job, found in _each(rows, facts.of_jobs(rows)):
                yield entry_of(kind, job.pk, job.namespace_id, found)
        elif kind is Kind.NAMESPACE:
            shown = Namespace.objects.visible().unrestricted(WHY)
            spaces = list(shown.filter(pk__among=list(ids)))
            for space, found in _each(spaces, facts.of_namespaces(spaces)):
                yield entry_of(kind, space.pk, space.pk, found)
        else:
            current = ENTRIES[kind].objects.current().filter(pk__among=list(ids))
            entries = list(current)
            for entry, found in _each(entries, facts.of_entries(kind, entries)):
                yield entry_of(kind, entry.pk, None, found)


def _each(rows: list[Any], found: dict[int, Facts]) -> Iterator[tuple[Any, Facts]]:
    return ((row, found[row.pk]) for row in rows)


def _dataset_entries(ids: set[int]) -> Iterator[Entry]:
    shown = Dataset.objects.visible().unrestricted(WHY).filter(pk__among=list(ids))
    datasets = list(shown.with_names())
    bare = _bare(datasets)
    for dataset, found in _each(datasets, facts.of_datasets(datasets)):
        entry = entry_of(Kind.DATASET, dataset.pk, dataset.namespace_id, found)
        yield replace(entry, bare=bare.get(dataset.pk))
        for name in dataset.names.all():
            if name.pk == dataset.pk:
                continue
            lexemes = Lexemes()
            lexemes.add_name(name.name)
            lexemes.add_place(name.namespace.name)
            yield Entry(
                Kind.DATASET,
                name.pk,
                dataset.pk,
                dataset.namespace_id,
                fold(name.name),
                found,
                lexemes,
                is_alias=True,
                bare=_bare_alias(bare.get(dataset.pk), lexemes),
            )


def _bare(datasets: list[Dataset]) -> dict[int, Entry]:
    """The datasets some of whose columns have tags, without these."""
    tagged = tagged_columns(dataset.pk for dataset in datasets)
    some = [dataset for dataset in datasets if dataset.pk in tagged.of]
    told = facts.of_datasets(some, tagged) if some else {}
    return {
        dataset.pk: entry_of(
            Kind.DATASET, dataset.pk, dataset.namespace_id, told[dataset.pk]
        )
        for dataset in some
    }


def _bare_alias(bare: Entry | None, lexemes: Lexemes) -> Entry | None:
    """Another name has words of its own, and the marks of its dataset."""
    return bare and replace(bare, lexemes=lexemes)


def entry_of(kind: Kind, pk: int, namespace: int | None, found: Facts) -> Entry:
    lexemes = Lexemes()
    lexemes.add_name(found.name)
    for synonym in found.said.get("synonym", ()):
        lexemes.add_name(synonym)
    for texts in found.said.values():
        lexemes.add_marks(texts)
    lexemes.add_marks(found.short.values())
    for text in (*found.descriptions, *found.notes):
        lexemes.add_prose(text)
    if kind in (Kind.DATASET, Kind.JOB):
        lexemes.add_place(found.namespace)
    for column in found.columns:
        lexemes.add_column(column)
    return Entry(kind, pk, pk, namespace, fold(found.name), found, lexemes)


def _remove_others(groups: dict[Kind, set[int]], entries: list[Entry]) -> None:
    """Take out what has none of these: hidden, retired, merged into another."""
    kept: dict[Kind, list[int]] = defaultdict(list)
    for entry in entries:
        kept[entry.kind].append(entry.thing)
    for kind, ids in groups.items():
        rows = Findable.objects.unrestricted(WHY).filter(kind=kind)
        # Among the subjects are names that were canonical once, and are no more.
        mine = rows.filter(subject_id__in=ids) | rows.filter(thing_id__in=ids)
        others = mine.exclude(thing_id__in=kept[kind]).order_by("pk")
        # Locked, so that one which another has just given to its new subject, for which
        # this one waits, is looked at again and left alone.
        gone = list(others.select_for_update().values_list("pk", flat=True))
        if gone:
            Findable.objects.unrestricted(WHY).filter(pk__in=gone).delete()


def _save(entries: Sequence[Entry]) -> None:
    marks = [_marks(each) for each in entries]
    # What is left out is among the marks of the whole.
    ids = _mark_ids({mark for own in marks for mark in own})
    _remember_words({w for each in entries for w in each.lexemes.spoken})
    rows = [
        (
            int(each.kind),
            each.thing,
            each.subject,
            each.namespace,
            each.subject if each.kind is Kind.DATASET else None,
            each.subject if each.kind is Kind.JOB else None,
            each.thing if each.is_alias else None,
            each.name,
            each.lexemes.text(),
            _array(ids[mark] for mark in own),
            _array(sorted(each.lexemes.pairs)),
            each.bare and each.bare.lexemes.text(),
            each.bare and _array(ids[mark] for mark in _marks(each.bare)),
            each.bare and _array(sorted(each.bare.lexemes.pairs)),
        )
        for each, own in zip(entries, marks, strict=True)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    bodies = [orjson.dumps(each.facts.as_json()).decode() for each in entries]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, columns)
        cursor.execute(SAVE_TEXTS, [columns[0], columns[1], bodies])


def _marks(entry: Entry) -> list[tuple[Mark.Field, str]]:
    return list(dict.fromkeys(entry.facts.marks(entry.kind)))


def _array(numbers: Iterable[int]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _mark_ids(marks: set[tuple[Mark.Field, str]]) -> dict[tuple[Mark.Field, str], int]:
    wanted: tuple[list[int], list[str]] = (
        [int(field) for field, _ in sorted(marks)],
        [value for _, value in sorted(marks)],
    )
    found: dict[tuple[Mark.Field, str], int] = {}
    with connection.cursor() as cursor:
        for statement in (FIND_MARKS, ADD_MARKS, FIND_MARKS):
            if len(found) == len(marks):
                break
            cursor.execute(statement, list(wanted))
            if statement is FIND_MARKS:
                rows = cursor.fetchall()
                found = {(Mark.Field(f), value): i for f, value, i in rows}
    return found


def _remember_words(spoken: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NEW_WORDS, [sorted(spoken)])
        new = sorted(word for (word,) in cursor.fetchall())
        if new:
            spelled = ["{" + ",".join(sorted(spellings(word))) + "}" for word in new]
            cursor.execute(ADD_WORDS, [new, spelled])


def spellings(word: str) -> set[str]:
    """A word and what is left of it without one of its letters.

    Two words that one mistake (a letter too many, missing, wrong, or changed places
    with the next) makes of each other have one of these in common.
    """
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _note_what_follows(taken: list[tuple[int, int, bool]]) -> None:
    """Note the assets that inherit, from a namespace or domain, or bear a word."""
    following: set[tuple[Kind, int]] = set()
    for kind, thing, is_urgent in taken:
        if kind == Kind.NAMESPACE and is_urgent:
            following |= _within(thing)
        elif kind in ENTRIES:
            following |= _bearers(Kind(kind), thing)
    if following:
        with connection.cursor() as cursor:
            kinds, things = zip(*sorted(following), strict=True)
            cursor.execute(NOTE, [list(map(int, kinds)), list(things)])


def _within(namespace: int) -> set[tuple[Kind, int]]:
    datasets = Dataset.objects.canonical().unrestricted(WHY)
    jobs = Job.objects.seen().unrestricted(WHY)
    return {
        (kind, pk)
        for kind, rows in ((Kind.DATASET, datasets), (Kind.JOB, jobs))
        for pk in rows.filter(namespace=namespace).values_list("pk", flat=True)
    }


def _bearers(kind: Kind, thing: int) -> set[tuple[Kind, int]]:
    """The assets of which a word of the vocabulary is said, where its own row shows
    that it was renamed or retired, or is a domain, whose owners are theirs.
    """
    entry = ENTRIES[kind].objects.filter(pk=thing).first()
    if entry is None:
        return set()
    before = (
        Findable.objects.unrestricted(WHY).filter(kind=kind, thing_id=thing).first()
    )
    is_same = before is not None and before.name == fold(entry.name)
    if kind is not Kind.DOMAIN and (before is None or is_same) and not entry.is_retired:
        return set()
    relations = {
        Kind.DOMAIN: "placements",
        Kind.TAG: "assignments",
        Kind.TERM: "links",
        Kind.PRODUCT: "outputs",
    }
    entries = [entry]
    if kind is Kind.DOMAIN:
        entries += Domain.objects.filter(name__startswith=f"{entry.name}/")
    found: set[tuple[Kind, int]] = set()
    for each in entries:
        rows = getattr(each, relations[kind]).standing()
        for space, dataset, job in rows.values_list("namespace", "dataset", "job"):
            if dataset:
                found.add((Kind.DATASET, dataset))
            elif job:
                found.add((Kind.JOB, job))
            else:
                found |= {(Kind.NAMESPACE, space), *_within(space)}
    return found
