"""The list of rules and the folder of rules are one."""

from __future__ import annotations

import inspect
import pkgutil
from string import Formatter

from chizheng.assessment.core import rules
from chizheng.assessment.core.eligibility import _PREDICATES
from chizheng.assessment.core.wording import WORDING
from chizheng.law.eligibility import PREDICATES


def test_every_file_is_listed_once() -> None:
    folder = {m.name for m in pkgutil.iter_modules(rules.__path__)}
    listed = [rule.__module__.rsplit(".", 1)[-1] for rule in rules.RULES]
    assert sorted(listed) == sorted(folder)


def test_rules_do_not_know_each_other() -> None:
    for rule in rules.RULES:
        source = inspect.getsource(inspect.getmodule(rule))  # type: ignore[arg-type]
        assert "core.rules" not in source, rule.__module__
        assert inspect.getmodule(rule).__doc__  # type: ignore[union-attr]


def test_every_predicate_of_the_law_is_judged_and_said() -> None:
    assert set(_PREDICATES) == set(PREDICATES)
    for predicate in PREDICATES:
        for verdict in ("met", "unmet", "unknown"):
            assert f"eligibility_{predicate}_{verdict}" in WORDING


def test_both_languages_ask_for_what_is_there() -> None:
    """Chinese and English of a sentence differ only in pairs like why / why_en."""
    for code, wording in WORDING.items():
        zh, en = ({name for _, name, _, _ in Formatter().parse(t) if name} for t in (wording.zh, wording.en))
        odd = {
            n
            for n in zh ^ en
            if not {f"{n}_en", n.removesuffix("_en"), n.replace("_zh", "_en"), n.replace("_en", "_zh")}
            & (zh ^ en - {n})
        }
        assert not odd - {"zh", "en", "level", "min", "rank", "have"}, (code, odd)
