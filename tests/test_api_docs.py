"""What programs are told is documented: each code, each metric."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from prometheus_client import REGISTRY

from config.metrics import StoreCollector
from tests.lineage.api.history import run_event, send

BASE_DIR = Path(settings.BASE_DIR)
PAGE = (BASE_DIR / "docs/api.md").read_text()
APPS = ("config", "policies", "catalog", "lineage", "reports")
REFUSALS = {"Problem", "Refused", "Misfit", "unauthorized"}
WARNINGS = {"Conformance", "_warn"}
CODE = re.compile("[a-z0-9]+(?:_[a-z0-9]+)*")
# What REST framework and config.problems call what they answer by themselves.
COMMON = {
    "internal_error",
    "not_acceptable",
    "not_authenticated",
    "permission_denied",
    "request_invalid",
    "unavailable",
}


def codes(calls: set[str]) -> Iterator[str]:
    """The first word that looks like a code among the arguments of such calls."""
    for app in APPS:
        for path in (BASE_DIR / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _name(node.func) in calls:
                    words = [a.value for a in node.args if isinstance(a, ast.Constant)]
                    yield from [str(word) for word in words if _is_code(word)][:1]


def _is_code(word: object) -> bool:
    return isinstance(word, str) and "_" in word and CODE.fullmatch(word) is not None


def _name(function: ast.expr) -> str:
    return getattr(function, "id", getattr(function, "attr", ""))


@pytest.mark.parametrize("code", sorted({*codes(REFUSALS), *COMMON}))
def test_a_problem_has_its_heading(code: str) -> None:
    assert f"\n### `{code}`\n" in PAGE


@pytest.mark.parametrize("code", sorted(set(codes(WARNINGS))))
def test_a_warning_has_its_row(code: str) -> None:
    assert f"\n| `{code}` |" in PAGE


def metrics() -> set[str]:
    """Each metric of ours, by the name that Prometheus shows."""
    counted = [m for m in REGISTRY.collect() if m.name.startswith("headwater_")]
    return {
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in [*counted, *StoreCollector().collect()]
    }


def test_a_metric_has_its_row(db: None) -> None:
    send(run_event())
    page = (BASE_DIR / "docs/operations.md").read_text()

    assert len(metrics()) == 6
    assert {name for name in metrics() if f"\n| `{name}` |" not in page} == set()
