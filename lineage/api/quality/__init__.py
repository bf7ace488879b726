"""The routes about freshness, volume, quality, and what is expected of them."""
