"""Do the drawn examples of docs/lineage.md show what the engine answers?"""

from pathlib import Path

import pytest
from django.conf import settings

from catalog.models import Dataset
from lineage.graph.question import Question
from lineage.impact import Change, Start, of_changes
from lineage.reader import Reader
from tests.factories import make_principal
from tests.lineage.projection.observed import WHY
from tests.lineage.then import asked
from tests.lineage.then.deliveries import delivered
from tests.lineage.then.drawings import drawn
from tests.lineage.then.examples import read_examples
from tests.lineage.then.names import Names

pytestmark = pytest.mark.django_db

DOCUMENT = (Path(settings.BASE_DIR) / "docs/lineage.md").read_text()
EXAMPLES = read_examples(DOCUMENT)


def test_every_drawing_is_read():
    assert len(EXAMPLES) >= 12
    arrows = sum(example.text.count("►") for example in EXAMPLES)
    assert DOCUMENT.count("►") == arrows, "a drawing outside of the examples"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.text.split("\n")[0])
def test_an_example_draws_what_the_engine_answers(example):
    with delivered(example.steps) as delivery:
        names = Names()
        for drawing in example.drawings:
            question = Question(
                cut=delivery.cut(drawing.at, drawing.known),
                is_direct=drawing.kept == "direct",
                is_unmasked=drawing.kept == "unmasked",
            )
            if drawing.kept:
                told = columns(names, question, drawing, example.columns)
                assert told == drawing.edges.keys(), drawing.label
            else:
                assert flow(names, question, drawing) == drawing.edges, drawing.label
        reader = Reader(make_principal("vera", "viewer"))
        for told in example.foreseen:
            assert foresee(told, reader) == told.hits, told.label


def foresee(told, reader):
    """Each hit, how hard it is, and by which rule: `d.x breaks (reads)`."""
    dataset, column = told.column.split(".")
    row = Dataset.objects.unrestricted(WHY).get(name=dataset)
    change = Change(told.kind, (Start(row, column),))
    found = of_changes([change], reader)
    return {
        f"{'.'.join(filter(None, (hit.asset.name, hit.column)))}"
        f" {hit.severity.replace('-', ' ')} ({hit.rule.name.lower()})"
        for hit in found.hits
    }


def flow(names, question, drawing):
    """All the edges that there are, or those of one walk, by the strokes for them."""
    nodes = [("job", name) for name in names.jobs]
    nodes += [("dataset", name) for name in names.datasets]
    return {
        (near[1], far[1]): stroke(kinds)
        for node in nodes
        for way in ways(drawing, node[1])
        for (near, far), kinds in asked.edges(
            names, node, question, is_downstream=way
        ).items()
    }


def stroke(kinds):
    """A facet's word is the strongest, people's the one that is said last."""
    return "═" if "explicit" in kinds else "─" if "io" in kinds else "┄"


def ways(drawing, start):
    """Both ways from everywhere, or one from one thing."""
    if drawing.start:
        return (drawing.side == "out of",) if drawing.start == start else ()
    return (False, True)


def columns(names, question, drawing, known):
    found = {
        (".".join(near), ".".join(far))
        for column in known
        for way in ways(drawing, column)
        for near, far in asked.column_edges(
            names, tuple(column.split(".")), question, is_downstream=way
        )
    }
    if drawing.kept == "columns" and not drawing.start:
        for name in names.datasets:
            found |= {(".".join(a), name) for a in asked.wholes(names, name, question)}
    return found


@pytest.mark.parametrize(
    ("lines", "edges"),
    [
        (["a ──► j ══► d"], {("a", "j"): "─", ("j", "d"): "═"}),
        (
            ["a ──► j ──► d", "b ──────────┘"],
            {("a", "j"): "─", ("j", "d"): "─", ("b", "d"): "─"},
        ),
        (
            ["a ──► job ──► d", "       ├────► e", "       ╘════► f"],
            {
                ("a", "job"): "─",
                ("job", "d"): "─",
                ("job", "e"): "─",
                ("job", "f"): "═",
            },
        ),
        (["a.x ┄┄► d"], {("a.x", "d"): "┄"}),
        (["a", "b ──► d"], {("b", "d"): "─"}),
    ],
)
def test_a_drawing_is_read_as_it_looks(lines, edges):
    assert drawn(lines) == edges
