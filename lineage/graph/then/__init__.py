"""What did events say of jobs and datasets, as of a past time or as known then?

The rules are the projection's own, over the evidence within a `Cut`. What lies wholly
within it is taken from the folds; only what a cut goes through is folded anew.
"""
