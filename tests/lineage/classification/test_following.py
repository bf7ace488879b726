"""Tags follow the data by the rules that stewards set, and go as they came."""

import pytest

from catalog.models import Change
from catalog.services import undo_change
from lineage.ingest import ingest
from lineage.models import TagRule
from lineage.services.classification import classify_anew
from lineage.services.tag_verdicts import (
    Found,
    confirm_tags,
    reject_tags,
    replace_tags,
    set_rule,
)
from tests.lineage.classification.telling import (
    follow,
    found,
    put,
    row,
    tag,
    wrote,
)
from tests.lineage.projection.happenings import dataset, described, event, symlinks

pytestmark = pytest.mark.django_db
RULE = {"propagation": "", "aggregation": "", "masking": "", "masked_as": None}


def rule(name, **said):
    return set_rule(tag(name), {**RULE, **said}, actor=None, via=Change.Via.SYSTEM)


def at(where, name):
    dataset_name, _, column = where.partition(".")
    return Found(row(dataset_name), column, tag(name))


def reject(where, name):
    return reject_tags(
        [at(where, name)], actor=None, via=Change.Via.SYSTEM, reason="No person in it."
    )


def test_a_tag_follows_direct_lines_and_is_suggested_along_indirect_ones():
    ingest(
        [
            wrote(0, "b", same="a.x", unsaid="a.x#unsaid", joined="a.x#join"),
            wrote(1, "c", made="b.same#made", after="b.joined", whole="b.same#join"),
        ]
    )
    put("a.x", "PII")
    follow()

    assert found() == {
        ("b.same", "PII"),
        ("b.unsaid", "PII"),
        ("b.joined", "PII", "?"),
        ("c.made", "PII"),
        ("c.", "PII", "?"),
    }


def test_masking_stops_a_tag_or_makes_it_another_one():
    ingest([wrote(0, "b", y="a.x#mask", z="a.x#mask a.x#same")])
    put("a.x", "PII.email")
    follow()
    assert found() == {("b.z", "PII.email")}

    change = rule("PII", masking="becomes", masked_as=tag("pseudonymised"))
    follow()
    masked = {("b.y", "pseudonymised"), ("b.z", "pseudonymised")}
    assert found() == {("b.z", "PII.email"), *masked}

    undo_change(change, actor=None, via=Change.Via.SYSTEM)
    follow()
    assert found() == {("b.z", "PII.email")}


@pytest.mark.parametrize(
    ("aggregation", "kept"),
    [
        ("", {"agg", "max", "min", "first", "sum"}),
        ("values", {"max", "min", "first"}),
        ("stops", set()),
    ],
)
def test_an_aggregation_keeps_a_tag_as_its_rule_says_and_a_count_never(
    aggregation, kept
):
    ways = ("agg", "max", "min", "first", "sum", "count")
    ingest([wrote(0, "b", **{way: f"a.ssn#{way}" for way in ways})])
    put("a.ssn", "PII.ssn")
    rule("PII", aggregation=aggregation)
    follow()

    assert found() == {(f"b.{way}", "PII.ssn") for way in kept}


def test_a_tag_that_stays_does_not_follow_but_one_below_it_may():
    ingest([wrote(0, "b", y="a.x")])
    put("a.x", "tier.gold")
    put("a.x", "tier.secret")
    rule("tier", propagation="stays")
    rule("tier.secret", propagation="follows")
    follow()

    assert found() == {("b.y", "tier.secret")}


def test_what_producers_say_follows_as_the_nearest_tag_that_is_defined():
    tag("PII")
    said = [{"key": "PII", "value": "email", "source": "X", "field": "x"}]
    ingest([described(0, "a", tags={"tags": said}), wrote(1, "b", y="a.x")])
    follow()
    assert found() == {("b.y", "PII")}

    tag("PII.email")
    follow()
    assert found() == {("b.y", "PII.email")}


def test_a_tag_on_a_structure_follows_what_is_nested_in_it():
    ingest([wrote(0, "b", city="a.address.city")])
    put("a.address", "PII")
    follow()

    assert found() == {("b.city", "PII")}


def test_a_cycle_ends_and_nothing_in_it_holds_itself_up():
    ingest([wrote(0, "b", x="a.x c.x"), wrote(1, "c", x="b.x"), wrote(2, "d", x="c.x")])
    put("a.x", "PII")
    follow()
    assert found(hops=True) == {("b.x", "PII", 1), ("c.x", "PII", 2), ("d.x", "PII", 3)}

    put("a.x", "PII", takes=True)
    follow()
    assert found() == set()


def test_a_tag_goes_with_the_line_by_which_it_came_unless_it_is_confirmed():
    ingest([wrote(0, "b", y="a.x"), wrote(1, "c", y="b.y", z="b.y")])
    put("a.x", "PII")
    follow()
    confirm_tags([at("c.z", "PII")], actor=None, via=Change.Via.SYSTEM)
    ingest([wrote(2, "b", y="a.other")])
    ingest([wrote(3, "d", y="c.y c.z")])
    follow()

    assert found(hops=True) == {("d.y", "PII", 1)}


def test_a_rejected_tag_stays_away_but_for_another_way():
    ingest([wrote(0, "b", y="a.x#made"), wrote(1, "c", y="b.y")])
    put("a.x", "PII")
    follow()
    change = reject("b.y", "PII")
    follow()
    assert found() == set()

    # The same way again, by another job, from nothing, and by a longer way round.
    ingest([wrote(2, "b", job="other", y="a.x#made")])
    follow()
    classify_anew()
    assert found() == set()
    ingest([wrote(3, "b", job="third", y="a.x#mask")])
    rule("PII", masking="becomes", masked_as=tag("PII"))
    follow()
    assert found() == {("b.y", "PII"), ("c.y", "PII")}

    rule("PII")
    undo_change(change, actor=None, via=Change.Via.SYSTEM)
    follow()
    assert found() == {("b.y", "PII"), ("c.y", "PII")}


def test_a_tag_is_replaced_by_another_one_in_one_change():
    ingest([wrote(0, "b", y="a.x"), wrote(1, "c", y="b.y")])
    put("a.x", "PII")
    follow()
    change = replace_tags(
        [at("b.y", "PII")],
        tag("hashed"),
        actor=None,
        via=Change.Via.SYSTEM,
        reason="SHA.",
    )
    follow()
    assert found() == {("c.y", "hashed")}

    undo_change(change, actor=None, via=Change.Via.SYSTEM)
    follow()
    assert found() == {("b.y", "PII"), ("c.y", "PII")}


def test_a_late_alias_moves_what_was_kept():
    ingest([wrote(0, "b", y="a.x"), wrote(1, "c", y="other.y")])
    put("a.x", "PII")
    follow()
    assert found() == {("b.y", "PII")}

    ingest(
        [event("COMPLETE", 2, "k", reads=[dataset("other", symlinks=symlinks("b"))])]
    )
    follow()
    name = row("b").canonical.name
    assert found() == {(f"{name}.y", "PII"), ("c.y", "PII")}


def test_a_rule_that_says_nothing_is_none():
    assert rule("PII") is None
    assert not TagRule.objects.exists()
