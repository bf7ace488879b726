"""Which tags has a column, since it is made of others that have them?

`rules` says what a line of lineage carries, `lines` which lines there are, `seeds`
where tags are put, `spreading` what follows from the three, `following` keeps that as
ColumnTag rows, and `telling` explains it.
"""
