"""What can be asked of the benchmarks on the command line?"""

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How thorough to be, where to put the server, and whether to keep the numbers."""

    is_quick: bool = False
    place: Path | None = None
    keeps: bool = True
    reused: Path | None = None
    sizes: tuple[int, ...] = ()

    @property
    def seconds(self) -> float:
        """How long each load is measured."""
        return 3.0 if self.is_quick else 10.0

    @property
    def imported_events(self) -> int:
        """How many events the import of files takes."""
        return 10_000 if self.is_quick else 100_000

    @property
    def stored_events(self) -> tuple[int, ...]:
        """The sizes at which growth is looked at."""
        return (10_000, 30_000) if self.is_quick else (10_000, 100_000, 1_000_000)

    @property
    def job_counts(self) -> tuple[int, ...]:
        """The sizes of the catalog whose lineage is walked."""
        return (1_000, 3_000) if self.is_quick else (1_000, 10_000, 100_000)

    @property
    def graph_sizes(self) -> tuple[int, ...]:
        """How many jobs the graphs have that are walked, each in its own catalog."""
        if self.sizes:
            return self.sizes
        return (2_000,) if self.is_quick else (10_000, 100_000, 1_000_000)


def read_options(description: str | None, words: list[str]) -> Options:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--quick", action="store_true", help="smaller and shorter; keeps no numbers"
    )
    parser.add_argument(
        "--place", type=Path, metavar="DIR", help="where the server's data goes; a disk"
    )
    parser.add_argument(
        "--reuse",
        type=Path,
        metavar="HOME",
        help="search, access: an installation that is kept, filled if it is not yet; "
        "graph: a folder of such, one of each size",
    )
    parser.add_argument(
        "--sizes",
        type=_numbers,
        default=(),
        metavar="N,N",
        help="graph: jobs of each graph; keeps no numbers",
    )
    given = parser.parse_args(words)
    keeps = not (given.quick or given.sizes)
    return Options(given.quick, given.place, keeps, given.reuse, given.sizes)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))
