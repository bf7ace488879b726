"""What the tests of reports share: the shop, its people, and reports read again."""

import io
import json
import zipfile

import pytest
from django.test import Client

from reports.models import Report
from tests.factories import bearer, make_principal
from tests.reports import world


@pytest.fixture
def shop(db):
    world.make_shop()


@pytest.fixture
def admin(db):
    return make_principal("ada", "admin", name="Ada de Wit")


@pytest.fixture
def auditor(db):
    return make_principal("otto", "auditor")


@pytest.fixture
def steward(db):
    """Looks after everything but what is closed."""
    principal = make_principal("stella")
    for namespace in ("open://*", "flows"):
        grant(principal, "steward", namespace)
    return principal


def grant(principal, role, namespace=""):
    from policies.services import grant_role  # noqa: PLC0415

    return grant_role(principal, role, namespace=namespace, actor=None)


class Asker:
    """Somebody at the API, by a session or by a token."""

    def __init__(self, principal=None, token=None):
        self.client = Client()
        self.headers = bearer(token) if token else {}
        if principal is not None:
            self.client.force_login(principal)

    def get(self, path, **more):
        return self.client.get(path, headers=self.headers, **more)

    def post(self, path, told, **more):
        return self.client.post(
            path, told, content_type="application/json", headers=self.headers, **more
        )

    def ask(self, kind="dataset", name=world.ORDERS, namespace=world.OPEN, **more):
        """Ask for a report; the answer."""
        asset = {"type": kind, "namespace": namespace, "name": name}
        told = {"asset": asset, **world.PERIOD, **more}
        return self.post("/api/v1/reports", told)

    def made(self, *args, **more):
        """Ask for a report that must come about."""
        answer = self.ask(*args, **more)
        assert answer.status_code == 202, answer.content
        report = Report.objects.get(public_id=answer.json()["id"])
        assert report.status == "done", report.error
        return report

    def file(self, report, name):
        answer = self.get(f"/api/v1/reports/{report.public_id}/files/{name}")
        assert answer.status_code == 200, answer.content
        return answer.getvalue()

    def told(self, report):
        """The sections of a report by key, each as a list of rows by column."""
        body = json.loads(self.file(report, "report.json"))
        return {
            section["key"]: [
                dict(zip((c["key"] for c in section["columns"]), row, strict=True))
                for row in section["rows"]
            ]
            for section in body["sections"]
        }

    def notes(self, report):
        body = json.loads(self.file(report, "report.json"))
        return {s["key"]: s["note"] + s["withheld"] for s in body["sections"]}

    def everything(self, report):
        """All bytes of all files, unpacked."""
        parts = [self.file(report, "report.json"), self.file(report, "manifest.json")]
        pending = [self.file(report, "report.zip")]
        while pending:
            with zipfile.ZipFile(io.BytesIO(pending.pop())) as archive:
                for name in archive.namelist():
                    body = archive.read(name)
                    is_archive = name.endswith((".zip", ".xlsx"))
                    (pending if is_archive else parts).append(body)
        return b"\n".join(parts)


@pytest.fixture
def as_admin(admin):
    return Asker(admin)


@pytest.fixture
def as_auditor(auditor):
    return Asker(auditor)


@pytest.fixture
def as_steward(steward):
    return Asker(steward)
