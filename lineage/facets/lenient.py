"""How much of a value fits a type, when not all of it does?"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from lineage.conformance import Conformance
from lineage.json_text import pointer

_NOTHING = object()
_KINDS = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def convert[T](
    document: object, wanted: type[T], warnings: list[Conformance]
) -> T | None:
    """Read `document` as a `wanted`; what does not fit is left out, with a warning.

    Numbers and booleans become text where text is wanted, and the other way round where
    nothing is lost. A struct without a member that it cannot do without is left out
    itself.
    """
    try:
        return msgspec.convert(document, wanted)
    except (msgspec.ValidationError, RecursionError):
        value = _Fitting(warnings).fit(document, inspect.type_info(wanted), "")
        return None if value is _NOTHING else value


class _Fitting:
    def __init__(self, warnings: list[Conformance]) -> None:
        self.warnings = warnings

    def fit(self, value: Any, wanted: inspect.Type, at: str) -> Any:
        match wanted:
            case inspect.AnyType():
                return value
            case inspect.Metadata(type=inner):
                return self.fit(value, inner, at)
            case inspect.UnionType(types=types):
                return self._union(value, types, at)
            case inspect.StructType():
                return self._struct(value, wanted, at)
            case inspect.VarTupleType(item_type=item):
                return self._items(value, item, at)
            case inspect.DictType(value_type=member):
                return self._members(value, member, at)
            case inspect.StrType():
                return self._text(value, at)
            case inspect.BoolType():
                return self._boolean(value, at)
            case inspect.IntType():
                return self._integer(value, wanted, at)
            case inspect.FloatType():
                return self._number(value, at)
        raise TypeError(f"No reading of {wanted} is known.")

    def _union(self, value: Any, types: tuple[inspect.Type, ...], at: str) -> Any:
        if value is None and any(isinstance(one, inspect.NoneType) for one in types):
            return None
        present = [one for one in types if not isinstance(one, inspect.NoneType)]
        return self.fit(value, present[0], at)

    def _struct(self, value: Any, wanted: inspect.StructType, at: str) -> Any:
        if not isinstance(value, dict):
            return self._misfit(at, "an object", value)
        members: dict[str, Any] = {}
        for field in self._fields(wanted):
            sent = value.get(field.encode_name)
            fitted = _NOTHING
            if sent is not None or (
                isinstance(field.type, inspect.AnyType) and field.encode_name in value
            ):
                fitted = self.fit(sent, field.type, at + pointer(field.encode_name))
            elif field.required:
                self._warn(
                    at + pointer(field.encode_name),
                    "member_missing",
                    f"Without {field.encode_name} this was not read.",
                )
            if fitted is not _NOTHING:
                members[field.name] = fitted
            elif field.required:
                return _NOTHING
        return wanted.cls(**members)

    def _fields(self, wanted: inspect.StructType) -> tuple[inspect.Field, ...]:
        # Struct types inside of themselves are described once, without their fields.
        return wanted.fields or _fields(wanted.cls)

    def _items(self, value: Any, item: inspect.Type, at: str) -> Any:
        if not isinstance(value, list):
            return self._misfit(at, "an array", value)
        fitted = (
            self.fit(one, item, f"{at}/{index}") for index, one in enumerate(value)
        )
        return tuple(one for one in fitted if one is not _NOTHING)

    def _members(self, value: Any, member: inspect.Type, at: str) -> Any:
        if not isinstance(value, dict):
            return self._misfit(at, "an object", value)
        fitted = {
            key: self.fit(one, member, at + pointer(key)) for key, one in value.items()
        }
        return {key: one for key, one in fitted.items() if one is not _NOTHING}

    def _text(self, value: Any, at: str) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return self._read_as(at, "true" if value else "false", value)
        if isinstance(value, int | float):
            return self._read_as(at, str(value), value)
        return self._misfit(at, "a string", value)

    def _boolean(self, value: Any, at: str) -> Any:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return self._read_as(at, value.lower() == "true", value)
        return self._misfit(at, "a boolean", value)

    def _integer(self, value: Any, wanted: inspect.IntType, at: str) -> Any:
        number: int | None = None
        if isinstance(value, int) and not isinstance(value, bool):
            number = value
        elif isinstance(value, float) and value.is_integer():
            number = int(value)
        elif isinstance(value, str) and len(value) < 20 and _is_whole(value):
            number = self._read_as(at, int(value), value)
        if number is None:
            return self._misfit(at, "a whole number", value)
        if (wanted.ge is not None and number < wanted.ge) or (
            wanted.le is not None and number > wanted.le
        ):
            self._warn(
                at, "out_of_range", "The number is out of range; it was not read."
            )
            return _NOTHING
        return number

    def _number(self, value: Any, at: str) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                pass
            else:
                if number - number == 0:
                    return self._read_as(at, number, value)
        return self._misfit(at, "a number", value)

    def _read_as[T](self, at: str, read: T, sent: Any) -> T:
        expected = _KINDS[type(read)]
        self._warn(
            at,
            "wrong_type",
            f"Expected {expected}, got {_kind(sent)}; it was converted.",
        )
        return read

    def _misfit(self, at: str, expected: str, sent: Any) -> object:
        self._warn(
            at,
            "wrong_type",
            f"Expected {expected}, got {_kind(sent)}; it was not read.",
        )
        return _NOTHING

    def _warn(self, at: str, code: str, message: str) -> None:
        self.warnings.append(Conformance(at, code, message))


@cache
def _fields(struct: type) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType)
    return described.fields


def _is_whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()


def _kind(value: object) -> str:
    return _KINDS.get(
        type(value), "an object" if isinstance(value, Mapping) else "that"
    )
