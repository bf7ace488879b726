"""Does the engine answer what the plain rules say, as of every time?"""

import orjson
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from catalog.models import Facet
from lineage.graph.cut import NOW
from lineage.graph.links import EFFECTIVE
from lineage.graph.question import Question
from lineage.graph.then.effective import EffectiveThen, effective_at
from lineage.graph.then.evidence import Counting
from lineage.graph.then.explicit import ExplicitThen
from lineage.graph.then.names import NamesThen
from lineage.models import Edge
from tests.lineage.projection.generated import NAMES
from tests.lineage.projection.observed import WAYS
from tests.lineage.projection.reference import Sent
from tests.lineage.projection.test_properties import examples
from tests.lineage.then import asked
from tests.lineage.then.deliveries import Act, delivered
from tests.lineage.then.generated import COLUMN_NAMES, deliveries
from tests.lineage.then.names import Names
from tests.lineage.then.reference import is_any, is_direct, is_unmasked

pytestmark = pytest.mark.django_db

STATUSES = {None: "attempt", Edge.Status.EFFECTIVE: "effective", 2: "attempt"}


def tell(steps):
    """So that a counterexample can be read."""
    for step in steps:
        note(str(step) if isinstance(step, Act) else b"\n".join(step).decode())
        note("--")


@st.composite
def cuts(draw, known):
    """(as of, after step): of each what is, and none."""
    as_of = draw(st.one_of(st.none(), st.integers(-1, 7)))
    return as_of, draw(st.one_of(st.none(), st.integers(0, len(known) - 1)))


KEPT = {
    (False, False): is_any,
    (True, False): is_direct,
    (False, True): is_unmasked,
    (True, True): lambda how: is_direct(how) and is_unmasked(how),
}
STATES = {
    EFFECTIVE: (),
    (*EFFECTIVE, Edge.Status.FORMER): ("former",),
    (*EFFECTIVE, Edge.Status.FORMER, Edge.Status.ATTEMPTED): ("former", "attempted"),
}
COLUMNS = [(dataset, column) for dataset in NAMES for column in COLUMN_NAMES]
NODES = [("job", "j"), ("job", "k"), *[("dataset", name) for name in NAMES]]


@examples(4, 2000)
def test_a_walk_goes_by_the_rules_as_of_any_time(trying):
    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            names = Names()
            for _ in range(3):
                at = data.draw(cuts(delivery.known))
                statuses, also = data.draw(st.sampled_from(list(STATES.items())))
                told = delivery.walks(*at, also)
                asked_for = Question(
                    cut=delivery.cut(*at), statuses=frozenset(statuses)
                )
                for node in NODES:
                    same_walks(told, names, node, asked_for)

    holds()


def same_walks(told, names, node, question):
    """The same both ways, from whichever name the node goes by."""
    kind, spelled = node
    if spelled not in (names.jobs if kind == "job" else names.datasets):
        return
    start = node if kind == "job" else ("dataset", told.canonical(spelled))
    for is_downstream in (False, True):
        wanted = told.downstream(start) if is_downstream else told.upstream(start)
        found = asked.hops(names, node, question, is_downstream=is_downstream)
        assert found == wanted, (node, is_downstream, question)
        wanted = told.edges_from(start, is_downstream=is_downstream)
        found = asked.edges(names, node, question, is_downstream=is_downstream)
        assert found == wanted, (node, is_downstream, question)


@examples(2, 2000)
def test_a_walk_of_columns_goes_by_the_rules_as_of_any_time(trying):
    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            names = Names()
            for _ in range(3):
                at = data.draw(cuts(delivery.known))
                only, keep = data.draw(st.sampled_from(list(KEPT.items())))
                question = Question(
                    cut=delivery.cut(*at), is_direct=only[0], is_unmasked=only[1]
                )
                told = delivery.walks(*at)
                for start in COLUMNS:
                    if start[0] in names.datasets:
                        same_column_walks(told, names, start, question, keep)
                same_wholes(told, names, question)

    holds()


def same_column_walks(told, names, start, question, keep):
    begin = told.canonical(start[0]), start[1]
    for is_downstream in (False, True):
        wanted = told.column_edges_from(begin, keep, is_downstream=is_downstream)
        found = asked.column_edges(names, start, question, is_downstream=is_downstream)
        assert found == wanted, (start, is_downstream, question)


def same_wholes(told, names, question):
    for name in names.datasets:
        one = told.canonical(name)
        wanted = {column for column, dataset in told.wholes() if dataset == one}
        assert asked.wholes(names, name, question) == wanted, (name, question)


@examples(4, 2000)
def test_what_was_effective_then(trying):
    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            names = Names()
            for _ in range(4):
                at = data.draw(cuts(delivery.known))
                told, cut = delivery.walks(*at), delivery.cut(*at)
                found = effective_at(names.jobs.values(), cut, columns=True)
                for job, pk in names.jobs.items():
                    status, io = told._effective(job)
                    assert STATUSES[found[pk].status] == status
                    assert spelled_io(names, found[pk]) == io
                    lines = {str(line) for line in told.derived(job)}
                    assert shown(names, found[pk]) == lines
                same_names(names, told, cut)
                same_statements(names, told, cut)

    holds()


def shown(names, then):
    facets = Facet.objects.in_bulk({facet for _, facet in then.columns})
    return {
        str((names.of_dataset[pk], orjson.loads(facets[i].body)))
        for pk, i in then.columns
        if not facets[i].is_deleted
    }


def same_statements(names, told, cut):
    counting = Counting(cut)
    explicit = ExplicitThen(counting, EffectiveThen(counting))
    of_jobs = explicit.of_jobs(names.jobs.values())
    of_datasets = explicit.of_datasets(names.of_dataset)
    rows = [row for some in (of_jobs, of_datasets) for r in some.values() for row in r]
    assert {stated(names, row) for row in rows} == told.in_force()


def stated(names, row):
    job = names.of_job[row.job] if row.job else "-"
    start = end(names, row.source_dataset, row.source_job, row.source_field)
    target = end(names, row.target_dataset, row.target_job, row.target_field)
    return f"{job}: {start} > {target}"


def end(names, dataset, job, column):
    spelled = names.of_dataset[dataset] if dataset else "nothing"
    spelled = f"job {names.of_job[job]}" if job else spelled
    return f"{spelled}.{column}" if column else spelled


def spelled_io(names, then):
    return {(WAYS[way], names.of_dataset[pk]) for pk, way in then.io}


def same_names(names, told, cut):
    canonical = NamesThen(Counting(cut)).canonical(names.of_dataset)
    assert {
        names.of_dataset[pk]: names.of_dataset[one] for pk, one in canonical.items()
    } == {name: told.canonical(name) for name in names.datasets}


@examples(2, 1000)
def test_what_was_known_then_is_what_was_answered_then(trying):
    @trying
    @given(deliveries())
    def holds(steps):
        tell(steps)
        answers = []
        with delivered(steps, lambda: answers.append(everything(NOW))) as delivery:
            last = max(Sent(e).at for e in sent(steps))
            assert everything(delivery.cut(last, None)) == answers[-1]
            for step, answer in enumerate(answers):
                found = everything(delivery.cut(None, step))
                assert {question: found[question] for question in answer} == answer

    holds()


def sent(steps):
    return [event for step in steps if not isinstance(step, Act) for event in step]


def everything(cut):
    """The edges of all walks, from whatever there is."""
    names, question = Names(), Question(cut=cut)
    found = {}
    for node in NODES:
        if node[1] in (names.jobs if node[0] == "job" else names.datasets):
            for way in (False, True):
                found[node, way] = asked.edges(names, node, question, is_downstream=way)
    for column in COLUMNS:
        if column[0] in names.datasets:
            found[column] = asked.column_edges(
                names, column, question, is_downstream=False
            )
    return found
