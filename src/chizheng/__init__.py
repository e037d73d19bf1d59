"""Chizheng (持证): certificates that deserve trust, and a labour market that acts on them.

A folder per concept of notice 劳部发〔1997〕258号; `docs/architecture.md` has the whole on one page.
"""

__version__ = "0.1.0"
