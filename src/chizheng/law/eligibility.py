"""The vocabulary of admission rules 申报条件: what an alternative may demand, and how it is read.

Years come in kinds that must not be mixed (issue of every standard): `continuous` 连续 and `cumulative`
累计, in the occupation itself or also in related ones, in all or only after a lower certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chizheng.law.types import Alternative, Requirement

if TYPE_CHECKING:
    from chizheng.law.reader import Row

PREDICATES: dict[str, dict[str, type]] = {
    # predicate -> its parameters; all of them must be written, so that nothing is understood silently
    "years": {"min": int, "count": str, "related": bool},
    "held": {"level": int, "min_years": int, "count": str, "related": bool},
    "training": {"level": int},
    "diploma": {"kinds": list, "final_year_counts": bool},
    "years_after_diploma": {"min": int},
    "apprenticeship_done": {},
    "internship_years": {"min": int},
    "title": {"rank": str, "min_years": int},
    "age": {"min": int},
    "in_occupation": {},
    "class_completed": {"kind": str},
}
"""`held`: a certificate of `level` for at least `min_years` years of work after obtaining it (0: any time)."""

COUNTS = ("continuous", "cumulative")
EVIDENCE = (
    "identity",
    "work_years",
    "social_insurance",
    "certificate",
    "training_completion",
    "diploma",
    "enrolment_proof",
    "apprenticeship",
    "title_certificate",
    "evaluation_report",
)
"""Kinds of proof; their names are in `tables/evidence.yaml`."""


def read_alternatives(row: Row) -> tuple[Alternative, ...]:
    found = []
    for item in row.rows("alternatives"):
        requirements = []
        for part in item.rows("all"):
            predicate = part.choice("is", part.need("is"), PREDICATES)
            params: dict[str, object] = {}
            for name, kind in PREDICATES[predicate].items():
                value = part.need(name)
                if type(value) is not kind:
                    raise part.wrong_kind(name, f" {kind.__name__} 类型的值", f"of type {kind.__name__}")
                if name == "count":
                    part.choice(name, value, COUNTS)
                params[name] = tuple(value) if isinstance(value, list) else value
            part.finish()
            requirements.append(Requirement(predicate, params))
        level = item.whole("level")
        if level not in range(1, 6):
            raise item.wrong_kind("level", " 5（最低）到 1（最高）", "a level from 5 (lowest) to 1 (highest)")
        evidence = item.texts("evidence")
        for proof in evidence:
            item.choice("evidence", proof, EVIDENCE)
        found.append(
            Alternative(item.text("code"), level, tuple(requirements), evidence, item.wording())
        )
        item.finish()
    codes = [a.code for a in found]
    for code in codes:
        if codes.count(code) > 1:
            raise row.fault(
                "alternatives", f"代码 {code} 重复", f"the code {code} is used twice",
                "换一个代码", "use another code",
            )  # fmt: skip
    return tuple(found)
