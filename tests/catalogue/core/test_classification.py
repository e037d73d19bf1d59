"""Rows of a classification: the good ones kept, every kind of bad one named with its remedy."""

from __future__ import annotations

import pytest

from chizheng.catalogue.core.classification import ClassificationRow, parse_classification
from chizheng.catalogue.core.occupation import OccupationKind


def row(number: int, code: str, name: str, **more: str) -> ClassificationRow:
    return ClassificationRow(number, {"code": code, "name": name, **more})


GOOD = [
    row(2, "4-03-02-01", "中式烹调师", levels="54321", edition="2018", aliases="厨师、炒锅"),
    row(3, "4-03-02-02", "中式 面点师", kind="工种"),
    row(4, "4-01-01-00", "采购员"),
    row(5, "4－03—02-03", "西式烹调师", levels="五级/四级/三级"),
    row(6, "4-03-02-01", "中式烹调师", levels="54321", edition="2025"),
]


def test_good_rows() -> None:
    found = parse_classification(GOOD)
    assert found.faults == ()
    cook, pastry, buyer, western, _ = found.occupations
    assert cook.levels == {5, 4, 3, 2, 1} and cook.aliases == ("厨师", "炒锅") and not cook.verified
    assert (pastry.name, pastry.kind) == ("中式面点师", OccupationKind.TRADE)
    assert buyer.code == "4-01-01-00"
    assert western.code == "4-03-02-03"


@pytest.mark.parametrize(
    ("bad", "code", "field", "said"),
    [
        (row(9, "", "育婴员"), "code_missing", "code", "4-03-02-01"),
        (row(9, "4-10-1-2", "育婴员"), "code_malformed", "code", "4-10-1-2"),
        (row(9, "9-10-01-02", "育婴员"), "code_malformed", "code", "9-10-01-02"),
        (row(9, "4-03-02-00", "餐饮人员"), "code_slipped", "code", "4-03-02-01"),
        (row(9, "4-10-01-02", ""), "name_missing", "name", "填写"),
        (row(9, "4-10-01-02", "育婴员", levels="431"), "levels_wrong", "levels", "431"),
        (row(9, "4-10-01-02", "育婴员", levels="很高"), "levels_wrong", "levels", "很高"),
        (row(9, "4-10-01-02", "育婴员", kind="岗位"), "kind_unknown", "kind", "工种"),
        (row(9, "4-03-02-02", "中式面点师"), "row_repeated", "code", "第 3 行"),
    ],
)
def test_one_bad_row_is_reported_and_costs_no_other(
    bad: ClassificationRow, code: str, field: str, said: str
) -> None:
    found = parse_classification([*GOOD, bad])
    assert [(f.row, f.code, f.field) for f in found.faults] == [(9, code, field)]
    assert found.faults[0].value == bad.cells.get(field, "")
    assert said in found.faults[0].say() and "第 9 行" in found.faults[0].say()
    assert "row 9" in found.faults[0].say("en")
    assert found.occupations == parse_classification(GOOD).occupations


def test_of_two_rows_that_contradict_each_other_neither_is_believed() -> None:
    found = parse_classification([*GOOD, row(7, "2-02-15-09", "采购员"), row(8, "4-03-02-02", "点心师")])
    assert [(f.row, f.code) for f in found.faults] == [
        (3, "code_twice"),
        (4, "name_twice"),
        (7, "name_twice"),
        (8, "code_twice"),
    ]
    assert {o.name for o in found.occupations} == {"中式烹调师", "西式烹调师"}


def test_every_fault_of_a_row_is_told_at_once() -> None:
    found = parse_classification([row(2, "x", "", levels="y", kind="z")])
    assert [f.code for f in found.faults] == [
        "code_malformed",
        "name_missing",
        "levels_wrong",
        "kind_unknown",
    ]
