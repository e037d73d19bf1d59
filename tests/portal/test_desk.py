"""The desk says what waits for its reader: of their jurisdiction only, and nothing that is empty."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation
from chizheng.platform import clock
from chizheng.platform.roles import Role
from chizheng.portal.menu import groups_of, waiting_for
from chizheng.quality.models import Hold
from chizheng.quality.usecases.gate import open_hold
from tests.factories.quality import flag_on, sitting


def _hold() -> Hold:
    session = sitting()
    reason = Wording(zh="合格线上方堆积", en="a heap over the cut")
    return open_hold(session=session, cause="flag", reason=reason, now=clock.now(), flag=flag_on(session))


def _account(role: Role, region: str) -> Account:
    body = Organisation.objects.create(name="甲单位", kind="other", region=region or "3201")
    return Account.objects.create_account(
        username=f"{role}-{region}", password=None, role=role, region=region, organisation=body
    )


@pytest.mark.django_db
def test_a_hold_waits_for_the_centre_of_its_region_and_for_no_other() -> None:
    hold = _hold()
    region = hold.session.region
    here, elsewhere = _account(Role.CENTRE, region), _account(Role.CENTRE, "65")
    mine = {w.url_name: w for w in waiting_for(here, clock.today())}
    assert mine["quality:holds"].count == 1 and mine["quality:holds"].pressing
    assert "quality:holds" not in {w.url_name for w in waiting_for(elsewhere, clock.today())}


@pytest.mark.django_db
def test_the_desk_shows_the_count_and_leads_to_the_work() -> None:
    hold = _hold()
    client = Client()
    client.force_login(_account(Role.CENTRE, hold.session.region))
    body = client.get(reverse("desk")).content.decode()
    assert "待复核" in body and reverse("quality:holds") in body
    client.force_login(_account(Role.PLANNER, "65"))
    assert "目前没有等您办理的事项" in client.get(reverse("desk")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_every_role_can_open_what_its_desk_and_its_waiting_list_name(role: Role) -> None:
    account = _account(role, "")
    names = {w.url_name for w in waiting_for(account, clock.today())}
    names |= {e.url_name for g in groups_of(role) for e in g.entries}
    client = Client()
    client.force_login(account)
    assert {name: client.get(reverse(name)).status_code for name in names} == dict.fromkeys(names, 200)


def test_groups_hold_each_link_once_and_none_of_another_role() -> None:
    for role in Role:
        links = [e for g in groups_of(role) for e in g.entries]
        assert len({e.url_name for e in links}) == len(links)
        assert all(role in e.roles for e in links)
