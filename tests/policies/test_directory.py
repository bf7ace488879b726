"""People and groups follow the directory: by a file, told first and then done."""

import json
from io import StringIO

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.management import CommandError, call_command
from django.test import Client

from policies.models import Group, JournalEntry, Principal, Session
from policies.services import (
    FollowsDirectory,
    add_member,
    create_group,
    create_principal,
    create_token,
    grant_role,
    remove_member,
    set_active,
)
from policies.services.directory import (
    NotSynchronised,
    admit,
    follow_directory,
    synchronise,
)
from policies.signing_in.directory import (
    DirectoryUnreadable,
    Person,
    person_of,
    read_people,
)
from policies.signing_in.tokens import TokenRefused, authenticate_now
from tests.factories import make_principal, principal_of

ISSUER = "https://login.example"


@pytest.fixture(autouse=True)
def _provider(settings):
    settings.HEADWATER_OIDC_ISSUER = ISSUER
    settings.HEADWATER_OIDC_GROUPS = "dir-readers=Readers, dir-stewards=Stewards"


@pytest.fixture
def root(db):
    return make_principal("root", "admin")


@pytest.fixture
def sync(tmp_path, db):
    """`sync(text, *words)`: run the command on a file with this text; what it says."""

    def run(text, *words, name="people.csv"):
        path = tmp_path / name
        path.write_text(text)
        out = StringIO()
        call_command("sync_directory", str(path), *words, stdout=out)
        return out.getvalue()

    return run


def members(name):
    standing = Group.objects.get(name=name).memberships.filter(recorded_to=None)
    return set(standing.values_list("principal__username", flat=True))


ALL = """subject,username,name,email,groups,active
s-1,ada,Ada Lovelace,ada@example.com,dir-readers;dir-stewards,1
s-2,bob,Bob,bob@example.com,dir-readers,1
s-3,eve,Eve,,,1
"""


# --- The plan, and what comes of it -----------------------------------------------


def test_a_plan_changes_nothing(sync, root):
    told = sync(ALL)

    assert "ada is made, without rights of their own" in told
    assert "ada joins Stewards" in told
    assert "Nothing is changed yet; --apply does it." in told
    assert Principal.objects.count() == 1
    assert not Group.objects.exists()
    assert not JournalEntry.objects.filter(act="directory.synchronised").exists()


def test_what_is_done_is_what_was_planned(sync, root):
    plan = sync(ALL).splitlines()[:-1]
    done = sync(ALL, "--apply").splitlines()[:-1]

    assert plan == done
    assert members("Readers") == {"ada", "bob"}
    assert members("Stewards") == {"ada"}
    assert SocialAccount.objects.get(user=principal_of("ada")).uid == "s-1"
    entry = JournalEntry.objects.get(act="directory.synchronised")
    assert entry.changes == {"people": 3, "changes": len(done)}


def test_doing_it_again_changes_nothing(sync, root):
    sync(ALL, "--apply")

    assert sync(ALL, "--apply") == "Everything is in step already.\n"
    assert JournalEntry.objects.filter(act="directory.synchronised").count() == 1


def test_who_is_made_is_whom_the_provider_lets_in_later(sync, root):
    sync(ALL, "--apply")
    person = Person("s-1", "countess", "Ada, Countess", "ada@new.example")

    assert admit(person, issuer=ISSUER) == principal_of("ada")


def test_names_and_groups_follow(sync, root):
    sync(ALL, "--apply")
    by_hand = create_group("By hand", actor=None)
    add_member(by_hand, principal_of("bob"), actor=root)
    sync(ALL.replace("Bob,bob@", "Robert,rob@").replace("dir-readers,1", "x,1"),
         "--apply")  # fmt: skip

    bob = principal_of("bob")
    assert (bob.name, bob.email) == ("Robert", "rob@example.com")
    assert members("Readers") == {"ada"}
    assert members("By hand") == {"bob"}


# --- Leavers ------------------------------------------------------------------------


def test_who_is_not_there_any_more_has_left(sync, root):
    sync(ALL, "--apply")
    bob = principal_of("bob")
    raw = create_token(bob, "notebook", actor=None).raw
    browser = Client()
    browser.force_login(bob)
    told = sync(ALL.replace("s-2,bob,Bob,bob@example.com,dir-readers,1\n", ""),
                "--apply")  # fmt: skip

    assert "bob is stopped" in told
    assert not principal_of("bob").is_active
    assert not Session.objects.filter(principal=bob).exists()
    with pytest.raises(TokenRefused):
        authenticate_now(raw)
    assert principal_of("root").is_active  # was made by hand


def test_who_is_said_to_be_inactive_has_left_and_may_come_back(sync, root):
    sync(ALL, "--apply")
    sync(ALL.replace("Eve,,,1", "Eve,,,0"), "--apply")
    assert not principal_of("eve").is_active
    sync(ALL, "--apply")

    assert principal_of("eve").is_active
    assert principal_of("eve").left_at is None


def test_whom_an_administrator_stopped_stays_so(sync, root):
    sync(ALL, "--apply")
    set_active(principal_of("eve"), False, actor=root)

    assert "eve stays stopped: an administrator did that" in sync(ALL, "--apply")
    assert not principal_of("eve").is_active


def test_whom_an_administrator_resumed_and_stopped_again_stays_so(sync, root):
    sync(ALL, "--apply")
    sync(ALL.replace("Eve,,,1", "Eve,,,0"), "--apply")
    set_active(principal_of("eve"), True, actor=root)
    set_active(principal_of("eve"), False, actor=root)
    sync(ALL, "--apply")

    assert not principal_of("eve").is_active


def test_a_partial_file_stops_nobody(sync, root):
    sync(ALL, "--apply")
    sync("subject,username,groups\ns-1,ada,dir-readers\n", "--apply", "--partial")

    assert Principal.objects.active().count() == 4
    assert members("Stewards") == set()


def test_a_file_that_lacks_many_is_taken_for_cut_short(sync, root):
    many = "subject,username\n" + "".join(f"s-{n},p{n}\n" for n in range(40))
    sync(many, "--apply")
    few = "\n".join(many.splitlines()[:20]) + "\n"

    with pytest.raises(CommandError, match="is the file whole"):
        sync(few, "--apply")
    assert Principal.objects.active().count() == 41
    sync(few, "--apply", "--leavers", "25")
    assert Principal.objects.active().count() == 20


def test_the_last_administrator_is_not_stopped(sync):
    sync(ALL, "--apply")
    grant_role(principal_of("ada"), "admin", actor=None)

    with pytest.raises(CommandError, match=r"grant anything.*Nothing is changed"):
        sync(ALL.replace("dir-stewards,1", "dir-stewards,0"), "--apply")
    assert principal_of("ada").is_active


# --- Who is whom ----------------------------------------------------------------------


def test_somebody_made_by_hand_is_not_taken_over_by_a_name(sync, root):
    make_principal("bob", "admin")

    with pytest.raises(CommandError, match="made here by hand"):
        sync(ALL, "--apply")
    assert not Principal.objects.filter(username="ada").exists()
    assert "bob is the directory's from now on" in sync(ALL, "--apply", "--adopt")
    assert SocialAccount.objects.get(uid="s-2").user == principal_of("bob")


def test_a_service_account_is_nobodys(sync, root):
    create_principal("bob", kind=Principal.Kind.SERVICE, actor=None)

    with pytest.raises(CommandError, match="service account"):
        sync(ALL, "--apply", "--adopt")


def test_another_subject_of_the_same_name_is_somebody_else(root):
    synchronise([Person("s-1", "ada")], issuer=ISSUER, is_complete=False, actor=None)

    with pytest.raises(NotSynchronised):
        synchronise(
            [Person("s-9", "ada")], issuer=ISSUER, is_complete=False, actor=None
        )


def test_without_subjects_people_are_known_by_their_names(sync, root, settings):
    settings.HEADWATER_OIDC_ISSUER = ""
    sync("username,name\nada,Ada\n", "--apply")
    told = sync("username,name\nADA,Countess\n", "--apply")

    assert "Countess" in told
    assert principal_of("ada").name == "Countess"


def test_subjects_without_an_issuer_are_refused(sync, root, settings):
    settings.HEADWATER_OIDC_ISSUER = ""

    with pytest.raises(CommandError, match="HEADWATER_OIDC_ISSUER"):
        sync(ALL)


# --- Groups that follow ---------------------------------------------------------------


def test_nobody_is_put_into_them_or_out_of_them_by_hand(root):
    group = create_group("Readers", actor=root)
    ada = make_principal("ada")
    add_member(group, ada, actor=root)
    follow_directory(group, "dir-readers", actor=root)

    with pytest.raises(FollowsDirectory, match="dir-readers"):
        add_member(group, root, actor=root)
    with pytest.raises(FollowsDirectory):
        remove_member(group, ada, actor=root)
    follow_directory(group, "", actor=root)
    remove_member(group, ada, actor=root)
    assert members("Readers") == set()


def test_the_administration_tells_so(root):
    group = create_group("Readers", actor=root)
    follow_directory(group, "dir-readers", actor=root)
    client = Client()
    client.force_login(root)
    page = f"/admin/policies/group/{group.pk}/change/"
    form = {
        "name": "Readers",
        "description": "",
        "directory_name": "dir-readers",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-principal": "root",
    }
    response = client.post(page, form)

    assert "The directory says who belongs to Readers" in response.text
    assert members("Readers") == set()


# --- Reading --------------------------------------------------------------------------


def test_claims_are_read_from_json_arrays_and_lines(sync, root):
    claims = [
        {"sub": "s-1", "preferred_username": "ada", "groups": ["dir-readers"]},
        {"sub": "s-2", "email": "bob@example.com", "active": False},
    ]
    array = sync(json.dumps(claims), name="people.json")
    lines = sync("\n".join(map(json.dumps, claims)), name="people.ndjson")

    assert array == lines
    assert "ada joins Readers" in array
    assert "bob" not in array  # left before he came


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line names the columns"),
        ("username\n", "names nobody"),
        ("name,email\nAda,a@b.example\n", "username or subject is needed"),
        ("username,salary\nada,1\n", "Unknown: salary"),
        ("username\nada\nADA\n", "stands there twice"),
        ("subject\ns-1\ns-1\n", "stands there twice"),
        ("username,active\nada,perhaps\n", "Line 2: active is 'perhaps'"),
        ("username,name\nada,Ada,more\n", "too many cells"),
        ("username,name\n,Nobody\n", "no name and no subject"),
    ],
)
def test_what_cannot_be_acted_on_is_refused_whole(text, said):
    with pytest.raises(DirectoryUnreadable, match=said):
        read_people(text, is_json=False, groups_claim="groups")


@pytest.mark.parametrize("text", ["{", "[1]", "nonsense", '"text"'])
def test_so_is_what_is_no_json_of_people(text):
    with pytest.raises(DirectoryUnreadable):
        read_people(text, is_json=True, groups_claim="groups")


def test_a_file_that_is_not_there_is_told_so(db):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("sync_directory", "/nowhere/people.csv")


@pytest.mark.parametrize(
    ("claims", "username", "name"),
    [
        ({"preferred_username": "ada", "name": "Ada"}, "ada", "Ada"),
        ({"email": "ada@example.com"}, "ada", ""),
        ({"given_name": "Ada", "family_name": "Lovelace"}, "", "Ada Lovelace"),
        ({"preferred_username": "a\u202eda\n", "name": "A\x00da"}, "ada", "Ada"),
        ({"preferred_username": ["x"], "name": {"x": 1}}, "", ""),
        ({"preferred_username": "x" * 900}, "x" * 150, ""),
    ],
)
def test_claims_are_taken_as_text_without_tricks(claims, username, name):
    person = person_of({"sub": "s", **claims}, "groups")

    assert (person.username, person.name) == (username, name)


def test_a_person_without_any_name_gets_one(db):
    assert admit(Person("s-1", ""), issuer=ISSUER).username == "person"
    assert admit(Person("s-2", ""), issuer=ISSUER).username == "person-2"
    assert admit(Person("s-3", "x" * 150), issuer=ISSUER)
    assert len(admit(Person("s-4", "x" * 150), issuer=ISSUER).username) <= 150
