"""The 15- and the 18-digit resident number are one; faults say what to do."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.kernel.errors import BadInput
from chizheng.people.core import names
from chizheng.people.core.identity import (
    DocumentKind,
    age_on,
    check_character,
    expand,
    kind_of,
    read_credit_code,
    read_document,
    shorten,
)

areas = st.sampled_from(["110105", "320102", "440103", "510202", "110103"])


@st.composite
def seventeens(draw: st.DrawFn, first: int = 1900, last: int = 2015) -> str:
    birth = draw(st.dates(date(first, 1, 1), date(last, 12, 31)))
    return f"{draw(areas)}{birth:%Y%m%d}{draw(st.integers(1, 999)):03d}"


@given(seventeens())
def test_a_resident_number_tells_birth_and_sex(seventeen: str) -> None:
    number = seventeen + check_character(seventeen)
    document = read_document(DocumentKind.RESIDENT, number)
    assert document.number == number
    assert document.birth == date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    assert document.sex == ("M" if int(number[16]) % 2 else "F")


@given(seventeens(last=1999))
def test_fifteen_and_eighteen_digits_are_one_number(seventeen: str) -> None:
    number = seventeen + check_character(seventeen)
    short = shorten(number)
    assert short is not None and len(short) == 15
    assert expand(short) == number
    old = read_document(DocumentKind.RESIDENT, short)
    new = read_document(DocumentKind.RESIDENT, number)
    assert (old.number, old.birth, old.sex) == (new.number, new.birth, new.sex)
    assert old.short_form and not new.short_form


@given(seventeens(first=2000))
def test_those_born_after_1999_never_had_a_short_number(seventeen: str) -> None:
    assert shorten(seventeen + check_character(seventeen)) is None


@given(seventeens(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(seventeen: str, place: int, shift: int) -> None:
    number = seventeen + check_character(seventeen)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(BadInput):
        read_document(DocumentKind.RESIDENT, wrong)


def test_the_published_example_number() -> None:
    # GB 11643-1999 gives 11010519491231002X as its example.
    document = read_document(DocumentKind.RESIDENT, " １１０１０５１９４９１２３１００２ｘ ")
    assert document.number == "11010519491231002X"
    assert document.birth == date(1949, 12, 31)
    assert document.sex == "F"


def test_an_abandoned_area_is_known_for_its_years() -> None:
    seventeen = "11010319800101001"  # 崇文区, dissolved in 2010
    assert read_document(DocumentKind.RESIDENT, seventeen + check_character(seventeen)).area_known
    for unknown in ("99999919800101001", "32991019800101001"):
        assert not read_document(DocumentKind.RESIDENT, unknown + check_character(unknown)).area_known


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "document_empty"),
        ("1101051949123100", "document_length"),
        ("11010519491231002Y", "document_characters"),
        ("110105194912310021", "document_check"),
        ("1101054913310a2", "document_characters"),
    ],
)
def test_faults_have_codes_and_never_show_the_number(text: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_document(DocumentKind.RESIDENT, text)
    assert caught.value.code == code
    if len(text) > 10:
        assert text not in caught.value.say("zh") and text not in caught.value.say("en")


def test_a_birth_date_that_does_not_exist() -> None:
    seventeen = "11010519490230002"
    with pytest.raises(BadInput) as caught:
        read_document(DocumentKind.RESIDENT, seventeen + check_character(seventeen))
    assert caught.value.code == "document_birth"


def test_kinds_of_document_as_sheets_write_them() -> None:
    assert kind_of("") is DocumentKind.RESIDENT
    assert kind_of("201") is DocumentKind.RESIDENT
    assert kind_of(" 军官证 ") is DocumentKind.OFFICER
    assert kind_of("台胞证") is DocumentKind.TAIWAN
    with pytest.raises(BadInput):
        kind_of("图书证")


def test_a_passport_is_kept_as_printed() -> None:
    document = read_document(DocumentKind.PASSPORT, "e12345678")
    assert (document.number, document.birth) == ("E12345678", None)
    with pytest.raises(BadInput):
        read_document(DocumentKind.PASSPORT, "1?")


@given(st.dates(date(1930, 1, 1), date(2010, 12, 31)), st.integers(0, 90))
def test_age_grows_on_the_birthday(birth: date, years: int) -> None:
    try:
        birthday = birth.replace(year=birth.year + years)
    except ValueError:
        birthday = date(birth.year + years, 3, 1)
    assert age_on(birth, birthday) == years


def test_names_meet_across_ways_of_writing() -> None:
    assert names.same("买买提•吐尔逊", "买买提·吐尔逊 ")
    assert names.same("ＺＨＡＮＧ San", "zhang san")
    assert not names.same("王吉", "王喆")
    assert names.comparable("𠮷田") == "𠮷田"
    assert not names.is_plausible("张3") and not names.is_plausible("李") and names.is_plausible("欧阳样例")


def test_credit_code_is_checked() -> None:
    assert read_credit_code("91110000600037341l") == "91110000600037341L"
    with pytest.raises(BadInput):
        read_credit_code("911100006000373410")
