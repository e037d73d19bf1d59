"""Rings of assessor, station and candidate as one graph: who met too often, drawn with what was expected.

Meetings of assessors and stations (one per session), and of assessors and candidates or their schools (one per
result), each against the null that keeps both margins (`rings.pairs`); the pairs that Benjamini and Hochberg list
are the edges, the connected groups of the whole graph the rings. A flag goes to each assessor of a ring.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from chizheng.kernel.wording import Wording
from chizheng.quality.core.surveillance.detectors import Rule, Unable, e_of_p, odds_of
from chizheng.quality.core.surveillance.evidence import benjamini_hochberg
from chizheng.quality.core.surveillance.flags import Flag, filled, strength
from chizheng.quality.core.surveillance.likelihood import Ints
from chizheng.quality.core.surveillance.rings import pairs
from chizheng.quality.core.wording import WORDING

FEWEST_ASSESSORS = 8
FEWEST_MEETINGS = 30
FEWEST_TOGETHER = 3
"""Meetings below which a pair is not looked at: twice is a coincidence."""
RULE_NOT_EXCEPTION = 0.2
"""Share of assessors with odd pairs above which assignment is simply not free (everybody works near home)."""


@dataclass(frozen=True, slots=True)
class Meetings:
    """Who met whom: codes of assessors and of the others, one entry a meeting, within strata of free choice."""

    kind: str
    assessor: Ints
    other: Ints
    stratum: Ints
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Edge:
    assessor: int
    kind: str
    other: str
    together: int
    expected: float
    p: float


def judge_rings(
    meetings: Sequence[Meetings], assessors: Sequence[str], rule: Rule
) -> tuple[list[Flag], list[Unable]]:
    """Flags of the assessors in rings; each carries the graph of its ring."""
    unable: list[Unable] = []
    edges: list[_Edge] = []
    asked = 0
    for met in meetings:
        if met.kind == "candidate" and not met.assessor.size:
            continue  # nobody came twice
        people = np.unique(met.assessor).size
        if people < FEWEST_ASSESSORS or met.assessor.size < FEWEST_MEETINGS:
            why = filled("rings_too_few", what=WORDING[f"node_{met.kind}"], assessors=people, meetings=met.assessor.size)  # fmt: skip
            unable.append(Unable("ring", why))
            continue
        _, left = np.unique(met.assessor, return_inverse=True)
        _, right = np.unique(met.other, return_inverse=True)
        if np.bincount(left).max() < 2 or not (np.bincount(left.ravel() * (int(right.max()) + 1) + right.ravel()).max() >= 2):  # fmt: skip
            continue  # nobody met anybody twice
        found = pairs(met.assessor, met.other, met.stratum)
        listed = benjamini_hochberg(found.p, rule.fdr) & (found.together >= FEWEST_TOGETHER)
        if np.unique(found.left[listed]).size > RULE_NOT_EXCEPTION * people:
            unable.append(Unable("ring", filled("rings_fixed", what=WORDING[f"node_{met.kind}"])))
            continue
        asked += found.p.size
        edges += [
            _Edge(int(found.left[e]), met.kind, met.names[int(found.right[e])], int(found.together[e]),
                  float(found.expected[e]), float(found.p[e]))
            for e in np.flatnonzero(listed)
        ]  # fmt: skip
    return _flags(edges, assessors, rule, asked), unable


def _flags(edges: list[_Edge], assessors: Sequence[str], rule: Rule, asked: int) -> list[Flag]:
    if not edges:
        return []
    nodes: dict[tuple[str, str], int] = {}
    for e in edges:
        nodes.setdefault(("assessor", assessors[e.assessor]), len(nodes))
        nodes.setdefault((e.kind, e.other), len(nodes))
    ends = np.array([(nodes["assessor", assessors[e.assessor]], nodes[e.kind, e.other]) for e in edges])
    graph = sparse.coo_array((np.ones(len(edges)), (ends[:, 0], ends[:, 1])), shape=(len(nodes), len(nodes)))
    _, group = csgraph.connected_components(graph, directed=False)
    members: dict[int, list[_Edge]] = defaultdict(list)
    for e, (left, _) in zip(edges, ends, strict=True):
        members[int(group[left])].append(e)
    flags = []
    for ring in members.values():
        detail = _drawn(ring, assessors)
        for assessor in sorted({e.assessor for e in ring}):
            own = sorted((e for e in ring if e.assessor == assessor), key=lambda e: e.p)
            least = own[0].p
            log = float(np.log(e_of_p(np.array([min(least * len(own), 1.0)]))[0]))
            reason = filled(
                "reason_ring", other=own[0].other, kind=WORDING[f"node_{own[0].kind}"], n=own[0].together,
                expected=own[0].expected, more=_more(own), people=len({e.assessor for e in ring}),
            )  # fmt: skip
            evidence = {"together": float(own[0].together), "expected": own[0].expected, "p": least, "pairs": float(asked)}  # fmt: skip
            flags.append(
                Flag(
                    "assessor", assessors[assessor], log, float(odds_of(np.array([log]), rule)[0]), True, "ring",
                    strength(log, rule.strength), reason, evidence, WORDING["limit_ring"], "ring", detail,
                )
            )  # fmt: skip
    return flags


def _more(own: Sequence[_Edge]) -> Wording:
    return filled("ring_more", n=len(own) - 1) if len(own) > 1 else WORDING["nothing_more"]


def _drawn(ring: Sequence[_Edge], assessors: Sequence[str]) -> Mapping[str, object]:
    names = sorted({("assessor", assessors[e.assessor]) for e in ring} | {(e.kind, e.other) for e in ring})
    return {
        "form": "graph",
        "nodes": [{"kind": kind, "unit": name} for kind, name in names],
        "edges": [
            {
                "from": names.index(("assessor", assessors[e.assessor])), "to": names.index((e.kind, e.other)),
                "together": e.together, "expected": round(e.expected, 2),
            }
            for e in ring
        ],
    }  # fmt: skip
