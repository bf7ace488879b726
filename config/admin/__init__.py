"""Administration of what concerns everything: settings, schedules, failures."""

from config.admin import failures, schedules, settings_in_force, tasks

__all__ = ["failures", "schedules", "settings_in_force", "tasks"]
