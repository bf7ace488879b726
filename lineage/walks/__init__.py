"""What does a walk through lineage answer, beside where it leads?

Who asserts each edge and by which events, what is shown of it to a reader who asked for
a part, where it ends and why, and what of it is not sure.
"""
