"""How does what people declared in Marquez become what people declare here?

All of it is one change, "import from Marquez", which can be undone whole. What people
here have said or taken back since stays so: an import only adds.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import batched
from typing import Any

from catalog.curation import values
from catalog.curation.faults import Refused
from catalog.curation.kinds import KINDS, Kind
from catalog.curation.subjects import Subject
from catalog.models import (
    Change,
    Dataset,
    Entry,
    Job,
    Namespace,
    Revision,
    Source,
    Tag,
)
from catalog.services import Changing, Saying, changing, define_entry
from catalog.services.changing import rehearsing
from lineage.marquez import queries
from lineage.marquez.importing import Import
from lineage.marquez.rows import NamespaceRow, SourceRow, TaggedRow, TagRow
from lineage.redaction import scrub

REASON = "import from Marquez"
WHY = "an import acts for the system"
NOBODY = "anonymous"  # whom Marquez names as owner where nobody was named
DEFAULT_SOURCE = "default"  # Marquez makes it for datasets whose source nobody tells
UNKNOWN = "Nothing of this name came over, so nothing can be said of it."
LOOKED_UP = 500  # at once

Key = tuple[tuple[str, int, str], tuple[Any, ...]]
Placed = tuple[str, Saying]  # where it stands in Marquez, and what it becomes


def take_declarations(job: Import) -> None:
    """Sources, tags, and the owners and descriptions of namespaces."""
    act = rehearsing if job.is_trial else partial(changing, reason=REASON)
    with act(actor=None, via=Change.Via.MARQUEZ) as making:
        _Declarations(job, making).take()


class _Declarations:
    """One change, while an import makes it."""

    def __init__(self, job: Import, making: Changing) -> None:
        self.job = job
        self.making = making
        self.tags: dict[str, Tag] = {}

    def take(self) -> None:
        rows = self.job.read("sources", queries.SOURCES, SourceRow)
        for place, source in rows:
            if source.name != DEFAULT_SOURCE or source.url:
                self._define("sources", place, Source, _facts_of_source, source)
        for place, tag in self.job.read("tags", queries.TAGS, TagRow):
            defined = self._define("tags", place, Tag, _facts_of_tag, tag)
            if isinstance(defined, Tag):
                self.tags[tag.name] = defined
        self._say("namespaces", self._of_namespaces())
        self._say("tag mappings", self._of_tagged())

    def _define[R, E: Entry](
        self,
        what: str,
        place: str,
        model: type[E],
        facts: Callable[[R], dict[str, Any]],
        row: R,
    ) -> E | None:
        """The entry of a name: the one that is here, or else a new one."""
        tally = self.job.report.tally(what)
        entries: Any = model._default_manager
        try:
            told = facts(row)
            found: E | None = entries.filter(name=told["name"]).first()
            if found is not None and not found.is_retired:
                tally.known += 1
                return found
            if found is not None and not _is_undone(found):
                reason = "It was retired here, and stays so."
                self.job.part(what, place, "retired", reason)
                return None
            defined = define_entry(self.making, model, told)
        except Refused as refused:
            self.job.refuse(what, place, "entry_refused", str(refused))
            return None
        tally.new += 1
        return defined

    def _of_namespaces(self) -> Iterator[Placed]:
        rows = self.job.read("namespaces", queries.NAMESPACES, NamespaceRow)
        for chunk in batched(rows, LOOKED_UP):
            names = {row.name for _, row in chunk}
            spaces = Namespace.objects.unrestricted(WHY).filter(name__in=names)
            found = {space.name: space for space in spaces}
            for place, row in chunk:
                said = _said_of(row)
                if not said:
                    continue
                space = found.get(row.name)
                if space is None:
                    self._unknown("namespaces", place)
                    continue
                subject = Subject("namespace", space)
                for kind, fields in said:
                    yield place, Saying(KINDS[kind], subject, fields)

    def _of_tagged(self) -> Iterator[Placed]:
        rows = self.job.read("tag mappings", queries.TAGGED, TaggedRow)
        for chunk in batched(rows, LOOKED_UP):
            found = _assets([row for _, row in chunk])
            for place, row in chunk:
                asset = found.get((row.kind, row.namespace, row.name))
                tag = self.tags.get(row.tag)
                if asset is None:
                    self._unknown("tag mappings", place)
                elif tag is None:
                    reason = f"The tag {row.tag!r} did not come over."
                    self.job.refuse("tag mappings", place, "unknown_tag", reason)
                else:
                    subject = Subject(row.kind, asset, row.column)
                    yield place, Saying(KINDS["tag"], subject, {"tag": tag})

    def _say(self, what: str, placed: Iterable[Placed]) -> None:
        """Say what is not said, and was not taken back, since an earlier import."""
        tally = self.job.report.tally(what)
        for chunk in batched(placed, LOOKED_UP):
            sayings = []
            for kind in {saying.kind.name for _, saying in chunk}:
                own = [saying for _, saying in chunk if saying.kind.name == kind]
                before = _said_before(KINDS[kind], own)
                sayings += [one for one in own if _key(one) not in before]
            tally.new += len(sayings)
            tally.known += len(chunk) - len(sayings)
            self.making.say(sayings)

    def _unknown(self, what: str, place: str) -> None:
        if self.job.is_trial:
            self.job.report.tally(what).new += 1  # its asset may come over before
        else:
            self.job.refuse(what, place, "unknown", UNKNOWN)


def _facts_of_source(row: SourceRow) -> dict[str, Any]:
    return {
        "name": values.text_of(row.name, "The name", most=values.NAME_MAX),
        "description": row.description or "",
        "type": row.type or "",
        "connection_url": scrub(row.url or ""),
    }


def _facts_of_tag(row: TagRow) -> dict[str, Any]:
    name = values.text_of(row.name, "The name", most=values.NAME_MAX)
    if not all(part.strip() for part in name.split(Tag.SEPARATOR)):
        raise Refused(f"Each part of a tag between {Tag.SEPARATOR!r} needs a text.")
    return {"name": name, "description": row.description or ""}


def _is_undone(entry: Entry) -> bool:
    """Whether an undo retired it, not somebody who meant that."""
    standing = Revision.objects.standing().filter(
        kind=entry._meta.model_name, entry_id=entry.pk
    )
    return standing.filter(opened_in__undoes__isnull=False).exists()


def _said_of(row: NamespaceRow) -> list[tuple[str, dict[str, Any]]]:
    """What a namespace's row says, as fields of statements."""
    said: list[tuple[str, dict[str, Any]]] = []
    if row.description and row.description.strip():
        said.append(("description", {"text": row.description.strip()}))
    if row.owner and row.owner.strip() and row.owner != NOBODY:
        said.append(("owner", _owner(row.owner.strip())))
    return said


def _owner(name: str) -> dict[str, Any]:
    """The principal of this name, or else the plain name."""
    try:
        return values.owner_of(name, "technical")
    except Refused:
        return values.owner_of(f"name:{name}", "technical")


def _assets(rows: Iterable[TaggedRow]) -> dict[tuple[str, str, str], Dataset | Job]:
    """The assets of these names, by kind, namespace and name; datasets canonical."""
    wanted = [(row.kind, row.namespace, row.name) for row in rows]
    found: dict[tuple[str, str, str], Dataset | Job] = {}
    for kind, model in (("dataset", Dataset), ("job", Job)):
        own = [(space, name) for of, space, name in wanted if of == kind]
        related = ["namespace"]
        if kind == "dataset":
            related += ["canonical", "canonical__namespace"]
        manager: Any = model.objects
        for one in (
            manager.unrestricted(WHY)
            .filter(
                namespace__name__in={space for space, _ in own},
                name__in={name for _, name in own},
            )
            .select_related(*related)
        ):
            key = (kind, one.namespace.name, one.name)
            found[key] = one.canonical if isinstance(one, Dataset) else one
    return found


def _key(saying: Saying) -> Key:
    assert saying.fields is not None
    return saying.subject.key, saying.kind.identity_of(saying.fields)


def _said_before(kind: Kind, sayings: Iterable[Saying]) -> set[Key]:
    """What stands of these, and what an earlier import said and people took back."""
    found: set[Key] = set()
    subjects = {saying.subject.key: saying.subject for saying in sayings}
    manager: Any = kind.model._default_manager
    for of in {key[0] for key in subjects}:
        lookup = "dataset__canonical" if of == "dataset" else of
        ids = [key[1] for key in subjects if key[0] == of]
        rows = manager.filter(**kind.fixed, **{f"{lookup}__in": ids}).select_related(
            "opened_in", "closed_in", "dataset"
        )
        for row in rows:
            is_taken_back = (
                row.opened_in.via == Change.Via.MARQUEZ
                and row.closed_in is not None
                and row.closed_in.undoes_id is None
            )
            if row.recorded_to is not None and not is_taken_back:
                continue
            pk = row.dataset.canonical_id if row.dataset else getattr(row, f"{of}_id")
            found.add(((of, pk, row.column), kind.identity_of(row)))
    return found
