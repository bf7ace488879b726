"""What an administrator types: export, plan, apply, test."""

import pytest
from django.core.management import CommandError, call_command

from catalog.models import DatasetShare
from policies import services
from policies.audit import Act
from policies.models import Grant, Group, JournalEntry
from policies.services.approvals import set_rule
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db

POLICY = """\
version: 1
roles:
  analyst:
    description: Reads, and reports.
    actions: [asset.view, report.create]
groups:
  finance:
    members: [ann, ben]
  staff:
    description: Everybody.
    groups: [finance]
grants:
  - group: staff
    role: viewer
    scope: {namespace: "postgres://*"}
  - group: finance
    effect: deny
    role: analyst
    scope: {asset: {kind: dataset, namespace: "postgres://db", name: salaries}}
    until: 2030-01-01
    reason: They are counted elsewhere.
  - principal: admin
    role: admin
    scope: everything
    reason: made as an administrator
shares:
  - principal: ben
    action: asset.view
    scope: {asset: {kind: dataset, namespace: "mysql://db", name: orders}}
"""
ADMIN = "principal: admin\n    role: admin"


@pytest.fixture
def world(db):
    people = {name: make_principal(name) for name in ("ann", "ben")}
    people["admin"] = services.create_administrator(
        "admin", "a long walk by the river", actor=None
    )
    for space, name in (
        ("postgres://db", "salaries"),
        ("postgres://db", "orders"),
        ("mysql://db", "orders"),
    ):
        people[name] = make_dataset(space, name)
    return people


@pytest.fixture
def file(tmp_path):
    def write(text, name="access.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def run(*words):
    """What the command ended with."""
    try:
        call_command("policy", *words)
    except SystemExit as stop:
        return stop.code
    return 0


def test_a_file_is_planned_then_applied_and_then_changes_nothing(world, file, capsys):
    path = file(POLICY)

    assert run("plan", path) == 2
    told = capsys.readouterr().out
    assert "+ role analyst (+asset.view +report.create" in told
    assert "+ member ann in finance" in told
    assert "+ group staff (description 'Everybody.')" in told
    assert "group finance: no analyst on dataset postgres://db salaries (until" in told
    assert "ben: asset.view +3" in told  # two datasets, and their namespace
    assert not Group.objects.exists()

    assert run("apply", path) == 0
    entries = JournalEntry.objects.count()
    assert run("apply", path) == 0
    assert "No change" in capsys.readouterr().out
    assert JournalEntry.objects.count() == entries
    assert run("plan", path) == 0


def test_an_export_changes_nothing_where_it_came_from(world, file, capsys):
    run("apply", file(POLICY))
    capsys.readouterr()
    run("export")

    path = file(capsys.readouterr().out)

    assert run("plan", path) == 0
    assert JournalEntry.objects.filter(act=Act.POLICY_EXPORTED).exists()


def test_an_export_to_a_file_says_so_and_keeps_stdout_clean(world, tmp_path, capsys):
    path = tmp_path / "out.yaml"

    run("export", str(path))

    assert path.read_text().startswith("# Who may what")
    assert capsys.readouterr().out == ""


def test_what_stands_beside_the_file_is_drift(world, file, capsys):
    path = file(POLICY)
    services.grant_role(world["ann"], "auditor", actor=None)

    with pytest.raises(CommandError, match="Nothing is changed"):
        run("apply", path)

    assert "- grant principal ann: auditor on everything" in capsys.readouterr().err
    assert not Group.objects.exists()


def test_drift_is_left_alone_when_told_so(world, file):
    kept = services.grant_role(world["ann"], "auditor", actor=None)

    run("apply", file(POLICY), "--allow-drift")

    assert Grant.objects.standing().filter(pk=kept.pk).exists()
    assert Group.objects.filter(name="staff").exists()


def test_drift_is_removed_when_told_so(world, file):
    services.grant_role(world["ann"], "auditor", actor=None)

    run("apply", file(POLICY), "--prune")

    assert not Grant.objects.standing().filter(role__name="auditor").exists()


def test_what_is_taken_out_of_the_last_file_is_no_drift(world, file):
    run("apply", file(POLICY))
    shorter = POLICY[: POLICY.index("shares:")]

    assert run("apply", file(shorter)) == 0
    assert not DatasetShare.objects.exists()


def test_a_change_since_the_export_is_drift_even_if_the_file_only_adds(
    world, file, capsys
):
    run("apply", file(POLICY))
    capsys.readouterr()
    run("export")
    path = file(capsys.readouterr().out)
    services.remove_member(Group.objects.get(name="finance"), world["ann"], actor=None)

    with pytest.raises(CommandError):
        run("apply", path)

    assert "Access has changed since this file was made" in capsys.readouterr().err


def test_a_policy_that_leaves_no_administrator_is_refused_whole(world, file):
    without = POLICY.replace(ADMIN, "principal: admin\n    role: viewer")

    with pytest.raises(CommandError, match="Nobody could grant anything any more"):
        run("apply", file(without), "--prune")

    assert not Group.objects.exists()


def test_the_administrator_may_change_hands_in_one_file(world, file):
    handed = POLICY.replace(ADMIN, "principal: ann\n    role: admin")

    run("apply", file(handed), "--prune")

    assert not Grant.objects.standing().filter(principal=world["admin"]).exists()


def test_faults_are_told_with_their_places_all_at_once(world, file, capsys):
    broken = POLICY.replace("actions: [asset.view", "actions: [asset.veiw").replace(
        "    reason: They", "    raeson: They"
    )
    path = file(broken)

    with pytest.raises(CommandError, match="2 faults"):
        run("plan", path)

    told = capsys.readouterr().err
    assert f"{path}:5:15: There is no action 'asset.veiw'" in told
    assert "Did you mean 'asset.view'?" in told
    assert f"{path}:21:5: There is no 'raeson' in a grant" in told


def test_unknown_names_are_told_all_at_once(world, file, capsys):
    path = file(POLICY.replace("ann, ben", "anne, bene").replace("salaries", "wages"))

    with pytest.raises(CommandError, match="3 faults"):
        run("apply", path)

    told = capsys.readouterr().err
    assert "There is no user 'anne'" in told
    assert "There is no dataset postgres://db wages" in told


def test_in_a_persons_name_a_second_person_is_asked(world, file, capsys):
    services.grant_role(world["ann"], "admin", actor=None)
    set_rule(services.GrantScope(namespace="postgres://db"), actor=None)
    path = file(POLICY)

    run("apply", path, "--allow-drift", "--as", "admin")

    told = capsys.readouterr().out
    assert "? + grant group staff: viewer on namespaces postgres://*: waits" in told
    assert not Grant.objects.standing().filter(group__name="staff").exists()
    assert (
        Grant.objects.standing().filter(group__name="finance", effect="deny").exists()
    )


TESTS = """\
tests:
  - principal: ann
    action: asset.view
    asset: {kind: dataset, namespace: "postgres://db", name: orders}
    expect: allowed
    by: allow
    role: viewer
  - principal: ann
    action: asset.view
    asset: {kind: dataset, namespace: "postgres://db", name: salaries}
    expect: denied
    by: deny
  - principal: ann
    action: access.grant
    expect: denied
  - principal: admin
    action: event.ingest
    namespace: not-there-yet
    expect: allowed
  - anonymous: true
    action: asset.view
    asset: {kind: dataset, namespace: "postgres://db", name: orders}
    expect: denied
"""


def test_expected_decisions_are_tried_as_if_a_policy_were_applied(world, file, capsys):
    tests, policy = file(TESTS, "tests.yaml"), file(POLICY)

    with pytest.raises(CommandError, match="3 of 5"):
        run("test", tests)
    assert "it is denied" in capsys.readouterr().err

    run("test", tests, "--with", policy)
    assert "5 of 5 decisions" in capsys.readouterr().out
    assert not Group.objects.exists()
    with pytest.raises(CommandError, match="3 of 5"):
        run("test", tests)


def test_a_failed_expectation_is_explained(world, file, capsys):
    run("apply", file(POLICY))
    wrong = TESTS.replace("expect: denied\n    by: deny", "expect: allowed")

    with pytest.raises(CommandError):
        run("test", file(wrong, "tests.yaml"))

    told = capsys.readouterr().err
    assert "tests.yaml:8:5: ann asset.view on dataset postgres://db salaries" in told
    assert "it is denied" in told
    assert "decides: group finance: no analyst on dataset postgres://db" in told
    assert "through finance" in told
