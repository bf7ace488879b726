"""How many mistakes make one word of another?"""


def distance(one: str, other: str, most: int) -> int:
    """Letters wrong, missing, too many, or swapped with their neighbour.

    Counts no further than `most` + 1. (Optimal string alignment.)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, rival in enumerate(other, 1):
            cost = min(
                last[column] + 1,
                here[column - 1] + 1,
                last[column - 1] + (letter != rival),
            )
            if (
                row > 1
                and column > 1
                and letter == other[column - 2]
                and one[row - 2] == rival
            ):
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > most:
            return most + 1
        before, last = last, here
    return last[-1]
