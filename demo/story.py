"""What does the demo tell? A week and more of history, then two releases of a project.

Runs in the demo's own environment; knows the server by OPENLINEAGE_URL and
OPENLINEAGE_API_KEY alone, as any producer would.
"""

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from openlineage.client import OpenLineageClient
from requests import RequestException

from demo import releases
from demo.history import history
from demo.progress import bar, note, step


def tell(project: Path) -> None:
    """Send the history, then run the project's two releases in `project`."""
    client = OpenLineageClient()
    step("The past days, by the OpenLineage client")
    events = history(datetime.now(UTC))
    for done, event in enumerate(events, start=1):
        client.emit(event)
        bar(done, len(events), "events")

    step("dbt: the first release of the shop project")
    releases.check_out(project)
    releases.run_pipeline(project, client.emit)
    step("dbt: the second release, which changes the marts")
    releases.upgrade(project)
    note("fct_orders gains channel, its order_total becomes a decimal")
    note("customer_value's lifetime_value becomes lifetime_revenue; a mart is new")
    releases.run_pipeline(project, client.emit)
    client.close()


if __name__ == "__main__":
    logging.getLogger("openlineage").setLevel(logging.ERROR)
    try:
        tell(Path(sys.argv[1]))
    except releases.DbtFailed as failure:
        sys.exit(f"dbt did not run:\n{failure}")
    except RequestException as failure:
        sys.exit(f"The server did not take an event: {failure}")
