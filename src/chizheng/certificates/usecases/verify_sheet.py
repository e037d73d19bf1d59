"""An employer's workbook verified row by row, with progress; nothing personal is kept longer than the answer needs.

    files/<random>           the workbook as uploaded: removed when the last row is answered
    files/<random>           answers so far (verdicts and reasons by row, sealed), then the annotated workbook (sealed):
                             removed on the owner's word, or after verification.sheet_keep_hours

Checkpoint and answers move together: a kill loses at most the step under way, `advance_sheet` goes on.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from django.db import transaction

from chizheng.assessment.stored import keep, remove, stored
from chizheng.certificates.io import batch
from chizheng.certificates.models import Certificate, Check
from chizheng.certificates.queries import Register
from chizheng.certificates.usecases.watch_failures import note_row
from chizheng.certificates.usecases.watch_status import BODIES
from chizheng.kernel.errors import ChizhengError, Forbidden, NotFound
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import clock, ledger
from chizheng.platform.models import LongWork
from chizheng.platform.sealing import seal_bytes, unseal_bytes

KIND = "certificates.verify_sheet"
STEP = 1000
"""Rows of one transaction: about a second."""

_ROLE = Wording(
    zh="批量核验供用人单位、职业介绍机构和办事部门使用", en="batches are for employers, agencies and offices"
)
_GONE = Wording(
    zh="没有这次批量核验，或结果已按期删除", en="no such batch, or its answer was removed in time"
)


@transaction.atomic
def receive_sheet(*, file_name: str, content: bytes, lang: str, actor: Account, now: datetime) -> LongWork:
    """Take a workbook; raises BadInput for one that has no columns to ask with or too many rows."""
    if actor.role not in BODIES:
        raise Forbidden("not_your_desk", _ROLE)
    read = batch.read(content, file_name, most=_most(now), lang=lang)
    work = LongWork.objects.create(
        kind=KIND, owner=actor, total=len(read.rows), created_at=now, checkpoint={"next": 0, "answers": ""},
        params={"file_name": file_name[:200], "stored_as": keep(seal_bytes(content)), "lang": lang},
        result={"green": 0, "amber": 0, "red": 0},
    )  # fmt: skip
    ledger.record(verb="certificates.verify_sheet", subject=work, actor=actor, now=now, rows=work.total)
    return work


def _most(now: datetime) -> int:
    return law().number("verification.sheet_rows_max", on=clock.day_of(now))


def access_sheet(account: Account, uuid: str) -> LongWork:
    """One's own batch; raises NotFound."""
    found = LongWork.objects.filter(kind=KIND, owner=account, uuid=uuid).first()
    if found is None:
        raise NotFound("no_sheet", _GONE)
    return found


@lru_cache(maxsize=2)
def _rows(stored_as: str, file_name: str, lang: str, most: int) -> batch.Batch:
    return batch.read(unseal_bytes(stored(stored_as)), file_name, most=most, lang=lang)


def run_sheet(*, work: LongWork, now: datetime) -> LongWork:
    """All of it; resumes where an earlier run stopped."""
    while work.state in (LongWork.State.WAITING, LongWork.State.RUNNING):
        work = advance_sheet(work=work, now=now)
    return work


@transaction.atomic
def advance_sheet(*, work: LongWork, now: datetime, step: int = STEP) -> LongWork:
    """Answer the next rows; a finished batch stays as it is. Two callers at once wait for each other."""
    held = LongWork.objects.select_for_update().get(pk=work.pk)
    if held.state not in (LongWork.State.WAITING, LongWork.State.RUNNING):
        return held
    lang = held.params["lang"]
    try:
        read = _rows(held.params["stored_as"], held.params["file_name"], lang, _most(held.created_at))
    except ChizhengError as gone:
        held.state, held.ended_at, held.message = LongWork.State.FAILED, now, gone.say(lang)
        held.save()
        return held
    start = int(held.checkpoint["next"])
    reached: dict[int, tuple[Certificate, str]] = {}
    register = Register(
        now, reached=lambda row, verdict: reached.update({row.pk: (row, verdict)}),
        heard=lambda row, report: note_row(row, report, now),
    )  # fmt: skip
    answers: list[dict[str, Any]] = []
    part = batch.Batch(read.sheet, read.rows[start : start + step])
    for some in batch.answers(part, register, lang=lang):
        answers += some
    assert held.owner is not None
    _record_checks(list(reached.values()), held.owner, now)
    before = _answers(held.checkpoint["answers"])
    for one in answers:
        held.result[one["colour"]] = held.result.get(one["colour"], 0) + 1
    held.done, held.heartbeat_at, held.state = start + len(answers), now, LongWork.State.RUNNING
    old = held.checkpoint["answers"]
    if held.done >= held.total:
        content = batch.write(read, before + answers, lang=lang)
        held.state, held.ended_at = LongWork.State.DONE, now
        held.checkpoint = {"next": held.done, "answers": keep(seal_bytes(content))}
        transaction.on_commit(partial(remove, held.params["stored_as"]))
        transaction.on_commit(_rows.cache_clear)
    else:
        packed = json.dumps([_short(a) for a in before + answers], ensure_ascii=False).encode()
        held.checkpoint = {"next": held.done, "answers": keep(seal_bytes(packed))}
    if old:
        transaction.on_commit(partial(remove, old))
    held.save()
    return held


def _short(answer: dict[str, Any]) -> dict[str, Any]:
    """What the workbook shows of an answer: no field of the certificate."""
    return {k: answer.get(k) for k in ("verdict", "says", "colour", "reasons", "as_of")}


def _answers(name: str) -> list[dict[str, Any]]:
    return json.loads(unseal_bytes(stored(name))) if name else []


def _record_checks(reached: list[tuple[Certificate, str]], actor: Account, now: datetime) -> None:
    """The holder sees who checked: once a day, body and verdict, all in two queries."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    known = set(
        Check.objects.filter(
            certificate__in=[row for row, _ in reached], account=actor, at__gte=day
        ).values_list("certificate_id", "verdict")
    )
    Check.objects.bulk_create(
        Check(certificate=row, account=actor, at=now, verdict=verdict)
        for row, verdict in reached
        if (row.pk, verdict) not in known
    )


def answered_sheet(work: LongWork) -> tuple[bytes, str]:
    """The annotated workbook and its name; raises NotFound once it is removed."""
    if work.state != LongWork.State.DONE:
        raise NotFound("no_sheet", _GONE)
    stem = work.params["file_name"].rsplit(".", 1)[0]
    tail = "verified" if work.params["lang"].startswith("en") else "核验结果"
    return unseal_bytes(stored(work.checkpoint["answers"])), f"{stem}-{tail}.xlsx"


@transaction.atomic
def forget_sheet(*, work: LongWork, actor: Account | None, now: datetime) -> None:
    """Remove everything that a batch holds; the counts stay. Twice is once."""
    held = LongWork.objects.select_for_update().get(pk=work.pk)
    names = [n for n in (held.params.get("stored_as", ""), held.checkpoint.get("answers", "")) if n]
    if not names:
        return
    held.params = {**held.params, "stored_as": "", "file_name": ""}
    held.checkpoint = {"next": held.done, "answers": ""}
    if held.state != LongWork.State.DONE:
        held.state, held.ended_at = LongWork.State.FAILED, now
    held.save()
    for name in names:
        transaction.on_commit(partial(remove, name))
    transaction.on_commit(_rows.cache_clear)
    ledger.record(verb="certificates.forget_sheet", subject=held, actor=actor, now=now)


def forget_sheets(*, now: datetime) -> int:
    """Remove what is kept no longer, unfinished batches included; returns how many."""
    hours = law().number("verification.sheet_keep_hours", on=clock.day_of(now))
    old = LongWork.objects.filter(kind=KIND, created_at__lte=now - timedelta(hours=hours))
    rows = list(old.exclude(params__stored_as="", checkpoint__answers=""))
    for work in rows:
        forget_sheet(work=work, actor=None, now=now)
    return len(rows)
