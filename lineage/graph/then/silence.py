"""Which jobs read a dataset then, and did not tell which of its columns they used?"""

from collections.abc import Collection
from typing import LiteralString

from lineage.graph.now import INPUT, OUTPUT
from lineage.graph.then.past import Past
from lineage.graph.then.stream import READERS
from lineage.graph.veil import Column, Node, Veil

# By the index of derivations over facets.
LINES: LiteralString = """
SELECT v.facet_id, v.dataset_id, v.in_field, v.out_field
FROM lineage_columnderivation v
WHERE v.facet_id = ANY(%(facets)b::bigint[]) AND v.dataset_id = ANY(%(names)b::bigint[])
"""

type Told = tuple[int, Column, Column]  # job, source, output


def silent_jobs(datasets: Collection[int], veil: Veil, past: Past) -> set[int]:
    """As `asserting.silent_jobs`, at a cut."""
    members = past.names.members(datasets)
    names = {raw: one for one, raws in members.items() for raw in raws}
    rows = past.counting.fetch(READERS, names=sorted(names), direction=INPUT)
    then = past.effective.of((job for (job,) in rows), columns=True)
    reading = {
        (job, names[raw])
        for job, one in then.items()
        for raw, way in one.io
        if way == INPUT and raw in names
    }
    is_open = veil.passes or veil.hides_nothing
    jobs = {job for job, _ in reading}
    written = past.names.canonical(
        {raw for job in jobs for raw, way in then[job].io if way == OUTPUT}
    )
    unseen = (
        set()
        if is_open
        else veil.hidden_nodes({Node(False, i) for i in written.values()})
    )
    makers = {
        job for job in jobs for raw, way in then[job].io
        if way == OUTPUT and Node(False, written[raw]) not in unseen
    }  # fmt: skip
    told = _told(past, jobs, names)
    hidden = (
        set()
        if is_open
        else veil.hidden_columns({c for _, *both in told for c in both})
    )
    telling = {
        (job, source.dataset)
        for job, source, output in told
        if source not in hidden and output not in hidden
    }
    return {job for job, dataset in reading - telling if job in makers}


def _told(past: Past, jobs: set[int], names: dict[int, int]) -> list[Told]:
    """What the jobs tell of columns of the datasets."""
    then = past.effective.of(jobs, columns=True)
    shown = [
        (facet, job, dataset) for job, one in then.items()
        for dataset, facet in one.columns
    ]  # fmt: skip
    facets = sorted({facet for facet, _, _ in shown})
    lines = (
        past.counting.fetch(LINES, facets=facets, names=sorted(names)) if facets else []
    )
    stated = past.explicit.of_jobs(jobs)
    edges = [
        x for some in stated.values() for x in some
        if x.source_dataset in names and x.target_dataset is not None
    ]  # fmt: skip
    ends = {dataset for _, _, dataset in shown}
    ends |= {x.target_dataset for x in edges if x.target_dataset is not None}
    canonical = past.names.canonical(ends)
    told: list[Told] = [
        (job, Column(names[raw], field), Column(canonical[dataset], out_field))
        for facet, raw, field, out_field in lines
        for other, job, dataset in shown
        if other == facet
    ]
    for x in edges:
        assert x.job is not None
        assert x.source_dataset is not None
        assert x.target_dataset is not None
        source = Column(names[x.source_dataset], x.source_field)
        target = Column(canonical[x.target_dataset], x.target_field)
        told.append((x.job, source, target))
    return told
