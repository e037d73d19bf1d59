"""Law (all six parts of the notice): what documents say, as dated data a jurist can read.

`data/*.yaml` holds instruments, gates, levels, values (pass marks, ratios, deadlines), sanctions and
calendars; every row names its instrument and clause and says whether it is verified.
`types` and `reader` are pure; `io.shelf` fetches the shipped texts. Code never knows a year, a list,
a fine or a ratio: it asks here, by name, day and place.
"""
