"""The strict reader: a small law of three files, and every way of getting it wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chizheng.kernel.errors import LawDataFault, NotFound
from chizheng.law.eligibility import EVIDENCE
from chizheng.law.io.shelf import law, law_from, texts_of
from chizheng.law.reader import out_of_force, read
from chizheng.law.types import SANCTIONING_RANKS, Act, Rank

INSTRUMENTS = """
- {code: rule, title: 某规章, number: 令第1号, rank: ministerial_rule, from: 2000-01-01, verified: true}
- {code: notice, title: 某通知, rank: notice, from: 1997-08-25, verified: true}
"""
GATES = """
- regime: test
  instrument: rule
  acts: {recruit: 第二条, refer: 第八条}
  from: 2000-07-01
  to: 2015-11-12
  verified: true
  groups:
    - {name: 一组, occupations: [焊工, 车工]}
    - {name: 二组, verified: false, occupations: [摄影师]}
"""
VALUES = """
- name: pass_mark
  unit: points
  values:
    - {value: 60, from: 2000-01-01, to: 2010-01-01, instrument: rule, article: 第一条, verified: true}
    - {value: 65, from: 2010-01-01, instrument: rule, article: 第一条, verified: true}
    - {value: 70, place: '44', from: 2005-01-01, instrument: notice, article: 一, verified: false}
"""
SANCTIONS = """
- {code: s, violation: v, zh: 罚款, en: fine, instrument: rule, article: 第九条, from: 2000-07-01,
   verified: true, fine_max_fen: 100000}
"""
GOOD = {
    "instruments.yaml": INSTRUMENTS,
    "gates/test.yaml": GATES,
    "values/test.yaml": VALUES,
    "sanctions.yaml": SANCTIONS,
}


def test_a_small_law() -> None:
    small = read(GOOD)
    assert [(g.occupation, sorted(g.acts), g.citation.article) for g in small.gates[:2]] == [
        ("焊工", [Act.RECRUIT], "第二条"),
        ("焊工", [Act.REFER], "第八条"),
    ]
    assert [g.occupation for g in small.gates if not g.verified] == ["摄影师"] * 2
    assert small.sanctions_on("v", on=date(2000, 7, 1))[0].fine_max_fen == 100000


@pytest.mark.parametrize(
    ("on", "place", "mark"),
    [
        (date(2009, 12, 31), "", 60),
        (date(2010, 1, 1), "", 65),
        (date(2004, 12, 31), "4401", 60),
        (date(2005, 1, 1), "4401", 70),
        (date(2030, 1, 1), "32", 65),
    ],
)
def test_values_by_day_and_innermost_place(on: date, place: str, mark: int) -> None:
    assert read(GOOD).number("pass_mark", on=on, place=place) == mark


def test_a_day_without_a_value_is_an_error_and_no_default() -> None:
    with pytest.raises(NotFound):
        read(GOOD).value("pass_mark", on=date(1999, 12, 31))


# ruff: noqa: E501
WRONG = [
    # what is wrong, file, text to replace, its replacement, key named, said
    ("unknown key", "gates/test.yaml", "verified: true\n  groups", "verified: true\n  colour: red\n  groups", "colour", "可用的键"),
    ("unknown instrument", "gates/test.yaml", "instrument: rule", "instrument: ruler", "instrument", "notice、rule"),
    ("unknown act", "gates/test.yaml", "refer: 第八条", "hire: 第八条", "acts", "recruit"),
    ("unknown kind", "gates/test.yaml", "regime: test", "regime: test\n  kind: wall", "kind", "pending"),
    ("end before begin", "gates/test.yaml", "to: 2015-11-12", "to: 2000-07-01", "to", "2000-07-01"),
    ("no begin", "gates/test.yaml", "  from: 2000-07-01\n", "", "from", "补上"),
    ("a day that is none", "gates/test.yaml", "from: 2000-07-01", "from: 2000-02-30", "-", "YAML"),
    ("a date as text", "gates/test.yaml", "from: 2000-07-01", "from: July", "from", "YYYY-MM-DD"),
    ("an instant for a day", "gates/test.yaml", "from: 2000-07-01", "from: 2000-07-01 08:00:00", "from", "YYYY-MM-DD"),
    ("a level that is none", "gates/test.yaml", "regime: test", "regime: test\n  level: 6", "level", "5"),
    ("the same gate twice", "gates/test.yaml", "焊工, 车工", "焊工, 焊工", "from", "重叠"),
    ("no row", "gates/test.yaml", "- {name: 一组, occupations: [焊工, 车工]}", "- 焊工", "groups", "键值对"),
    ("overlapping values", "values/test.yaml", "from: 2010-01-01, instrument", "from: 2009-12-31, instrument", "from", "重叠"),
    ("a code as a number", "values/test.yaml", "place: '44'", "place: 44", "place", "引号"),
    ("a place that is none", "values/test.yaml", "place: '44'", "place: '4'", "place", "行政区划"),
    ("verified in words", "values/test.yaml", "verified: false", "verified: maybe", "verified", "true"),
    ("no unit", "values/test.yaml", "  unit: points\n", "", "unit", "补上"),
    ("a key twice", "values/test.yaml", "{value: 60,", "{value: 60, value: 61,", "-", "twice"),
    ("a comma that became a key", "values/test.yaml", "article: 一,", "article: 一, 二,", "二", "不认识此键"),
    ("unknown rank", "instruments.yaml", "rank: notice", "rank: decree", "rank", "regulation"),
    ("an instrument twice", "instruments.yaml", "code: notice", "code: rule", "code", "重复"),
    ("a fine carried by a notice", "sanctions.yaml", "instrument: rule", "instrument: notice", "instrument", "不能设定处罚"),
    ("a fine upside down", "sanctions.yaml", "fine_max_fen: 100000", "fine_min_fen: 2, fine_max_fen: 1", "fine_min_fen", "上限"),
    ("a fine on nothing known", "sanctions.yaml", "fine_max_fen", "fine_basis: month, fine_max_fen", "fine_basis", "person_day"),
    ("no list", "sanctions.yaml", SANCTIONS, "fine: 1", "-", "列表"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG]
)
def test_what_is_wrong_is_refused_with_file_key_and_remedy(
    file: str, old: str, new: str, key: str, said: str
) -> None:
    assert old in GOOD[file]
    with pytest.raises(LawDataFault) as fault:
        read(GOOD | {file: GOOD[file].replace(old, new, 1)})
    message = fault.value.say()
    assert file in message and f"“{key}”" in message and said in message
    assert fault.value.say("en") != message


def test_a_file_of_no_known_kind_is_refused() -> None:
    with pytest.raises(LawDataFault, match="tariffs"):
        read(GOOD | {"tariffs.yaml": "[]"})


@pytest.mark.parametrize("rank", list(Rank))
def test_only_four_ranks_carry_a_sanction(rank: Rank) -> None:
    texts = GOOD | {"instruments.yaml": INSTRUMENTS.replace("ministerial_rule", rank.value)}
    if rank in SANCTIONING_RANKS:
        assert read(texts).sanctions
    else:
        with pytest.raises(LawDataFault):
            read(texts)


ELIGIBILITY = """
- code: e
  title: 条件
  edition: '2000'
  instrument: rule
  article: 第三条
  from: 2000-07-01
  verified: true
  alternatives:
    - {code: a, level: 4, zh: 五年, en: five, all: [{is: years, min: 5, count: continuous, related: false}], evidence: [work_years]}
"""


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("is: years", "is: yearz", "is"),
        ("count: continuous", "count: about", "count"),
        (", related: false", "", "related"),
        ("min: 5", "min: five", "min"),
        ("evidence: [work_years]", "evidence: [word]", "evidence"),
        ("level: 4", "level: 0", "level"),
        ("related: false}", "related: false, sector: 1}", "sector"),
    ],
)
def test_admission_rules_speak_a_closed_vocabulary(old: str, new: str, key: str) -> None:
    assert read(GOOD | {"eligibility/e.yaml": ELIGIBILITY}).eligibility[0].for_level(4)[0].code == "a"
    with pytest.raises(LawDataFault) as fault:
        read(GOOD | {"eligibility/e.yaml": ELIGIBILITY.replace(old, new)})
    assert fault.value.params["key"] == key


# --- the shipped law


def test_the_shipped_law_cites_only_what_was_in_force() -> None:
    assert out_of_force(law()) == []


def test_the_stale_text_check_sees_a_stale_text() -> None:
    late = GATES.replace("from: 2000-07-01", "from: 1999-07-01")
    assert out_of_force(read(GOOD | {"gates/test.yaml": late})) == [
        f"test:{name} [1999-07-01, 2015-11-12): rule"
        for name in ("焊工", "焊工", "车工", "车工", "摄影师", "摄影师")
    ]


def test_a_folder_reads_like_the_shelf(tmp_path: Path) -> None:
    for name, text in GOOD.items():
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    assert texts_of(tmp_path) == GOOD
    assert law_from(tmp_path) == read(GOOD)


def test_house_rules_of_the_shipped_law() -> None:
    shelf = law()
    assert set(shelf.level_names) == {1, 2, 3, 4, 5}
    assert all(i.title_en for i in shelf.instruments.values())
    assert all(not i.verified for i in shelf.instruments.values() if i.source == "MEM")
    assert shelf.instruments["house"].rank == Rank.STANDARD
    assert {
        "regions",
        "code_table",
        "institution_kinds",
        "number_schemes",
        "document_types",
        "skill_ladder",
    } <= set(shelf.tables)
    assert {str(r["code"]) for r in shelf.tables["evidence"]} == set(EVIDENCE)


def test_only_jiangsu_and_tobacco_of_the_code_table_are_verified() -> None:
    verified = {r["code"]: r["name"] for r in law().tables["code_table"] if r["verified"]}
    assert verified == {"10": "江苏", "72": "烟草"}


def test_regions_know_every_province_and_their_cities() -> None:
    codes = [str(r["code"]) for r in law().tables["regions"]]
    assert len([c for c in codes if len(c) == 2]) == 34
    assert len(codes) == len(set(codes))
    assert len([c for c in codes if c.startswith("32") and len(c) == 4]) == 13
    assert len([c for c in codes if c.startswith("44") and len(c) == 4]) == 21


@pytest.mark.parametrize(
    ("name", "on", "place", "value"),
    [
        ("assessment.pass_mark", date(1997, 9, 1), "", 60),
        ("assessment.parts.level2", date(2000, 1, 1), "", ("theory", "practice", "comprehensive")),
        ("assessment.single_subject_years", date(1997, 9, 1), "", 2),
        ("assessor.card_years", date(1998, 1, 1), "", 3),
        ("panel.size_min", date(1998, 1, 1), "", 3),
        ("inspection.accept_working_days", date(2005, 2, 1), "", 5),
        ("inspection.investigate_working_days", date(2005, 2, 1), "44", 60),
        ("hearing.fine_unit_fen", date(1998, 1, 1), "11", 3_000_000),
        ("blanks.drawn_ratio_max", date(1998, 1, 1), "", 1.1),
    ],
)
def test_values_that_programs_ask_for(name: str, on: date, place: str, value: object) -> None:
    assert law().value(name, on=on, place=place).value == value


@pytest.mark.parametrize(
    ("on", "place", "codes"),
    [
        (date(1999, 10, 20), "44", []),  # under the notice alone: nothing to fine with
        (date(2000, 6, 30), "", []),
        (date(2000, 7, 1), "44", ["order6-recruit"]),
        (date(2010, 1, 1), "3701", ["shandong-67", "order6-recruit"]),
        (date(2010, 1, 1), "410103", ["zhengzhou-44", "order6-recruit"]),
        (date(2015, 11, 12), "44", []),
        (date(2015, 11, 12), "37", ["shandong-67"]),
    ],
)
def test_what_recruiting_without_a_certificate_costs(on: date, place: str, codes: list[str]) -> None:
    rows = law().sanctions_on("recruit_without_certificate", on=on, place=place)
    assert [r.code for r in rows] == codes


def test_generations_of_admission_rules() -> None:
    shelf = law()
    assert shelf.eligibility_for("车工", on=date(2000, 1, 1)).code == "g1"
    assert shelf.eligibility_for("车工", on=date(2019, 1, 1)).code == "g2"
    assert shelf.eligibility_for("车工", on=date(2024, 1, 1)).code == "g3"
    assert shelf.eligibility_for("焊工", on=date(2024, 1, 1)).code == "g2-hangong"
    for rules in shelf.eligibility:
        assert all(rules.for_level(level) for level in (5, 4, 3, 2, 1)), rules.code


def test_successions_have_a_direction_and_a_day() -> None:
    shelf = law()
    assert shelf.successors("电焊工", on=date(2005, 1, 1)) == ["焊工"]
    assert shelf.successors("电焊工", on=date(1998, 1, 1)) == []
    assert shelf.successors("焊工", on=date(2005, 1, 1)) == []
    assert [r.old for r in shelf.predecessors("电工")] == ["维修电工"]
    assert shelf.predecessors("维修电工") == []
