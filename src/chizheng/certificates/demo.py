"""The certificates' desks of the demonstration: lists without an exam, a number given twice, blanks, watches.

Everything is invented and goes through the use cases; it is built once, whole or not at all.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from django.db import transaction

from chizheng.assessment.models import StationLicence
from chizheng.certificates.core.listed import COLUMNS
from chizheng.certificates.models import Batch, Certificate
from chizheng.certificates.queries import published, read_claims
from chizheng.certificates.usecases import keep_blanks as blanks
from chizheng.certificates.usecases.amend_certificate import request_reissue
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.list_awards import receive_list
from chizheng.certificates.usecases.publish_register import publish_buckets, publish_register
from chizheng.certificates.usecases.review_batch import approve_batch, review_batch
from chizheng.certificates.usecases.watch_status import record_check, watch
from chizheng.people.core.identity import check_character
from chizheng.people.models import Account, Organisation
from chizheng.platform import clock
from chizheng.platform.io.exports import workbook

_NAMES = ("赵示旧", "钱示旧", "孙示赛", "李示评")


class World(Protocol):
    """What the demonstration hands in."""

    @property
    def now(self) -> datetime: ...
    @property
    def accounts(self) -> Mapping[str, Account]: ...
    @property
    def stations(self) -> Sequence[Organisation]: ...


def build(world: World) -> None:
    """Build the desks' part of the demonstration, unless it is there."""
    if Batch.objects.exclude(basis=Batch.Basis.EXAM).exists():
        return
    licence = StationLicence.objects.get(organisation=world.stations[0])
    first = published().select_related("batch").order_by("issued_on", "pk").first()
    if first is None:
        return
    with transaction.atomic():
        batches = _lists(world, licence, first)
        _blanks(world, first)
        _watches(world)
    for batch in batches:
        issue_batch(batch=batch, now=world.now)
    publish_register(now=world.now)
    publish_buckets(now=world.now)


def _lists(world: World, licence: StationLicence, first: Certificate) -> list[Batch]:
    """One list of each kind; the old ones carry a number given twice, the panel's is left for a visitor."""
    occupation, day = first.occupation, date(2004, 5, 20)
    number = f"04{licence.institution_number}400017"
    made = []
    for n, (basis, more) in enumerate((
        ("legacy", {"number": number, "issued": day.isoformat()}),
        ("legacy", {"number": number, "issued": day.isoformat()}),
        ("contest", {"award": "样例技能竞赛第一名"}),
        ("panel", {"award": "专家评审通过"}),
    )):  # fmt: skip
        row = {"name": _NAMES[n], "document": _document(n), "occupation": occupation, "level": "4", **more}
        received = receive_list(
            basis=basis, licence=licence, file_name="名单.xlsx", content=_sheet(row), evidence=f"样例〔2026〕{n + 1}号",
            reason="演示", decided_on=None if basis == "legacy" else clock.day_of(world.now) - timedelta(days=20),
            actor=world.accounts["station"], now=world.now,
        )  # fmt: skip
        if received.batch is None or basis == "panel":
            continue
        batch = review_batch(batch=received.batch, actor=world.accounts["centre"], now=world.now)
        made.append(
            approve_batch(batch=batch, actor=world.accounts["authority"], now=world.now, issued_on=clock.day_of(world.now))
        )  # fmt: skip
    return made


def _document(n: int) -> str:
    seventeen = f"1101011970010{n + 1}00{n + 1}"
    return seventeen + check_character(seventeen)


def _sheet(row: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with workbook(out) as book:
        page = book.add_worksheet("名单")
        for column, (field, text) in enumerate(row.items()):
            page.write_string(0, column, COLUMNS[field][0])
            page.write_string(1, column, text)
    return out.getvalue()


def _blanks(world: World, first: Certificate) -> None:
    clerk, now = world.accounts["centre"], world.now
    batch = first.batch
    last = f"A{batch.count:07d}"
    blanks.receive_blanks(
        first="A0000001", last="A0000500", edition="样例版", actor=clerk, now=now, reason="调拨单 样例-1"
    )
    blanks.draw_blanks(batch=batch, first="A0000001", last=last, actor=clerk, now=now)
    blanks.use_blanks(batch=batch, first="A0000001", actor=clerk, now=now)
    blanks.move_blanks(
        kind="spoil", first="A0000001", last="A0000001", actor=clerk, now=now, reason="打印错位"
    )
    blanks.open_destruction(basis="样例〔2026〕9号", actor=clerk, now=now)
    request_reissue(certificate=first, reason="损毁", evidence="打印错位", actor=clerk, now=now)


def _watches(world: World) -> None:
    """The demo's employer asks to watch the demo candidate's certificate, and has checked it."""
    employer, candidate = world.accounts["employer"], world.accounts["candidate"]
    row = published().filter(person=candidate.person).first()
    if row is None:
        return
    name = read_claims(row).name
    watch(
        number=row.number,
        name=name,
        check_code="",
        email="hr@example.com",
        address="",
        actor=employer,
        now=world.now,
    )
    record_check(certificate=row, verdict="valid", actor=employer, now=world.now)
