"""An administrator makes users, groups, service accounts, grants and tokens."""

import re

import pytest

from policies import services
from policies.models import (
    Grant,
    Group,
    JournalEntry,
    Membership,
    Principal,
    Role,
    Token,
)
from policies.services import create_group, create_role, create_token, grant_role
from policies.signing_in.tokens import authenticate_now
from tests.administration.asking import act, inline_blanks, said
from tests.factories import PASSWORD, make_principal

PEOPLE = "/admin/policies/principal/"
NO_INLINES = inline_blanks("grants", "memberships", "tokens")


def journaled(act):
    return JournalEntry.objects.filter(act=act).latest("recorded_at")


def new_person(client, **more):
    given = {
        "kind": "person",
        "username": "nina",
        "name": "Nina",
        "email": "nina@example.org",
        "password": "four ferries at dawn",
        "again": "four ferries at dawn",
        **NO_INLINES,
    }
    return client.post(f"{PEOPLE}add/", {**given, **more}, follow=True)


def test_a_person_is_made_with_a_grant_and_a_group_and_can_sign_in(
    client, as_admin, admin
):
    group = create_group("finance", actor=None)
    viewer = Role.objects.get(name="viewer")
    made = new_person(
        as_admin,
        **{
            "grants-TOTAL_FORMS": 1,
            "grants-0-role": viewer.pk,
            "grants-0-namespace_glob": "postgres://*",
            "grants-0-reason": "she joined",
            "memberships-TOTAL_FORMS": 1,
            "memberships-0-group": group.pk,
        },
    )

    assert made.status_code == 200
    assert "is made" in said(made)
    nina = Principal.objects.get(username="nina")
    grant = Grant.objects.get(principal=nina)
    assert (grant.role, grant.namespace_glob) == (viewer, "postgres://*")
    assert (grant.granted_by, grant.reason) == (admin, "she joined")
    assert Membership.objects.get(principal=nina).group == group
    assert journaled("principal.created").actor == admin.public_id
    assert journaled("member.added").actor == admin.public_id
    signed_in = client.post(
        "/login", {"username": "nina", "password": "four ferries at dawn"}
    )
    assert signed_in.status_code == 302
    assert not nina.is_staff


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"password": "short", "again": "short"}, "too short"),
        ({"again": "another one, quite"}, "not the same"),
        ({"password": "", "again": ""}, "needs a password"),
        ({"username": "ADA"}, "already"),
        ({"username": ""}, "required"),
        ({"kind": "robot"}, "valid choice"),
        ({"email": "nobody"}, "valid email"),
    ],
)
def test_a_person_is_not_made_where_something_is_wrong(given, fault, as_admin):
    before = JournalEntry.objects.count()

    refused = new_person(as_admin, **given)

    assert refused.status_code == 200
    assert fault in said(refused)
    assert Principal.objects.count() == 1
    assert JournalEntry.objects.count() == before
    assert "four ferries" not in refused.content.decode()


def test_a_fault_in_an_inline_makes_nobody(as_admin):
    refused = new_person(
        as_admin,
        **{
            "grants-TOTAL_FORMS": 1,
            "grants-0-role": Role.objects.get(name="viewer").pk,
            "grants-0-valid_from": "2026-05-04T03:00",
            "grants-0-valid_to": "2026-05-04T02:00",
        },
    )

    assert "must end after" in said(refused)
    assert not Principal.objects.filter(username="nina").exists()


def test_a_service_account_needs_no_password(as_admin):
    new_person(as_admin, kind="service", username="etl", password="", again="")

    etl = Principal.objects.get(username="etl")
    assert etl.kind == "service"
    assert not etl.has_usable_password()


def test_a_name_is_changed_and_the_journal_keeps_no_personal_data(as_admin, viewer):
    changed = as_admin.post(
        f"{PEOPLE}{viewer.pk}/change/",
        {"name": "Vera Smit", "email": "", **NO_INLINES},
        follow=True,
    )

    assert "is changed" in said(changed)
    viewer.refresh_from_db()
    assert viewer.name == "Vera Smit"
    entry = journaled("principal.changed")
    assert entry.changes == {"fields": ["name"]}
    assert "Smit" not in bytes(entry.body).decode()


def test_a_person_is_stopped_and_resumed_with_a_reason(as_admin, as_viewer, viewer):
    done = act(as_admin, PEOPLE, "stop", [viewer], reason="left")

    assert "stopped" in said(done)
    assert as_viewer.get("/datasets").status_code == 302
    assert journaled("principal.deactivated").record["reason"] == "left"
    act(as_admin, PEOPLE, "resume", [viewer], reason="")
    viewer.refresh_from_db()
    assert viewer.is_active


def test_the_last_administrator_is_not_stopped_and_the_page_says_why(as_admin, admin):
    refused = act(as_admin, PEOPLE, "stop", [admin], reason="oops")

    assert refused.status_code == 200
    assert "Nobody could grant anything any more" in said(refused)
    admin.refresh_from_db()
    assert admin.is_active


def test_a_password_is_changed(client, as_admin, viewer):
    words = "a heron on the quay"
    refused = act(as_admin, PEOPLE, "give_password", [viewer], password="x", again="x")
    assert "too short" in said(refused)

    act(as_admin, PEOPLE, "give_password", [viewer], password=words, again=words)

    assert not client.login(username="vera", password=PASSWORD)
    assert client.login(username="vera", password=words)


def test_a_group_is_made_with_members_and_one_of_them_leaves(as_admin, viewer):
    blank = inline_blanks("memberships")
    made = as_admin.post(
        "/admin/policies/group/add/",
        {
            "name": "harbour-data",
            "description": "Who keeps it",
            **blank,
            "memberships-TOTAL_FORMS": 2,
            "memberships-0-principal": "VERA",
            "memberships-1-principal": "",
        },
        follow=True,
    )
    assert "is made" in said(made)
    group = Group.objects.get()
    membership = Membership.objects.get(group=group, principal=viewer)

    act(as_admin, "/admin/policies/membership/", "end", [membership])

    assert not Membership.objects.standing().exists()
    assert journaled("member.removed").changes == {"principal": str(viewer.public_id)}


def test_a_member_that_there_is_not_is_an_error_in_the_form(as_admin):
    refused = as_admin.post(
        "/admin/policies/group/add/",
        {
            "name": "ghosts",
            **inline_blanks("memberships"),
            "memberships-TOTAL_FORMS": 1,
            "memberships-0-principal": "nobody",
        },
    )

    assert "There is no principal named nobody" in said(refused)
    assert not Group.objects.exists()


def test_a_grant_is_given_and_revoked(as_admin, viewer):
    given = as_admin.post(
        "/admin/policies/grant/add/",
        {
            "principal": "vera",
            "role": Role.objects.get(name="steward").pk,
            "namespace_glob": "airflow-*",
            "valid_to": "2031-01-31T12:00",
            "reason": "for the audit",
        },
        follow=True,
    )
    assert "is made" in said(given)
    grant = Grant.objects.get(principal=viewer, role__name="steward")
    assert grant.valid_to.isoformat() == "2031-01-31T12:00:00+00:00"

    done = act(as_admin, "/admin/policies/grant/", "revoke", [grant], reason="done")

    assert "1 grant revoked" in said(done)
    grant.refresh_from_db()
    assert grant.recorded_to is not None
    assert journaled("grant.revoked").record["reason"] == "done"


def test_the_last_grant_of_administration_stays(as_admin, admin):
    grant = Grant.objects.get(principal=admin)

    refused = act(as_admin, "/admin/policies/grant/", "revoke", [grant], reason="")

    assert "somebody else a role" in said(refused)
    assert Grant.objects.standing().filter(pk=grant.pk).exists()


def test_a_token_is_shown_once_and_lets_in(as_admin, admin):
    etl = make_principal("etl", "producer", kind="service")
    made = as_admin.post(
        "/admin/policies/token/add/",
        {"principal": "etl", "name": "airflow", "namespace_glob": "airflow-prod"},
    )

    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    [raw] = re.findall(r"hw_[A-Za-z0-9_]+", made.content.decode())
    assert authenticate_now(raw).principal_id == etl.pk
    token = Token.objects.get(principal=etl)
    for page in (f"/admin/policies/token/{token.pk}/change/", "/admin/policies/token/"):
        assert raw not in as_admin.get(page).content.decode()
    assert as_admin.session.get("_messages") is None
    assert journaled("token.created").actor == admin.public_id
    assert raw not in bytes(journaled("token.created").body).decode()


def test_nobody_makes_a_token_to_act_as_another_person(as_admin):
    make_principal("deputy", "admin")
    refused = as_admin.post(
        "/admin/policies/token/add/", {"principal": "deputy", "name": "mine"}
    )

    assert "is a person" in said(refused)
    assert not Token.objects.exists()


def test_a_third_token_of_a_name_is_an_error_in_the_form(as_admin):
    etl = make_principal("etl", "producer", kind="service")
    for _ in range(2):
        create_token(etl, "airflow", actor=None)

    refused = as_admin.post(
        "/admin/policies/token/add/", {"principal": "etl", "name": "airflow"}
    )

    assert "has 2 live tokens already" in said(refused)
    assert Token.objects.count() == 2


def test_a_token_is_revoked(as_admin):
    etl = make_principal("etl", "producer", kind="service")
    new = create_token(etl, "airflow", actor=None)

    act(as_admin, "/admin/policies/token/", "revoke", [new.token], reason="leaked")

    new.token.refresh_from_db()
    assert new.token.revoked_at is not None


def test_a_role_is_made_and_changed_and_shipped_ones_are_not(as_admin):
    form = {"name": "lineage-reader", "actions": ["asset.view", "lineage.view"]}
    made = as_admin.post("/admin/policies/role/add/", form, follow=True)
    assert "is made" in said(made)
    role = Role.objects.get(name="lineage-reader")
    changed = as_admin.post(
        f"/admin/policies/role/{role.pk}/change/",
        {"description": "Reads on", "actions": ["asset.view"]},
        follow=True,
    )
    assert "is changed" in said(changed)
    role.refresh_from_db()
    assert role.actions == ["asset.view"]
    assert journaled("role.changed").changes["actions"] == [
        ["asset.view", "lineage.view"],
        ["asset.view"],
    ]

    shipped = Role.objects.get(name="viewer")
    refused = as_admin.post(
        f"/admin/policies/role/{shipped.pk}/change/", {"actions": ["access.grant"]}
    )

    assert refused.status_code == 403
    shipped.refresh_from_db()
    assert "access.grant" not in shipped.actions


def test_a_role_that_administers_keeps_its_right_while_nobody_else_has_it(as_admin):
    role = create_role("boss", ["access.view", "access.grant"], actor=None)
    boss = make_principal("boss")
    grant_role(boss, "boss", actor=None)
    others = Grant.objects.exclude(principal=boss)
    others.update(recorded_to="2031-01-01T00:00Z")
    as_admin.force_login(boss)

    refused = as_admin.post(
        f"/admin/policies/role/{role.pk}/change/", {"actions": ["access.view"]}
    )

    assert "Nobody could grant anything any more" in said(refused)


def test_an_auditor_reads_and_changes_nothing(client, viewer):
    client.force_login(make_principal("audrey", "auditor"))
    before = Principal.objects.count()

    assert client.get(f"{PEOPLE}{viewer.pk}/change/").status_code == 200
    assert b'name="_save"' not in client.get(f"{PEOPLE}{viewer.pk}/change/").content
    assert new_person(client).status_code == 403
    stopped = client.post(
        PEOPLE, {"action": "stop", "_selected_action": viewer.pk, "apply": 1}
    )
    changed = client.post(f"{PEOPLE}{viewer.pk}/change/", {"name": "x", **NO_INLINES})

    assert (stopped.status_code, changed.status_code) == (403, 403)
    assert Principal.objects.count() == before
    viewer.refresh_from_db()
    assert viewer.is_active


def test_a_history_is_the_journal(as_admin, viewer):
    act(as_admin, PEOPLE, "stop", [viewer], reason="on leave")

    page = as_admin.get(f"{PEOPLE}{viewer.pk}/history/").content.decode()

    assert "principal.deactivated" in page
    assert "on leave" in page
    assert "Ada de Wit" in page


def test_a_group_is_denied_nested_and_put_out_of_use(as_admin):
    crew, staff = (create_group(name, actor=None) for name in ("crew", "staff"))
    role = Role.objects.get(name="viewer").pk
    denied = {"group": "crew", "effect": "deny", "role": role, "reason": "a drill"}

    given = as_admin.post("/admin/policies/grant/add/", denied, follow=True)
    assert "is made" in said(given)
    grant = Grant.objects.get(group=crew, effect="deny")
    assert "denies" in given.text
    both = {**denied, "principal": "ada"}
    assert "one of them" in as_admin.post("/admin/policies/grant/add/", both).text

    nest = {"inner": "crew", "outer": "staff"}
    made = as_admin.post("/admin/policies/nesting/add/", nest, follow=True)
    assert "is made" in said(made)
    round_again = {"inner": "staff", "outer": "crew"}
    refused = as_admin.post("/admin/policies/nesting/add/", round_again)
    assert "cannot belong to" in refused.text

    out = {"action": "retire", "_selected_action": [crew.pk], "apply": "1"}
    refused = as_admin.post("/admin/policies/group/", out)
    assert "holds 1 grant" in refused.text
    services.revoke_grant(grant, actor=None)
    services.unnest_group(staff, crew, actor=None)
    assert "out of use" in said(
        as_admin.post("/admin/policies/group/", out, follow=True)
    )


def test_a_grant_is_renewed(as_admin, viewer):
    grant = Grant.objects.get(principal=viewer)
    renew = {
        "action": "renew",
        "_selected_action": [grant.pk],
        "apply": "1",
        "valid_to": "2099-01-01T00:00",
        "reason": "",
    }

    as_admin.post("/admin/policies/grant/", renew)

    assert Grant.objects.standing().get(principal=viewer).valid_to.year == 2099


def test_an_emergency_is_closed_by_an_administrator(as_admin):
    boss = make_principal("boss", "admin")
    emergency = services.break_glass(boss, reason="A drill for all.", most_minutes=60)
    close = {"action": "close", "_selected_action": [emergency.pk], "apply": "1"}

    assert "closed" in said(
        as_admin.post("/admin/policies/breakglass/", close, follow=True)
    )
    emergency.refresh_from_db()
    assert emergency.closed_by.username == "ada"
