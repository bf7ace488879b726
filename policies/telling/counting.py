"""How is a number of things told?"""


def counted(number: int, noun: str) -> str:
    """A number with its noun, which takes an s unless there is one: `2 steps`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
