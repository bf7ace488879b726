"""How does what a Marquez database holds come into the catalog?

`database` reads it, `queries` says what, `rows` what a row is, `synthesis` makes events
of rows that no event tells of, `importing` goes through it all, and `report` keeps what
could not be carried.
"""
