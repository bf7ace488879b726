"""Groups hold people and other groups, by pages, without going round."""

import pytest

from catalog.curation.faults import Refused
from catalog.curation.values import owner_of
from policies.audit import Act
from policies.models import Group, JournalEntry, Membership, Nesting, PolicyEpoch
from policies.services import (
    GroupInUse,
    GroupRetired,
    LastAdministrator,
    NestingCycle,
    NotGrantable,
    add_member,
    create_group,
    grant_role,
    nest_group,
    reinstate_group,
    remove_member,
    retire_group,
    set_active,
    unnest_group,
)
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    admin = make_principal("ada", "admin")
    client.force_login(admin)
    return admin


def group(name, *inner):
    made = create_group(name, actor=None)
    for each in inner:
        nest_group(made, each, actor=None)
    return made


def epoch():
    return PolicyEpoch.objects.get().epoch


def at(group):
    return f"/access/groups/{group.public_id}"


def test_who_belongs_to_an_inner_group_has_what_the_outer_one_has(client):
    inner = group("web team")
    outer = group("engineers", inner)
    sam = make_principal("sam")
    add_member(inner, sam, actor=None)
    grant_role(outer, "viewer", actor=None)
    make_dataset("prod", "orders")
    client.force_login(sam)
    assert client.get("/datasets/prod/orders").status_code == 200

    unnest_group(outer, inner, actor=None)

    assert client.get("/datasets/prod/orders").status_code == 403


def test_a_group_does_not_come_to_belong_to_itself_and_is_told_the_way(admin):
    first = group("first")
    second = group("second", first)
    third = group("third", second)

    with pytest.raises(NestingCycle, match="first → second → third"):
        nest_group(first, third, actor=admin)
    with pytest.raises(NestingCycle, match="itself"):
        nest_group(first, first, actor=admin)

    assert Nesting.objects.standing().count() == 2


def test_nesting_moves_the_epoch_and_stands_in_the_journal_once(admin):
    inner, outer = group("inner"), group("outer")
    before = epoch()

    nest_group(outer, inner, actor=admin)
    moved = epoch()
    nest_group(outer, inner, actor=admin)
    unnest_group(outer, inner, actor=admin)
    unnest_group(outer, inner, actor=admin)

    assert moved > before
    acts = [Act.GROUP_NESTED, Act.GROUP_UNNESTED]
    entries = JournalEntry.objects.filter(act__in=acts)
    assert [entry.actor for entry in entries] == [admin.public_id] * 2
    assert {str(entry.changes["inner"]) for entry in entries} == {str(inner.public_id)}


def test_the_last_administrator_is_kept_whatever_the_group_does():
    ada = make_principal("ada")
    inner = group("crew")
    outer = group("bosses", inner)
    add_member(inner, ada, actor=None)
    grant_role(outer, "admin", actor=None)
    denied = group("denied")
    grant_role(denied, "admin", effect="deny", actor=None)

    for change in (
        lambda: remove_member(inner, ada, actor=ada),
        lambda: unnest_group(outer, inner, actor=ada),
        lambda: set_active(ada, False, actor=ada),
        lambda: add_member(denied, ada, actor=ada),
        lambda: nest_group(denied, outer, actor=ada),
    ):
        with pytest.raises(LastAdministrator):
            change()


def test_a_group_in_use_is_not_put_out_of_use(admin):
    crew = group("crew")
    grant = grant_role(crew, "viewer", actor=None)

    with pytest.raises(GroupInUse, match="holds 1 grant"):
        retire_group(crew, actor=admin)
    outer = group("outer", crew)
    with pytest.raises(GroupInUse, match="belongs to 1 other group"):
        retire_group(crew, actor=admin)

    unnest_group(outer, crew, actor=admin)
    grant.recorded_to = grant.recorded_from
    grant.save()
    retire_group(crew, actor=admin)
    assert crew.retired_at


def test_a_group_out_of_use_gets_nothing_and_comes_back_as_it_was(admin):
    crew = group("crew")
    sam = make_principal("sam")
    add_member(crew, sam, actor=admin)
    retire_group(crew, actor=admin, reason="merged")

    for change in (
        lambda: add_member(crew, admin, actor=admin),
        lambda: nest_group(group("outer"), crew, actor=admin),
    ):
        with pytest.raises(GroupRetired):
            change()
    with pytest.raises(NotGrantable, match="out of use"):
        grant_role(crew, "viewer", actor=admin)
    with pytest.raises(Refused, match="no group"):
        owner_of("group:crew", "business")

    reinstate_group(crew, actor=admin)
    assert Membership.objects.standing().filter(group=crew, principal=sam).exists()
    assert JournalEntry.objects.get(act=Act.GROUP_RETIRED).record["reason"] == "merged"
    assert JournalEntry.objects.filter(act=Act.GROUP_REINSTATED).count() == 1


def test_a_steward_makes_a_group_and_fills_it_by_pages(client, admin):
    make_principal("sam")
    group("web team")
    made = client.post("/access/groups/new", {"name": "crew", "description": "Ours"})
    assert made.status_code == 303
    crew = Group.objects.get(name="crew")

    client.post(at(crew), {"act": "add-member", "principal": "SAM"})
    client.post(at(crew), {"act": "nest", "group": "web team"})
    page = client.get(at(crew)).text
    assert "sam" in page
    assert "web team" in page

    remove = {"principal": "sam"}
    assert client.post(f"{at(crew)}/remove", remove).status_code == 303
    client.post(at(crew), {"act": "unnest", "group": "web team"})
    client.post(at(crew), {"act": "describe", "name": "the crew", "description": ""})
    client.post(at(crew), {"act": "retire", "reason": "done"})
    assert "out of use" in client.get(at(crew)).text
    crew.refresh_from_db()
    assert (crew.name, bool(crew.retired_at)) == ("the crew", True)
    assert "the crew" not in client.get("/access/groups").text
    assert "the crew" in client.get("/access/groups?state=retired").text
    client.post(at(crew), {"act": "reinstate"})
    assert "the crew" in client.get("/access/groups").text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"act": "add-member", "principal": "nobody"}, "There is nobody called"),
        ({"act": "add-member", "principal": ""}, "required"),
        ({"act": "nest", "group": "nothing"}, "There is no group called"),
        ({"act": "nest", "group": "outer"}, "cannot belong to"),
        ({"act": "belong", "group": "crew"}, "cannot belong to itself"),
        ({"act": "unnest", "group": "nothing"}, "There is no group called"),
        ({"act": "describe", "name": "OUTER", "description": ""}, "name already"),
        ({"act": "describe", "name": " ", "description": ""}, "required"),
        ({"act": "retire"}, "belongs to 1 other group"),
    ],
)
def test_what_is_refused_is_told_in_the_form(client, admin, sent, said):
    crew = group("crew")
    group("outer", crew)

    answer = client.post(at(crew), sent)

    assert answer.status_code == 422
    assert said in answer.text.replace("&#x27;", "'")


def test_a_taken_name_is_told_in_the_form(client, admin):
    group("crew")

    answer = client.post("/access/groups/new", {"name": "Crew", "description": ""})

    assert answer.status_code == 422
    assert "There is a group of this name already." in answer.text
    assert "out of use" not in answer.text
    retire_group(Group.objects.get(), actor=None)
    answer = client.post("/access/groups/new", {"name": "Crew", "description": ""})
    assert "can be taken into use again" in answer.text


def test_an_auditor_reads_groups_and_changes_none(client):
    crew = group("crew")
    client.force_login(make_principal("audrey", "auditor"))

    assert client.get(at(crew)).status_code == 200
    assert "Add" not in client.get(at(crew)).text
    assert client.post(at(crew), {"act": "retire"}).status_code == 403
    assert client.post(f"{at(crew)}/remove", {}).status_code == 403


def test_acts_and_groups_that_there_are_not_are_answered_404(client, admin):
    crew = group("crew")

    assert client.post(at(crew), {"act": "burn"}).status_code == 404
    assert client.post(f"{at(crew)}/remove", {"principal": "x"}).status_code == 404
    nobody = "/access/groups/00000000-0000-0000-0000-000000000000"
    assert client.get(nobody).status_code == 404


def test_the_page_tells_the_ways_between_groups(client, admin):
    inner = group("web team")
    middle = group("engineers", inner)
    outer = group("staff", middle)
    grant_role(outer, "viewer", actor=None)

    page = client.get(at(inner)).text

    assert page.count("staff") >= 2
    assert "viewer" in page
    assert "engineers" in page
