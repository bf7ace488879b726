"""Globs over namespace names, and what several of them allow together."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.compiler.scopes import EVERYWHERE, NOWHERE, Glob, NamespaceScope, exactly

# Signs that mean something to globs, LIKE, regular expressions or SQL somewhere.
HOSTILE = st.text(alphabet="aA*%_\\[]?.^$+(){}|'\"/:-é\n ", max_size=12)


def reference(pattern, name):
    """The rule in two lines: `[*]` is a star, any other `*` is anything."""
    parts = re.split(r"(\[\*\]|\*)", pattern)
    spelled = {"*": ".*", "[*]": r"\*"}
    regex = "".join(spelled.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(regex, name, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("postgres://prod*", "postgres://prod-1:5432", True),
        ("postgres://prod*", "postgres://prod", True),
        ("postgres://prod*", "postgres://PROD-1", False),
        ("postgres://prod*", "xpostgres://prod", False),
        ("postgres://prod", "postgres://prod-1", False),
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("*://*:5432", "postgres://db:5432", True),
        ("a*a", "a", False),
        ("a*b*a", "abba", True),
        ("a*b*a", "aba", True),
        ("a*ab*b", "ab", False),
        ("s3://b?cket", "s3://bucket", False),
        ("s3://b?cket", "s3://b?cket", True),
        ("s3://[ab]", "s3://a", False),
        ("100%", "100 percent", False),
        ("a_b", "axb", False),
        (r"mssql://host\instance", r"mssql://host\instance", True),
        (r"mssql://host\*", r"mssql://host\instance", True),
        ("all [*]", "all *", True),
        ("all [*]", "all of it", False),
        ("[[*]]", "[*]", True),
        ("a*b", "a\nb", True),
    ],
)
def test_a_glob_fits_whole_names(pattern, name, fits):
    assert Glob.parse(pattern).matches(name) is fits
    assert reference(pattern, name) is fits


@given(HOSTILE, HOSTILE)
def test_a_glob_agrees_with_the_rule(pattern, name):
    assert Glob.parse(pattern).matches(name) is reference(pattern, name)


@given(HOSTILE)
def test_an_exact_pattern_fits_its_name_alone(name):
    glob = Glob.parse(exactly(name))

    assert glob.matches(name)
    assert glob.literals == (name,)


def test_a_glob_of_many_stars_is_quick_on_a_name_that_almost_fits():
    glob = Glob.parse("a*" * 500 + "b")

    assert not glob.matches("a" * 1000)


def test_a_scope_without_clauses_is_everything_and_an_empty_clause_nothing():
    assert EVERYWHERE.is_everything
    assert EVERYWHERE.allows("anything")
    assert NOWHERE.is_nothing
    assert not NOWHERE.allows("anything")
    assert not EVERYWHERE.as_q("name")


def test_scopes_narrow_each_other():
    granted = NamespaceScope.any_of([Glob.parse("prod-*"), Glob.parse("test")])
    token = NamespaceScope.any_of([Glob.parse("*-eu"), Glob.parse("test")])
    both = granted & token

    allowed = ["prod-eu", "prod-us", "test", "dev-eu"]
    assert [name for name in allowed if both.allows(name)] == ["prod-eu", "test"]
    assert (granted & NOWHERE).is_nothing
    assert granted & EVERYWHERE == granted
