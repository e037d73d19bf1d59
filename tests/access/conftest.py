"""Collects the gate cases a jurist can read: every `cases/*.yaml` is a list of questions and answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chizheng.access.core.gate import HeldCertificate, decide
from chizheng.access.core.wording import say_reason
from chizheng.catalogue.io.shelf import catalogue
from chizheng.law.io.shelf import law
from chizheng.law.types import Act

KEYS = {
    "name", "act", "occupation", "day", "place", "level", "held", "demanded", "exempt", "in_post_since",
    "expect", "because", "cites", "not_because",
}  # fmt: skip


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix == ".yaml" and file_path.parent.name == "cases":
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        for case in yaml.safe_load(self.path.read_text(encoding="utf-8")):
            unknown = set(case) - KEYS
            if unknown:
                raise ValueError(f"{self.path.name}: {case.get('name')}: unknown keys {sorted(unknown)}")
            days = case["day"] if isinstance(case["day"], list) else [case["day"]]
            for day in days:
                yield CaseItem.from_parent(self, name=f"{case['name']} [{day}]", case={**case, "day": day})


class CaseItem(pytest.Item):
    def __init__(self, *, case: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def runtest(self) -> None:
        case, shelf = self.case, law()
        decision = decide(
            shelf,
            act=Act(case["act"]),
            occupation=case["occupation"],
            on=case["day"],
            place=case.get("place", ""),
            level=case.get("level"),
            held=[held(text) for text in case.get("held", [])],
            demanded=case.get("demanded", False),
            exemptions=case.get("exempt", []),
            occupation_levels=catalogue().levels,
            aliases=catalogue().aliases,
            already_in_post_since=case.get("in_post_since"),
        )
        said = [say_reason(r, shelf.level_names) for r in decision.reasons]
        assert decision.verdict == case["expect"], said
        codes = {r.code for r in decision.reasons}
        assert codes >= set(case.get("because", [])), (codes, said)
        assert codes.isdisjoint(case.get("not_because", [])), (codes, said)
        cited = {f"{c.instrument} {c.article}".strip() for c in decision.citations}
        assert cited >= set(case.get("cites", [])), cited

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return f"{self.path.name}: {self.name}\n{self.case}\n{excinfo.value}"

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, self.name


def held(text: str) -> HeldCertificate:
    """`name:level[:issued[:first day no longer valid[:status]]]`, parts after the name may be empty."""
    from datetime import date

    name, level, issued, until, status = (text.split(":") + [""] * 4)[:5]
    return HeldCertificate(
        name,
        int(level) if level else None,
        date.fromisoformat(issued) if issued else None,
        date.fromisoformat(until) if until else None,
        status or "valid",
    )
