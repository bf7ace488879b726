"""Administration of what happened: events, runs, warnings, and the rules of names."""

from lineage.admin import events, rules, runs

__all__ = ["events", "rules", "runs"]
