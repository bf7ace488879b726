"""Which browser do the page tests drive? As a program: installs one if need be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
PLACES = (
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Without these a browser behind a closed network keeps asking for its own updates.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REMEDY = (
    "The page tests need Chromium or Chrome, which can be neither found nor installed. "
    "Install it (Debian: apt-get install chromium), or name it: "
    "HEADWATER_TEST_BROWSER=/path/to/chrome"
)


class BrowserMissing(Exception):
    """There is no browser to test pages with."""


def find_browser() -> str:
    """The path of a Chromium or Chrome; raises BrowserMissing with the remedy."""
    candidates = [os.environ.get("HEADWATER_TEST_BROWSER"), *map(shutil.which, NAMES)]
    candidates += [*PLACES, _playwrights_own()]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise BrowserMissing(REMEDY)


def launch_flags() -> list[str]:
    """What the browser is started with; root has no sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def install_browser() -> None:
    """Install Chromium from the system's packages as root, else Playwright's."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "--yes", "-q", "--no-install-recommends"]
        for command in (["apt-get", "update", "-q"], [*install, "chromium"]):
            if subprocess.run(command, env=environment).returncode:
                break
        else:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def _playwrights_own() -> str | None:
    try:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except Error:
        return None
    return path if Path(path).exists() else None


if __name__ == "__main__":
    try:
        find_browser()
    except BrowserMissing:
        print("Installing a browser for the page tests", flush=True)
        install_browser()
    try:
        print(f"Page tests use {find_browser()}")
    except BrowserMissing as missing:
        sys.exit(f"{missing}")
