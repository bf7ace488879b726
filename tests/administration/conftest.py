"""The administration's tests use the harbour of the pages' tests."""

from tests.pages.conftest import (
    admin,
    as_admin,
    as_viewer,
    harbour,
    open_browser,
    viewer,
)

__all__ = ["admin", "as_admin", "as_viewer", "harbour", "open_browser", "viewer"]
