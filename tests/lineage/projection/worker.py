"""A process of its own that takes in what it is told to: one line a list of batches."""

import json
import sys

import django


def main() -> None:
    django.setup()
    # Not before the apps are ready.
    from django.db import OperationalError  # noqa: PLC0415

    from lineage.ingest import ingest  # noqa: PLC0415

    for line in sys.stdin:
        for batch in json.loads(line):
            while True:
                try:
                    outcomes = ingest([event.encode() for event in batch])
                    break
                except OperationalError as error:  # the other one held the lock
                    if getattr(error.__cause__, "sqlstate", None) != "55P03":
                        raise
            assert {outcome.status for outcome in outcomes} <= {201}, outcomes
        print("done", flush=True)


if __name__ == "__main__":
    main()
