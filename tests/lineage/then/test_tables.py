"""What do small histories answer now, as of a time, and by what was known then?"""

import re

import pytest

from lineage.graph.question import Question
from tests.lineage.then import asked
from tests.lineage.then.deliveries import delivered
from tests.lineage.then.drawings import edges_of
from tests.lineage.then.histories import ALL
from tests.lineage.then.names import Names
from tests.lineage.then.reference import is_any, is_direct, is_unmasked

pytestmark = pytest.mark.django_db

CUT = re.compile(r"(?:at (?P<at>\d+))? ?(?:known (?P<known>\d+))?")
JOBS = ("j", "k")
KEPT = {"": is_any, "direct": is_direct, "unmasked": is_unmasked}


def cut_of(text):
    """`at 3 known 1` → (3, 1)."""
    if text == "now":
        return None, None
    found = CUT.fullmatch(text)
    return tuple(None if one is None else int(one) for one in found.groups())


@pytest.mark.parametrize("told", ALL, ids=lambda told: told.fact.replace(" ", "_"))
def test_a_small_history(told):
    with delivered(told.steps) as delivery:
        names = Names()
        for question, answers in told.answers.items():
            for when, answer in answers.items():
                at, wanted = cut_of(when), edges_of(answer)
                # The reference first: a table that is wrong itself stands out.
                found = by_rule(delivery.walks(*at), question)
                assert found == wanted, f"the rules, {question} {when}"
                found = by_engine(names, delivery.cut(*at), question)
                assert found == wanted, f"the engine, {question} {when}"


def by_rule(walks, question):
    what, spelled, is_downstream = parsed(question)
    if what == "whole":
        return {(".".join(a), b) for a, b in walks.wholes() if b == spelled}
    if "." in spelled:
        start = tuple(spelled.split("."))
        found = walks.column_edges_from(start, KEPT[what], is_downstream=is_downstream)
        return {(".".join(a), ".".join(b)) for a, b in found}
    is_job = spelled in JOBS
    start = ("job", spelled) if is_job else ("dataset", walks.canonical(spelled))
    found = walks.edges_from(start, is_downstream=is_downstream)
    return {(a[1], b[1]) for a, b in found}


def by_engine(names, cut, question):
    what, spelled, is_downstream = parsed(question)
    told = Question(cut=cut, is_direct=what == "direct", is_unmasked=what == "unmasked")
    if what == "whole":
        return {(".".join(a), spelled) for a in asked.wholes(names, spelled, told)}
    if "." in spelled:
        start = tuple(spelled.split("."))
        found = asked.column_edges(names, start, told, is_downstream=is_downstream)
        return {(".".join(a), ".".join(b)) for a, b in found}
    start = names.like(spelled)
    found = asked.edges(names, start, told, is_downstream=is_downstream)
    return {(a[1], b[1]) for a, b in found}


def parsed(question):
    """`direct out of a.x` → direct, a.x, downstream."""
    words = question.split()
    what = words.pop(0) if words[0] in KEPT or words[0] == "whole" else ""
    return what, words[-1], words[0] == "out"
