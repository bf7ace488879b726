"""A shop's data platform that fills a running Headwater with real events."""
