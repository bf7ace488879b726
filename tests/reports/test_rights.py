"""Who may have a report: when it is asked for, when it is made, when it is fetched."""

import pytest

from policies.models import Grant, JournalEntry, Principal, Role
from policies.services import (
    create_token,
    revoke_grant,
    revoke_token,
    set_active,
)
from reports import services
from reports.models import Report
from tests.factories import make_principal
from tests.reports import world
from tests.reports.conftest import Asker, grant

pytestmark = pytest.mark.usefixtures("shop")


def wanted_by(principal):
    """A report that no worker has taken up."""
    since, until = world.instants()
    return services.request_report(
        world.dataset(), since=since, until=until, actor=principal
    )


def take_away(principal, namespace=""):
    for standing in Grant.objects.standing().filter(
        principal=principal, namespace_glob=namespace
    ):
        revoke_grant(standing, actor=None)


def denials():
    return JournalEntry.objects.filter(act="access.denied")


def test_a_viewer_may_not_have_reports():
    viewer = Asker(make_principal("vera", "viewer"))

    assert viewer.ask().status_code == 403
    assert viewer.client.get("/reports").status_code == 403
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("kind", "name", "namespace"),
    [
        ("dataset", world.SECRET, world.CLOSED),
        ("dataset", "no.such", world.OPEN),
        ("job", world.ORDERS, world.OPEN),
    ],
)
def test_what_one_may_not_see_is_as_what_is_not_there(
    as_steward, kind, name, namespace
):
    answer = as_steward.ask(kind, name, namespace)

    assert answer.status_code == 404
    assert answer.json()["pointer"] == "/asset"


def test_a_viewer_here_who_may_report_elsewhere_gets_none_about_here(shop):
    vera = make_principal("vera", "viewer")
    grant(vera, "steward", "closed://*")

    assert Asker(vera).ask().status_code == 404
    assert Asker(vera).ask("dataset", world.SECRET, world.CLOSED).status_code == 202


def test_reports_of_others_are_for_those_who_read_the_journal(
    as_steward, as_admin, as_auditor
):
    report = as_steward.made()
    other = Asker(make_principal("sam", "steward"))
    at = f"/api/v1/reports/{report.public_id}"

    assert other.get(at).status_code == 404
    assert other.get(f"{at}/files/report.pdf").status_code == 404
    assert other.get("/api/v1/reports").json()["totalCount"] == 0
    assert as_auditor.get(at).status_code == 200
    assert as_auditor.get("/api/v1/reports").json()["totalCount"] == 1


def test_only_ones_own_are_cancelled_retried_or_deleted(as_steward, as_auditor):
    report = as_steward.made()
    at = f"/reports/{report.public_id}"

    assert as_auditor.client.delete(f"/api/v1{at}").status_code == 404
    for act in ("cancel", "retry", "delete"):
        assert as_auditor.client.post(f"{at}/{act}").status_code == 404
    assert as_steward.client.delete(f"/api/v1{at}").status_code == 204
    assert JournalEntry.objects.filter(act="report.deleted").count() == 1


def test_rights_that_are_taken_away_before_it_is_made_end_it(steward):
    report = wanted_by(steward)
    take_away(steward, "open://*")

    assert services.produce_report(report.pk) == "failed"
    report.refresh_from_db()
    assert "report.create" in report.error
    assert report.preview is None
    assert not report.files.exists()


def test_who_is_deactivated_gets_no_report_any_more(steward):
    report = wanted_by(steward)
    set_active(steward, False, actor=None)

    assert services.produce_report(report.pk) == "failed"


def test_less_is_told_when_less_may_be_seen_by_then(admin):
    sam = make_principal("sam", "steward")
    report = wanted_by(sam)
    take_away(sam)
    grant(sam, "steward", "open://*")

    assert services.produce_report(report.pk) == "done"
    told = Asker(sam).everything(Report.objects.get())
    assert world.SECRET.encode() not in told


def test_a_report_is_gone_with_the_right_to_its_asset(as_steward, steward):
    report = as_steward.made()
    at = f"/api/v1/reports/{report.public_id}"
    take_away(steward, "open://*")
    grant(steward, "steward", "closed://*")

    assert as_steward.get(at).status_code == 404
    assert as_steward.get(f"{at}/files/report.json").status_code == 404
    assert as_steward.get("/api/v1/reports").json()["totalCount"] == 0
    assert denials().count() == 2
    assert denials()[0].target_kind == "reports.report"


def test_what_a_report_names_must_be_visible_still_when_it_is_fetched(as_admin, admin):
    """The asset may be seen, but not all that the report tells of beside it."""
    sam = make_principal("sam", "steward")
    report = Asker(sam).made()
    at = f"/api/v1/reports/{report.public_id}"
    assert Asker(sam).get(f"{at}/files/report.json").status_code == 200
    take_away(sam)
    for namespace in ("open://*", "flows"):
        grant(sam, "steward", namespace)

    answer = Asker(sam).get(f"{at}/files/report.json")
    assert answer.status_code == 403
    assert answer.json()["code"] == "report_rights_lost"
    assert Asker(sam).client.get(f"/reports/{report.public_id}").status_code == 403
    assert Asker(sam).made().manifest["counts"]["placesWithheld"] == 2
    assert denials().count() == 2


def test_an_auditor_reads_no_more_of_a_report_than_they_could_ask_for(as_admin):
    olga = make_principal("olga", "auditor")
    take_away(olga)
    grant(olga, "steward", "open://*")
    Role.objects.create(name="reader-of-journals", actions=["journal.view"])
    grant(olga, "reader-of-journals")
    report = as_admin.made()

    assert Asker(olga).get("/api/v1/reports").json()["totalCount"] == 1
    at = f"/api/v1/reports/{report.public_id}"
    assert Asker(olga).get(f"{at}/files/report.pdf").status_code == 403


def test_code_is_withheld_without_the_right_to_it():
    actions = ["asset.view", "lineage.view", "report.create"]
    Role.objects.create(name="reporter", actions=actions)
    rita = Asker(make_principal("rita", "reporter"))
    report = rita.made("job", "load", world.FLOWS)

    assert b"secret_sql" not in rita.everything(report)
    notes = rita.notes(report)
    assert "lineage.view_sql" in notes["code"]
    assert "run.view" in notes["runs"]
    withheld = report.manifest["counts"]["sectionsWithheld"]
    assert withheld == ["runs", "checks", "trail"]


def test_lineage_is_withheld_without_the_right_to_it():
    Role.objects.create(name="reporter", actions=["asset.view", "report.create"])
    rita = Asker(make_principal("rita", "reporter"))
    report = rita.made()

    assert b"raw.orders" not in rita.everything(report)
    assert "lineage.view" in rita.notes(report)["upstream"]


def test_a_token_makes_reports_within_its_own_bounds(admin):
    created = create_token(
        admin, "narrow", role="steward", namespace="open://*", actor=admin
    )
    narrow = Asker(token=created.raw)
    report = narrow.made()

    everything = narrow.everything(report)
    assert world.SECRET.encode() not in everything
    assert "journal.view" in narrow.notes(report)["trail"]


def test_a_narrow_token_does_not_fetch_what_a_wide_session_made(admin, as_admin):
    created = create_token(
        admin, "narrow", role="steward", namespace="open://*", actor=admin
    )
    report = as_admin.made()
    at = f"/api/v1/reports/{report.public_id}/files/report.json"

    assert as_admin.get(at).status_code == 200
    assert Asker(token=created.raw).get(at).status_code == 403


def test_a_token_that_is_revoked_makes_no_report_any_more(admin):
    created = create_token(admin, "short-lived", role="steward", actor=admin)
    since, until = world.instants()
    report = services.request_report(
        world.dataset(),
        since=since,
        until=until,
        token_id=created.token.pk,
        actor=Principal.objects.get(pk=admin.pk),
    )
    revoke_token(created.token, actor=None)

    assert services.produce_report(report.pk) == "failed"
    report.refresh_from_db()
    assert report.error


def test_every_download_stands_in_the_journal_as_an_act_upon_the_asset(as_admin, admin):
    report = as_admin.made()
    as_admin.file(report, "report.xlsx")
    as_admin.file(report, "manifest.json")

    acts = JournalEntry.objects.filter(target_kind="catalog.dataset")
    acts = list(acts.order_by("recorded_at").values_list("act", "actor"))
    assert acts == [
        ("report.requested", admin.public_id),
        ("report.finished", None),
        ("report.downloaded", admin.public_id),
        ("report.downloaded", admin.public_id),
    ]
