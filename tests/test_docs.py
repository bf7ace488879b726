"""What can be set and run is documented."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

BASE_DIR = Path(settings.BASE_DIR)
SETTINGS = BASE_DIR / "config/settings.py"
READERS = ("text", "number", "flag", "choice")
OUR_APPS = ("config", "policies", "catalog", "lineage", "reports")
# Programs of the tests, and those that hand their environment on to others.
COMMAND = "config/management/commands/postgres.py"
ENVIRONMENT_HANDLERS = ("config/settings.py", "config/programs.py")
ENTRANCES = ("config/wsgi.py", "config/celery.py", COMMAND)


def settings_read():
    """Each setting that is read: its name, and the default if it is a number."""
    for node in ast.walk(ast.parse(SETTINGS.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in READERS:
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
            default = node.args[1] if node.func.id == "number" else None
            if name:
                yield name, default


def documented_settings():
    """The rows of the tables of settings: name → (default, unit, meaning)."""
    page = (BASE_DIR / "docs/operations.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \|(.*)\|(.*)\|(.*)\|$", page, re.MULTILINE)
    return {name: [cell.strip() for cell in cells] for name, *cells in rows}


def test_there_are_settings_to_document():
    assert len(list(settings_read())) > 20


@pytest.mark.parametrize(("name", "default"), list(settings_read()))
def test_a_setting_is_documented_with_its_default_and_unit(name, default):
    documented = documented_settings()

    assert name in documented, f"docs/operations.md has no row for {name}"
    told_default, unit, _ = documented[name]
    assert unit
    if default is not None:
        value = eval(compile(ast.Expression(default), "settings", "eval"), {})
        assert told_default == f"`{value}`"


def test_no_setting_is_documented_that_is_not_read():
    assert documented_settings().keys() - dict(settings_read()).keys() == set()


def test_only_the_settings_file_reads_the_environment():
    readers = [
        str(path.relative_to(BASE_DIR))
        for app in OUR_APPS
        for path in (BASE_DIR / app).rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text())
    ]

    assert set(readers) - {*ENVIRONMENT_HANDLERS, *ENTRANCES} == set()


def our_commands():
    return [
        name for name, app in get_commands().items() if app.split(".")[0] in OUR_APPS
    ]


@pytest.mark.parametrize("name", our_commands())
def test_a_command_is_documented(name):
    pages = [*(BASE_DIR / "docs").glob("*.md"), BASE_DIR / "README.md"]

    assert any(f"manage.py {name}" in page.read_text() for page in pages)
