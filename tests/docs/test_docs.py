"""The documents are complete: settings, dependencies, commands, formats."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from chizheng.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented() -> None:
    used = set()
    for file in (ROOT / "src").rglob("*.py"):
        used |= set(re.findall(r"[\"'](CHIZHENG_[A-Z_]*[A-Z])[\"']", file.read_text("utf-8")))
    documented = set(re.findall(r"`(CHIZHENG_[A-Z_]+)`", (ROOT / "docs/settings.md").read_text("utf-8")))
    assert used - documented == set()


@pytest.mark.parametrize("name", ["run", "dev", "spark", "sm2"])
def test_every_dependency_says_why_it_is_there(name: str) -> None:
    told = (ROOT / "docs/dependencies.md").read_text("utf-8")
    for line in (ROOT / f"requirements/{name}.in").read_text("utf-8").splitlines():
        package = re.split(r"[\[<>=;# ]", line.strip())[0]
        if package and not package.startswith("-"):
            assert re.search(rf"\b{re.escape(package)}\b", told), package


def test_every_command_is_documented_and_has_a_summary() -> None:
    told = (ROOT / "docs/commands.md").read_text("utf-8")
    for noun, module in COMMANDS.items():
        assert import_module(module).SUMMARY
        assert f"`chizheng {noun}" in told, noun


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_the_library_example_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    from chizheng.certificates.io import pdf, trust_file
    from tests.certificates.io.printed import sheet
    from tests.certificates.made import NOW, issuer_key, trust

    told = (ROOT / "docs/verifying.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", told, re.S)
    held = trust()
    (tmp_path / "trust.json").write_bytes(
        trust_file.dump([issuer_key()], held.logs.values(), held.institutions, {2026: {}}, held.as_of)
    )
    (tmp_path / "certificate.pdf").write_bytes(pdf.render([sheet()], at=NOW))
    monkeypatch.chdir(tmp_path)
    example = example.replace(
        "datetime.now(UTC)", "datetime(2026, 11, 24, 9, tzinfo=UTC)"
    )  # the sample's day
    exec(compile(example, "verifying.md", "exec"), {})
    said = capsys.readouterr().out
    assert sheet().claims.number in said and "'verdict': 'valid'" in said
