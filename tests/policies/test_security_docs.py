"""docs/security.md says what the roles may do and what the journal records."""

import re
from pathlib import Path

from django.conf import settings

from policies.actions import Action
from policies.audit import Act
from policies.roles import BUILT_IN_ROLES

PAGE = (Path(settings.BASE_DIR) / "docs/security.md").read_text()


def test_the_table_of_roles_is_that_of_the_code():
    [head] = re.findall(r"^\| action \|(.*)\|$", PAGE, re.MULTILINE)
    columns = [cell.strip() for cell in head.split("|")]
    rows = re.findall(r"^\| `([a-z_.]+)`: [^|]+\|(.*)\|$", PAGE, re.MULTILINE)
    told = {
        (action, role)
        for action, cells in rows
        for role, cell in zip(columns, cells.split("|"), strict=True)
        if cell.strip()
    }

    assert told == {
        (str(a), role.name) for role in BUILT_IN_ROLES for a in role.actions
    }
    assert {action for action, _ in rows} == set(map(str, Action))


def test_every_act_of_the_journal_is_told():
    assert [act for act in Act if f"`{act}`" not in PAGE] == []
