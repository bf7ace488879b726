"""What is refused about a policy, and how is a plan told as JSON?"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from policies.access import Someone
from policies.as_code.nodes import Fault, TextInvalid
from policies.as_code.planning import Drift, Step
from policies.as_code.plans import Plan
from policies.as_code.standing import Gone, Withheld
from policies.problems import Problem
from policies.simulation.documents import simulation_document
from policies.simulation.telling import tell

FAULTS_TOLD = 200
STEPS_TOLD = 2000


@contextmanager
def reading_policy() -> Iterator[None]:
    """Answer what is wrong with a policy file, or with reading what stands."""
    try:
        yield
    except TextInvalid as invalid:
        raise Problem(
            400,
            "policy_invalid",
            "The file cannot be read as a policy: see `faults`.",
            pointer="",
            extra={"faults": [_fault(f) for f in invalid.faults[:FAULTS_TOLD]]},
        ) from None
    except Withheld as withheld:
        raise Problem(403, "policy_withheld", str(withheld)) from None
    except Gone as gone:
        raise Problem(409, "policy_gone", str(gone)) from None


def drifted(drift: Drift) -> Problem:
    """The refusal of a file that does not know what stands."""
    return Problem(
        409,
        "policy_drifted",
        f"{drift.reason} Export anew and make your change there; or ask with "
        "`unlisted=keep`, to leave what is not in the file, or with `unlisted=remove`, "
        "to remove it.",
        extra={"steps": [step_document(step) for step in drift.steps[:STEPS_TOLD]]},
    )


def plan_document(plan: Plan, reader: Someone) -> dict[str, Any]:
    """A plan with what it would do to everybody's rights."""
    return {
        "current": plan.current.digest,
        "target": plan.target.digest,
        "changesNothing": plan.changes_nothing,
        "drift": None if plan.drift is None else plan.drift.reason,
        "stepCount": len(plan.steps),
        "steps": [step_document(step) for step in plan.steps[:STEPS_TOLD]],
        "simulation": simulation_document(tell(plan.simulation(), reader)),
    }


def step_document(step: Step) -> dict[str, str]:
    return {"verb": str(step.verb), "what": str(step.what), "words": step.words}


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "line": fault.place.line,
        "column": fault.place.column,
        "message": fault.message,
    }
