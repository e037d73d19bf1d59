"""Reads of employment access, by desk. Rows of people and bodies come only through `access_*` queries."""

from chizheng.access.queries.gates import decide_gate, knowledge_since, law_as_known, occupation_levels, say

__all__ = ["decide_gate", "knowledge_since", "law_as_known", "occupation_levels", "say"]
