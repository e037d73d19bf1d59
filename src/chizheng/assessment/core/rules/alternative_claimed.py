"""The claimed alternative 申报条件 is one of the level's, and what the row says does not contradict it.

What the row cannot show is no fault: the evidence of the alternative is then asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.assessment.core.eligibility import Verdict, judge
from chizheng.assessment.core.enrolment import EnrolmentRow, Facts, Fault, Setting, claimed, claims_of


def check(row: EnrolmentRow, setting: Setting, facts: Facts) -> Iterator[Fault]:
    if not row.cell("alternative"):
        yield row.fault("alternative", "cell_empty", header=row.columns.header("alternative"))
        return
    alternative = claimed(row, setting)
    if alternative is None:
        offered = setting.rules.for_level(setting.level)
        yield row.fault(
            "alternative",
            "alternative_unknown",
            offered="；".join(f"({n}) {a.wording.zh}" for n, a in enumerate(offered, 1)) or "—",
            offered_en="; ".join(f"({n}) {a.wording.en}" for n, a in enumerate(offered, 1)) or "-",
        )
        return
    judgement = judge(alternative, claims_of(row, setting, facts), on=setting.judged_on)
    if judgement.verdict is Verdict.UNMET:
        against = judgement.against()
        yield row.fault(
            "alternative",
            "not_eligible",
            day=setting.judged_on,
            why="；".join(f.say("zh") for f in against),
            why_en="; ".join(f.say("en") for f in against),
        )
