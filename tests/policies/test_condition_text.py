"""A condition is written in words, and reads back as what it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compiler.conditions import ConditionInvalid, document_of, parse
from policies.telling.condition_text import document_in, text_of

NAMES = ["PII", "Customer data", "a,b", 'quo"te', "not", "back\\slash", "x (y)"]


def read(text):
    return parse(document_in(text), lambda name, at: NAMES.index(name))


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("tag is PII", {"tag_in": ["PII"]}),
        ("tag is Customer data, PII", {"tag_in": ["Customer data", "PII"]}),
        ("owner is me", {"owner_is_me": True}),
        ("Owner IS Me", {"owner_is_me": True}),
        ("owner is not me", {"not": {"owner_is_me": True}}),
        ('environment is "or"', {"env_in": ["or"]}),
        ("not lifecycle is draft", {"not": {"lifecycle_in": ["draft"]}}),
        (
            "owner is me or tag is PII and lifecycle is active",
            {
                "any": [
                    {"owner_is_me": True},
                    {"all": [{"tag_in": ["PII"]}, {"lifecycle_in": ["active"]}]},
                ]
            },
        ),
        (
            "not (tag is PII or owner is me)",
            {"not": {"any": [{"tag_in": ["PII"]}, {"owner_is_me": True}]}},
        ),
    ],
)
def test_words_say_a_condition(text, document):
    assert document_in(text) == document


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "At the beginning tag, lifecycle"),
        ("tag PII", "After “tag” is"),
        ("tag is", "After “tag is” a value"),
        ("tag is PII,", "a value"),
        ("(tag is PII", "closing parenthesis"),
        ("tag is PII) ", "and, or, or the end"),
        ("colour is red", "lifecycle, environment, owner"),
        ('tag is "PII', "no word"),
        ("owner is ada", "me is expected"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(text, said):
    with pytest.raises(ConditionInvalid, match="Write it such as") as refusal:
        document_in(text)

    assert said in str(refusal.value)


atoms = st.one_of(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(
        lambda names: {"tag_in": names}
    ),
    st.just({"owner_is_me": True}),
    st.lists(st.sampled_from(["draft", "active"]), min_size=1, max_size=2).map(
        lambda values: {"lifecycle_in": values}
    ),
    st.just({"env_in": ["production", "and so"]}),
)
documents = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda some: {"all": some}),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
)


@given(documents)
def test_a_condition_reads_back_as_what_it_was(document):
    try:
        condition = parse(document, lambda name, at: NAMES.index(name))
    except ConditionInvalid:
        return  # nested too deep for the grammar
    again = read(text_of(condition, NAMES.__getitem__))

    assert document_of(again) == document_of(condition)
