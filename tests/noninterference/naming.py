"""What is drawn by chance, or made from what is hidden, and how a world calls it."""

from hashlib import sha256

from catalog import versions
from catalog.models import Dataset, Proposal
from lineage.models import ManualEdge
from policies.row_keys import key_of
from tests.noninterference.sending import body_of

WHY = "the world of a test"


def name_what_is_drawn(world, built):
    """Names for ids that follow from more than the viewer may see, and may differ.

    Digests are of events as sent, and ids of versions are keyed digests: of what a job
    reads and writes, and of all columns of a dataset. What is hidden is part of these.
    Other ids are the same.
    """
    visible = [thing for thing in built.rows if not thing.is_hidden]
    for sent in world.events:
        about = sent.thing or sent.use.job
        digest = _digest_of(sent)
        if not about.is_hidden:
            built.called[digest] = f"digest-of-{sent.at}"
            built.called[digest[:12]] = f"digest-of-{sent.at}"  # as pages shorten it
            built.digests.append(digest)
    for thing in sorted(visible):
        if thing.kind == "job":
            [known] = versions.of_jobs([built.rows[thing]]).values()
            for number, one in enumerate(known):
                built.called[str(one.id)] = f"version-{number}-of-{thing.name}"
                built.job_versions.append((thing, str(one.id)))
        else:
            canonical = Dataset.objects.unrestricted(WHY).with_names()
            row = canonical.get(pk=built.rows[thing].canonical_id)
            [some] = versions.of_datasets([row]).values()
            built.dataset_versions += [(thing, str(one.id)) for one in some]
            if thing.tells_tags:
                for number, one in enumerate(some):
                    built.called[str(one.id)] = f"version-{number}-of-{thing.name}"
    _name_rows(built)


def _name_rows(built):
    """Keys are numbers under a permutation that nobody knows: of which row, is told."""
    shown = {row for thing, row in built.rows.items() if not thing.is_hidden}
    for thing, row in built.rows.items():
        if not thing.is_hidden:
            built.called[key_of(row)] = f"row-of-{thing.name}"
    for edge in ManualEdge.objects.with_ends():
        named = (
            f"{edge.source}-{edge.source_field}-to-{edge.target}-{edge.target_field}"
        )
        built.called[key_of(edge)] = f"edge-{named}"
        if not {edge.source, edge.target} - shown and not _is_secret(edge, built):
            built.edges.append(key_of(edge))
    for one in Proposal.objects.unrestricted(WHY).select_related("dataset", "job"):
        about = one.dataset or one.job
        named = f"{about.name}-{one.column}-{one.aspect}-{one.excerpt}"
        built.called[key_of(one)] = f"proposal-{named}"


def _is_secret(edge, built):
    thing_of = {row: thing for thing, row in built.rows.items()}
    ends = ((edge.source, edge.source_field), (edge.target, edge.target_field))
    return any(thing_of[row].hides(column) for row, column in ends)


def _digest_of(sent):
    return sha256(body_of(sent)).hexdigest()
