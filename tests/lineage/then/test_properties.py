"""Does the engine answer what the plain rules say, as of every time?"""

import orjson
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from catalog.models import Facet
from lineage.graph.then.effective import EffectiveThen, effective_at
from lineage.graph.then.evidence import Counting
from lineage.graph.then.explicit import ExplicitThen
from lineage.graph.then.names import NamesThen
from lineage.models import Edge
from tests.lineage.projection.observed import WAYS
from tests.lineage.projection.test_properties import examples
from tests.lineage.then.deliveries import Act, delivered
from tests.lineage.then.generated import deliveries
from tests.lineage.then.names import Names

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


@examples(30, 3000)
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
