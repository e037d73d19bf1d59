"""Agencies with papers, employers, certified people: what the access desks meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from chizheng.access.core.gate import HeldCertificate
from chizheng.access.models import AgencyLicence, Mandate
from chizheng.people.models import Account, Organisation, Person
from tests.factories.people import AccountFactory, OrganisationFactory, PersonFactory, resident_number

NOW = datetime(2026, 10, 8, 2, tzinfo=UTC)
TODAY = date(2026, 10, 8)
GATED = "消防设施操作员"


class Register:
    """A register of certificates for tests: `give` somebody one, or let it be `down`."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[HeldCertificate, ...]] = {}
        self.down = False

    def give(self, person: Person, occupation: str = GATED, level: int = 4, status: str = "valid") -> None:
        self.rows[person.pk] = (HeldCertificate(occupation, level, date(2025, 1, 1), None, status),)

    def __call__(self, persons: Collection[int]) -> Mapping[int, tuple[HeldCertificate, ...]]:
        from chizheng.kernel.errors import Unavailable
        from chizheng.kernel.wording import Wording

        if self.down:
            raise Unavailable("register_down", Wording("证书库不可用", "the register is down"))
        return {p: self.rows[p] for p in persons if p in self.rows}


def agency(*, licensed: bool = True, mandate: str = "样例机械有限公司") -> Account:
    """The account of an agency with a licence and one mandate."""
    body = OrganisationFactory(kind=Organisation.Kind.AGENCY, name="样例职业介绍所", region="3201")
    account = AccountFactory(role="agency", region="3201", organisation=body)
    keeper = AccountFactory(role="authority")
    if licensed:
        AgencyLicence.objects.create(
            organisation=body,
            number="样证1",
            period=(date(2024, 1, 1), None),
            granted_by=keeper,
            granted_at=NOW,
        )
    if mandate:
        Mandate.objects.create(
            agency=body, employer_name=mandate, employer_code="913201000000000000", agent_name="经办样",
            agent_document="x", agent_tail="0000", seen=["ad"], period=(date(2024, 1, 1), None), kept_by=account,
            kept_at=NOW,
        )  # fmt: skip
    return account


def employer() -> Account:
    body = OrganisationFactory(kind=Organisation.Kind.EMPLOYER, name="样例机械有限公司", region="3201")
    return AccountFactory(role="employer", region="3201", organisation=body)


def person(n: int, **more: object) -> Person:
    return PersonFactory(number=resident_number(n), region="3201", **more)
