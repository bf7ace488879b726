"""Which rows do the lists about access show to whom?"""
