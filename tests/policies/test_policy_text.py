"""What a policy file may say, and what is told of one that may not be so."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Domain, Tag
from policies.actions import Action
from policies.as_code.document import (
    EVERYWHERE,
    GrantKey,
    GrantTerms,
    GroupText,
    On,
    Policy,
    RoleText,
    RuleText,
    ShareKey,
)
from policies.as_code.nodes import TextInvalid, read_nodes
from policies.as_code.reading import read_policy_file
from policies.as_code.writing import policy_text
from policies.compiler.conditions import (
    AnyOf,
    EnvIn,
    LifecycleIn,
    Not,
    OwnerIsMe,
    TagIn,
)
from tests.factories import make_dataset, make_principal

DOCS = Path(__file__).parent.parent.parent / "docs/access.md"

# Everything that a name can be in the database; YAML has its own mind about many.
ODD = """no yes null ~ 1 1e3 2024-01-01 a:b #x * &a !x ' " { [ | > % @ ` \\"""
words = st.one_of(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
    ),
    st.sampled_from([*ODD.split(" "), "- a", "a: b", " a ", "a\n  b\n", "\t", "\x85"]),
)
names = words.filter(lambda word: word and word == word.strip())
role_names = st.from_regex(r"[-a-zA-Z0-9_]{1,9}", fullmatch=True)
moments = st.datetimes(
    datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
)
assets = st.builds(
    lambda kind, space, name: On("asset", kind, space, name),
    st.sampled_from(["dataset", "job"]),
    names,
    names,
)
scopes = st.one_of(
    st.just(EVERYWHERE),
    st.builds(lambda name: On("namespace", name=name), names),
    st.builds(lambda name: On("domain", name=name), names),
    st.builds(lambda name: On("tag", name=name), names),
    assets,
)
conditions = st.recursive(
    st.one_of(
        st.builds(lambda n: TagIn((n,)), names),
        st.just(OwnerIsMe()),
        st.just(LifecycleIn(("draft", "active"))),
        st.just(EnvIn(("production",))),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda some: AnyOf(tuple(some)), st.lists(inner, min_size=1)),
    ),
    max_leaves=4,
)
roles = st.builds(
    RoleText, st.frozensets(st.sampled_from(list(map(str, Action))), min_size=1), words
)


@st.composite
def policies(draw):
    """Policies whose groups are defined, and whose names differ in more than case."""
    folded = {"unique_by": lambda name: name.lower(), "max_size": 4}
    groups = draw(st.lists(names, **folded))
    inner = st.frozensets(st.sampled_from(groups)) if groups else st.just(frozenset())
    holders = st.tuples(st.just("principal"), names)
    if groups:
        holders |= st.tuples(st.just("group"), st.sampled_from(groups))
    keys = st.builds(
        lambda holder, *rest: GrantKey(*holder, *rest),
        holders,
        st.sampled_from(["allow", "deny"]),
        names,
        scopes,
        st.none() | conditions,
    )
    terms = st.builds(GrantTerms, st.none(), st.none() | moments, words)
    group = st.builds(GroupText, words, st.frozensets(names), inner, st.just(""))
    own = role_names.filter(lambda name: name not in SHIPPED)
    share = st.builds(ShareKey, names, st.just("asset.view"), assets)
    return Policy(
        {name: draw(roles) for name in draw(st.lists(own, **folded))},
        {name: draw(group) for name in groups},
        draw(st.dictionaries(keys, terms, max_size=4)),
        draw(st.frozensets(share, max_size=3)),
        draw(st.dictionaries(scopes, st.builds(RuleText, st.booleans(), words))),
    )


SHIPPED = {"viewer", "steward", "producer", "auditor", "admin"}


@given(policies())
def test_every_policy_is_read_as_it_was_written(policy):
    text = policy_text(policy)

    file = read_policy_file(text)

    assert file.policy == policy
    assert file.base == policy.digest
    assert policy_text(file.policy) == text


@given(policies())
def test_every_yaml_reader_reads_the_same(policy):
    told = yaml.safe_load(policy_text(policy))

    assert told.pop("base") == policy.digest
    assert told == {name: value for name, value in policy.document.items() if value}


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused_with_a_place(content):
    faults = []
    try:
        read_policy_file(content)
    except TextInvalid as invalid:
        faults = invalid.faults

    assert all(f.place.line >= 1 and f.place.column >= 1 for f in faults)


def faults(text):
    with pytest.raises(TextInvalid) as refused:
        read_policy_file(text)
    return [fault.spelt("f") for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f:1:1: The text is empty"),
        ("version: 1\nroles: {a: [", "This is no YAML"),
        ("- version", "f:1:1: Here stands a policy"),
        ("version: 2", "f:1:10: This server reads version 1"),
        ("roles: {}", "f:1:1: A policy needs 'version'"),
        ("version: 1\nversion: 1", "f:2:1: 'version' stands here twice"),
        ("version: 1\nrols: {}", "did you mean 'roles'?"),
        ("version: 1\ngroups: &a {}", "Anchors and aliases are not used"),
        ("version: 1\ngroups: *a", "Anchors and aliases are not used"),
        ("version: 1\ngroups: !!python/object:os.system {}", "Leave the tag"),
        ("version: 1\n--- \nversion: 1", "A file holds one document"),
        ("version: 1\ngroups: {A: {}, a: {}}", "'a' and 'A' are one name"),
        ("version: 1\nroles: {admin: {actions: [asset.view]}}", "shipped role admin"),
        ("version: 1\nroles: {x: {}}", "needs one of 'actions'"),
        ("version: 1\ngrants: [{principal: a, group: b}]", "a 'principal', or a"),
        (
            "version: 1\ngrants: [{group: b, role: viewer, scope: everything}]",
            "no group 'b'",
        ),
        ("version: 1\ngrants: {principal: a}", "Here stands a list of grants"),
        (
            "version: 1\nsecond_person: [{scope: everything, emergencies: maybe}]",
            "true or",
        ),
        (
            "version: 1\nshares: [{principal: a, action: run.view, scope: everything}]",
            "one",
        ),
        ("version: 1\nshares: [{principal: a, action: journal.view}]", "no action"),
        ("? [1]\n: 2", "A key is a word"),
        (b"version: 1\n\xff", "f:2:1: The text is not UTF-8"),
        (b"\0", "f:1:"),
        ('version: 1\nbase: "\\0"', "f:2:7: A text has no NUL"),
        ('version: 1\nbase: "\\ud800"', "f:2:"),
        ("version: 1\nroles: {'a b': {actions: [asset.view]}}", "letters, digits"),
        ("version: 1\ngroups: {' a': {}}", "Leave out the space"),
        ("version: 1\ngroups: {'': {}}", "it is empty"),
        ("version: 1\ngroups: {a: {members: ['']}}", "it is empty"),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_way_out(text, told):
    assert any(told in one for one in faults(text)), faults(text)


GRANT = (
    "version: 1\ngrants:\n  - principal: a\n    role: viewer\n    scope: everything\n"
)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("when: {tag_in: []}", "f:6:20: A list of 1 to 100 members is needed."),
        ("when: {pigs: fly}", "f:6:11: There is no condition 'pigs'"),
        ("when: {owner_is_me: false}", "f:6:25: Write true"),
        ("when: {tag_in: [true]}", "f:6:21: A tag is a text; write it in quotes."),
        ("until: tomorrow", "f:6:12: The end is a time such as"),
        (
            "effect: forbid",
            "f:6:13: There is no effect 'forbid'; there are allow, deny.",
        ),
        ("reason: [why]", "f:6:13: Here stands a reason: a text."),
        ("reason: ~", "f:6:13: Here stands a reason: a text."),
    ],
)
def test_a_faulty_grant_is_told_where_it_is_faulty(line, told):
    assert any(one.startswith(told) for one in faults(f"{GRANT}    {line}\n"))


NO_SCOPES = """{} | {namespace: a, tag: b} | [a] | nowhere | {namespace: ""} | {tag: ""}
    | {domain: ~} | {asset: {kind: dataset, namespace: a, name: ""}} | {asset: {}}
    | {asset: {kind: dataset, namespace: "", name: a}} | {asset: {kind: cat, name: a}}
    | {asset: {kind: namespace, namespace: a, name: a}} | ~ | {namespace: [a]}"""


@pytest.mark.parametrize("scope", [one.strip() for one in NO_SCOPES.split("|")])
def test_a_scope_is_one_of_its_kind(scope):
    assert faults(GRANT.replace("scope: everything", f"scope: {scope}"))


def test_a_plain_word_is_that_word():
    groups = "groups: {no: {members: [1, yes, null]}, 2024-01-01: {}}"

    policy = read_policy_file(f"version: 1\n{groups.replace(', null', '')}").policy

    assert policy.groups.keys() == {"no", "2024-01-01"}
    assert policy.groups["no"].members == {"1", "yes"}


def test_a_text_that_is_too_deep_or_too_large_is_refused_at_once():
    with pytest.raises(TextInvalid, match="nests more than"):
        read_nodes("[" * 100_000)
    with pytest.raises(TextInvalid, match="bytes"):
        read_nodes(b" " * (8 * 2**20 + 1))


def blocks(section):
    """The YAML of a section of the documentation."""
    page = DOCS.read_text()
    body = page[page.index(section) :]
    return re.findall(r"```yaml\n(.*?)```", body, re.DOTALL)[0]


@pytest.mark.django_db
def test_the_example_of_the_documentation_is_applied_and_decides_as_it_says(
    tmp_path, capsys
):
    for name in ("admin", "ann", "ben", "eva", "zoe", "airflow"):
        make_principal(name)
    Domain.objects.create(name="Finance")
    Tag.objects.create(name="PII")
    make_dataset("postgres://shop", "public.orders")
    policy, tests = tmp_path / "access.yaml", tmp_path / "tests.yaml"
    policy.write_text(blocks("### The file"))
    tests.write_text(blocks("### Trying decisions"))

    call_command("policy", "test", str(tests), "--with", str(policy))
    call_command("policy", "apply", str(policy))
    call_command("policy", "test", str(tests))
    capsys.readouterr()
    call_command("policy", "plan", str(policy))

    assert "No change" in capsys.readouterr().out
