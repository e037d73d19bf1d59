"""A seeker states work and schooling; guidance uses it as far as it is shared; refusals write nothing."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from chizheng.access.models import Background, Experience, Guidance
from chizheng.access.papers import guidance_letter
from chizheng.access.usecases import background
from chizheng.access.usecases.referral import guide
from chizheng.kernel.errors import BadInput, Forbidden, NotFound
from chizheng.people.models import Account
from chizheng.platform.models import LedgerEntry
from tests.factories.access import GATED, NOW, TODAY, agency, person
from tests.factories.people import AccountFactory, resident_number

pytestmark = pytest.mark.django_db
WORK = {
    "kind": "work", "occupation": GATED, "level": "", "detail": "", "start": "2015-03-01", "end": "",
    "body": "无名山示例大厦", "proof": "social_insurance",
}  # fmt: skip


def seeker(n: int = 1) -> Account:
    return AccountFactory(role="candidate", region="3201", person=person(n))


def signed_in(account: Account) -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "zh-hans"})
    client.force_login(account)
    return client


def counts() -> tuple[int, ...]:
    return tuple(m._default_manager.count() for m in (Background, Experience, Guidance, LedgerEntry))


def state(account: Account, **more: object) -> Experience:
    fields = {"kind": "work", "occupation": GATED, "level": None, "detail": "", "start": date(2015, 3, 1), "end": None,
              "body": "无名山示例大厦", "proof": "labour_contract"} | more  # fmt: skip
    return background.state_experience(**fields, actor=account, now=NOW)  # type: ignore[arg-type]


def test_a_statement_is_made_once_and_shown_and_taken_back() -> None:
    account = seeker()
    client = signed_in(account)
    page = client.post(reverse("access:background"), WORK, follow=True).content.decode()
    client.post(reverse("access:background"), WORK)
    row = Experience.objects.get()
    assert "无名山示例大厦" in page and "2015-03-01 — 至今" in page and "社会保险缴费记录" in page
    client.post(reverse("access:unstate", args=[row.pk]))
    assert not Experience.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"occupation": ""}, "请填写职业"),
        ({"start": ""}, "请填写开始日期"),
        ({"start": "2027-01-01"}, "不能晚于今天"),
        ({"end": "2014-01-01"}, "结束日期须晚于开始日期"),
        ({"proof": "diploma"}, "不适用这种证明材料"),
        ({"kind": "training"}, "请选择培训等级"),
        ({"kind": "diploma"}, "请选择学历或职称"),
        ({"kind": "apprenticeship"}, "请填写期满日期"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(change: dict[str, str], said: str) -> None:
    client = signed_in(seeker())
    before = counts()
    answer = client.post(reverse("access:background"), WORK | change)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert counts() == before


def test_nobody_takes_back_what_another_stated() -> None:
    row, other = state(seeker()), seeker(2)
    before = counts()
    with pytest.raises(NotFound):
        background.unstate(experience=row.pk, actor=other, now=NOW)
    nobody = AccountFactory(role="candidate")
    with pytest.raises(Forbidden):
        state(nobody)
    assert counts() == before


def test_there_is_an_end_to_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "MOST", 1)
    account = seeker()
    state(account)
    before = counts()
    with pytest.raises(BadInput):
        state(account, start=date(2016, 1, 1))
    assert counts() == before


def test_the_seekers_page_says_how_much_was_stated() -> None:
    account = seeker()
    client = signed_in(account)
    assert "已填经历" not in client.get(reverse("access:work")).content.decode()
    state(account)
    assert "已填经历 1 条" in client.get(reverse("access:work")).content.decode()


def test_an_agency_uses_only_what_is_shared_and_never_sees_the_place_of_work() -> None:
    account, body = seeker(), agency()
    assert account.person is not None
    state(account)
    ask = {
        "person": account.person,
        "occupation": GATED,
        "level": 4,
        "region": "3201",
        "actor": body,
        "now": NOW,
    }
    row = guide(**ask)  # type: ignore[arg-type]
    assert row.advice["stated"] == [] and row.advice["ways"][0]["verdict"] == "unknown"
    background.settle_background(complete=True, shared=True, actor=account, now=NOW)
    row = guide(**ask)  # type: ignore[arg-type]
    assert Guidance.objects.count() == 1 and len(row.advice["stated"]) == 1
    assert row.advice["ways"][0]["verdict"] == "met"  # eleven years of work, no longer to be proved
    assert "无名山" not in str(row.advice)
    page = signed_in(body).get(reverse("access:guidance", args=[row.uuid])).content.decode()
    assert "据以判断的陈述" in page and "劳动合同" in page and "无名山" not in page
    assert guidance_letter(row, at=NOW).startswith(b"%PDF")


def test_what_is_told_at_the_counter_counts() -> None:
    body = agency()
    answer = signed_in(body).post(
        reverse("access:guide"),
        {"name": "样例甲", "document": resident_number(9), "occupation": GATED, "level": "4", "region": "3201",
         "years": "12", "years_proof": "work_years", "diploma": "college", "graduated": "2012-07-01"},
        follow=True,
    )  # fmt: skip
    row = Guidance.objects.get()
    assert answer.status_code == 200
    assert [s["proof"] for s in row.advice["stated"]] == ["work_years", "diploma"]
    assert row.advice["ways"][0]["verdict"] == "met" and row.advice["ways"][0]["bring_zh"]


def test_withdrawing_forgets_everything() -> None:
    account = seeker()
    state(account)
    signed_in(account).post(reverse("access:withdraw_background"))
    assert not Background.objects.exists() and not Experience.objects.exists()
    assert LedgerEntry.objects.filter(verb="access.withdraw_background").exists()
    assert TODAY.year == NOW.year
