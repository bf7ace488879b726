"""How do browsers keep our files for ever, and still get each new version?"""

from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(StaticFilesConfig):
    """Django's static files, without the parts of packages that no page asks for."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("*.map", "*.d.ts", "*.scss", "*.md", "*.json", "LICENSE", "*.gz"),
        *("*.rtl.*", "*.esm.js", "*.esm.min.js", "*.cjs.js", "*.amd.js", "ext"),
        *("tabler-flags*", "tabler-marketing*", "tabler-payments*", "tabler-socials*"),
        *("tabler.css", "tabler.js", "elk-*", "main.js"),
    ]


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Files named by their content, also where one ES module imports another."""

    support_js_module_import_aggregation = True
    # Without the rules for source maps, which are not shipped.
    patterns = tuple(
        (files, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for files, rules in HashedFilesMixin.patterns
    )
