"""Where do the demo's producers live, and how do they get there?"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from demo.progress import note, step

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements" / "demo.txt"
PLACE = ROOT / ".demo"
PYTHON = PLACE / "venv" / "bin" / "python"


def prepare() -> Path:
    """Make the environment that dbt and the OpenLineage client need; return its Python.

    It is made once, and again when the requirements change.
    """
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    stamp = PLACE / "venv" / "requirements.sha256"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return PYTHON
    step("Installing dbt and the OpenLineage client into .demo/venv, once")
    where = str(PLACE / "venv")
    run("uv", "venv", "--quiet", "--clear", "--python", sys.executable, where)
    pinned = ["--quiet", "--require-hashes", "--requirement", str(REQUIREMENTS)]
    compiled = ["--python", str(PYTHON), "--compile-bytecode"]
    try:
        run("uv", "pip", "install", *compiled, *pinned)
    except subprocess.CalledProcessError:
        # pip comes in where uv cannot reach an index that only pip is configured for.
        run("pip", "--python", str(PYTHON), "install", *pinned)
    stamp.write_text(wanted)
    note("done")
    return PYTHON


def run(module: str, *words: str) -> None:
    """Run an installer of this environment. Raises subprocess.CalledProcessError."""
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    subprocess.run([sys.executable, "-m", module, *words], env=environment, check=True)
