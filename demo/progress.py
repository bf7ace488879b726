"""How does the demo tell what it is doing?"""

import sys

IS_TERMINAL = sys.stdout.isatty()


def step(text: str) -> None:
    """Say which step begins."""
    bold, plain = ("\033[1m", "\033[0m") if IS_TERMINAL else ("", "")
    print(f"\n{bold}{text}{plain}", flush=True)


def note(text: str) -> None:
    """Say something about the step."""
    print(f"  {text}", flush=True)


def bar(done: int, total: int, what: str) -> None:
    """Show how far a count has come: rewritten in place on a terminal, else its end."""
    if IS_TERMINAL:
        filled = 30 * done // total
        line = f"\r  {'█' * filled}{'░' * (30 - filled)} {done}/{total} {what}"
        print(line, end="\n" if done == total else "", flush=True)
    elif done == total:
        note(f"{done} {what}")


def counted(number: int, noun: str, what: str) -> str:
    """How many of something were made, and what they are."""
    if not number:
        return f"no {noun}: it was all there"
    return f"{number} {noun}{'' if number == 1 else 's'}: {what}"
