"""Administration of the catalog: assets, the vocabulary, and what people say."""

from catalog.admin import assets, parts, shares, statements, vocabulary

__all__ = ["assets", "parts", "shares", "statements", "vocabulary"]
