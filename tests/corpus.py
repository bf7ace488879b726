"""Where the shared corpus of real events lies, if it does, and what is in it."""

import json
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"


def expected() -> dict[str, dict[str, Any]]:
    """Per file, the projection that any order of arrival must give."""
    path = CORPUS / "EXPECTED.json"
    found: dict[str, dict[str, Any]] = json.loads(path.read_text())
    return found


def corpus_files() -> list[str]:
    """The files of events, by their path in the corpus; none where it is absent."""
    return sorted(expected()) if CORPUS.is_dir() else []


def events_of(path: Path) -> list[bytes]:
    """The events of a .json or .ndjson file, each as its own text."""
    if path.suffix == ".ndjson":
        return [line.strip() for line in path.read_bytes().splitlines() if line.strip()]
    content = json.loads(path.read_bytes())
    events = content if isinstance(content, list) else [content]
    return [json.dumps(event).encode() for event in events]
