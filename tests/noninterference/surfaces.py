"""Every address that a viewer can ask, out of the URL conf, filled from a world."""

import re
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from urllib.parse import urlencode

from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from lineage import nodeids
from tests.cast import MATRIX
from tests.noninterference.building import SALES, runs_of
from tests.noninterference.sending import SECRET, run_id
from tests.noninterference.worlds import (
    FIELDS,
    INNER,
    OTHER_SECRETS,
    OTHER_WORDS,
    SECRETS,
    WORDS,
)

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")
WORD_NAMES = {
    "domains": [SALES, f"{SALES}/Shop", "none"],
    "tags": [SECRET, "pii", "none"],
    "terms": ["Customer", "none"],
    "products": ["Orders", "none"],
    "properties": ["Desk", "none"],
}
# What nobody can fill: by its name, with the reason.
NOT_ASKED = {
    "sign-on-callback": "the provider sends people there, with words that count once",
    "account-second-factor": "each answer draws a new secret, as a picture",
    "metrics": "totals of the whole server, for who watches it; named in the docs",
    "admin:jsi18n": "words of the interface, for everybody the same",
}
# Routes of the administration that are about one row, by its key. Who opens these has
# the rights of an administrator on everything: no viewer of a part gets in.
_ADMIN_ROWS = re.compile(r"admin:.*_(change|history|delete)$|admin:view_on_site$")


# An event that names something hidden is withheld whole, from those with event.view on
# its job: it is missing then, which docs/security.md says.
_EVENTS = re.compile("event|ingestion|^home$")


def is_of_events(route):
    return bool(_EVENTS.search(route))


def is_row_of_the_administration(route):
    return bool(_ADMIN_ROWS.match(route))


# Routes that are declared for other methods alone answer GET with 405.
_DECLARED = {row["route"] for row in MATRIX["row"]}
_READ = {row["route"] for row in MATRIX["row"] if row["request"].startswith("GET ")}


def is_read(route):
    """Whether a route, but for lists of the administration, answers those who read."""
    is_declared = route in _DECLARED
    return not route.startswith("admin:") and (route in _READ or not is_declared)


@dataclass(frozen=True)
class Address:
    route: str
    path: str


def routes():
    """Each route of the site by its name with namespaces, and its parameters."""

    def walk(patterns, namespaces, parameters):
        for pattern in patterns:
            own = [a or b for a, b in PARAMETER.findall(str(pattern.pattern))]
            if isinstance(pattern, URLPattern):
                name = ":".join([*namespaces, str(pattern.name)])
                yield name, [*parameters, *own]
            else:
                inner = [pattern.namespace] if pattern.namespace else []
                yield from walk(
                    pattern.url_patterns, [*namespaces, *inner], [*parameters, *own]
                )

    return list(walk(get_resolver().url_patterns, [], []))


class Unfillable(LookupError):
    """A route has parameters that no world gives values for."""


def addresses(world, built, others):
    """All addresses of a world; `others` are hidden things of it or of its like."""
    world = replace(world, things=[t for t in world.things if not t.is_hidden])
    found = []
    for route, parameters in routes():
        if route in NOT_ASKED or is_row_of_the_administration(route):
            continue
        for arguments in _arguments(route, parameters, world, built, others):
            try:
                path = reverse(route, kwargs=arguments)
            except NoReverseMatch:
                raise Unfillable(route) from None
            for query in _queries(route, world, built, others):
                asked = f"?{urlencode(query)}" if query else ""
                found.append(Address(route, path + asked))
    return list(dict.fromkeys(found))


def _arguments(route, parameters, world, built, others):
    """Values for a route's parameters, as far as the world has any."""
    own = route.rpartition(":")[2]
    things = [*world.things, *others]
    if not parameters:
        return [{}]
    match sorted(parameters):
        case ["namespace"] | ["name"] if own.startswith("namespace"):
            return [{parameters[0]: name} for name in _spaces(things)]
        case ["namespace"]:
            return [{"namespace": name} for name in _spaces(things)]
        case ["name"] if own.split("-")[0] in WORD_NAMES:
            return [{"name": name} for name in WORD_NAMES[own.split("-")[0]]]
        case ["name"] if own in ("tag-reach", "tag-rule"):
            return [{"name": name} for name in WORD_NAMES["tags"]]
        case ["name"] if own == "import-template":
            return [{"name": "statements"}, {"name": "none"}]
        case ["name", "namespace"]:
            kind = "job" if own.startswith("job") else "dataset"
            return [t.key for t in things if t.kind == kind]
        case ["name", "namespace", "run_id"]:
            return [{**job.key, "run_id": run} for job, run in _all_runs(world, others)]
        case ["dataset", "namespace", *more]:
            some = [t for t in things if t.kind == "dataset"]
            return _with_more(some, "dataset", more, built.dataset_versions)
        case ["field", *_] | ["dataset", "field", "namespace", "tag"]:
            some = [t for t in things if t.kind == "dataset"]
            return [
                {
                    "namespace": t.namespace,
                    "dataset": t.name,
                    "field": column,
                    "tag": "pii",
                }
                for t in some
                for column in _columns_of(t)
            ]
        case ["job", "namespace", *more]:
            some = [t for t in things if t.kind == "job"]
            return _with_more(some, "job", more, built.job_versions)
        case ["run_id"]:
            return [{"run_id": run} for _, run in _all_runs(world, others)]
        case ["run_id", "transition"]:
            return [
                {"run_id": run, "transition": "start"} for _, run in runs_of(world)[:1]
            ]
        case ["digest"]:
            return [{"digest": digest} for digest in [*built.digests, "0" * 64]]
        case ["id"] | ["key"] if own.startswith("manual-lineage"):
            return [{parameters[0]: key} for key in [*built.edges, "0" * 22]]
        case ["change_id"] | ["id"] if own.startswith("change"):
            return [{parameters[0]: one} for one in [*built.changes, _NOBODY]]
        case ["report_id"] | ["name", "report_id"]:
            names = ("report.json", "report-csv.zip", "none")
            return [
                {p: one if p == "report_id" else name for p in parameters}
                for one, name in product([*built.reports, _NOBODY], names)
            ]
        case ["source"]:
            return [{"source": name} for name in ("warehouse", "none")]
        case ["tag"]:
            return [{"tag": name} for name in (SECRET, "pii", "none")]
    return _other_arguments(route, parameters)


_NOBODY = "0195a0c8-0000-7000-8000-00000000dead"


# What is no asset, and of which the viewer of a part has none: rows of access and of
# the administration. They are asked for as things that there are not.
_OTHERS = {
    **{"app_label": "catalog", "url": "nowhere", "object_id": "1", "name": "none"},
    **dict.fromkeys(("id", "inner", "public_id", "key", "report_id"), _NOBODY),
    **{"grant": 999_999_999, "emergency": 999_999_999, "username": "nobody"},
}


def _other_arguments(route, parameters):
    if not {*parameters} <= _OTHERS.keys():
        raise Unfillable(f"{route} {parameters}")
    words = {name: _OTHERS[name] for name in parameters}
    numbers = {name: 999_999_999 if name == "id" else w for name, w in words.items()}
    for arguments in (words, numbers):
        try:
            reverse(route, kwargs=arguments)
        except NoReverseMatch:
            continue
        return [arguments]
    raise Unfillable(f"{route} {parameters}")


def _spaces(things):
    return sorted({thing.namespace for thing in things} | {"none"})


def _with_more(things, kind, more, versions):
    asked = [{"namespace": t.namespace, kind: t.name} for t in things]
    if more == ["version"]:
        return [
            {"namespace": t.namespace, kind: t.name, "version": version}
            for t, version in versions
        ]
    if more == ["tag"]:
        return [{**one, "tag": "pii"} for one in asked]
    if more:
        raise Unfillable(str(more))
    return asked


def _all_runs(world, others):
    hidden = [(t, run_id(t, 0)) for t in others if t.kind == "job"]
    return [*runs_of(world), *hidden]


def _columns_of(thing):
    """Some that a dataset may have; of one with hidden ones, all that may be hidden."""
    if thing.tells_tags:
        return sorted({*SECRETS, *OTHER_SECRETS, *INNER.values()})
    return FIELDS[:2]


def _node_ids(world, others):
    for thing in [*world.things, *others]:
        spell = nodeids.of_job if thing.kind == "job" else nodeids.of_dataset
        yield spell(thing.namespace, thing.name)
        if thing.kind == "dataset":
            for field in _columns_of(thing):
                yield nodeids.of_field(thing.namespace, thing.name, field)


def _changes(nodes, world):
    """What can be asked about a change of each node, and of each namespace."""
    kinds = {
        "dataset": ("drop-dataset",),
        "datasetField": ("drop-column", "retype-column", "erase-subject"),
        "job": ("stop-job",),
    }
    for _, node in nodes:
        for kind in kinds[node.partition(":")[0]]:
            for form in ({}, {"format": "md"}, {"format": "csv"}):
                yield {"nodeId": node, "change": kind, **form}
    for namespace in sorted({thing.namespace for thing in world.things}):
        yield {"change": "revoke-source", "namespace": namespace}


def _graphs(nodes):
    """What is asked of pictures: two of these questions of each node, in turn."""
    asked = (
        {"maxHops": 1},
        {"maxHops": 6, "direction": "downstream", "controlFlow": 1},
        {"level": "column", "maxHops": 2},
        {"level": "root", "asOf": "2026-03-20"},
        {"against": "2026-03-01T12:04:30Z"},
        {"status": "former", "kind": "dataset", "maxHops": 3},
        {"level": "column", "against": "2026-03-01T12:09:00Z"},
        {"level": "parent", "direction": "upstream"},
        {"maxHops": 1, "open": "next"},
        {"tag": "pii", "assertedBy": "io"},
    )
    for number, node in enumerate(nodes):
        for turn in (2 * number, 2 * number + 1):
            query = {"nodeId": node, **asked[turn % len(asked)]}
            if "open" in query:
                query["open"] = nodes[(number + 1) % len(nodes)]
            yield query


def _at_nodes(nodes):
    """What is asked of each node, and of none."""
    return [{}, *({"nodeId": node} for _, node in nodes)]


def _queries(route, world, built, others):
    """What is asked of a route beside its path."""
    own = route.rpartition(":")[2]
    nodes = [("nodeId", node) for node in _node_ids(world, others)]
    # Some misspelt: what is known of words shall not come from hidden names.
    words = [*WORDS, *OTHER_WORDS, "harbuor", "legder", "quary", "safron", "meridain"]
    words += [*SECRETS, *OTHER_SECRETS, "emial", "pasport", "salery"]
    match own:
        case "lineage" | "lineage-nodes-csv" | "lineage-edges-csv":
            return [{}, *_graphs([node for _, node in nodes])]
        case "lineage-ends":
            ways = ("upstream", "downstream")
            return [{"nodeId": n, "direction": d} for _, n in nodes for d in ways]
        case "impact" | "column-lineage":
            depths = ({}, {"depth": 1}, {"depth": 2, "withDownstream": "true"})
            plain = [{"nodeId": n, **d} for _, n in nodes for d in depths]
            return [*plain, *(_changes(nodes, world) if own == "impact" else ())]
        case "quality-dataset" | "quality-job":
            return [{"nodeId": n} for _, n in nodes]
        case "incident-list":
            return [{"state": "all"}, {"mine": "1", "q": WORDS[0]}]
        case "lineage-columns":
            return [{"nodeId": n} for _, n in nodes]
        case "lineage-walk":
            asked = (
                {},
                {"direction": "downstream", "maxHops": 2, "controlFlow": "true"},
                {"direction": "upstream", "asOf": "2026-03-20T12:00:00Z"},
                {"status": "effective,former", "kind": "dataset"},
                {"maxNodes": 2, "tag": "pii"},
                {"level": "column", "format": "ndjson"},
                {"format": "ndjson"},
            )
            return [{"nodeId": n, **more} for _, n in nodes for more in asked]
        case "classification-why" | "classification-reach":
            asked = ({"tag": "pii"}, {"tag": SECRET, "asOf": "2026-03-20T12:00:00Z"})
            return [{**one, **more} for one in asked for more in _at_nodes(nodes)]
        case "dataset-classification":
            columns = (*FIELDS[:2], *SECRETS, *OTHER_SECRETS)
            return [{}, *({"tag": "pii", "column": one} for one in columns)]
        case "run-upstream":
            runs = _all_runs(world, others)
            return [{"runId": run, "depth": 3} for _, run in runs]
        case "lineage-roots" | "lineage-leaves":
            return [{"nodeId": n, **h} for _, n in nodes for h in ({}, {"maxHops": 2})]
        case "lineage-paths":
            columns = [n for _, n in nodes if n.startswith("datasetField:")]
            assets = [n for _, n in nodes if n not in columns]
            pairs = [*product(assets, repeat=2), *product(columns, repeat=2)]
            return [{"from": one, "to": other} for one, other in pairs]
        case "lineage-changes":
            minutes = ("2026-03-01T12:04:30Z", "2026-03-01T12:09:00Z")
            return [{"nodeId": n, "from": at} for _, n in nodes for at in minutes]
        case "lineage-hierarchy":
            assets = [n for _, n in nodes if not n.startswith("datasetField:")]
            kinds = ("parent", "root", *(n for n in assets if n.startswith("job:")))
            return [{"nodeId": n, "rollUp": k} for n, k in product(assets, kinds)]
        case "lineage-runs":
            return [{"runId": run} for _, run in _all_runs(world, others)]
        case "dataset-impact" | "dataset-impact-csv":
            columns = (*FIELDS[:2], *SECRETS[-2:], *OTHER_SECRETS[:2])
            verbs = ("drop", "null", "erase")
            asked = [{"change": v, "column": c} for v in verbs for c in columns]
            whole = [{"change": "drop"}, {"change": "revoke"}]
            return [{}, {"depth": 2}, *({"column": c} for c in columns), *asked, *whole]
        case "job-impact" | "job-impact-csv":
            return [{}, {"depth": 2}, {"change": "stop"}]
        case "find" | "search" | "search-slash" | "datasets" | "jobs":
            asked = [{"q": word} for word in words]
            return [*asked, *({"q": w, "limit": 2} for w in WORDS[:2]), {}]
        case "suggest":
            kinds = ("owner", "tag", "dataset", "job", "term", "domain")
            return [{"kind": k, "aspect": k, "q": q} for k in kinds for q in ("", "h")]
        case "dataset-list" | "job-list" | "namespace-job-list" | "namespace-list":
            pages = ({"limit": 2}, {"limit": 1, "offset": 2}, {"page": 2})
            found = [{"q": word} for word in WORDS[:2]]
            said = ({"tag": "pii"}, {"owner": "olaf"}, {"domain": SALES}, {"tier": "1"})
            return [{}, *pages, *found, *said]
        case "change-list" | "proposal-list" | "event-list" | "lineage-event-list":
            return [{}, {"limit": 1}, {"limit": 2, "offset": 1}, {"page": 2}]
        case "stats-jobs" | "stats-datasets" | "stats-sources" | "stats-lineage-events":
            return [{"period": "DAY"}, {"period": "WEEK"}]
        case "report-new" | "manual-lineage-declare" | "curation" | "governance":
            some = [*world.things, *others][:4]
            return [{}, *({"kind": t.kind, **t.key} for t in some)]
        case "explain" | "who" | "what" | "access-explain" | "access-who":
            return _about_access(world, others)
        case "access-request-new" | "access-suggest" | "access":
            offers = [{"of": "dataset", "from": "q", "q": word} for word in "dh"]
            return [{}, *offers, *_about_access(world, others)]
    return [{}]


def _about_access(world, others):
    about = [{"kind": t.kind, **t.key} for t in [*world.things, *others]]
    asked = {"action": "asset.view", "principal": "vera"}
    return [{}, asked, *about, *({**one, **asked} for one in about)]


def sampled(asked, seed, count):
    """Some addresses that tell something, each of another route if there are so many.

    Worlds with seeds that follow each other take turns: together they ask all routes
    about as often, however many addresses each route has. One list of the
    administration is like another: a world asks one of them.
    """
    by_route = {}
    for address in asked:
        by_route.setdefault(address.route, []).append(address)
    for route, some in by_route.items():
        # Jobs may have more versions in one form of a world: no matter to other routes.
        Random(f"{seed} {route}").shuffle(some)
    lists = [route for route in sorted(by_route) if route.startswith("admin:")]
    others = [route for route in sorted(by_route) if is_read(route)]
    Random(0).shuffle(others)
    # Those of even seeds and of odd ones are asked of other forms of worlds.
    start = seed // 2 * (count - 1) % len(others)
    turns = [*Random(seed).sample(lists, bool(lists)), *others[start:], *others[:start]]
    chosen = []
    while len(chosen) < count and any(by_route[route] for route in turns):
        chosen += [by_route[route].pop() for route in turns if by_route[route]]
        turns = others
    return chosen[:count]
