"""Labour inspection (article 4): filings, screening, targeting, letters, cases, credit grades.

Screening asks for everybody what `access.core.gate.decide` asks for one. `core/*.sql` is the rule,
`core/gates` writes the law as rows for it, `io/engines` run it (`duckdb` here, `spark` on a cluster),
`core/merge` runs it on sorted columns. `core/targeting` turns findings into a fair, explained list with a
random arm, `core/campaign` into letters with a held-out group. `core/cases` holds the state tables and
clocks of a case, `core/casework` the rules of who may do what, `core/documents` what is written,
`core/grades` the yearly credit grade.
"""
