"""Whatever happens in whatever order, what is kept is what the plain rule says.

The rule is below, over plain tuples and to a fixed point; histories of events, tags,
rules and verdicts are played, and what is kept is compared on the way, and with what
is made from nothing.
"""

import random

import pytest

from catalog.models import Change, ColumnTag
from lineage.classification import following, lines, rules, seeds
from lineage.ingest import ingest
from lineage.services.classification import classify_anew, follow_tags
from lineage.services.tag_verdicts import Found, confirm_tags, reject_tags, set_rule
from tests.lineage.classification.telling import WAYS, put, row, tag, wrote
from tests.lineage.projection.happenings import dataset, declared, event, symlinks

pytestmark = pytest.mark.django_db

DATASETS, COLUMNS = "abcde", "xy"
TAGS = ("PII", "PII.email", "PII.email.work", "masked", "other")
SHOWING, SUMMING = {"MAX", "MIN", "FIRST"}, {"SUM", "AGGREGATION"}


def plain(lines_, put_on, said, rejected):
    """(column, tag) → (is it only suggested, hops), by rounds until nothing changes."""
    found = dict.fromkeys(put_on, (False, 0))
    while True:
        now = dict(found)
        for source, target, (type_, subtype, masking), how in lines_:
            for (column, name), (is_suggested, hops) in found.items():
                arrives = name if column == source and not is_suggested else None
                if arrives is None or setting(said, name, "propagation") == "stays":
                    continue
                aggregation = setting(said, name, "aggregation")
                if subtype == "COUNT":
                    continue
                if subtype in SHOWING | SUMMING and aggregation == "stops":
                    continue
                if subtype in SUMMING and aggregation == "values":
                    continue
                if masking:
                    if setting(said, name, "masking") != "becomes":
                        continue
                    arrives = "masked"
                if (target, arrives, source, how) in rejected:
                    continue
                mark = (type_ == "INDIRECT" or not target[1], hops + 1)
                key = (target, arrives)
                now[key] = min(now.get(key, (True, 10**6)), mark)
        if now == found:
            return found
        found = now


def setting(said, name, word):
    while name:
        if said.get(name, {}).get(word):
            return said[name][word]
        name = name.rpartition(".")[0]
    return ""


class History:
    """What happens, one thing after another, and what the rule is told of it."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.said = {}
        self.at = 0
        for name in TAGS:
            tag(name)
        ingest([declared(0, "begin", writes=[dataset(name) for name in DATASETS])])

    def happen(self):
        self.at += 1
        acts = [self.write] * 4 + [self.tag] * 3 + [self.rule, self.judge, self.other]
        self.draw.choice(acts)()

    def write(self):
        ways = [*WAYS, "unsaid", "same", "same"]
        told = {}
        for column in (*COLUMNS, "whole"):
            if self.draw.random() < 0.6:
                told[column] = " ".join(
                    f"{self.draw.choice(DATASETS)}.{self.draw.choice(COLUMNS)}"
                    f"#{self.draw.choice(ways)}"
                    for _ in range(self.draw.randint(1, 2))
                )
        job = self.draw.choice(("one", "two", "three"))
        name = self.draw.choice(DATASETS)
        ingest([wrote(self.at, name, job=f"{job}_{name}", run=f"r{self.at}", **told)])

    def tag(self):
        column = self.draw.choice((*COLUMNS, ""))
        where = f"{self.draw.choice(DATASETS)}.{column}"
        put(where, self.draw.choice(TAGS), takes=self.draw.random() < 0.4)

    def rule(self):
        name = self.draw.choice(TAGS)
        said = {
            "propagation": self.draw.choice(("", "", "follows", "stays")),
            "aggregation": self.draw.choice(("", "keeps", "values", "stops")),
            "masking": self.draw.choice(("", "stops", "becomes")),
        }
        self.said[name] = said
        masked_as = tag("masked") if said["masking"] == "becomes" else None
        told = {**said, "masked_as": masked_as}
        set_rule(tag(name), told, actor=None, via=Change.Via.SYSTEM)

    def judge(self):
        rows = ColumnTag.objects.filter(hops__gt=0).select_related("dataset", "tag")
        known = list(rows.order_by("pk"))
        if known:
            found = [Found.of(self.draw.choice(known))]
            if self.draw.random() < 0.7:
                reject_tags(found, actor=None, via=Change.Via.SYSTEM, reason="So.")
            else:
                confirm_tags(found, actor=None, via=Change.Via.SYSTEM)

    def other(self):
        """Something else of lineage: an alias, a run that fails, an end of it all."""
        name, alias = self.draw.sample(DATASETS, 2)
        match self.draw.randint(0, 2):
            case 0:
                linked = dataset(name, symlinks=symlinks(alias))
                ingest([declared(self.at, f"link_{self.at}", reads=[linked])])
            case 1:
                ingest([event("FAIL", self.at, f"one_{name}", f"f{self.at}")])
            case 2:
                ingest([declared(self.at, f"two_{name}", reads=[dataset(alias)])])

    def expected(self):
        law = rules.read()
        own = seeds.seeds(None, law)
        columns = {
            following.Column(row(name).canonical_id, column)
            for name in DATASETS
            for column in (*COLUMNS, "")
        }
        told = [
            (
                *(line.source, line.target),
                (line.way.type, line.way.subtype, bool(line.way.masking)),
                line.how,
            )
            for line in lines.into(columns)
        ]
        put_on = [(c, law.names[pk]) for c, by in own.items() for pk in by]
        rejected = {
            (target, law.names[pk], source, how)
            for target, pk, source, how in seeds.rejected()
        }
        return plain(told, put_on, self.said, rejected)


def kept():
    rows = ColumnTag.objects.values_list(
        "dataset", "column", "tag__name", "is_suggested", "hops"
    )
    return {
        (following.Column(dataset, column), name): (is_suggested, hops)
        for dataset, column, name, is_suggested, hops in rows
    }


def play(seed, *, happenings):
    history = History(seed)
    for number in range(happenings):
        history.happen()
        # Sometimes several things come together, and in passes of few notes each.
        if history.draw.random() < 0.6 or number == happenings - 1:
            while follow_tags(limit=history.draw.choice((1, 3, 100))):
                pass
            assert kept() == history.expected(), (seed, number)
    assert classify_anew() == 0, seed


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_what_the_plain_rule_says(seed):
    play(seed, happenings=14)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(100, 200))
def test_what_is_kept_is_what_the_plain_rule_says_of_long_histories(seed):
    play(seed, happenings=40)
