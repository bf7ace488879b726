"""Open tables between hidden ones, and what somebody reads of it by pages and API."""

import json

from django.test import Client

from catalog.curation.entries import read_facts
from catalog.curation.kinds import KINDS, Written
from catalog.curation.subjects import Subject
from catalog.models import Change, Dataset, Domain, Tag
from catalog.search.indexing import catch_up
from catalog.services import Saying, changing, define_entry, say
from lineage.ingest import ingest
from policies.services import create_group, create_token
from tests.factories import bearer, make_principal

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"
PRODUCER = "https://example.org/producer"
RUN = "0195a0c8-0000-7000-8000-00000000000{}"
# Each of these is told to nobody who may see `open` and `flows` alone.
SECRETS = ("payroll", "salary", "hushvault", "redeem", "moneybags", "quietgroup")


def facet(kind, **members):
    url = f"https://openlineage.io/spec/facets/1-0-0/{kind}.json"
    return {"_producer": PRODUCER, "_schemaURL": url, **members}


def table(namespace, name, *columns, **facets):
    fields = [{"name": column, "type": "text"} for column in columns]
    facets["schema"] = facet("SchemaDatasetFacet", fields=fields)
    return {"namespace": namespace, "name": name, "facets": facets}


def run(number, job, *, inputs=(), outputs=()):
    namespace, name = job
    return json.dumps(
        {
            "eventTime": f"2026-05-04T03:0{number}:01Z",
            "eventType": "COMPLETE",
            "producer": PRODUCER,
            "schemaURL": f"{SPEC}/RunEvent",
            "run": {"runId": RUN.format(number)},
            "job": {"namespace": namespace, "name": name},
            "inputs": list(inputs),
            "outputs": list(outputs),
        }
    ).encode()


PAYROLL = table("hushvault", "payroll", "salary")
ORDERS = table("open", "orders", "id", "amount")
DERIVED = {
    "amount": {
        "inputFields": [
            {"namespace": "hushvault", "name": "payroll", "field": "salary"}
        ]
    }
}


def make_town():
    """Open tables between hidden ones: hidden before, between and after."""
    derived = facet("ColumnLineageDatasetFacet", fields=DERIVED)
    orders = table("open", "orders", "id", "amount", columnLineage=derived)
    middle = table("hushvault", "payroll.middle", "salary")
    events = [
        run(1, ("flows", "load"), inputs=[PAYROLL], outputs=[orders]),
        run(2, ("redeem", "redeem.job"), inputs=[ORDERS], outputs=[middle]),
        run(3, ("flows", "report"), inputs=[middle], outputs=[table("open", "sums")]),
        run(
            4,
            ("redeem", "redeem.more"),
            inputs=[table("open", "sums")],
            outputs=[table("hushvault", "payroll.last")],
        ),
    ]
    assert {outcome.status for outcome in ingest(events)} == {201}
    with changing(actor=None, via=Change.Via.SYSTEM) as making:
        for model in (Tag, Domain):
            define_entry(making, model, read_facts(model, {"name": "Money"}))
    make_principal("moneybags")
    create_group("quietgroup", actor=None)
    for name, spoken in {
        "payroll": (("tag", "Money"), ("domain", "Money"), ("owner", "moneybags")),
        "payroll.middle": (("owner", "group:quietgroup"), ("tag", "Money")),
        "sums": (("tag", "Money"),),
    }.items():
        for kind, value in spoken:
            tell(dataset(name), kind, value)
    catch_up()


def dataset(name):
    rows = Dataset.objects.unrestricted("test").select_related("namespace")
    return rows.get(name=name)


def tell(row, kind, value):
    subject = Subject("dataset", row)
    detail = "business" if kind == "owner" else ""
    fields = KINDS[kind].fields_of(subject, Written(value, detail))
    say([Saying(KINDS[kind], subject, fields)], actor=None, via=Change.Via.SYSTEM)


class Reader:
    """Somebody who asks pages by a session, and the API by a token."""

    def __init__(self, principal):
        self.principal = principal
        self.page = Client()
        self.page.force_login(principal)
        raw = create_token(principal, "test", actor=None).raw
        self.token = bearer(raw)

    def get(self, address):
        if address.startswith("/api/"):
            return Client().get(address, headers=self.token)
        return self.page.get(address)

    def told(self, address):
        """The text of an answer, its address in the page's links left out."""
        answer = self.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        body = b"".join(answer) if answer.streaming else answer.content
        return body.decode().replace("<wbr>", "")

    def post(self, address, body):
        kind = {"content_type": "application/json", "headers": self.token}
        return Client().post(address, body, **kind)


def leaks(text, *asked):
    """Which secrets stand in a text, those that were asked for left out."""
    return [word for word in SECRETS if word in text and word not in asked]
