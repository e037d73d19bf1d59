"""The restricted SQL in which a definition is written once and run on every engine.

A text is portable if it stays inside what DuckDB, DataFusion, ClickHouse, PostgreSQL and Spark all do alike:
common table expressions, equi-joins with further inequality filters, UNION ALL, NOT EXISTS, GREATEST, LEAST,
COALESCE, CASE, MIN and GROUP BY, over BIGINT, INTEGER and DATE. What is known to differ or to fail silently
somewhere is refused: ASOF, ANTI and SEMI joins, QUALIFY, UNNEST, windows, subtraction of dates, casts,
functions of one dialect.
"""

from __future__ import annotations

from sqlglot import exp, parse

from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording

OUTSIDE = Wording(
    zh="可移植 SQL 子集之外的写法：{what}（{where}）",
    en="outside the portable subset of SQL: {what} ({where})",
)

ALLOWED: frozenset[type[exp.Expression]] = frozenset(
    {
        exp.Select, exp.From, exp.Where, exp.With, exp.CTE, exp.TableAlias, exp.Table, exp.Alias, exp.Column,
        exp.Identifier, exp.Join, exp.Union, exp.Subquery, exp.Distinct, exp.Group, exp.Min, exp.Exists,
        exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.Null,
        exp.Literal, exp.Placeholder, exp.Greatest, exp.Least, exp.Coalesce, exp.Case, exp.If, exp.Sub,
        exp.Add, exp.Mod, exp.Paren,
    }
)  # fmt: skip
"""Every kind of node a portable text may contain; all others are refused by name."""


def check(text: str) -> None:
    """Raise BadInput `sql_not_portable` for the first thing in `text` outside the subset."""
    statements = parse(text)
    if len(statements) != 1 or statements[0] is None:
        raise _refusal("one statement", text)
    tree = statements[0]
    for node in tree.walk():
        if type(node) not in ALLOWED:
            raise _refusal(type(node).__name__, node.sql())
        if isinstance(node, exp.Join):
            _check_join(node)
        elif isinstance(node, exp.Exists) and not isinstance(node.parent, exp.Not):
            raise _refusal("EXISTS without NOT", node.sql())
        elif isinstance(node, exp.Union) and node.args.get("distinct"):
            raise _refusal("UNION without ALL", node.sql())
        elif isinstance(node, exp.Distinct) and node.args.get("on"):
            raise _refusal("DISTINCT ON", node.sql())
        elif isinstance(node, exp.Select) and (node.args.get("qualify") or node.args.get("laterals")):
            raise _refusal("QUALIFY or LATERAL", node.sql())


def _check_join(join: exp.Join) -> None:
    side, kind = str(join.args.get("side") or ""), str(join.args.get("kind") or "")
    if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER") or join.args.get("method"):
        raise _refusal(f"{side} {kind} {join.args.get('method') or ''} JOIN".strip(), join.sql())
    condition = join.args.get("on")
    terms = list(condition.flatten()) if isinstance(condition, exp.And) else [condition]
    if not any(isinstance(term, exp.EQ) for term in terms):
        raise _refusal("join without an equality", join.sql())


def _refusal(what: str, where: str) -> BadInput:
    return BadInput("sql_not_portable", OUTSIDE, what=what, where=where[:120])
