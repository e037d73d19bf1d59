"""The architecture can fail: each contract is broken on a copy and seen to complain; core touches no world."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE = [
    *(ROOT / "src/chizheng/kernel").rglob("*.py"),
    *(p for p in (ROOT / "src/chizheng").glob("*/core/**/*.py")),
    *(ROOT / "src/chizheng/law" / f"{n}.py" for n in ("types", "reader", "rows", "eligibility", "calendar")),
]


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(root / "src")}
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "src",
        tmp_path / "src",
        ignore=shutil.ignore_patterns("__pycache__", "static", "templates", "*.egg-info"),
    )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("kernel/levels.py", "import django", "core, kernel and law are pure"),
        ("access/core/gate.py", "import pathlib", "core, kernel and law are pure"),
        ("law/reader.py", "import socket", "core, kernel and law are pure"),
        ("certificates/io/tilelog.py", "import django", "io has no Django"),
        ("people/queries.py", "import chizheng.portal.views", "contexts import only upstream"),
        ("assessment/queries.py", "import chizheng.certificates.queries", "contexts import only upstream"),
    ],
)
def test_a_broken_contract_is_seen(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / "src/chizheng" / file
    path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    done = _lint(copy)
    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout


@pytest.mark.parametrize("path", PURE, ids=lambda p: str(p.relative_to(ROOT / "src/chizheng")))
def test_thought_opens_no_file_and_reads_no_clock(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in ("open", "print", "input"), f"{path.name}:{node.lineno} calls {name}"
            assert not name.endswith((".now", ".today", ".utcnow", "time.time")), (
                f"{path.name}:{node.lineno} {name}"
            )
