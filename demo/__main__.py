"""`make demo`: fill a running Headwater with the history of a small shop."""

import os
import subprocess
import sys

from demo.environment import PLACE, ROOT, prepare
from demo.progress import note, step
from demo.server import NoServer, Server, find_server

# What else could lead a client's events elsewhere, or add what this machine is.
MISLEADING = ("OPENLINEAGE_CONFIG", "OPENLINEAGE_DISABLED", "OPENLINEAGE_ENDPOINT")


def main() -> None:
    """Find the server, prepare the producers, let them tell their story."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
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
    step("Done")
    note(f"Look at {server.url}: the datasets shop.marts.fct_orders and")
    note("shop.marts.customer_value have two versions, shop_nightly has failed runs.")


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
