"""What do the facets of an event say?"""

from lineage.facets.reading import REGISTRY, Reading, read

__all__ = ["REGISTRY", "Reading", "read"]
