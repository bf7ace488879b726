"""On whose behalf does a background task run?"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Of(StrEnum):
    """Whose rights a task goes by."""

    SYSTEM = "the system"
    REQUESTER = "whoever asked for it"


@dataclass(frozen=True, slots=True)
class Behalf:
    """Whose rights a task goes by, and why nobody sees or does too much by it."""

    of: Of
    why: str


def for_the_system[**P, R](why: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a task asks for nobody's rights.

    It answers nobody, and changes no more than time and events do by themselves. Set
    it below `@shared_task`; a test finds tasks that declare nothing.
    """
    return _declaring(Behalf(Of.SYSTEM, why))


def for_the_requester[**P, R](how: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare that a task does what somebody asked for, with their rights as it starts.

    `how` names what asks for these rights again: what was allowed when the task was
    sent may be so no more. A test takes the rights away in between, for each such task.
    """
    return _declaring(Behalf(Of.REQUESTER, how))


def behalf_of(task: Any) -> Behalf | None:
    """What a Celery task declares, if anything."""
    found: Behalf | None = getattr(task.run, "behalf", None)
    return found


def _declaring[**P, R](behalf: Behalf) -> Callable[[Callable[P, R]], Callable[P, R]]:
    if not behalf.why.strip():
        raise ValueError("say why nobody sees or does too much by it")

    def declare(run: Callable[P, R]) -> Callable[P, R]:
        run.behalf = behalf  # type: ignore[attr-defined]
        return run

    return declare
