"""The YAML cases of `tests/access/vetting`, one test each."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from chizheng.access.core.ads.ad import Ad, Vetting
from chizheng.access.core.ads.certificate import certificate_wording
from chizheng.access.core.ads.day import Day
from chizheng.access.core.ads.rules import RULES
from chizheng.access.core.ads.vet import Vetter
from chizheng.access.core.ads.wording import MESSAGES
from chizheng.access.io.alias_table import cues, folding, lexicon
from chizheng.catalogue.io.shelf import catalogue
from chizheng.law.io.shelf import law

FOLDER = Path(__file__).parents[1] / "vetting"
NEVER_ON_THE_LIST = {"保安员", "游泳救生员", "社会体育指导员", "家畜繁殖员", "消防设施操作员"}
"""Occupations that only later catalogues gate."""
EMPLOYER = "无名山示例机械有限公司"


def vet(case: dict[str, Any], day: date) -> Vetting:
    vetter = Vetter(lexicon(), cues(), Day(law(), on=day, levels=catalogue().levels))
    ad = Ad("1", case["title"], case.get("text", ""), case.get("employer", EMPLOYER))
    return vetter.vet([ad])[0]


def posts() -> list[Any]:
    rows = yaml.safe_load((FOLDER / "posts.yaml").read_text(encoding="utf-8"))
    return [pytest.param(r, id=f"{r['title']}|{r.get('text', '')[:12]}") for r in rows]


def hard() -> list[Any]:
    rows = yaml.safe_load((FOLDER / "hard.yaml").read_text(encoding="utf-8"))
    return [pytest.param(r, id=f"{r['title']}|{r.get('text', '')[:12]}") for r in rows]


def findings() -> list[Any]:
    rows = yaml.safe_load((FOLDER / "findings.yaml").read_text(encoding="utf-8"))
    return [
        pytest.param(row, day, id=f"{row['name']}|{day}")
        for row in rows
        for day in (row["day"] if isinstance(row["day"], list) else [row["day"]])
    ]


@pytest.mark.parametrize("case", posts())
def test_posts(case: dict[str, Any]) -> None:
    vetting = vet(case, date(2014, 6, 1))
    found = {m.occupation for m in vetting.posts}
    assert found == set(case["posts"])
    roles = {m.occupation: m.role.value for m in vetting.mentions}
    for occupation, role in case.get("roles", {}).items():
        assert roles.get(occupation) == role, roles
    assert set(vetting.gated) == found - {"保安员"}


@pytest.mark.parametrize("case", hard())
def test_hard_ads(case: dict[str, Any]) -> None:
    found = {m.occupation for m in vet(case, date(2014, 6, 1)).posts} - NEVER_ON_THE_LIST
    if "posts" in case:
        assert found == set(case["posts"])
    for group in case.get("any", ()):
        assert found & set(group), found
    if "any" in case:
        assert found <= {name for group in case["any"] for name in group}
    assert set(case.get("contains", ())) <= found


def wordings() -> list[Any]:
    table = yaml.safe_load((FOLDER / "wording.yaml").read_text(encoding="utf-8"))
    return [pytest.param(text, said, id=f"{said}|{text}") for said, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "said"), wordings())
def test_certificate_wording(text: str, said: str) -> None:
    assert certificate_wording(folding().fold(text)) == said


@pytest.mark.parametrize(("case", "day"), findings())
def test_findings(case: dict[str, Any], day: date) -> None:
    found = vet(case, day).findings
    assert sorted(f.code for f in found) == sorted(case["expect"]), [f.say() for f in found]
    if "cites" in case:
        assert f"{found[0].citation.instrument} {found[0].citation.article}" == case["cites"]
    for finding in found:
        assert case.get("fix", "") in finding.fix
        assert finding.fix and finding.say("zh") and finding.say("en") != finding.say("zh")


def test_every_rule_has_a_case_on_both_sides() -> None:
    rows = yaml.safe_load((FOLDER / "findings.yaml").read_text(encoding="utf-8"))
    assert {c for r in rows for c in r["expect"]} == {r.code for r in RULES} == set(MESSAGES)


def duty_days() -> list[Any]:
    """Each day on which a rule's duty begins or passes to another text."""
    return [
        pytest.param(rule.code, value.period.start, n == 0, id=f"{rule.code}|{value.period.start}")
        for rule in RULES
        for n, value in enumerate(law().values.get(rule.duty or "", ()))
    ]


@pytest.mark.parametrize(("code", "day", "first"), duty_days())
def test_the_same_ad_is_judged_on_both_sides_of_the_day(code: str, day: date, first: bool) -> None:
    """On the day the finding is there; on the eve it is not, or (where only the text changed) it is too."""
    rows = yaml.safe_load((FOLDER / "findings.yaml").read_text(encoding="utf-8"))
    found: dict[tuple[str, str], dict[date, bool]] = {}
    for row in rows:
        for on in row["day"] if isinstance(row["day"], list) else [row["day"]]:
            ad = (row["title"], row.get("text", ""))
            found.setdefault(ad, {})[on] = code in row["expect"]
    eve = day - timedelta(days=1)
    assert any(days.get(day) is True and days.get(eve) is (not first) for days in found.values())


def test_the_list_of_rules_is_the_folder() -> None:
    from chizheng.access.core.ads import rules

    folder = {p.stem for p in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    listed = {r.check.__module__.rsplit(".", 1)[1] for r in RULES}
    assert listed == folder
    assert len({r.code for r in RULES}) == len(RULES)
