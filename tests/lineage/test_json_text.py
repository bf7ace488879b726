"""JSON is taken apart to the byte, and its depth is told without recursion."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage import json_text

texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ['"', "\\", '\\"', "[", "]]", "{", "}{", '["', "\\\\", ",", "\u2028", "\0"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=30,
)


def depth_of(value):
    if isinstance(value, list):
        return 1 + max((depth_of(one) for one in value), default=0)
    if isinstance(value, dict):
        return 1 + max((depth_of(one) for one in value.values()), default=0)
    return 0


@given(values, st.integers(5, 12), st.booleans())
def test_depth_is_told_right_whatever_stands_in_texts(value, levels, is_ascii):
    for _ in range(4):
        value = [value, {"a": value}]
    text = json.dumps(value, ensure_ascii=is_ascii).encode()
    assert json_text.is_deeper(text, levels) == (depth_of(value) > levels)


@pytest.mark.parametrize(
    ("text", "is_deeper"),
    [
        (b"[" * 128 + b"]" * 128, False),
        (b"[" * 129 + b"]" * 129, True),
        (b'{"a":' * 128 + b"1" + b"}" * 128, False),
        (b'{"a":' * 129 + b"1" + b"}" * 129, True),
        (b"[" + b"[]," * 10_000 + b"1]", False),
        (b'["' + b"[" * 10_000 + b'"]', False),
        (b'["\\\\",' + b"[" * 200 + b"]" * 200 + b"]", True),
        (b'["\\"' + b"[" * 200 + b"]" * 200 + b'"]', False),
        (b'["a",[' * 65 + b"]]" * 65, True),
    ],
)
def test_the_bound_is_exact(text, is_deeper):
    assert json_text.is_deeper(text) == is_deeper


@given(st.lists(values, max_size=6), st.sampled_from(["", " ", "\n\t "]))
def test_elements_are_cut_out_to_the_byte(value, blank):
    parts = [json.dumps(one, ensure_ascii=False) for one in value]
    array = "[" + ",".join(f"{blank}{part}{blank}" for part in parts) + "]"
    assert json_text.elements(array.encode(), 10) == [part.encode() for part in parts]


def test_elements_with_lone_surrogates_stay_as_they_are():
    parts = [
        rb'{"a":"\ud800"}',
        rb'{"b":"\\ud800"}',
        rb'"\ud83d\ude00"',
        rb'"\uDC00 x"',
    ]
    assert json_text.elements(b"[" + b" , ".join(parts) + b"]", 9) == parts


def test_elements_of_any_depth_are_cut_out():
    deep = b"[" * 100_000 + b'"],["' + b"]" * 100_000
    parts = [b"1", deep, b'{"a":"]"}', b'"\\"]"']
    assert json_text.elements(b"[" + b",".join(parts) + b"]", 9) == parts


@pytest.mark.parametrize("text", [b"", b"[", b"[1,]", b"[1}", b"[1] 2", b"[NaN]"])
def test_what_is_no_array_of_json_is_an_error(text):
    with pytest.raises(msgspec.DecodeError):
        json_text.elements(text, 9)


@pytest.mark.parametrize("end", [b"", b",", b"}", b"] 2", b"]]", b",1"])
def test_depth_hides_no_array_that_broke_off(end):
    deep = b"[" * 100_000 + b"]" * 100_000
    with pytest.raises(msgspec.DecodeError):
        json_text.elements(b"[1," + deep + b",2" + end, 9)


@pytest.mark.parametrize("count", [11, 200_000])
def test_too_many_elements_are_an_error(count):
    with pytest.raises(json_text.TooMany):
        json_text.elements(b"[" + b"1," * count + b"1]", 10)


@given(st.lists(st.sampled_from([r"\ud800", r"\udc00", r"\\", r"\n", "ud800", "x"])))
def test_mended_text_is_as_long_and_can_be_read(pieces):
    text = f'"{"".join(pieces)}"'.encode()
    mended = json_text.mend_surrogates(text)
    assert len(mended) == len(text)
    read = msgspec.json.decode(mended)
    python = json.loads(text)
    assert [
        "\0" if "\ud800" <= character <= "\udfff" else character for character in python
    ] == list(read)


def test_pointers_escape_what_rfc_6901_says():
    assert json_text.pointer("a/b", "m~n", 0) == "/a~1b/m~0n/0"
    assert json_text.pointer() == ""


def test_a_pointer_can_be_kept_whatever_the_key():
    assert json_text.pointer("a/b~c", 0, "x\0") == "/a~1b~0c/0/x\ufffd"
