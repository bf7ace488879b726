"""How do events become the catalog? Evidence first, then the folds of it.

A batch costs a fixed number of statements, whatever its size. Every fold merges, so
that order and repetition do not matter; what cannot be merged (something that counted
and no longer does) is refolded from all of its evidence.
"""

# Raise it when the same events make other folds than before: what was not applied is
# then tried again, and `manage.py rebuild` makes the folds anew.
PROJECTOR_VERSION = 3
