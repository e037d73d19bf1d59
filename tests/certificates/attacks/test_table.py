"""The table of docs/attacks.md is kept by tests: every row has its test, every code is one that is said."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from chizheng.certificates.core import audit_wording, log_wording, rules, wording

HERE = Path(__file__).parent
DOC = HERE.parents[2] / "docs" / "attacks.md"


def _rows() -> list[list[str]]:
    rows = [line.strip("| ").split("|") for line in DOC.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def _tests() -> set[str]:
    trees = [ast.parse(path.read_text()) for path in HERE.glob("test_*.py")]
    names = {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name.removeprefix("test_") for name in names}


def test_every_row_has_its_test() -> None:
    rows = _rows()
    assert len(rows) >= 40
    missing = {name for *_, cell in rows for name in re.findall(r"`(\w+)`", cell)} - _tests()
    assert missing == set()
    assert all(re.search(r"`\w+`", row[-1]) for row in rows)


def test_every_code_is_one_that_is_said() -> None:
    said = wording.REASONS.keys() | audit_wording.WORDING.keys() | log_wording.WORDING.keys()
    said |= {rule.CODE for rule in rules.RULES}
    named = {code for row in _rows() for code in re.findall(r"`(\w+)`", row[2])}
    assert named - said == set()
