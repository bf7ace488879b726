"""What would change if something was said: what is new, other, gone, or so already?"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.curation.kinds import Kind
from catalog.curation.subjects import Subject
from catalog.models import OnAsset

type SubjectKey = tuple[str, int, str]
type Place = tuple[SubjectKey, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Saying:
    """A statement to make, with `fields` of its kind; None takes it back.

    Taking back without `identity` takes back all of the kind about the subject; with
    `said`, a value and a detail (or ""), only what says that.
    """

    kind: Kind
    subject: Subject
    fields: dict[str, Any] | None
    identity: tuple[Any, ...] | None = None
    said: tuple[str, str] | None = None


class Outcome(StrEnum):
    """What becomes of one of several sayings."""

    NEW = "new"
    REPLACED = "replaced"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    OVERRIDDEN = "overridden"  # a later one of the same batch says otherwise


@dataclass(slots=True)
class Effect:
    """What becomes of one place: a subject, and an identity of a kind.

    `staying` says already what is wanted, `after` is to be opened, `ending` to be
    closed. `by` is the index of the saying that decided.
    """

    kind: Kind
    subject: Subject
    before: list[OnAsset]
    fields: dict[str, Any] | None = None
    by: int | None = None
    ending: list[OnAsset] = field(default_factory=list)
    after: OnAsset | None = None
    staying: OnAsset | None = None
    outcome: Outcome = Outcome.UNCHANGED

    @property
    def standing(self) -> list[OnAsset]:
        """What the sayings so far leave."""
        if self.by is None:
            return self.before
        return [] if self.fields is None else [self.kind.model(**self.fields)]

    def settle(self) -> None:
        """Reckon what is to be closed and opened."""
        wanted = self.fields
        if self.by is None:
            return
        if wanted is None:
            self.ending = self.before
            self.outcome = Outcome.REMOVED if self.before else Outcome.UNCHANGED
            return
        saying_so = [row for row in self.before if says(row, wanted)]
        if saying_so:
            # Two names of one dataset may have said different things.
            self.staying = saying_so[0]
            self.ending = [row for row in self.before if row not in saying_so]
        else:
            self.after = self.kind.model(**self.subject.keys, **wanted)
            self.ending = self.before
        if self.ending:
            self.outcome = Outcome.REPLACED
        elif self.after is not None:
            self.outcome = Outcome.NEW


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a batch of sayings does: by place, and for each saying in their order."""

    effects: list[Effect]
    outcomes: list[Outcome]
    # What stood in the places that each saying is about, before all of them.
    before: list[list[OnAsset]]


def foresee(sayings: Sequence[Saying]) -> Foreseen:
    """Reckon what saying these would do, without doing it.

    Of two about one place the last counts. The number of queries follows the number of
    kinds.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, saying in enumerate(sayings):
        groups[saying.kind.name].append(index)
    effects: list[Effect] = []
    touched: list[list[Effect]] = [[] for _ in sayings]
    for indexes in groups.values():
        kind = sayings[indexes[0]].kind
        subjects = {sayings[i].subject.key: sayings[i].subject for i in indexes}
        places = _Places(kind, subjects)
        for index in indexes:
            touched[index] = places.say(index, sayings[index])
        effects += places.effects.values()
    for effect in effects:
        effect.settle()
    return Foreseen(
        effects,
        [
            _outcome(index, saying, places)
            for index, (saying, places) in enumerate(zip(sayings, touched, strict=True))
        ],
        [[row for effect in places for row in effect.before] for places in touched],
    )


class _Places:
    """What is said of some subjects in one kind, while sayings are gone through."""

    def __init__(self, kind: Kind, subjects: dict[SubjectKey, Subject]) -> None:
        self.kind, self.subjects = kind, subjects
        self.effects: dict[Place, Effect] = {}
        self.of_subject: dict[SubjectKey, list[Effect]] = defaultdict(list)
        for (key, identity), rows in standing_about(kind, subjects).items():
            self._add((key, identity), rows)

    def say(self, index: int, saying: Saying) -> list[Effect]:
        """Take account of one more; the places that it is about."""
        key = saying.subject.key
        if saying.fields is not None:
            place = (key, self.kind.identity_of(saying.fields))
            effect = self.effects.get(place) or self._add(place, [])
            if effect.by is None or effect.fields != saying.fields:
                effect.fields, effect.by = saying.fields, index
            return [effect]
        if saying.identity is None:
            about = self.of_subject[key]
        else:
            found = self.effects.get((key, saying.identity))
            about = [found] if found else []
        about = [effect for effect in about if self._fits(effect, saying)]
        for effect in about:
            if effect.by is None or effect.fields is not None:
                effect.fields, effect.by = None, index
        return about

    def _fits(self, effect: Effect, saying: Saying) -> bool:
        if saying.said is None:
            return True
        value, detail = saying.said
        return any(
            self.kind.value(row) == value and detail in ("", self.kind.detail(row))
            for row in effect.standing
        )

    def _add(self, place: Place, before: list[OnAsset]) -> Effect:
        effect = Effect(self.kind, self.subjects[place[0]], before)
        self.effects[place] = effect
        self.of_subject[place[0]].append(effect)
        return effect


def standing_about(
    kind: Kind, subjects: dict[SubjectKey, Subject]
) -> dict[Place, list[OnAsset]]:
    """What stands of a kind about these subjects, by subject and identity."""
    found: dict[Place, list[OnAsset]] = defaultdict(list)
    for subject_kind in {key[0] for key in subjects}:
        is_dataset = subject_kind == "dataset"
        lookup = "dataset__canonical" if is_dataset else subject_kind
        ids = list({key[1] for key in subjects if key[0] == subject_kind})
        rows = kind.model._default_manager.filter(
            recorded_to=None, **kind.fixed, **{f"{lookup}__among": ids}
        ).select_related(*related(kind.model))
        for row in rows.order_by("recorded_from", "pk"):
            pk = getattr(row, f"{subject_kind}_id")
            if row.dataset is not None:
                pk = row.dataset.canonical_id
            key = (subject_kind, pk, row.column)
            if key in subjects:
                found[(key, kind.identity_of(row))].append(row)
    return found


def says(row: OnAsset, fields: dict[str, Any]) -> bool:
    """Whether a statement has these fields."""
    return all(getattr(row, name) == value for name, value in fields.items())


def related(model: type[OnAsset]) -> list[str]:
    """What is read along with a statement: what it names and is about, named whole."""
    deep = ("dataset", "job", "successor_dataset", "successor_job")
    return [
        f"{field.name}__namespace" if field.name in deep else field.name
        for field in model._meta.fields
        if field.is_relation and field.name not in ("opened_in", "closed_in")
    ]


def _outcome(index: int, saying: Saying, places: list[Effect]) -> Outcome:
    own = [effect.outcome for effect in places if effect.by == index]
    for outcome in (Outcome.REMOVED, Outcome.REPLACED, Outcome.NEW):
        if outcome in own:
            return outcome
    if own or all(effect.fields == saying.fields for effect in places):
        return Outcome.UNCHANGED
    return Outcome.OVERRIDDEN
