"""`make demo`: fill a running Headwater with the history of a small shop."""

import os
import subprocess
import sys

import demo.with_django  # noqa: F401 - before anything that imports models
from demo.access import tell_of_access
from demo.api import Refusal
from demo.curation import TooSlow, curate
from demo.environment import PLACE, ROOT, prepare
from demo.people import people_of
from demo.progress import note, step
from demo.server import NoServer, Server, find_server
from demo.staff import staff_of, staff_with

# What else could lead a client's events elsewhere, or add what this machine is.
MISLEADING = ("OPENLINEAGE_CONFIG", "OPENLINEAGE_DISABLED", "OPENLINEAGE_ENDPOINT")


def main() -> None:
    """Find the server, prepare the producers, let them tell their story."""
    try:
        server = find_server()
    except NoServer as missing:
        sys.exit(str(missing))
    try:
        python = prepare()
    except subprocess.CalledProcessError as failure:
        sys.exit(f"The demo's environment was not made: {failure}")
    told = subprocess.run(
        [python, "-m", "demo.story", PLACE / "shop"],
        cwd=ROOT,
        env=producer_environment(server),
        check=False,
    )
    if told.returncode:
        sys.exit(told.returncode)
    curate_what_was_told(server)
    step("Done")
    note(f"Look at {server.url}: the datasets shop.marts.fct_orders and")
    note("shop.marts.customer_value have two versions, shop_nightly has failed runs;")
    note("/governance has what people say of it, /reports the auditor's report.")
    if server.is_here:
        note("/access has who may and why; /access/approvals and /access/requests have")
        note("what waits for your answer, /access/reviews what is being reviewed.")


def curate_what_was_told(server: Server) -> None:
    """Let people declare their part, by accounts of the server here or a token lent."""
    try:
        if server.is_here:
            with staff_of(server) as staff:
                curate(staff)
            with people_of(server) as people:
                tell_of_access(people)
        elif server.curator:
            curate(staff_with(server, server.curator))
        else:
            step("Nothing is declared by people")
            note("It takes more than a producer's token. Make another one there:")
            note("  manage.py token create demo-curator --role admin --expires TIME")
            note("and give it: HEADWATER_DEMO_CURATOR=… make demo")
    except (Refusal, TooSlow) as refusal:
        sys.exit(f"Not all was declared. {refusal}")


def producer_environment(server: Server) -> dict[str, str]:
    """The environment of a producer that knows an address and a token, nothing else."""
    kept = {
        name: word
        for name, word in os.environ.items()
        if name not in MISLEADING and not name.startswith("OPENLINEAGE__")
    }
    return kept | {
        "OPENLINEAGE_URL": server.url,
        "OPENLINEAGE_API_KEY": server.token,
    }


if __name__ == "__main__":
    main()
