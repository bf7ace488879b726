"""Reports on pages and at the API: asked for, watched, read, thrown away."""

import pytest

from reports import services
from reports.models import Report
from tests.reports import world

pytestmark = pytest.mark.usefixtures("shop")
FORM = {"type": "dataset", "namespace": world.OPEN, "name": world.ORDERS}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(as_admin):
    return as_admin.client


@pytest.fixture
def wanted(admin):
    since, until = world.instants()
    return services.request_report(
        world.dataset(), since=since, until=until, actor=admin
    )


def test_the_pages_of_dataset_and_job_lead_to_the_form(client):
    for page, kind in (("/datasets", "dataset"), ("/jobs", "job")):
        name = world.ORDERS if kind == "dataset" else "load"
        namespace = "open:~2F~2Fdata" if kind == "dataset" else world.FLOWS
        body = client.get(f"{page}/{namespace}/{name}").content.decode()
        assert f"/reports/new?type={kind}&amp;namespace=" in body


def test_the_form_makes_a_report_and_leads_to_it(client):
    answer = client.post("/reports/new", {**FORM, **world.PERIOD})

    report = Report.objects.get()
    assert answer.headers["Location"] == f"/reports/{report.public_id}"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Declaration missing" in page
    assert "report.pdf" in page
    assert report.data_sha256 in page
    assert "hx-trigger" not in page.partition('id="report"')[2]


def test_without_a_period_it_is_about_the_last_thirty_days(client):
    client.post("/reports/new", FORM)

    report = Report.objects.get()
    assert (report.period_to - report.period_from).days == 30


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"from": "soon"}, "from is a date or a time"),
        ({"to": "2026-02-31"}, "to is a date or a time"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "must end after it begins"),
        ({"from": "2026-03-01T00:00Z", "to": "2026-03-01T00:00Z"}, "must end after"),
        ({"from": "0001-01-01"}, "lies before 1900-01-01"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "outside of the calendar"),
        ({"recorded_at": "2999-01-01"}, "not in the future"),
    ],
)
def test_what_is_no_period_is_refused_with_the_remedy(client, told, said):
    answer = client.post("/reports/new", {**FORM, **told})

    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"from": "soon"}, "/from"),
        ({"to": "2026-13-01"}, "/to"),
        ({"recordedAt": "2999-01-01"}, "/recordedAt"),
        ({"asset": {"type": "column", "namespace": "a", "name": "b"}}, "/asset/type"),
        ({"asset": "orders"}, "/asset"),
        ({"kind": "everything"}, "/kind"),
    ],
)
def test_the_api_points_at_what_is_wrong(as_admin, told, pointer):
    sent = {"asset": FORM, **told}
    answer = as_admin.post("/api/v1/reports", sent)

    assert answer.status_code == 400
    assert answer.json()["pointer"] == pointer


def test_the_last_day_that_there_is_can_be_asked_for(as_admin):
    assert as_admin.ask(to="9999-12-31").status_code == 202


def test_a_report_on_its_way_asks_for_itself_and_stops_when_it_is_done(client, wanted):
    at = f"/reports/{wanted.public_id}"
    waiting = client.get(at, headers=HTMX).content.decode()
    services.produce_report(wanted.pk)
    done = client.get(at, headers=HTMX).content.decode()

    assert 'hx-trigger="every 1s"' in waiting
    assert "waits for a worker" in waiting
    assert "<html" not in waiting
    assert "hx-trigger" not in done
    assert "report.zip" in done


def test_progress_is_told_as_it_goes(client, as_admin, wanted):
    Report.objects.update(status="running", progress=42, step="Columns: 500 rows")
    page = client.get(f"/reports/{wanted.public_id}").content.decode()
    told = as_admin.get(f"/api/v1/reports/{wanted.public_id}").json()

    assert "42 %" in page
    assert "Columns: 500 rows" in page
    assert (told["status"], told["progress"]) == ("running", 42)


def test_a_failed_report_says_why_and_offers_the_way_out(client, wanted):
    Report.objects.update(status="failed", error="The <disk> is full.")
    page = client.get(f"/reports/{wanted.public_id}").content.decode()

    assert "The &lt;disk&gt; is full." in page
    assert "Make it again" in page


def test_only_the_first_rows_are_shown_and_it_is_said(client, as_admin):
    for number in range(12):
        for day in ("10", "11", "12", "13", "14", "15", "16", "17", "18"):
            world.run("test", f"{day}T{number:02}", inputs=[world.thing(world.ORDERS)])
    report = as_admin.made()
    page = client.get(f"/reports/{report.public_id}").content.decode()

    assert "The first 100 of 114" in page
    assert len(as_admin.told(report)["runs"]) == 114


def test_hostile_names_are_shown_as_text(client, as_admin):
    world.run("<script>x</script>", "06T03", inputs=[world.thing(world.ORDERS)])
    report = as_admin.made()
    page = client.get(f"/reports/{report.public_id}").content.decode()

    assert "<script>x" not in page
    assert "&lt;script&gt;" in page


def test_the_list_tells_of_reports_the_latest_first(client, as_admin):
    as_admin.made()
    as_admin.made("job", "load", world.FLOWS)
    page = client.get("/reports").content.decode()
    told = as_admin.get("/api/v1/reports?limit=1").json()

    assert page.index(">load<") < page.index(world.ORDERS.split(".")[0] + ".<wbr>")
    assert told["totalCount"] == 2
    assert [one["asset"]["type"] for one in told["reports"]] == ["job"]
    assert as_admin.get("/api/v1/reports?limit=x").status_code == 400


def test_a_deleted_report_is_gone(client, as_admin):
    report = as_admin.made()
    at = f"/reports/{report.public_id}"

    assert client.post(f"{at}/delete").headers["Location"] == "/reports"
    assert client.get(at).status_code == 404
    assert as_admin.get(f"/api/v1{at}").status_code == 404


def test_a_file_that_there_is_not_is_not_found(client, as_admin):
    report = as_admin.made()

    for name in ("other.pdf", "..", "report.pdf\x00"):
        answer = client.get(f"/reports/{report.public_id}/files/{name}")
        assert answer.status_code in (400, 404)


def test_downloads_say_what_they_are(as_admin):
    report = as_admin.made()
    answer = as_admin.get(f"/api/v1/reports/{report.public_id}/files/report.xlsx")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="report.xlsx"'
    assert int(answer.headers["Content-Length"]) == len(answer.getvalue())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Content-SHA256"] in str(report.manifest)


def test_a_list_costs_the_same_however_long_it_is(
    client, as_admin, wanted, django_assert_max_num_queries
):
    for _ in range(5):
        services.request_report(
            world.dataset(),
            since=wanted.period_from,
            until=wanted.period_to,
            actor=wanted.requester,
        )
    client.get("/reports")
    with django_assert_max_num_queries(9):
        client.get("/reports")
    with django_assert_max_num_queries(9):
        as_admin.get("/api/v1/reports")
