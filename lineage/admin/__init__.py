"""Administration of what happened: events, runs, warnings, and the rules of names."""

from lineage.admin import events, manual, rules, runs

__all__ = ["events", "manual", "rules", "runs"]
