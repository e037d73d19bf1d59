"""Real classifications from sheets, and sheets with headers as people write them."""

from __future__ import annotations

from collections import Counter

import pytest

from chizheng.catalogue.io.classification import cell_faults, read_classification
from chizheng.kernel.errors import BadInput
from chizheng.platform.io.sheets import annotate_sheet, read_sheet
from tests.shared_data import shared


def test_the_classification_of_2022() -> None:
    """1,632 rows: one code that slipped, one name under two codes (counted by hand in the file)."""
    path = shared("data/occupations/dadian2022.csv")
    sheet, found = read_classification(path.read_bytes(), path.name)
    assert (found.read, len(found.occupations)) == (1632, 1629)
    assert [(f.code, f.value) for f in found.faults] == [
        ("name_twice", "公路养护工"),
        ("code_slipped", "3-02-02-00"),
        ("name_twice", "公路养护工"),
    ]
    back = annotate_sheet(sheet, path.name, cell_faults(sheet, found), only_faulty=True)
    assert [r.cells[0] for r in read_sheet(back.content, back.filename).rows] == [
        "2-02-15-09",
        "3-02-02-00",
        "6-29-02-04",
    ]


def test_the_list_of_717_standards() -> None:
    path = shared("data/occupations/skill_standards_717.csv")
    _, found = read_classification(path.read_bytes(), path.name)
    assert found.read == 717
    kinds = Counter(f.code for f in found.faults)
    assert set(kinds) == {
        "levels_wrong", "code_twice", "code_missing", "row_repeated", "code_slipped", "name_twice",
    }  # fmt: skip
    assert kinds["levels_wrong"] == 85  # ladders with a missing rung, such as 5421
    welder = next(o for o in found.occupations if o.name == "焊工")
    assert (welder.code, welder.edition, sorted(welder.levels)) == ("6-18-02-04", "2018", [1, 2, 3, 4, 5])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "header",
    ["职业编码,职业名称*,职业技能等级,年份", "CODE,Name,Levels,Edition", "代码,职业（工种）名称,级别,版本"],
)
def test_headers_in_two_languages(header: str, encoding: str) -> None:
    content = f"{header}\n4-03-02-01,中式烹调师,五级、四级,2018\n".encode(encoding)
    _, found = read_classification(content, "目录.csv")
    assert [(o.name, o.levels, o.edition) for o in found.occupations] == [("中式烹调师", {5, 4}, "2018")]


def test_a_sheet_without_names_is_refused_with_the_headers_it_may_have() -> None:
    with pytest.raises(BadInput) as error:
        read_classification("职业编码,等级\n4-03-02-01,5\n".encode(), "目录.csv")
    assert "职业名称" in error.value.say()
