"""`make bench`: all benchmarks, one after another; ARGS="--quick" makes it short."""

import sys

from benchmarks import access, graph, growth, ingest, lineage, search
from benchmarks.options import read_options

if __name__ == "__main__":
    options = read_options(__doc__, sys.argv[1:])
    for benchmark in (ingest, growth, lineage, graph, search, access):
        benchmark.main(options)
