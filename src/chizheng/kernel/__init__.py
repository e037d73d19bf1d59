"""Pure shared nouns: periods, money, levels, places, errors, wording, state tables.

Nothing here knows Django, files, sockets or the clock; every other room may import it.
"""
