"""What does a YAML text say, and where does it say it?

A subset of YAML: mappings, lists and texts. There are no anchors, aliases, tags or
merge keys, and a plain word is that word: what it means is for its reader to say, so
that `no` is no truth value where a name is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 8 * 2**20
MAX_DEPTH = 32
# libyaml's, if PyYAML was built with it: some ten times as fast.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a text, where, and what to do."""

    message: str
    place: Place = Place(1, 1)

    def spelt(self, name: str) -> str:
        """As compilers write it."""
        return f"{name}:{self.place.line}:{self.place.column}: {self.message}"


class TextInvalid(ValueError):
    """A text cannot be read; `faults` are all that were found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.spelt("line") for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Scalar:
    place: Place
    text: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Items:
    place: Place
    items: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pairs:
    place: Place
    pairs: list[tuple[Scalar, "Node"]] = field(default_factory=list)


type Node = Scalar | Items | Pairs


def read_nodes(content: bytes | str) -> Node:
    """Read one document. Raises TextInvalid at its first fault."""
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    if len(content) > MAX_BYTES:
        raise TextInvalid([Fault(f"The text has more than {MAX_BYTES} bytes.")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        message = "The text is not UTF-8: save it as UTF-8."
        raise TextInvalid([Fault(message, Place(line, 1))]) from None
    try:
        return _Building(yaml.parse(text, Loader=LOADER)).document()
    except yaml.YAMLError as error:
        raise TextInvalid([_fault_of(error)]) from None


class _Building:
    """Makes nodes of a parser's events, without recursion."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.open: list[tuple[Items | Pairs, list[Scalar]]] = []
        self.root: Node | None = None

    def document(self) -> Node:
        for event in self.events:
            self._take(event, _place(event.start_mark))
        if self.root is None:
            raise TextInvalid([Fault("The text is empty.")])
        return self.root

    def _take(self, event: yaml.Event, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise TextInvalid(
                [Fault("Anchors and aliases are not used here: write it out.", place)]
            )
        if (tag := getattr(event, "tag", None)) not in (None, "!"):
            raise TextInvalid([Fault(f"Leave the tag {tag} out.", place)])
        match event:
            case yaml.ScalarEvent():
                _demand_storable(event.value, place)
                self._put(Scalar(place, event.value, event.implicit[0]))
            case yaml.MappingStartEvent():
                self._begin(Pairs(place))
            case yaml.SequenceStartEvent():
                self._begin(Items(place))
            case yaml.CollectionEndEvent():
                self.open.pop()
            case yaml.DocumentStartEvent() if self.root is not None:
                raise TextInvalid([Fault("A file holds one document.", place)])

    def _begin(self, node: Items | Pairs) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise TextInvalid(
                [Fault(f"It nests more than {MAX_DEPTH} deep.", node.place)]
            )
        self._put(node)
        self.open.append((node, []))

    def _put(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        container, waiting = self.open[-1]
        if isinstance(container, Items):
            container.items.append(node)
        elif waiting:
            container.pairs.append((waiting.pop(), node))
        elif isinstance(node, Scalar):
            waiting.append(node)
        else:
            raise TextInvalid([Fault("A key is a word.", node.place)])


def _demand_storable(text: str, place: Place) -> None:
    """Refuse what no database takes: NUL, and halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise TextInvalid(
            [Fault("A half of a character stands here.", place)]
        ) from None
    if "\0" in text:
        raise TextInvalid([Fault("A text has no NUL in it.", place)])


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _fault_of(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    context = getattr(error, "context", None)
    message = f"This is no YAML: {problem}"
    if context:
        message += f" {context}"
    return Fault(f"{message}.", _place(mark) if mark else Place(1, 1))
