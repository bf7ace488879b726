"""How do pages write the steps by which a tag came along lineage?"""

from typing import Any

from django import template

from lineage.classification.naming import Names
from lineage.classification.telling import Step

register = template.Library()


@register.simple_tag
def step_of(names: Names, step: Step) -> dict[str, Any]:
    """What a step names: its dataset, its tag, and the jobs that say so."""
    return {
        "dataset": names.datasets[step.column.dataset],
        "tag": names.tags[step.tag],
        "jobs": names.jobs_at(step),
    }
