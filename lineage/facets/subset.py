"""Which part of a dataset was read or written?"""

from __future__ import annotations

from typing import Any

import msgspec

from lineage.conformance import Conformance
from lineage.facets.lenient import convert

MAX_CONDITIONS = 64


class Partition(msgspec.Struct, frozen=True):
    identifier: str = ""
    dimensions: dict[str, Any] = {}


class LocationCondition(msgspec.Struct, frozen=True, tag="location"):
    locations: tuple[str, ...] = ()


class PartitionCondition(msgspec.Struct, frozen=True, tag="partition"):
    partitions: tuple[Partition, ...] = ()


class Operand(msgspec.Struct, frozen=True):
    """A column by `field`, or a literal by `value`."""

    type: str = ""
    field: str = ""
    value: str = ""


class CompareCondition(msgspec.Struct, frozen=True, tag="compare"):
    left: Operand
    right: Operand
    comparison: str = ""


class BinaryCondition(msgspec.Struct, frozen=True, tag="binary"):
    left: Condition
    right: Condition
    operator: str = ""


Condition = LocationCondition | PartitionCondition | CompareCondition | BinaryCondition


class Subset(msgspec.Struct, frozen=True):
    condition: Condition | None


class SentInputSubset(msgspec.Struct, frozen=True):
    condition: dict[str, Any] | None = msgspec.field(
        name="inputCondition", default=None
    )


class SentOutputSubset(msgspec.Struct, frozen=True):
    condition: dict[str, Any] | None = msgspec.field(
        name="outputCondition", default=None
    )


def read_input_subset(sent: SentInputSubset, warnings: list[Conformance]) -> Subset:
    return Subset(_condition(sent.condition, "/inputCondition", 0, warnings))


def read_output_subset(sent: SentOutputSubset, warnings: list[Conformance]) -> Subset:
    return Subset(_condition(sent.condition, "/outputCondition", 0, warnings))


def _condition(
    sent: object, at: str, depth: int, warnings: list[Conformance]
) -> Condition | None:
    """Read a condition; one that is not understood takes those around it along."""
    if not isinstance(sent, dict) or depth > MAX_CONDITIONS:
        warnings.append(
            Conformance(at, "condition_unread", "It is no condition that can be read.")
        )
        return None
    match sent.get("type"):
        case "location":
            return _fitted(sent, LocationCondition, at, warnings)
        case "partition":
            return _fitted(sent, PartitionCondition, at, warnings)
        case "compare":
            return _fitted(sent, CompareCondition, at, warnings)
        case "binary":
            left = _condition(sent.get("left"), f"{at}/left", depth + 1, warnings)
            right = _condition(sent.get("right"), f"{at}/right", depth + 1, warnings)
            if left is None or right is None:
                return None
            return BinaryCondition(left, right, str(sent.get("operator", "")))
    warnings.append(
        Conformance(f"{at}/type", "condition_unread", "No such condition is known.")
    )
    return None


def _fitted[T](
    sent: object, wanted: type[T], at: str, warnings: list[Conformance]
) -> T | None:
    inner: list[Conformance] = []
    read = convert(sent, wanted, inner)
    warnings.extend(
        Conformance(at + one.pointer, one.code, one.message) for one in inner
    )
    return read
