"""How do browsers keep our files for ever, and still get each new version?"""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(StaticFilesConfig):
    """Django's static files, without the parts of packages that no page asks for."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("*.map", "*.d.ts", "*.scss", "*.md", "*.json", "LICENSE", "*.gz"),
        *("*.rtl.*", "*.esm.js", "*.esm.min.js", "*.cjs.js", "*.amd.js", "ext"),
        *("tabler-flags*", "tabler-marketing*", "tabler-payments*", "tabler-socials*"),
        *("tabler.css", "tabler.js", "elk-worker.js", "elk.bundled.js", "main.js"),
    ]


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Files named by their content, also where one ES module imports another."""

    support_js_module_import_aggregation = True
    # Without the rules for source maps, which are not shipped.
    patterns = tuple(
        (files, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for files, rules in HashedFilesMixin.patterns
    )


def collect_changed_files() -> None:
    """Gather the files for browsers in STATIC_ROOT, unless none has changed."""
    stamp = Path(settings.STATIC_ROOT).with_suffix(".collected")
    mark = fingerprint()
    if not stamp.exists() or stamp.read_text() != mark:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(mark)


def fingerprint() -> str:
    """A digest over the names, sizes and times of all files for browsers."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for path, storage in finder.list(StaticFiles.ignore_patterns):
            found = os.stat(storage.path(path))
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
