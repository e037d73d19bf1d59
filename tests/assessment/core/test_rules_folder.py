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
    """The sentences of a code need the same things, up to pairs like `why` and `why_en`."""

    def needs(template: str) -> set[str]:
        names = {name for _, name, _, _ in Formatter().parse(template) if name}
        return {n.removesuffix("_en").removesuffix("_zh") for n in names}

    for code, wording in WORDING.items():
        if code != "as_said":
            assert needs(wording.zh) == needs(wording.en), code
