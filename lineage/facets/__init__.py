"""What do the facets of an event say?"""
