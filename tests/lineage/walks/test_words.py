"""On whose word an edge stands, held against all that was sent until then."""

from hashlib import sha256

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from lineage.graph.question import Direction, Kind, Level, Question
from lineage.graph.veil import Column
from lineage.models import IOEvidence
from lineage.reader import Reader
from lineage.walks import words
from lineage.walks.walking import walk
from tests.factories import make_principal
from tests.lineage.projection.reference import Sent
from tests.lineage.projection.test_properties import examples
from tests.lineage.then.deliveries import delivered
from tests.lineage.then.generated import deliveries
from tests.lineage.then.names import Names
from tests.lineage.then.test_properties import COLUMNS, NODES, cuts, tell

pytestmark = pytest.mark.django_db


def first_and_last(known, as_of, told, names):
    """(job, dataset, direction): the first and last (time, digest) that say so."""
    counting = [e for e in known.events if as_of is None or Sent(e).at <= as_of]
    rows = IOEvidence.objects.filter(
        event__digest__in=[sha256(e).digest() for e in counting],
        event__job__isnull=False,
    ).values_list(
        *("event__job", "dataset", "direction", "event__event_time", "event__digest")
    )
    found = {}
    for job, dataset, direction, at, digest in rows:
        canonical = told.canonical(names.of_dataset[dataset])
        key = names.of_job[job], canonical, direction
        found.setdefault(key, []).append((at, bytes(digest).hex()))
    return {key: (min(some), max(some)) for key, some in found.items()}


@examples(3, 1000)
def test_a_column_edge_has_an_event_that_says_so(trying):
    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            reader = Reader(make_principal("ada", "admin"))
            names = Names()
            for as_of in (None, data.draw(st.integers(0, 7))):
                cut = delivery.cut(as_of, None)
                question = Question(
                    level=Level.COLUMN, cut=cut, max_hops=50, max_nodes=500
                )
                starts = [
                    Column(names.dataset(dataset, cut), field)
                    for dataset, field in COLUMNS
                    if dataset in names.datasets
                ]
                walked = walk(starts, question, reader.veil)
                said = words.of_edges(walked.edges, question, reader)
                for edge, way in walked.edges.items():
                    if way.transformations:
                        note(f"{names.column(edge[0])} {names.column(edge[1])}")
                        told = [word for word in said[edge] if word.first and word.last]
                        assert told
                        assert all(word.first[:2] <= word.last[:2] for word in told)
                        assert as_of is None or all(
                            word.last.at <= cut.as_of for word in told
                        )

    holds()


@examples(3, 1000)
def test_an_edge_of_a_run_has_the_first_and_last_event_that_says_so(trying):
    @trying
    @given(deliveries(), st.data())
    def holds(steps, data):
        tell(steps)
        with delivered(steps) as delivery:
            reader = Reader(make_principal("ada", "admin"))
            names = Names()
            for _ in range(3):
                as_of, step = data.draw(cuts(delivery.known))
                note(f"as of {as_of}, after step {step}")
                cut = delivery.cut(as_of, step)
                known = delivery.known[-1 if step is None else step]
                told = delivery.walks(as_of, step)
                wanted = first_and_last(known, as_of, told, names)
                for node in NODES:
                    if node[1] in (names.jobs | names.datasets):
                        same_words(names.node(node, cut), cut, reader, wanted, names)

    holds()


def same_words(start, cut, reader, wanted, names):
    question = Question(direction=Direction.BOTH, cut=cut, max_hops=50, max_nodes=500)
    walked = walk([start], question, reader.veil)
    said = words.of_edges(walked.edges, question, reader)
    for (source, target), way in walked.edges.items():
        found = said[source, target]
        assert {str(w.kind) for w in found} >= {str(kind) for kind in way.kinds}
        assert found
        for word in found:
            if word.first and word.last:
                assert word.first[:2] <= word.last[:2]
                assert cut.as_of is None or word.last.at <= cut.as_of
            if word.kind is Kind.IO and source.is_job != target.is_job:
                job, dataset = (source, target) if source.is_job else (target, source)
                key = names.of_job[job.id], names.of_dataset[dataset.id]
                ends = wanted[*key, 2 if source.is_job else 1]
                assert ((*word.first[:2],), (*word.last[:2],)) == ends, key
