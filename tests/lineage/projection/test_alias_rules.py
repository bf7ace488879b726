"""Do a steward's rules give the same names, whenever they are made?"""

from itertools import permutations

import pytest

from lineage.ingest import ingest
from lineage.models import AliasRule
from lineage.services.alias_rules import end_alias_rule, make_alias_rule
from lineage.services.replays import retract_event
from tests.lineage.projection import observed
from tests.lineage.projection.catalogs import catalog_of, digest_now
from tests.lineage.projection.happenings import described, event, identity, symlinks
from tests.lineage.projection.test_retraction import event_of, undone

pytestmark = pytest.mark.django_db

KIND = AliasRule.Kind


def rule(kind: str, namespace: str = "", other: str = "", **names: str) -> AliasRule:
    return AliasRule(
        kind=kind, namespace=namespace, other_namespace=other, reason="test", **names
    )


def merge(name: str, other: str) -> AliasRule:
    one, two = identity(name), identity(other)
    return rule(
        KIND.MERGE,
        one["namespace"],
        two["namespace"],
        name=one["name"],
        other_name=two["name"],
    )


def split(name: str) -> AliasRule:
    one = identity(name)
    return rule(KIND.SPLIT, one["namespace"], name=one["name"])


CASES = [
    (
        "two namespaces are one",
        [described(1, "pg|a"), described(2, "postgres|a"), described(3, "postgres|b")],
        [rule(KIND.NAMESPACE, "postgres", "pg")],
        {"pg|a": "pg|a", "postgres|a": "pg|a", "postgres|b": "postgres|b"},
    ),
    (
        "quotes, where the rule holds",
        [
            described(1, 'x|"s"."t"'),
            described(2, "x|s.t"),
            described(3, 'y|"s"."t"'),
            described(4, "y|s.t"),
        ],
        [rule(KIND.QUOTES, "x")],
        {
            'x|"s"."t"': 'x|"s"."t"',
            "x|s.t": 'x|"s"."t"',
            'y|"s"."t"': 'y|"s"."t"',
            "y|s.t": "y|s.t",
        },
    ),
    (
        "the default port",
        [
            described(1, "postgres://h|t"),
            described(2, "postgres://h:5432|t"),
            described(3, "postgres://h:5433|t"),
        ],
        [rule(KIND.DEFAULT_PORT)],
        {
            "postgres://h|t": "postgres://h|t",
            "postgres://h:5432|t": "postgres://h|t",
            "postgres://h:5433|t": "postgres://h:5433|t",
        },
    ),
    (
        "a trailing slash",
        [
            described(1, "s3://b|p/"),
            described(2, "s3://b|p"),
            described(3, "s3://b/|p"),
        ],
        [rule(KIND.TRAILING_SLASH)],
        {
            "s3://b|p/": "s3://b|p/",
            "s3://b|p": "s3://b|p/",
            "s3://b/|p": "s3://b|p/",
        },
    ),
    (
        "two names are made one",
        [described(2, "a"), described(1, "b")],
        [merge("a", "b")],
        {"a": "b", "b": "b"},
    ),
    (
        "two names are made one through a third that nobody uses",
        [described(1, "a"), described(2, "b")],
        [merge("a", "c"), merge("b", "c")],
        {"a": "a", "b": "a"},
    ),
    (
        "rules follow one another, whichever was made first",
        [described(1, 'old|"t"'), described(2, "new|t")],
        [rule(KIND.QUOTES, "new"), rule(KIND.NAMESPACE, "old", "new")],
        {'old|"t"': 'old|"t"', "new|t": 'old|"t"'},
    ),
    (
        "a rule and a symlink meet",
        [described(1, "a", symlinks=symlinks("x|t/")), described(2, "x|t")],
        [rule(KIND.TRAILING_SLASH, "x")],
        {"a": "a", "x|t": "a"},
    ),
    (
        "what two namespaces have each is kept apart",
        [described(1, "a|t"), described(2, "b|t"), described(3, "b|u")],
        [rule(KIND.NAMESPACE, "a", "b"), split("b|t")],
        {"a|t": "a|t", "b|t": "b|t", "b|u": "b|u"},
    ),
    (
        "a split outweighs a symlink",
        [described(1, "a", symlinks=symlinks("b")), described(2, "b")],
        [split("b")],
        {"a": "a", "b": "b"},
    ),
    (
        "a location that two tables share by rule is shared",
        [
            described(1, "t", symlinks=symlinks("s3://b|p", kind="LOCATION")),
            described(2, "u", symlinks=symlinks("s3://b|p/", kind="LOCATION")),
            described(3, "s3://b|p"),
        ],
        [rule(KIND.TRAILING_SLASH)],
        {"t": "t", "u": "u", "s3://b|p": "s3://b|p"},
    ),
]


@pytest.mark.parametrize(
    ("events", "rules", "names"),
    [case[1:] for case in CASES],
    ids=[case[0].replace(" ", "_") for case in CASES],
)
def test_rules_give_the_same_names_whenever_they_are_made(events, rules, names):
    digests = set()
    for order in permutations(rules):
        for cut in range(len(events) + 1):
            with undone():
                ingest(events[:cut])
                for one in order:
                    make_alias_rule(fresh(one), actor=None)
                ingest(events[cut:])
                assert observed.names() == names, (cut, order)
                digests.add(digest_now())
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("events", "rules"),
    [case[1:3] for case in CASES],
    ids=[case[0].replace(" ", "_") for case in CASES],
)
def test_a_rule_that_ended_leaves_no_trace(events, rules):
    with catalog_of([events]):
        digest = digest_now()
        made = [make_alias_rule(fresh(one), actor=None) for one in rules]
        ingest([described(9, "late")])
        for one in made:
            end_alias_rule(one, reason="test", actor=None)
        retract_event(event_of(described(9, "late")), reason="", actor=None)
        assert digest_now() == digest


def test_a_retracted_event_leaves_no_trace_of_the_rules_about_its_names():
    kept, gone = event("COMPLETE", 1, writes=["t"]), event("START", 2, reads=['"t"'])
    digests = []
    for sent in ([kept], [kept, gone]):
        with undone():
            make_alias_rule(rule(KIND.QUOTES), actor=None)
            ingest(sent)
            if gone in sent:
                retract_event(event_of(gone), reason="", actor=None)
            digests.append(digest_now())
    assert digests[0] == digests[1]


def fresh(one: AliasRule) -> AliasRule:
    fields = ("kind", "namespace", "name", "other_namespace", "other_name", "reason")
    return AliasRule(**{name: getattr(one, name) for name in fields})
