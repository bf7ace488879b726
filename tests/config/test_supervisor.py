"""What has ended is started again, soon at first and later each time."""

from config.supervisor import BACKOFF_SECONDS, CALM_SECONDS, Watch


class Fragile:
    """A program that ends as soon as it has started, or will not start at all."""

    def __init__(self, error=None):
        self.starts = []
        self.error = error
        self.now = 0.0

    def start(self):
        self.starts.append(self.now)
        if self.error:
            raise self.error

    def is_running(self):
        return False


def watch_for(fragile, seconds, *, watch=None, since=0.0):
    """Look at it ten times a second; return the watch and what it reported."""
    watch = watch or Watch("It", fragile, started_at=since)
    reports = []
    for tenth in range(int(seconds * 10)):
        fragile.now = since + tenth / 10
        watch.look(fragile.now, reports.append)
    return watch, reports


def test_a_program_that_keeps_ending_is_started_less_and_less_often():
    fragile = Fragile()

    watch_for(fragile, 60)

    pauses = [
        round(later - earlier)
        for earlier, later in zip(fragile.starts, fragile.starts[1:], strict=False)
    ]
    assert fragile.starts[0] == 0
    assert pauses == list(BACKOFF_SECONDS[1 : len(pauses) + 1])


def test_one_that_ran_for_long_is_started_at_once_again():
    fragile = Fragile()
    watch, _ = watch_for(fragile, 30)
    calm = 30 + CALM_SECONDS + 60.0
    watch.not_before, watch.started_at = None, calm - CALM_SECONDS - 1

    watch_for(fragile, 1, watch=watch, since=calm)

    assert fragile.starts[-1] == calm


def test_one_that_does_not_start_is_reported_and_tried_again():
    fragile = Fragile(OSError("no space left on device"))

    _, reports = watch_for(fragile, 5)

    assert len(fragile.starts) > 1
    assert "It does not start: no space left on device" in reports
