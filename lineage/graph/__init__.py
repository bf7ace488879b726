"""What is connected with what: walks over jobs and datasets, and over columns.

A walk asks one query per hop, by index and over the frontier alone, so that its cost
follows the answer and not the catalog. It answers ids and names nothing: which of them
may be named is for its caller to say.
"""
