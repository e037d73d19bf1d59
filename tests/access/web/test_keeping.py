"""What is past its term goes, with an entry in the ledger; what is open or within its term stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from chizheng.access.core.ads.ad import Ad as Text
from chizheng.access.models import (
    Ad,
    Background,
    DeskMessage,
    ExceptionRequest,
    Guidance,
    Mandate,
    Referral,
    RegistrationCheck,
    StaffMember,
    Vacancy,
)
from chizheng.access.usecases import ads, background, keeping, referral
from chizheng.access.usecases.registration import check_registration, read_applicant
from chizheng.assessment.core.marks import anniversary
from chizheng.law.io.shelf import law
from chizheng.platform.models import LedgerEntry
from tests.factories.access import GATED, NOW, TODAY, Register, agency, employer, person
from tests.factories.people import AccountFactory, resident_number

pytestmark = pytest.mark.django_db


def in_years(years: int, days: int = 0) -> datetime:
    return NOW.replace(year=NOW.year + years) + timedelta(days=days)


def forgotten(now: datetime) -> dict[str, int]:
    return {name: n for name, n in keeping.forget_due(now=now).items() if n}


def referred(register: Register) -> Referral:
    account, seeker = agency(), person(1)
    register.give(seeker)
    referral.save_profile(person=seeker, region="3201", regions=["3201"], occupations=[GATED], wage_floor_fen=0,
                          consent=True, now=NOW, actor=None)  # fmt: skip
    vacancy = referral.post_vacancy(
        organisation=account.organisation, employer="样例机械有限公司", title="消防中控值班员",
        text="须持消防设施操作员证，两班倒，缴纳社保。", occupation=GATED, level=None, region="3201", wage_fen=0, count=1,
        start_on=TODAY, actor=account, now=NOW,
    )  # fmt: skip
    return referral.refer(vacancy=vacancy, person=seeker, actor=account, now=NOW)


def test_a_referral_stays_to_the_last_day_of_the_law_and_goes_the_next_night(register: Register) -> None:
    row = referred(register)
    years = law().number("agency.ledger_years", on=TODAY)
    assert row.keep_until == anniversary(TODAY, years)
    assert forgotten(in_years(years, -1)) == {}
    gone = forgotten(in_years(years))
    assert gone["referrals"] == 1 and not Referral.objects.exists()
    assert Vacancy.objects.exists() and Ad.objects.exists()  # the vacancy is still open
    entry = LedgerEntry.objects.get(verb="access.forget", subject_type="access.referral")
    assert entry.basis == "agency.ledger_years" and entry.detail["ids"] == [row.pk]
    referral.close_vacancy(vacancy=Vacancy.objects.get(), actor=row.made_by, now=in_years(years))
    gone = forgotten(in_years(years))
    assert gone == {"vacancies": 1, "ads": 1} and forgotten(in_years(years)) == {}


def test_the_last_day_of_a_month_is_kept_as_long_as_any_other() -> None:
    account = agency()
    at = datetime(2026, 10, 31, 2, tzinfo=NOW.tzinfo)
    row = ads.vet_ad(text=Text("", "文员", "双休", ""), organisation=account.organisation, on=TODAY, place="3201",
                     actor=account, now=at)  # fmt: skip
    assert row.keep_until == date(2028, 10, 31)


def test_a_hold_is_kept_however_old_and_a_settled_check_goes(register: Register) -> None:
    desk = AccountFactory(role="registrar", region="32")
    for n, scope in ((3, "消防设施操作"), (4, "日用百货销售")):
        check_registration(
            business="无名山示例店", scope=scope, place="3201", on=TODAY, occupations=[GATED] if n == 3 else [],
            applicants=[read_applicant("owner", "样例", "resident", resident_number(n))], asked_by=desk, now=NOW,
        )  # fmt: skip
    RegistrationCheck.objects.filter(scope="消防设施操作").update(state="held")
    years = law().number("access.keep_check_years", on=TODAY)
    assert forgotten(in_years(years)) == {}
    assert forgotten(in_years(years, 1)) == {"checks": 1}
    assert RegistrationCheck.objects.get().state == "held"


def test_guidance_that_led_nowhere_ends_and_then_goes() -> None:
    account = agency()
    referral.guide(person=person(5), occupation=GATED, level=4, region="3201", actor=account, now=NOW)
    follow = law().number("guidance.follow_years", on=TODAY)
    keeping.forget_due(now=in_years(follow, 1))
    assert Guidance.objects.get().state == "ended"
    keep = law().number("agency.ledger_years", on=TODAY)
    assert forgotten(in_years(follow + keep, 3)).get("guidances") == 1


def test_whoever_left_a_post_and_what_desks_were_told_go_after_their_terms() -> None:
    body = employer().organisation
    fields = {
        "organisation": body,
        "document_kind": "resident",
        "document": "x",
        "tail": "0000",
        "occupation": GATED,
    }
    StaffMember.objects.create(**fields, name="甲", document_digest=b"1", since=date(2020, 1, 1), until=TODAY)
    StaffMember.objects.create(**fields, name="乙", document_digest=b"2", since=date(2020, 1, 1))
    DeskMessage.objects.create(organisation=body, code="staff_worse", key="k", at=NOW)
    assert forgotten(in_years(2, -1)) == {}
    gone = forgotten(in_years(2, 1))
    assert gone["staff"] == 1 and gone["messages"] == 1 and StaffMember.objects.get().name == "乙"


def test_an_exception_goes_with_its_file_and_one_in_force_stays(
    django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = employer()
    removed: list[str] = []
    monkeypatch.setattr(keeping.stored, "remove", removed.append)
    decider = AccountFactory(role="authority", region="32")
    for file, end in (("old", date(2026, 1, 1)), ("new", date(2030, 1, 1))):
        ExceptionRequest.objects.create(
            organisation=account.organisation, code="order6-apprentice", occupation="焊工", place="3201", why="x",
            evidence=[], file=file, period=(date(2025, 1, 1), end), state="granted", asked_by=account, asked_at=NOW,
            decided_by=decider, decided_at=NOW,
        )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert forgotten(in_years(2))["exceptions"] == 1
    assert removed == ["old"] and ExceptionRequest.objects.get().file == "new"


def test_a_background_nobody_touched_is_forgotten() -> None:
    account = AccountFactory(role="candidate", region="3201", person=person(6))
    background.settle_background(complete=False, shared=False, actor=account, now=NOW)
    assert forgotten(in_years(2)) == {} and forgotten(in_years(2, 1)) == {"backgrounds": 1}
    assert not Background.objects.exists()


def test_a_mandate_goes_when_no_ad_needs_it() -> None:
    account = agency()
    Mandate.objects.update(period=(date(2020, 1, 1), date(2021, 1, 1)))
    years = law().number("agency.ledger_years", on=TODAY)
    assert TODAY.year - 2021 >= years
    assert forgotten(NOW) == {"mandates": 1}
    assert account.organisation is not None


def test_every_term_is_in_the_law_data() -> None:
    for term in keeping.TERMS:
        assert keeping.years_of(term.value, on=TODAY) > 0
