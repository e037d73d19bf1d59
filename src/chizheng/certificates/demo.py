"""The certificates' desks of the demonstration: lists without an exam, one of them held by lint, a number given
twice, a certificate suspended, one revoked, one reissued, blanks, watches; and files to try the checks with.

Everything is invented and goes through the use cases; it is built once, whole or not at all.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from django.db import transaction

from chizheng.assessment.models import StationLicence
from chizheng.certificates import printing
from chizheng.certificates.core.envelopes import cose
from chizheng.certificates.core.listed import COLUMNS
from chizheng.certificates.io.pdf import render as typeset
from chizheng.certificates.models import Batch, Certificate, StatusRequest
from chizheng.certificates.queries import published, read_claims, signed_bytes
from chizheng.certificates.usecases import keep_blanks as blanks
from chizheng.certificates.usecases.amend_certificate import request_reissue
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.list_awards import receive_list
from chizheng.certificates.usecases.publish_register import publish_buckets, publish_register
from chizheng.certificates.usecases.review_batch import approve_batch, review_batch
from chizheng.certificates.usecases.turn_status import decide_turn, request_turn
from chizheng.certificates.usecases.watch_status import record_check, watch
from chizheng.people.core.identity import check_character
from chizheng.people.models import Account, Organisation
from chizheng.platform import clock
from chizheng.platform.home import folder
from chizheng.platform.io.exports import workbook

_NAMES = ("赵示旧", "钱示旧", "孙示赛", "李示评", f"周{chr(0x31350)}示")
"""The last holds a character that no font of the house has: lint holds its list."""
_TURNED = "样例〔2026〕7号"
SAMPLES = {
    "genuine.pdf": "真证书 a genuine certificate",
    "forged.pdf": "姓名被改过的伪证 a forgery: the name was changed",
    "employer.xlsx": "用人单位的核验名单 an employer's list to verify",
}
"""The files written for visitors, by name, in `samples()`."""


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
        batches.append(_turns(world, first))
    for batch in batches:
        issue_batch(batch=batch, now=world.now)
    for asked in StatusRequest.objects.filter(basis=_TURNED, decided_at__isnull=True):
        decide_turn(request=asked, granted=True, actor=world.accounts["authority"], now=world.now)
    publish_register(now=world.now)
    publish_buckets(now=world.now)


def _lists(world: World, licence: StationLicence, first: Certificate) -> list[Batch]:
    """One list of each kind; the old ones carry a number given twice, the panel's is left for a visitor, and the
    last contest's will be held by lint."""
    occupation, day = first.occupation, date(2004, 5, 20)
    number = f"04{licence.institution_number}400017"
    made = []
    for n, (basis, more) in enumerate((
        ("legacy", {"number": number, "issued": day.isoformat()}),
        ("legacy", {"number": number, "issued": day.isoformat()}),
        ("contest", {"award": "样例技能竞赛第一名"}),
        ("panel", {"award": "专家评审通过"}),
        ("contest", {"award": "样例技能竞赛第二名"}),
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


def _turns(world: World, first: Certificate) -> Batch:
    """Three holders of the first sitting: one suspended, one revoked (both decided later), one with new paper.

    Returns the approved batch of the reissue. A fourth request waits for the authority.
    """
    clerk, now = world.accounts["centre"], world.now
    rows = (
        published()
        .filter(state="valid")
        .exclude(pk=first.pk)
        .exclude(person=world.accounts["candidate"].person)
    )
    chosen = list(rows.filter(batch__basis=Batch.Basis.EXAM).order_by("issued_on", "batch", "order")[:4])
    for row, kind, code, why, basis in zip(
        chosen,
        ("suspend", "revoke", "suspend"),
        ("investigation", "fraud", "investigation"),
        ("群众举报，正在调查（演示）", "查实由他人替考（演示）", "与用人单位反映不符，须核实（演示）"),
        (_TURNED, _TURNED, "样例〔2026〕8号"),
        strict=False,
    ):
        request_turn(
            certificate=row, kind=kind, reason_code=code, reason=why, basis=basis, actor=clerk, now=now
        )  # fmt: skip
    batch = request_reissue(
        certificate=chosen[-1], reason="遗失", evidence="样例日报声明", actor=clerk, now=now
    )
    batch = review_batch(batch=batch, actor=world.accounts["centre-2"], now=now)
    return approve_batch(batch=batch, actor=world.accounts["authority"], now=now, issued_on=clock.day_of(now))


def samples() -> Path:
    """Write the files of SAMPLES, where they are not there yet; returns their folder."""
    place = folder("demo", 0o700)
    rows = list(published().filter(batch__basis=Batch.Basis.EXAM).order_by("issued_on", "batch", "order"))
    valid = next((row for row in rows if row.state == "valid"), None)
    if valid is None or all((place / name).exists() for name in SAMPLES):
        return place
    sheet = printing.sheet(valid)
    changed = "伪" + sheet.claims.name[1:]
    words = signed_bytes(valid).replace(sheet.claims.name.encode(), changed.encode())
    forged = replace(sheet, claims=replace(sheet.claims, name=changed), qr=cose.to_text(words))
    (place / "genuine.pdf").write_bytes(printing.render([valid]))
    (place / "forged.pdf").write_bytes(typeset([forged], at=valid.batch.published_at or clock.now()))
    (place / "employer.xlsx").write_bytes(_list_to_verify(rows[:40]))
    return place


def _list_to_verify(rows: Sequence[Certificate]) -> bytes:
    """Numbers and names as an employer keeps them: most right, some mistyped."""
    lines = [(row.number, read_claims(row).name) for row in rows]
    wrong = [
        (rows[0].number, "错示名"),
        (f"{rows[0].number[:-1]}", lines[0][1]),
        ("ABC-123", "张示三"),
        ("", "李示四"),
    ]
    out = io.BytesIO()
    with workbook(out) as book:
        page = book.add_worksheet("名单")
        for n, cells in enumerate((("证书编号", "姓名"), *lines, *wrong)):
            for column, text in enumerate(cells):
                page.write_string(n, column, text)
    return out.getvalue()


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
