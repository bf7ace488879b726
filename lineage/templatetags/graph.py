"""How does a page sum a graph up?"""

from django import template

from lineage.drawing import Drawing

register = template.Library()


@register.filter
def graph_sum(drawing: Drawing) -> str:
    """How many datasets and jobs are drawn, and how much is withheld."""
    parts = [
        _amount(drawing.count("dataset"), "dataset"),
        _amount(drawing.count("job"), "job"),
    ]
    if drawing.withheld:
        parts.append(f"{drawing.withheld} withheld")
    return ", ".join(parts)


def _amount(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
