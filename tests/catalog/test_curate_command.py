"""`manage.py curate`: a file, in the hands of whoever runs the server."""

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Attribute, Change
from tests.factories import make_dataset, make_principal

pytestmark = pytest.mark.django_db
HEADER = "kind,namespace,name,aspect,value,detail\n"


@pytest.fixture
def curate(tmp_path, capsys):
    make_dataset("shop", "orders")
    make_dataset("shop", "new_orders")

    def run(text, *options):
        path = tmp_path / "file.csv"
        path.write_text(text)
        call_command("curate", str(path), *options)
        return capsys.readouterr().out

    return run


def test_a_file_is_taken_in_by_the_system(curate):
    told = curate(
        f"{HEADER}dataset,shop,orders,lifecycle,deprecated,shop:new_orders\n",
        "--reason=Moved",
    )

    change = Change.objects.get()
    assert (change.actor, change.via, change.reason) == (None, "csv", "Moved")
    assert "1 new" in told
    assert str(change.public_id) in told
    assert str(Attribute.objects.get().successor) == "shop:new_orders"


def test_a_dry_run_changes_nothing(curate):
    told = curate(f"{HEADER}dataset,shop,orders,tier,1,\n", "--dry-run")

    assert "line 2: new: tier of dataset shop:orders: - -> 1" in told
    assert "trial" in told
    assert not Change.objects.exists()


def test_a_fault_stops_all_of_it_or_only_its_line(curate, capsys):
    text = f"{HEADER}dataset,shop,orders,tier,1,\ndataset,shop,none,tier,1,\n"

    with pytest.raises(CommandError, match="Nothing was changed"):
        curate(text)
    assert "line 3 (name): There is no dataset shop:none" in capsys.readouterr().err
    assert not Change.objects.exists()
    assert "1 new, 1 refused" in curate(text, "--partial")


def test_it_acts_with_the_rights_of_whoever_it_is_told(curate):
    make_principal("vera", "viewer")
    make_principal("stella", "steward")
    text = f"{HEADER}dataset,shop,orders,tier,1,\n"

    with pytest.raises(CommandError, match="No line could be taken in"):
        curate(text, "--as=vera")
    with pytest.raises(CommandError, match="no active principal"):
        curate(text, "--as=nobody")
    curate(text, "--as=Stella")
    assert Change.objects.get().actor.username == "stella"


def test_a_file_that_cannot_be_read_says_why(curate):
    with pytest.raises(CommandError, match="no header that is known"):
        curate("foo,bar\n")
    with pytest.raises(CommandError, match="No such file"):
        call_command("curate", "/nowhere/file.csv")
