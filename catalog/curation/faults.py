"""Why can a statement not be made? The message names the fault and the remedy."""


class Refused(ValueError):
    """A statement, an entry or an undo that cannot be done; `field` is at fault."""

    def __init__(self, message: str, *, field: str = "value") -> None:
        super().__init__(message)
        self.field = field


class NotStanding(Refused):
    """There is nothing to take back."""


class Superseded(Refused):
    """Later changes stand on this one, so that it cannot be undone alone."""
