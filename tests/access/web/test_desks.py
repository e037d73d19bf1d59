"""Agencies, employers, seekers, centres: what each may do, and that a refusal writes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chizheng.access.core.ads.ad import Ad as Text
from chizheng.access.models import (
    Ad,
    AdDoubt,
    AdWord,
    DeskMessage,
    ExceptionRequest,
    Guidance,
    Referral,
    SeekerProfile,
    StaffMember,
    Vacancy,
)
from chizheng.access.queries.ads import access_ads, access_doubts
from chizheng.access.queries.referral import access_referrals, for_seeker, for_vacancy
from chizheng.access.queries.staff import access_messages, access_staff, granted_exceptions
from chizheng.access.usecases import ads, referral, staff
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from chizheng.people.models import Account, Person
from chizheng.platform.models import LedgerEntry
from tests.factories.access import GATED, NOW, TODAY, Register, agency, employer, person
from tests.factories.people import AccountFactory, document_of, resident_number

pytestmark = pytest.mark.django_db
BAD_AD = "招电焊工，男，入职交押金200元。"


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def counts() -> dict[str, int]:
    models = (Ad, AdDoubt, AdWord, Vacancy, Referral, Guidance, StaffMember, ExceptionRequest, LedgerEntry)
    return {m.__name__: m._default_manager.count() for m in models}


def vet(account: Account, text: str, title: str = "招聘", on: date = TODAY) -> Ad:
    return ads.vet_ad(
        text=Text("", title, text, ""),
        organisation=account.organisation,
        on=on,
        place="3201",
        actor=account,
        now=NOW,
    )


# --- ads


def test_an_ad_is_vetted_marked_corrected_and_kept_for_the_years_of_the_law() -> None:
    account = agency()
    client = signed_in(account)
    answer = client.post(
        "/ads/vet/",
        {"title": "招聘", "text": BAD_AD, "employer": "甲厂", "place": "3201", "on": "2012-05-08"},
        follow=True,
    )
    page = answer.content.decode()
    assert (
        answer.status_code == 200 and "不得发布" in page and 'class="tag-bad"' in page and "data-copy" in page
    )
    row = Ad.objects.get()
    assert row.gated == ["焊工"] and {f["code"] for f in row.vetting["findings"]} >= {
        "qualification_not_stated", "deposit_or_fee", "sex_discrimination"
    }  # fmt: skip
    assert row.keep_until >= date(TODAY.year + 2, TODAY.month, TODAY.day)
    client.post(
        "/ads/vet/",
        {"title": "招聘", "text": BAD_AD, "employer": "甲厂", "place": "3201", "on": "2012-05-08"},
    )
    assert Ad.objects.count() == 1


def test_without_a_licence_nothing_is_vetted_and_nothing_written() -> None:
    account = agency(licensed=False)
    before = counts()
    answer = signed_in(account).post("/ads/vet/", {"text": BAD_AD, "on": "2012-05-08"})
    assert answer.status_code == 422 and "许可" in answer.content.decode()
    assert counts() == before


def test_a_workbook_comes_back_with_what_is_wrong() -> None:
    account = agency()
    sheet = f"编号,标题,正文\n1,招聘,{BAD_AD}\n2,文员,整理文件，双休\n".encode()
    answer = signed_in(account).post(
        "/ads/sheet/", {"file": SimpleUploadedFile("简章.csv", sheet), "on": "2012-05-08", "place": "3201"}
    )
    text = answer.content.decode("utf-8-sig")
    assert (answer["X-Ads"], answer["X-Found"]) == ("2", "2")
    assert "押金" in text and "第四十一条" in text
    assert access_ads(account).count() == 2


def test_a_workbook_without_a_text_column_is_refused_and_not_kept() -> None:
    account = agency()
    before = counts()
    answer = signed_in(account).post(
        "/ads/sheet/", {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n"), "on": "2012-05-08"}
    )
    assert answer.status_code == 422 and counts() == before


def test_each_body_sees_its_own_ledger_and_the_state_that_of_its_region() -> None:
    one, two = agency(), employer()
    row = vet(one, "招文员，双休，社保。")
    assert signed_in(two).get(f"/ads/{row.uuid}/").status_code == 404
    assert (
        signed_in(AccountFactory(role="inspector", region="4401")).get(f"/ads/{row.uuid}/").status_code == 404
    )
    assert (
        signed_in(AccountFactory(role="inspector", region="32")).get(f"/ads/{row.uuid}/").status_code == 200
    )


def doubt_of(account: Account, word: str = "烩面工", more: str = "") -> AdDoubt:
    row = vet(account, f"招{word}两名。{more}", title=word)
    return AdDoubt.objects.create(
        ad=row,
        word=word,
        readings=["中式面点师"],
        role="post",
        confidence=0.1,
        sentence=f"招{word}两名",
        region="3201",
    )


def test_a_decided_word_is_used_from_its_day_on() -> None:
    account = agency()
    doubt = doubt_of(account)
    centre = AccountFactory(role="centre", region="32")
    assert vet(account, "招烩面工两名。", on=date(2014, 1, 1)).gated == []
    ads.decide_word(
        doubt=doubt,
        kind="name",
        occupation="中式面点师",
        since=date(2014, 6, 1),
        reason="",
        actor=centre,
        now=NOW,
    )
    assert vet(account, "招烩面工两名。", on=date(2014, 6, 1)).gated == ["中式面点师"]
    assert vet(account, "招烩面工三名。", on=date(2014, 5, 31)).gated == []
    assert not access_doubts(centre).exists()
    assert DeskMessage.objects.get().code == "ad_word_decided"
    again = doubt_of(account, more="双休。")
    with pytest.raises(Conflict):
        ads.decide_word(
            doubt=again, kind="block", occupation="", since=date(2014, 6, 1), reason="", actor=centre, now=NOW
        )


def test_a_word_is_decided_only_by_its_region_and_for_a_real_occupation() -> None:
    doubt = doubt_of(agency())
    before = counts()
    far = AccountFactory(role="centre", region="44")
    assert signed_in(far).get(f"/ads/queue/{doubt.pk}/").status_code == 404
    with pytest.raises(Forbidden):
        ads.decide_word(doubt=doubt, kind="block", occupation="", since=TODAY, reason="", actor=far, now=NOW)
    near = AccountFactory(role="centre", region="32")
    with pytest.raises(BadInput):
        ads.decide_word(
            doubt=doubt, kind="name", occupation="没有的职业", since=TODAY, reason="", actor=near, now=NOW
        )
    assert counts() == before


def test_a_mandate_needs_every_paper_of_the_law() -> None:
    account = agency(mandate="")
    before = counts()
    with pytest.raises(Refused):
        ads.keep_mandate(
            agency=account.organisation, employer_name="甲", employer_code="91320100MATWCTDLYM", agent_name="样",
            agent_document=resident_number(1), seen=["ad"], start=TODAY, end=None, actor=account, now=NOW,
        )  # fmt: skip
    assert counts() == before


# --- vacancies and referrals


def vacancy(account: Account, **change: Any) -> Vacancy:
    fields: dict[str, Any] = {
        "employer": "样例机械有限公司", "title": "值班员", "text": "消防控制室值班，须持消防设施操作员证书。",
        "occupation": GATED, "level": 4, "region": "320102", "wage_fen": 500_000, "count": 1, "start_on": TODAY,
    }  # fmt: skip
    return referral.post_vacancy(
        organisation=account.organisation, **{**fields, **change}, actor=account, now=NOW
    )


def seeker(n: int, *, consent: bool = True, wishes: tuple[str, ...] = (GATED,)) -> Person:
    someone = person(n)
    referral.save_profile(person=someone, region="3201", regions=["32"], occupations=list(wishes), wage_floor_fen=0,
                          consent=consent, now=NOW, actor=None)  # fmt: skip
    return someone


def test_only_the_qualified_who_consent_are_suggested_with_reasons(register: Register) -> None:
    row = vacancy(agency())
    good, low, none, silent, revoked = (seeker(n, consent=n != 4) for n in range(1, 6))
    register.give(good, level=3)
    register.give(low, level=5)
    register.give(silent, level=3)
    register.give(revoked, level=3, status="revoked")
    found = for_vacancy(row, on=TODAY)
    assert [s.person for s in found] == [good]
    assert set(found[0].why) >= {"open", "first_wish", "level"}
    assert none.pk not in {s.person.pk for s in found}
    profile = SeekerProfile.objects.get(person=good)
    assert [s.vacancy for s in for_seeker(profile, on=TODAY)] == [row]


def test_a_referral_asks_the_gate_again_and_refuses_without_writing(register: Register) -> None:
    account = agency()
    row, someone = vacancy(account), seeker(1)
    before = counts()
    answer = signed_in(account).post(f"/vacancies/{row.uuid}/refer/", {"person": str(someone.uuid)})
    assert answer.status_code == 422 and "培训指导" in answer.content.decode()
    assert counts() == before
    register.give(someone)
    signed_in(account).post(f"/vacancies/{row.uuid}/refer/", {"person": str(someone.uuid)})
    made = Referral.objects.get()
    assert made.gate["verdict"] == "clear" and made.keep_until >= date(TODAY.year + 2, TODAY.month, TODAY.day)
    letter = signed_in(account).get(f"/referrals/{made.uuid}/letter.pdf")
    assert letter.content.startswith(b"%PDF")
    signed_in(account).post(f"/referrals/{made.uuid}/outcome/", {"outcome": "hired"})
    made.refresh_from_db()
    assert made.outcome == "hired"
    with pytest.raises(Conflict):
        referral.record_outcome(referral=made, outcome="declined", actor=account, now=NOW)
    candidate = AccountFactory(role="candidate", person=someone)
    assert list(access_referrals(candidate)) == [made]
    assert signed_in(employer()).get(f"/referrals/{made.uuid}/letter.pdf").status_code == 404


def test_without_consent_nobody_is_referred(register: Register) -> None:
    account = agency()
    row, someone = vacancy(account), seeker(1, consent=False)
    register.give(someone)
    before = counts()
    with pytest.raises(Forbidden):
        referral.refer(vacancy=row, person=someone, actor=account, now=NOW)
    assert counts() == before


@pytest.mark.parametrize(
    "change",
    [{"text": "值班，入职交押金300元。"}, {"employer": "没有委托的厂"}, {"occupation": "没有的职业"}],
)
def test_a_vacancy_with_a_bad_ad_or_without_mandate_leaves_nothing(change: dict[str, str]) -> None:
    account = agency()
    before = counts()
    with pytest.raises((Refused, BadInput)):
        vacancy(account, **change)
    assert counts() == before


def test_an_ungated_vacancy_takes_anybody(register: Register) -> None:
    account = agency()
    row = vacancy(account, occupation="焊工", level=None, text="车间焊接，双休。", title="焊工")
    someone = seeker(1, wishes=("焊工",))
    assert [(s.person, s.why[0]) for s in for_vacancy(row, on=TODAY)] == [(someone, "free")]


# --- the seeker


def test_the_seeker_reads_what_is_open_and_what_is_one_exam_away(register: Register) -> None:
    someone = person(1)
    account = AccountFactory(role="candidate", person=someone, region="3201")
    register.give(someone, occupation="游泳救生员", level=5)
    page = signed_in(account).get(reverse("access:work")).content.decode()
    may, rest = page.split("还差一次考试", 1)
    assert "游泳救生员" in may and "游泳救生员" not in rest and GATED in rest
    answer = signed_in(account).post(
        reverse("access:profile"),
        {"occupations": "焊工、消防设施操作员", "regions": ["32"], "consent": "on", "wage_floor_fen": "5000"},
    )
    assert answer.status_code == 302
    assert SeekerProfile.objects.get().occupations == ["焊工", GATED]
    signed_in(account).post(reverse("access:withdraw_profile"))
    assert not SeekerProfile.objects.exists()


# --- guidance


def test_guidance_says_what_is_missing_and_closes_when_the_certificate_comes(register: Register) -> None:
    account = agency()
    answer = signed_in(account).post(
        "/guidance/new/",
        {"name": "赵样例", "document": resident_number(7), "occupation": GATED, "level": "4", "region": "3201"}, follow=True,
    )  # fmt: skip
    row = Guidance.objects.get()
    assert answer.status_code == 200 and row.advice["may_enrol"] and row.advice["ways"][0]["findings"]
    letter = signed_in(account).get(f"/guidance/{row.uuid}/letter.pdf")
    assert letter.content.startswith(b"%PDF")
    register.give(row.person, level=5)
    assert referral.close_guidances(persons=[row.person_id], now=NOW) == 0
    register.give(row.person, level=4)
    assert referral.close_guidances(persons=[row.person_id], now=NOW) == 1
    assert referral.close_guidances(persons=None, now=NOW) == 0
    assert access_messages(account).get().code == "guidance_closed"


def test_guidance_for_a_document_of_somebody_else_is_refused() -> None:
    person(7, name="钱样例", name_key="钱样例")
    account = agency()
    before = counts()
    answer = signed_in(account).post(
        "/guidance/new/",
        {
            "name": "赵样例",
            "document": resident_number(7),
            "occupation": GATED,
            "level": "4",
            "region": "3201",
        },
    )
    assert answer.status_code == 422 and counts() == before


# --- the employer


def staff_list(*rows: str) -> bytes:
    return "\n".join(["姓名,证件号码,职业,等级,上岗日期", *rows]).encode()


def test_a_staff_list_is_enrolled_once_and_changes_are_pushed(register: Register) -> None:
    account = employer()
    someone = person(1)
    register.give(someone)
    sheet = staff_list(
        f"{someone.name},{document_of(someone).number},{GATED},,2024-03-01", f"钱示范,{resident_number(2)},焊工,,2024-03-01",
        "孙测试,123,焊工,,2024-03-01", f"李虚构,{resident_number(3)},没有的职业,,2024-03-01",
    )  # fmt: skip
    done = staff.enrol_staff(
        content=sheet, filename="名册.csv", organisation=account.organisation, actor=account, now=NOW
    )
    assert (done.taken, done.made, done.faults) == (2, 2, 2) and done.returned is not None
    assert "没有的职业" in done.returned.content.decode("utf-8-sig")
    again = staff.enrol_staff(
        content=sheet, filename="名册.csv", organisation=account.organisation, actor=account, now=NOW
    )
    assert (again.taken, again.made) == (2, 0)
    assert sorted(access_staff(account).values_list("verdict", flat=True)) == ["clear", "clear"]
    register.give(someone, status="suspended")
    assert staff.refresh_persons(persons=[someone.pk], now=NOW + timedelta(days=1)) == 1
    assert staff.refresh_persons(persons=[someone.pk], now=NOW + timedelta(days=2)) == 0
    told = access_messages(account).get()
    assert told.code == "staff_worse" and someone.name not in str(told.params)
    page = signed_in(account).get("/staff/messages/").content.decode()
    assert "消防设施操作员" in page


def test_nobody_sees_another_employers_staff() -> None:
    one = employer()
    staff.enrol_staff(content=staff_list(f"钱示范,{resident_number(2)},焊工,,2024-03-01"), filename="a.csv",
                      organisation=one.organisation, actor=one, now=NOW)  # fmt: skip
    member = StaffMember.objects.get()
    other = employer()
    assert signed_in(other).post(f"/staff/{member.pk}/leave/").status_code == 404
    assert not access_staff(AccountFactory(role="authority")).exists()
    member.refresh_from_db()
    assert member.until is None


# --- exceptions


def ask(account: Account, **change: Any) -> ExceptionRequest:
    fields: dict[str, Any] = {
        "code": "order6-untrained-trade", "occupation": "车工", "place": "3201", "why": "当地没有培训",
        "evidence": ["劳动保障行政部门批准文件", "培训计划"], "start": date(2010, 1, 1), "end": date(2010, 7, 1),
    }  # fmt: skip
    return staff.ask_exception(
        organisation=account.organisation, **{**fields, **change}, actor=account, now=NOW
    )


def test_an_exception_counts_once_granted_in_its_place_time_and_for_its_person() -> None:
    account = employer()
    someone = person(3)
    number = document_of(someone)
    request = ask(account, name=someone.name, document=number.number)
    digest = bytes(number.number_digest)
    question = {"occupation": "车工", "place": "320102", "organisation": account.organisation_id}
    assert granted_exceptions(**question, on=date(2010, 3, 1), document_digest=digest) == []
    authority = AccountFactory(role="authority", region="32")
    signed_in(authority).post(f"/exceptions/{request.uuid}/", {"granted": "1", "basis": "样文〔2010〕1号"})
    assert granted_exceptions(**question, on=date(2010, 3, 1), document_digest=digest) == [
        "order6-untrained-trade"
    ]
    assert granted_exceptions(**question, on=date(2010, 7, 1), document_digest=digest) == []
    assert granted_exceptions(**question, on=date(2010, 3, 1), document_digest=b"x" * 32) == []
    assert access_messages(account).get().code == "exception_granted"
    with pytest.raises(Conflict):
        staff.decide_exception(request=request, granted=False, basis="", actor=authority, now=NOW)


@pytest.mark.parametrize(
    "change", [{"evidence": ["培训计划"]}, {"end": date(2020, 1, 1)}, {"start": date(1999, 1, 1)}]
)
def test_an_exception_out_of_its_time_or_without_proof_is_refused(change: dict[str, Any]) -> None:
    account = employer()
    before = counts()
    with pytest.raises(Refused):
        ask(account, **change)
    assert counts() == before


def test_only_the_authority_of_the_place_decides() -> None:
    request = ask(employer())
    far = AccountFactory(role="authority", region="44")
    assert (
        signed_in(far).post(f"/exceptions/{request.uuid}/", {"granted": "1", "basis": "x"}).status_code == 404
    )
    with pytest.raises(Forbidden):
        staff.decide_exception(request=request, granted=True, basis="x", actor=far, now=NOW)
    request.refresh_from_db()
    assert request.state == "asked"


def test_evidence_is_kept_and_given_to_the_authority() -> None:
    account = employer()
    request = ask(account, file=b"scan", file_name="证明.pdf")
    authority = AccountFactory(role="authority", region="32")
    assert signed_in(authority).get(f"/exceptions/{request.uuid}/file/").content == b"scan"
    assert signed_in(employer()).get(f"/exceptions/{request.uuid}/file/").status_code == 404
