"""How do browsers keep our files for ever, and still get each new version?"""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Files named by their content, also where one ES module imports another."""

    support_js_module_import_aggregation = True
