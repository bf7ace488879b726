"""Photograph each kind of page of a running server, bright and dark, wide and narrow.

    python -m tests.pages.screenshots http://127.0.0.1:8000 NAME PASSWORD

It follows links from the overview, takes two pages of each kind, and writes to
screenshots/. `make demo` gives it something to show.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.browser import find_browser, launch_flags

OUT = Path(__file__).parents[2] / "screenshots"
WIDTHS = {"wide": 1440, "narrow": 390}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SAMPLES = 2  # of each kind
ASSET = r"/(?:datasets|jobs)/[^/]+/[^/]+"
KINDS = {
    "home": "/",
    "datasets": "/datasets",
    "jobs": "/jobs",
    "dataset": r"/datasets/[^/]+/[^/]+",
    "dataset-versions": r"/datasets/[^/]+/[^/]+/versions",
    "dataset-jobs": r"/datasets/[^/]+/[^/]+/jobs",
    "dataset-runs": r"/datasets/[^/]+/[^/]+/runs",
    "job": r"/jobs/[^/]+/[^/]+",
    "job-versions": r"/jobs/[^/]+/[^/]+/versions",
    "job-runs": r"/jobs/[^/]+/[^/]+/runs",
    "run": r"/jobs/[^/]+/[^/]+/runs/[^/]+",
    "lineage": f"{ASSET}/lineage",
    "reports": "/reports",
    "report": "/reports/[0-9a-f-]{36}",
    "ingestion": "/ingestion",
    "events": "/ingestion/events",
    "event": "/events/[0-9a-f]{64}",
}


def kind_of(path: str) -> str | None:
    return next((k for k, form in KINDS.items() if re.fullmatch(form, path)), None)


def links_of(page: Page) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(l => l.href)")
    here = urlsplit(page.url).netloc
    return [urlsplit(h).path for h in hrefs if urlsplit(h).netloc == here]


def find_pages(page: Page) -> dict[str, str]:
    """Addresses by kind, with a number from the second of its kind on."""
    found: dict[str, list[str]] = defaultdict(list)
    pending, seen = ["/"], {"/"}
    while pending:
        path = pending.pop(0)
        kind = kind_of(path)
        if kind is None or len(found[kind]) >= SAMPLES:
            continue
        found[kind].append(path)
        page.goto(path)
        fresh = [link for link in dict.fromkeys(links_of(page)) if link not in seen]
        seen.update(fresh)
        pending += fresh
    return {
        f"{kind}-{number}" if number else kind: path
        for kind, paths in found.items()
        for number, path in enumerate(paths)
    }


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def main(address: str, name: str, password: str) -> None:
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=launch_flags()
        )
        pages: dict[str, str] = {}
        for theme in THEMES:
            for width, pixels in WIDTHS.items():
                context = browser.new_context(
                    base_url=address,
                    color_scheme=theme,
                    viewport={"width": pixels, "height": 900},
                )
                page = context.new_page()
                page.goto("/login")
                page.screenshot(path=OUT / f"login-{theme}-{width}.png")
                sign_in(page, name, password)
                pages = pages or find_pages(page)
                for label, path in pages.items():
                    page.goto(path)
                    page.wait_for_load_state("networkidle")
                    page.screenshot(
                        path=OUT / f"{label}-{theme}-{width}.png", full_page=True
                    )
                context.close()
        browser.close()
    print(f"{len(pages) + 1} pages, each in 4 ways: {OUT}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
