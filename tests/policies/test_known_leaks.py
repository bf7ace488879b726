"""What other catalogs told to those who may not know; here it is told to nobody.

One test for each leak that is known of a peer, named where it is used. Two more kinds
have tests of their own: sessions that never end (DataHub, CVE-2023-47628) in
test_session_store.py, and whole answers that vary with what is hidden in the tests of
non-interference.
"""

import json
import re
from urllib.parse import quote

import pytest
from django.test import Client

from catalog.models import Dataset, Domain, Job, Tag
from lineage.ingest import ingest
from policies import access
from policies.actions import Action
from policies.models import Principal
from policies.services import (
    GrantScope,
    add_member,
    create_group,
    create_role,
    create_token,
    grant_role,
    share_asset,
)
from reports.services import produce_report, request_report
from tests.factories import bearer, make_principal
from tests.policies.town import (
    RUN,
    SECRETS,
    Reader,
    dataset,
    facet,
    leaks,
    make_town,
    run,
    table,
    tell,
)
from tests.sharing import shared_world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    with shared_world(django_db_blocker):
        make_town()
        yield


@pytest.fixture(scope="module")
def vera(town):
    """She sees `open` and `flows`: the world between has no name for her."""
    vera = make_principal("vera")
    for namespace in ("open", "flows"):
        grant_role(vera, "steward", namespace=namespace, actor=None)
    return Reader(vera)


@pytest.fixture(scope="module")
def boss(town):
    return Reader(make_principal("boss", "admin"))


SEARCHES = (
    "/find?q={}",
    "/api/v1/find?q={}",
    "/api/v1/search?q={}",
    "/api/v2beta/search/datasets?q={}",
    "/api/v2beta/search/jobs?q={}",
)


@pytest.mark.parametrize("address", SEARCHES)
def test_search_tells_nothing_that_the_page_denies(vera, boss, address):
    """OpenMetadata #24995: search leaks what the detail denies."""
    assert vera.get("/datasets/hushvault/payroll").status_code == 404
    at = address.format
    assert "hushvault" in boss.told("/api/v1/find?q=payroll")

    # The very answer that a word gets which nobody ever used, but for the word.
    hidden, unknown = vera.told(at("payroll")), vera.told(at("qqyroll"))
    assert without_noise(hidden).replace("payroll", "qqyroll") == without_noise(unknown)


def without_noise(text):
    """A page without what is new in every answer: nonces, tokens, how long it took."""
    lines = text.splitlines()
    noisy = ("nonce", "csrf", "took", "seconds")
    return "\n".join(each for each in lines if not any(n in each for n in noisy))


def test_search_shows_all_that_the_page_shows(town):
    """OpenMetadata #25181, the reverse: search hides what the detail allows."""
    payroll, tag = dataset("payroll"), Tag.objects.get(name="Money")
    domain = Domain.objects.get(name="Money")
    scopes = {
        "everything": GrantScope(),
        "namespace": GrantScope("hushvault"),
        "glob": GrantScope("hush*"),
        "domain": GrantScope(domain=domain),
        "tag": GrantScope(tag=tag),
        "asset": GrantScope(asset=payroll),
    }
    readers = {name: make_principal(f"by-{name}") for name in scopes}
    for name, scope in scopes.items():
        grant_role(readers[name], "viewer", scope=scope, actor=None)
    readers["share"] = make_principal("by-share")
    share_asset(payroll, readers["share"], Action.ASSET_VIEW, actor=None)
    readers["owner"] = Principal.objects.get(username="moneybags")
    readers["group"] = make_principal("by-group")
    group = create_group("readers", actor=None)
    grant_role(group, "viewer", namespace="hushvault", actor=None)
    add_member(group, readers["group"], actor=None)

    for name, principal in readers.items():
        reader = Reader(principal)
        page = reader.get("/datasets/hushvault/payroll")
        assert page.status_code == 200, name
        for address in ("/api/v1/search?q=payroll", "/api/v1/find?q=payroll"):
            assert '"payroll"' in reader.told(address), (name, address)


def test_a_program_is_filtered_like_a_person(town):
    """OpenMetadata #30023: bots skip the filters of search."""
    bot = make_principal("bot", kind=Principal.Kind.SERVICE)
    grant_role(bot, "viewer", actor=None)
    raw = create_token(bot, "narrow", role="viewer", namespace="open", actor=None).raw
    for address in (*SEARCHES[1:], "/api/v1/namespaces", "/api/v1/jobs"):
        answer = Client().get(address.format("orders"), headers=bearer(raw))
        assert answer.status_code == 200
        assert leaks(answer.content.decode()) == []
        assert "hushvault" not in answer.content.decode()


BOXES = (
    "/",
    "/governance",
    "/ingestion",
    "/governance/suggest?of=owner&q=",
    "/governance/suggest?of=dataset&q=",
    "/access",
    "/changes",
    "/proposals",
    "/lineage/manual",
    "/namespaces",
    "/datasets",
    "/jobs",
    "/tags",
    "/tags/Money",
    "/domains",
    "/domains/Money",
    "/api/v1/tags",
    "/api/v1/sources",
    "/api/v1/curation/export",
    "/api/v1/stats/datasets?period=DAY",
    "/api/v1/stats/jobs?period=DAY",
)


@pytest.mark.parametrize("address", BOXES)
def test_no_box_beside_what_was_asked_for_tells_more(vera, address):
    """OpenMetadata #26183: a widget leaks; NetBox #22470: so do tagged objects."""
    people = ("moneybags", "quietgroup") if "of=owner" in address else ()

    assert leaks(vera.told(address), *people) == []


AROUND = (
    "/api/v1/lineage?nodeId=dataset:open:{}&depth=20",
    "/api/v1/column-lineage?nodeId=dataset:open:{}&depth=20&withDownstream=true",
    "/api/v1/impact?nodeId=dataset:open:{}&depth=20",
    "/api/v1/namespaces/open/datasets/{}",
    "/api/v1/namespaces/open/datasets/{}/versions",
    "/datasets/open/{}",
    "/datasets/open/{}/lineage",
    "/datasets/open/{}/jobs",
    "/datasets/open/{}/runs",
    "/datasets/open/{}/impact",
    "/datasets/open/{}/impact.csv",
    "/datasets/open/{}/trail",
    "/datasets/open/{}/governance",
    "/lineage?nodeId=dataset:open:{}",
    "/lineage/columns?nodeId=dataset:open:{}",
    "/lineage/nodes.csv?nodeId=dataset:open:{}",
    "/lineage/edges.csv?nodeId=dataset:open:{}",
    "/jobs/flows/load",
    "/jobs/flows/load/lineage",
    "/jobs/flows/report/impact",
    "/jobs/flows/load/runs",
    f"/jobs/flows/load/runs/{RUN.format(1)}",
    "/api/v1/namespaces/flows/jobs/load",
    "/api/v1/namespaces/flows/jobs/load/runs",
    f"/api/v1/jobs/runs/{RUN.format(3)}",
    f"/api/v1/runlineage/upstream?runId={RUN.format(3)}",
)


@pytest.mark.parametrize("address", AROUND)
def test_no_walk_names_what_is_hidden(vera, boss, address):
    """Lineage, impact, counts: OpenMetadata PR 32437, Atlas PR 731, DataHub PR 9939."""
    for name in ("orders", "sums"):
        assert leaks(vera.told(address.format(name))) == []


def test_what_is_withheld_is_a_number_without_kind_or_neighbours(vera):
    """Purview, azure-docs #106711: hidden neighbours show their names and types."""
    answer = json.loads(vera.told("/api/v1/lineage?nodeId=dataset:open:orders&depth=9"))
    nodes = {node["id"]: node for node in answer["graph"]}
    hidden = [node for key, node in nodes.items() if node["data"] is None]

    seen = {key for key in nodes if key.startswith(("dataset:", "job:"))}
    assert {key.split(":")[1] for key in seen} == {"open", "flows"}
    for node in hidden:
        assert not {"namespace", "name", "kind", "version"} & set(node)
    impact = json.loads(vera.told("/api/v1/impact?nodeId=dataset:open:orders"))
    assert impact["withheld"] >= 1


COUNTED = {
    "/api/v1/namespaces": "namespaces",
    "/api/v1/namespaces/open/datasets": "datasets",
    "/api/v1/jobs": "jobs",
    "/api/v1/search?q=Money": "results",
    "/api/v1/sources": "sources",
    "/api/v1/tags": "tags",
}


@pytest.mark.parametrize("address", COUNTED)
def test_totals_count_what_is_listed(vera, address):
    """NetBox #5681: counts tell of what lists hide."""
    told = json.loads(vera.told(address))

    assert told["totalCount"] == len(told[COUNTED[address]])


ORACLES = (
    "/datasets?owner={}",
    "/datasets?tag={}",
    "/datasets?domain={}",
    "/datasets?namespace={}",
    "/datasets?ownerships__principal__username__startswith={}",
    "/datasets?namespace__name__startswith={}",
    "/datasets?sort=ownerships__principal__username&q={}",
    "/jobs?namespace={}",
    "/find?q=owner:{}",
    "/find?q=&owner={}",
    "/find?q=orders&namespace={}",
    "/api/v1/find?q=orders&namespace={}",
    "/api/v1/search?q=orders&namespace={}",
    "/api/v1/namespaces/open/datasets?name__startswith={}",
    "/api/v1/changes?who={}",
    "/changes?who={}",
)


@pytest.mark.parametrize("address", ORACLES)
@pytest.mark.parametrize("word", ["hushvault", "quietgroup"])
def test_no_filter_answers_about_what_is_hidden(vera, address, word):
    """NetBox #21988: nested lookups and sorting tell a field letter by letter."""
    other = "q" * len(word)
    hidden, unknown = (vera.get(address.format(each)) for each in (word, other))

    assert hidden.status_code == unknown.status_code
    told = without_noise(hidden.content.decode()).replace(word, other)
    assert told == without_noise(unknown.content.decode())


@pytest.mark.parametrize(
    "lookup",
    [
        "namespace__name__startswith=h",
        "ownerships__principal__username=moneybags",
        "ownerships__principal__password__startswith=a",
        "names__name__contains=payroll",
    ],
)
def test_the_administration_looks_nothing_up_that_no_filter_offers(vera, lookup):
    """NetBox #21988 once more, by the address of a list of Django's administration."""
    answer = vera.get(f"/admin/catalog/dataset/?{lookup}")

    assert answer.status_code in (302, 400)
    [said, *_] = re.findall(r"<main.*</main>", answer.content.decode(), re.S) or [""]
    assert leaks(said) == []


def test_no_right_is_had_by_asking_about_no_row(town):
    """NetBox #22429: `has_perm(obj=None)` skips the constraints of a grant."""
    somewhere = make_principal("somewhere", "admin", namespace="open")
    flagged = Principal.objects.create(username="f", is_staff=True, is_superuser=True)

    for action in Action:
        assert not access.may(somewhere, action)
        assert not access.may(flagged, action)
        assert not access.may_somewhere(flagged, action)
    for someone in (somewhere, flagged):
        for name in ("catalog.view_dataset", "asset.view", "catalog.asset.view"):
            assert not someone.has_perm(name)
            assert not someone.has_perm(name, dataset("orders"))
        assert not someone.has_module_perms("catalog")
    assert not Dataset.objects.permitted(flagged, Action.ASSET_VIEW).exists()


def test_the_results_of_a_job_are_its_requesters(vera, boss):
    """NetBox #22283: whoever may see jobs reads what they brought."""
    row = dataset("orders")
    since = row.first_seen.replace(hour=0)
    report = request_report(row, since=since, until=row.last_seen, actor=boss.principal)
    assert produce_report(report.pk) == "done"

    for address in (
        f"/reports/{report.public_id}",
        f"/reports/{report.public_id}/files/report.json",
        f"/api/v1/reports/{report.public_id}",
        f"/api/v1/reports/{report.public_id}/files/report.json",
    ):
        assert boss.get(address).status_code == 200
        assert vera.get(address).status_code == 404
    assert json.loads(vera.told("/api/v1/reports"))["totalCount"] == 0
    assert vera.get("/admin/django_celery_results/taskresult/").status_code == 403


def said_of(name):
    named = {"kind": "dataset", "namespace": "open", "name": "orders"}
    value = f"hushvault:{name}"
    return {**named, "aspect": "lifecycle", "value": "deprecated", "detail": value}


NAMING = {
    "/api/v1/curation": lambda name: {"statements": [said_of(name)]},
    "/api/v1/reports": lambda name: {
        "asset": {"type": "dataset", "namespace": "hushvault", "name": name},
        "from": "2026-05-01",
        "to": "2026-05-31",
    },
    "/api/v1/manual-lineage": lambda name: {
        "edges": [
            {
                "from": f"dataset:hushvault:{name}",
                "to": "dataset:open:orders",
                "reason": "seen",
            }
        ]
    },
}


@pytest.mark.parametrize("address", NAMING)
def test_a_body_that_names_what_is_hidden_is_answered_as_if_there_were_none(
    vera, address
):
    """django-rest-framework #1906: related fields accept rows of any queryset."""
    body = NAMING[address]
    hidden, unknown = (vera.post(address, body(n)) for n in ("payroll", "qqyroll"))

    assert hidden.status_code == unknown.status_code
    assert 400 <= hidden.status_code < 500 or not leaks(hidden.content.decode())
    ids = ("request_id", "requestId", "instance")
    first, second = (
        {k: v for k, v in each.json().items() if k not in ids}
        for each in (hidden, unknown)
    )
    assert json.dumps(first).replace("payroll", "qqyroll") == json.dumps(second)


def test_forms_offer_no_hidden_rows(vera):
    """The same of Django's forms: their choices are rows, too."""
    for address in (
        "/admin/catalog/dataset/",
        "/datasets",
        "/lineage/manual/declare",
        "/datasets/open/orders/governance",
        "/access/requests/new",
    ):
        assert leaks(vera.told(address)) == [], address


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces;/login",
        "/api/v1/namespaces;/livez",
        "/login;/api/v1/namespaces",
        "/livez;/../api/v1/namespaces",
        "/api/schema;/../v1/namespaces",
        "/api/v1/namespaces/open;x=1",
        "/datasets;/login",
        "/datasets;jsessionid=login",
        "/static/;/../datasets",
        "/admin;/login",
        "//datasets",
        "/login/../datasets",
        "/login%2f..%2fdatasets",
        "/datasets%3b/login",
        "/datasets%00",
    ],
)
def test_no_spelling_of_an_address_comes_past_its_gate(town, path):
    """OpenMetadata CVE-2024-28255: `;` makes a path look like an open one."""
    answer = Client(raise_request_exception=False).get(path)

    where = answer.get("Location", "")
    is_sent_to_sign_in = answer.status_code == 302 and where.startswith("/login")
    assert is_sent_to_sign_in or answer.status_code in (400, 401, 404), where
    assert "orders" not in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "orders OR payroll",
        "orders | payroll",
        "orders') | ('payroll",
        "'orders' | 'payroll':*",
        "orders' OR 1=1 --",
        'orders" OR "payroll',
        "!qqq",
        "-qqq",
        "pay*",
        "%",
        "_______",
        "namespace:hushvault",
        "in:hushvault payroll",
        "owner:moneybags",
        "tag:Money payroll",
        "a:* & b:* | payroll:*",
        "payroll <-> middle",
    ],
)
def test_no_query_reaches_past_the_filter(vera, query):
    """Atlas CVE-2026-40563: what is written into a query leaves its scope."""
    for address in SEARCHES:
        text = vera.told(address.format(quote(query)))
        asked = [word for word in SECRETS if word in query]
        assert leaks(text, *asked) == []
        # What was asked for stands in the answer as the question, and nowhere else.
        assert not re.search(r"(nodeId|id)\W+(dataset|job):(hushvault|redeem)", text)
        assert "/hushvault/" not in text


def test_a_job_of_hidden_tables_is_told_without_them(vera):
    """DataHub PR 9943: an entity that is seen names its hidden relations."""
    told = json.loads(vera.told("/api/v1/namespaces/flows/jobs/load"))

    assert told["inputs"] == []
    assert [each["name"] for each in told["outputs"]] == ["orders"]
    assert Job.objects.permitted(vera.principal, Action.ASSET_VIEW).count() == 2


def test_another_name_of_what_is_hidden_is_told_nowhere(town):
    """Whoever sees the namespace of another name alone does not see the dataset."""
    wages = {"namespace": "lake", "name": "redeem.wages", "type": "TABLE"}
    linked = facet("SymlinksDatasetFacet", identifiers=[wages])
    source = table("hushvault", "wages", "salary", symlinks=linked)
    ingest([run(5, ("flows", "pay"), outputs=[source])])
    field = {"namespace": "lake", "name": "redeem.wages", "field": "salary"}
    derived = facet(
        "ColumnLineageDatasetFacet", fields={"amount": {"inputFields": [field]}}
    )
    ingest(
        [
            run(6, ("flows", "add"), outputs=[table("lake", "open", "a")]),
            run(
                7,
                ("flows", "more"),
                outputs=[table("open", "more", "amount", columnLineage=derived)],
            ),
        ]
    )
    tell(dataset("redeem.wages"), "tag", "Money")
    lara = make_principal("lara", "viewer", namespace="lake")
    grant_role(lara, "auditor", namespace="open", actor=None)
    grant_role(
        lara, create_role("reader", ["journal.view"], actor=None).name, actor=None
    )
    lara = Reader(lara)

    assert lara.get("/api/v1/namespaces/lake/datasets/redeem.wages").status_code == 404
    for address in (
        "/api/v1/namespaces/open/datasets/more",
        "/datasets/open/more",
        "/api/v1/journal?limit=100",
        "/journal",
    ):
        assert "redeem" not in lara.told(address), address
    shown = lara.get("/api/v1/namespaces/lake").json()
    table_there = lara.get("/api/v1/namespaces/lake/datasets/open").json()
    assert shown["updatedAt"] == table_there["updatedAt"]
