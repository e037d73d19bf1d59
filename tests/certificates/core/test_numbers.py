import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import numbers
from chizheng.certificates.core.numbers import (
    InstitutionKind,
    InstitutionNumber,
    QualificationNumber,
    Scheme,
    ShanghaiNumber,
    SkillLevelNumber,
    parse,
)
from chizheng.kernel.errors import BadInput

digits = st.text("0123456789", min_size=2, max_size=2)
institutions = st.builds(
    InstitutionNumber, digits, digits, st.sampled_from(InstitutionKind), st.integers(0, 999)
)
qualifications = st.builds(
    QualificationNumber, st.integers(1990, 2089), institutions, st.integers(1, 5), st.integers(1, 99_999)
)
skill_levels = st.builds(
    SkillLevelNumber,
    st.sampled_from("YS"),
    st.text("0123456789", min_size=4, max_size=4),
    digits,
    st.text("0123456789", min_size=6, max_size=6),
    st.integers(1990, 2089),
    st.sampled_from("12345T"),
    st.integers(0, 999_999),
)


def test_the_worked_examples_of_the_coding_rule():
    station = InstitutionNumber.parse("10012003")
    assert (station.department, station.prefecture, station.sequence) == ("10", "01", 3)
    assert station.kind is InstitutionKind.LOCAL_STATION
    industry = InstitutionNumber.parse("72003018")
    assert (industry.department, industry.prefecture) == ("72", "00")
    assert industry.kind is InstitutionKind.INDUSTRY_STATION
    number = parse("9710012003400001")
    assert number == QualificationNumber(1997, station, 4, 1)
    assert parse("Y000123123456195000001").scheme is Scheme.SKILL_LEVEL


@given(institutions)
def test_institution_round_trip(institution):
    assert InstitutionNumber.parse(str(institution)) == institution


@given(qualifications)
def test_certificate_round_trip_and_the_institution_inside(number):
    assert parse(str(number)) == number
    assert str(number)[2:10] == str(number.institution)
    assert numbers.institution_code(number) == str(number.institution)


@given(skill_levels)
def test_skill_level_round_trip(number):
    assert parse(str(number)) == number
    assert len(str(number)) == 22
    assert number.scheme is (Scheme.SPECIAL if number.level == "T" else Scheme.SKILL_LEVEL)


@given(qualifications)
def test_full_width_and_spaces_do_not_matter(number):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in str(number))
    assert parse(f" {wide[:4]}　{wide[4:10]}-{wide[10:]}\n") == number


@given(st.integers(0, 99), st.integers(1900, 2100))
def test_two_digit_years_fall_into_a_window_of_a_hundred_years(two, since):
    year = numbers.year_of(two, since)
    assert since <= year < since + 100
    assert year % 100 == two


@given(st.text("0123456789", min_size=13, max_size=13))
def test_thirteen_digits_are_shanghai_and_padded(digits):
    number = parse(digits)
    assert number == ShanghaiNumber(digits)
    assert str(number) == "000" + digits
    assert str(parse(str(number))) == str(number)  # one key, however it is read


@given(st.text(max_size=200))
def test_nothing_is_invalid_and_the_normal_form_is_stable(text):
    try:
        number = parse(text)
    except BadInput as fault:
        assert fault.code in ("no_number", "number_too_long")
        return
    assert str(parse(str(number))) == str(number)


@pytest.mark.parametrize(
    "text", ["R12N440106326000012", "9710019003400001", "9710012003900001", "专字第12号"]
)
def test_other_forms_are_unknown_schemes_not_errors(text):
    assert parse(text).scheme is Scheme.UNKNOWN
    assert numbers.institution_code(parse(text)) == ""


def test_a_range_that_is_used_up_does_not_wrap():
    station = InstitutionNumber.parse("10012003")
    with pytest.raises(BadInput, match="serial_out_of_range"):
        QualificationNumber(2026, station, 4, 100_000)


@pytest.mark.parametrize("text", ["1001200", "100190030", "10019003", ""])
def test_institution_numbers_out_of_form_are_refused(text):
    with pytest.raises(BadInput, match="bad_institution_number"):
        InstitutionNumber.parse(text)
