"""Who is to be told of an incident, and who answers for what lies downstream?"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q

from catalog.models import Dataset, Ownership
from lineage.graph import flow
from lineage.graph.veil import Node
from lineage.models import Incident, IncidentNotice
from lineage.quality.incidents import incidents_of
from lineage.reader import Reader
from policies.compiler.belonging import ways_in
from policies.models import Membership, Principal

MAX_HOPS = 100
MAX_NODES = 2000
PEOPLE = 200  # that are told of one incident, at most
Why = IncidentNotice.Why


def people_to_tell(incident: Incident) -> dict[int, str]:
    """Principals by id, and why each is told.

    Whoever may not see the incident is not told, nor is anybody for the sake of what
    they may not know to lie downstream.
    """
    dataset = incident.dataset.canonical
    named = incident.expectation.owner_id
    owners = owners_of({Node(False, dataset.pk)})
    found = flow.downstream(
        Node(False, dataset.pk), max_hops=MAX_HOPS, max_nodes=MAX_NODES
    )
    beyond = owners_of(_nodes(found))
    why: dict[int, str] = dict.fromkeys(beyond, Why.DOWNSTREAM)
    why |= dict.fromkeys(owners, Why.OWNER)
    why |= {named: Why.NAMED} if named is not None else {}
    order = list(Why)
    chosen = sorted(why, key=lambda pk: (order.index(Why(why[pk])), pk))[:PEOPLE]
    people = Principal.objects.active().in_bulk(chosen)
    return {
        pk: why[pk]
        for pk in chosen
        if pk in people
        and may_see(people[pk], incident)
        and (why[pk] != Why.DOWNSTREAM or _knows(people[pk], dataset, beyond[pk]))
    }


def owners_of(nodes: Collection[Node]) -> dict[int, set[Node]]:
    """Who answers for jobs and datasets, as people declare: by themselves or a group.

    Principals by id, with what each answers for.
    """
    jobs = [node.id for node in nodes if node.is_job]
    datasets = [node.id for node in nodes if not node.is_job]
    rows = (
        Ownership.objects.standing()
        .filter(
            Q(dataset__canonical__in=datasets) | Q(job__in=jobs),
            Q(principal__isnull=False) | Q(group__isnull=False),
        )
        .values_list("principal", "group", "job", "dataset__canonical")
    )
    found: dict[int, set[Node]] = defaultdict(set)
    of_group: dict[int, set[Node]] = defaultdict(set)
    for principal, group, job, dataset in rows:
        node = Node(job is not None, job if job is not None else dataset)
        if principal is not None:
            found[principal].add(node)
        else:
            of_group[group].add(node)
    for group, owned in of_group.items():
        for member in _members(group):
            found[member] |= owned
    return dict(found)


def _members(group: int) -> Iterable[int]:
    within = [group, *(way.group.pk for way in ways_in(group))]
    rows = Membership.objects.standing().filter(group__in=within)
    return set(rows.values_list("principal", flat=True))


def _nodes(found: flow.Flow) -> set[Node]:
    return {place for place in found.met if isinstance(place, Node)}


def may_see(person: Principal, incident: Incident) -> bool:
    """Whether somebody may know of an incident."""
    own = Incident.objects.filter(pk=incident.pk)
    return incidents_of(Reader(person), own).exists()


def _knows(person: Principal, dataset: Dataset, owned: Collection[Node]) -> bool:
    """Whether they may know that something of theirs comes from the dataset."""
    reader = Reader(person)
    if not reader.linked_datasets.filter(pk=dataset.pk).exists():
        return False
    start = Node(False, dataset.pk)
    found = flow.downstream(
        start, max_hops=MAX_HOPS, max_nodes=MAX_NODES, veil=reader.veil
    )
    return bool(_nodes(found) & set(owned))
