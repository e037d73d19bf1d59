"""Assessment (articles 1.1 and 1.3 of the notice): from an enrolment sheet to a result.

Stations hold licences for trades and levels and open sessions inside them; assessors hold cards and sit
on panels that the centre appoints. An enrolment sheet is read row by row (`core.columns`,
`core.enrolment`), held to one rule per file (`core.rules`) and judged by the law's alternatives
(`core.eligibility`); good rows are enrolled, bad rows go back with their faults beside the cells. Marks
(`core.marks`) keep absent, misconduct and not entered apart; a session moves by the table of
`core.states`, through one door (`usecases.move_session`).

Downstream asks `queries.list_passing`, and tells `holdings.answer_with` which certificates people hold.
"""
