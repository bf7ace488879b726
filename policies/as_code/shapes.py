"""What may stand where in a text: every fault is noted, with the way out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from policies.as_code.nodes import Fault, Items, Node, Pairs, Place, Scalar

TRUTHS = {"true": True, "false": False}


class Shapes:
    """Takes nodes for what they should be; what is wrong is added to `faults`."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, node: Node | Place, message: str) -> None:
        place = node if isinstance(node, Place) else node.place
        self.faults.append(Fault(message, place))

    def members(
        self, node: Node, what: str, known: Iterable[str], needed: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The members of a mapping, of which all names are known."""
        known = list(known)
        found: dict[str, Node] = {}
        for key, value in self.pairs(node, what):
            if key.text not in known:
                near = get_close_matches(key.text, known, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.fault(
                    key,
                    f"There is no {key.text!r} in {what}. There are: "
                    f"{', '.join(known)}{hint}",
                )
                continue
            found[key.text] = value
        for name in needed:
            if name not in found and isinstance(node, Pairs):
                self.fault(node, f"{what[0].upper()}{what[1:]} needs {name!r}.")
        return found

    def pairs(self, node: Node, what: str) -> Iterator[tuple[Scalar, Node]]:
        """The pairs of a mapping, each key once."""
        if not isinstance(node, Pairs):
            if not _is_nothing(node):
                self.fault(node, f"Here stands {what}: names, each with a colon.")
            return
        seen: dict[str, Place] = {}
        for key, value in node.pairs:
            if key.text in seen:
                self.fault(
                    key,
                    f"{key.text!r} stands here twice, first in line "
                    f"{seen[key.text].line}. Keep one.",
                )
                continue
            seen[key.text] = key.place
            yield key, value

    def items(self, node: Node | None, what: str) -> list[Node]:
        """The items of a list; nothing at all is an empty one."""
        if node is None or _is_nothing(node):
            return []
        if isinstance(node, Items):
            return node.items
        self.fault(node, f"Here stands a list of {what}: [one, another].")
        return []

    def text(self, node: Node | None, what: str, most: int = 1024) -> str:
        """A text of any letters; a plain word is itself, whatever YAML makes of it."""
        if node is None:
            return ""
        if not isinstance(node, Scalar) or _is_nothing(node):
            self.fault(node, f"Here stands {what}: a text.")
            return ""
        if len(node.text) > most:
            self.fault(node, f"{what[0].upper()}{what[1:]} has {most} letters at most.")
        return node.text

    def name(self, node: Node | None, what: str, most: int = 1024) -> str:
        """A text that says something."""
        before = len(self.faults)
        text = self.text(node, what, most)
        if node is not None and len(self.faults) == before and not text.strip():
            self.fault(node, f"Here stands {what}: it is empty.")
        return text

    def texts(self, node: Node | None, what: str) -> list[tuple[str, Node]]:
        """A list of texts, none of them twice."""
        found: dict[str, Node] = {}
        for item in self.items(node, what):
            text = self.name(item, what)
            if text in found:
                self.fault(item, f"{text!r} stands here twice. Keep one.")
            elif text:
                found[text] = item
        return list(found.items())

    def truth(self, node: Node | None, what: str) -> bool:
        if node is None:
            return False
        if isinstance(node, Scalar) and node.is_plain and node.text in TRUTHS:
            return TRUTHS[node.text]
        self.fault(node, f"{what[0].upper()}{what[1:]} is true or false.")
        return False

    def choice(self, node: Node | None, what: str, choices: Iterable[str]) -> str:
        """One of some words; "" for a fault, and for none."""
        text = self.text(node, what)
        some = [str(choice) for choice in choices]
        if text and text not in some:
            near = get_close_matches(text, some, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            assert node is not None
            self.fault(
                node, f"There is no {what} {text!r}; there are {', '.join(some)}.{hint}"
            )
            return ""
        return text

    def moment(self, node: Node | None, what: str) -> datetime | None:
        """A time; without a zone it is UTC, and without an hour midnight."""
        text = self.text(node, what)
        if not text or node is None:
            return None
        try:
            found = datetime.fromisoformat(text)
            zoned = found if found.tzinfo else found.replace(tzinfo=UTC)
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fault(
                node,
                f"{what[0].upper()}{what[1:]} is a time such as 2027-03-31T18:00:00Z.",
            )
            return None


def plain_value(node: Node) -> Any:
    """A node as JSON has it: true and false are truth values, all else is text."""
    match node:
        case Pairs(_, pairs):
            return {key.text: plain_value(value) for key, value in pairs}
        case Items(_, items):
            return [plain_value(item) for item in items]
        case Scalar(_, text, is_plain):
            return TRUTHS.get(text, text) if is_plain else text


def node_at(node: Node, pointer: str) -> Node:
    """The node that an RFC 6901 pointer leads to, or the last one on the way."""
    for step in pointer.split("/")[1:]:
        match node:
            case Pairs(_, pairs):
                inner: Mapping[str, Node] = {key.text: value for key, value in pairs}
                if step not in inner:
                    return node
                node = inner[step]
            case Items(_, items):
                if not step.isdecimal() or int(step) >= len(items):
                    return node
                node = items[int(step)]
            case _:
                return node
    return node


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_plain and node.text in ("", "~", "null")
