"""The ledger of blanks: receive, draw, use, return, spoil, lose, destroy, count. One act, one movement, one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count

from chizheng.certificates.core import blanks
from chizheng.certificates.core.blanks import LIFE, Balance, Move, State
from chizheng.certificates.core.blanks import Count as Counted
from chizheng.certificates.models import (
    Batch,
    Blank,
    BlankMovement,
    BlankStep,
    Certificate,
    Destruction,
    StockTake,
)
from chizheng.kernel.errors import BadInput, Conflict, Forbidden, Refused
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.people.queries import by_same_hand, own_region, require_jurisdiction
from chizheng.platform import clock, ledger

_ROLE = Wording(zh="空白证书由鉴定指导中心保管", en="blanks are kept by the guidance centre")
_KNOWN = Wording(
    zh="流水码{serial}已入过库；一张空白证书只能入库一次", en="control number {serial} was received before"
)
_NOT_HERE = Wording(
    zh="流水码{serial}不在本地区账上，或现为“{state}”，不能{move}",
    en="control number {serial} is not on this region's books, or is '{state}': it cannot be {move}",
)
_TRANSFER = Wording(
    zh="流水码{serial}属于其他地区：空白证书不得跨地区调剂（依据：{citation}）",
    en="control number {serial} belongs to another region: blanks may not be moved ({citation})",
)
_OVER = Wording(
    zh="该批合格{passes}人，最多领用{allowed}张（{ratio}倍，依据：{citation}），已领{drawn}张，再领{more}张须说明理由",
    en="{passes} passed, so {allowed} blanks may be drawn (ratio {ratio}, {citation}); {drawn} are drawn, and "
    "{more} more need a reason",
)
_REASON = Wording(zh="作废、报失必须写明原因", en="spoiled and lost blanks need a reason")
_SELF = Wording(zh="销毁须由两个人办理：提出人不能自己确认", en="a destruction takes two persons")
_NOTHING = Wording(zh="没有待销毁的作废空白证书", en="there are no spoiled blanks to destroy")
_CLOSED = Wording(zh="该销毁批次已办结", en="this destruction is closed")
_FEW = Wording(
    zh="从{serial}起已领用而未使用的空白证书不够：需要{need}张，只有{have}张",
    en="not enough drawn blanks from {serial}: {need} are needed, there are {have}",
)
_DIFFERS = Wording(zh="账实不符必须写明原因", en="a difference between books and shelf needs a reason")
_USED = Wording(
    zh="该证书正在使用流水码{serial}；请先将其作废或报失",
    en="the certificate uses {serial}; spoil or report it first",
)
_PUBLISHED = Wording(zh="证书公布后才能打印", en="certificates are printed once they are published")


@transaction.atomic
def receive_blanks(
    *, first: str, last: str, edition: str, actor: Account, now: datetime, reason: str = ""
) -> BlankMovement:
    """Take a range into stock 入库; a number that was ever received is refused."""
    _require_keeper(actor)
    serials = blanks.serials(first, last)
    known = Blank.objects.filter(serial__in=serials).order_by("serial").first()
    if known is not None:
        raise Conflict("blank_known", _KNOWN, serial=known.serial)
    rows = Blank.objects.bulk_create(
        [Blank(serial=s, region=own_region(actor), edition=edition) for s in serials], batch_size=5_000
    )
    return _move(Move.RECEIVE, rows, actor, now, reason=reason)


@transaction.atomic
def draw_blanks(
    *, batch: Batch, first: str, last: str, actor: Account, now: datetime, reason: str = ""
) -> BlankMovement:
    """Draw a range for a batch 领用; more than the allowance for its passes needs a reason.

    The batch's row lock makes two clerks count one after the other.
    """
    _require_keeper(actor)
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    require_jurisdiction(actor, region=held.region)
    rows = _locked(blanks.serials(first, last), actor, Move.DRAW, now)
    over = False
    drawn = held.blanks.count()
    value = law().value("blanks.drawn_ratio_max", on=clock.day_of(now), place=held.region)
    ratio = Decimal(str(value.value))
    allowed = blanks.allowance(held.count, ratio)
    if drawn + len(rows) > allowed:
        over = True
        if not reason.strip():
            raise Refused(
                "blanks_over_allowance", _OVER, passes=held.count, allowed=allowed, ratio=ratio,
                citation=value.citation.say(), drawn=drawn, more=len(rows),
            )  # fmt: skip
    for row in rows:
        row.batch = held
    return _move(Move.DRAW, rows, actor, now, batch=held, over=over, reason=reason)


@transaction.atomic
def use_blanks(*, batch: Batch, first: str, actor: Account, now: datetime) -> BlankMovement | None:
    """Print a published batch on its drawn blanks in order, from `first`; certificates that have one are skipped.

    Returns None where nothing was left to print.
    """
    _require_keeper(actor)
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    require_jurisdiction(actor, region=held.region)
    if held.state != "published":
        raise Conflict("not_published", _PUBLISHED)
    waiting = list(held.certificates.exclude(blanks__state=State.USED).order_by("order"))
    if not waiting:
        return None
    rows = list(
        Blank.objects.select_for_update()
        .filter(batch=held, state=State.DRAWN, serial__gte=first)
        .order_by("serial")[: len(waiting)]
    )
    if len(rows) < len(waiting) or rows[0].serial != first:
        raise Refused("blanks_few", _FEW, serial=first, need=len(waiting), have=len(rows))
    for row, certificate in zip(rows, waiting, strict=True):
        row.certificate = certificate
    return _move(Move.USE, rows, actor, now, batch=held)


@transaction.atomic
def use_blank(*, certificate: Certificate, serial: str, actor: Account, now: datetime) -> BlankMovement:
    """Print one certificate on one drawn blank: after a misprint, or for a reissue."""
    _require_keeper(actor)
    row = Certificate.objects.select_for_update(of=("self",)).select_related("batch").get(pk=certificate.pk)
    require_jurisdiction(actor, region=row.batch.region)
    using = row.blanks.filter(state=State.USED).first()
    if using is not None:
        raise Conflict("blank_in_use", _USED, serial=using.serial)
    [blank] = _locked([serial], actor, Move.USE, now)
    blank.certificate = row
    return _move(Move.USE, [blank], actor, now, batch=blank.batch)


@transaction.atomic
def move_blanks(
    *, kind: str, first: str, last: str, actor: Account, now: datetime, reason: str = ""
) -> BlankMovement:
    """Return 退回, spoil 作废 or report lost 报失 a range; the last two with their reason."""
    _require_keeper(actor)
    move = Move(kind)
    if move not in (Move.RETURN, Move.SPOIL, Move.LOSE):
        raise ValueError(f"{kind} has a use case of its own")
    if move is not Move.RETURN and not reason.strip():
        raise BadInput("blank_reason", _REASON)
    rows = _locked(blanks.serials(first, last), actor, move, now)
    if move is Move.RETURN:
        for row in rows:
            row.batch = None
    return _move(move, rows, actor, now, reason=reason)


@transaction.atomic
def open_destruction(*, basis: str, actor: Account, now: datetime) -> Destruction:
    """Put all spoiled blanks of the region up for destruction; the open one again gives the same."""
    _require_keeper(actor)
    held = (
        Destruction.objects.select_for_update()
        .filter(region=own_region(actor), closed_at__isnull=True)
        .first()
    )
    if held is not None:
        return held
    count = Blank.objects.filter(region=own_region(actor), state=State.SPOILED).count()
    if count == 0:
        raise Refused("nothing_to_destroy", _NOTHING)
    row = Destruction.objects.create(
        region=actor.region, count=count, basis=basis, opened_by=actor, opened_at=now
    )
    ledger.record(verb="blanks.open_destruction", subject=row, actor=actor, now=now, basis=basis, count=count)
    return row


@transaction.atomic
def close_destruction(*, destruction: Destruction, actor: Account, now: datetime) -> Destruction:
    """A second person confirms that the spoiled blanks were destroyed; centre or authority."""
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE)
    row = Destruction.objects.select_for_update().get(pk=destruction.pk)
    require_jurisdiction(actor, region=row.region)
    if row.closed_at is not None:
        if row.closed_by_id == actor.pk:
            return row
        raise Conflict("destruction_closed", _CLOSED)
    if by_same_hand(actor, row.opened_by_id):
        raise Conflict("self_approval", _SELF)
    spoiled = list(
        Blank.objects.select_for_update().filter(region=row.region, state=State.SPOILED).order_by("serial")
    )
    row.count, row.closed_by, row.closed_at = len(spoiled), actor, now
    row.save()
    _move(Move.DESTROY, spoiled, actor, now, destruction=row, region=row.region)
    return row


@transaction.atomic
def take_stock(
    *, ranges: Sequence[tuple[str, str]], actor: Account, now: datetime, reason: str = ""
) -> StockTake:
    """Compare what lies on the shelf with the books 盘点; a difference must be explained, and changes nothing:
    what is missing is then reported lost by an act of its own."""
    _require_keeper(actor)
    found = [serial for first, last in ranges for serial in blanks.serials(first, last)]
    expected = Blank.objects.filter(region=own_region(actor), state__in=["stock", "drawn", "spoiled"])
    count = Counted.of(expected.values_list("serial", flat=True), found)
    if not count.agrees and not reason.strip():
        raise Refused("stock_differs", _DIFFERS)
    row = StockTake.objects.create(
        region=actor.region, at=now, actor=actor, expected=expected.count(), found=len(set(found)),
        missing=list(count.missing), surplus=list(count.surplus), kind="agrees" if count.agrees else "differs",
        reason=reason,
    )  # fmt: skip
    ledger.record(verb="blanks.take_stock", subject=row, actor=actor, now=now, missing=len(count.missing),
                  surplus=len(count.surplus))  # fmt: skip
    return row


def balance(region: str) -> Balance:
    """How many blanks of a region (and all below it) are in each state."""
    rows = Blank.objects.filter(region__startswith=region).values_list("state").annotate(Count("pk"))
    return Balance.of(dict(rows))


def rebuild_blanks(region: str = "") -> list[str]:
    """Compute every cached state from the steps again; the control numbers that were wrong."""
    wrong = []
    for blank in Blank.objects.filter(region__startswith=region).order_by("serial").iterator():
        moves = blank.steps.order_by("movement__at", "movement_id").values_list("movement__kind", flat=True)
        state = LIFE.fold(m for m in moves if m != Move.RECEIVE)
        if state != blank.state:
            wrong.append(blank.serial)
            blank.state = state
            blank.save(update_fields=["state"])
    return wrong


def _require_keeper(actor: Account) -> None:
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)


def _locked(serials: Collection[str], actor: Account, move: Move, now: datetime) -> list[Blank]:
    """The blanks of these numbers, locked in order; every one must be able to make the move here."""
    rows = {
        b.serial: b for b in Blank.objects.select_for_update().filter(serial__in=serials).order_by("serial")
    }
    for serial in serials:
        row = rows.get(serial)
        if row is not None and not row.region.startswith(actor.region):
            value = law().value("blanks.transfer_allowed", on=clock.day_of(now))
            raise Forbidden("blank_transfer", _TRANSFER, serial=serial, citation=value.citation.say())
        if row is None or (row.state, move) not in LIFE.moves:
            state = blanks.NAMES[row.state].zh if row else "未入库"
            raise Conflict(
                "blank_not_here", _NOT_HERE, serial=serial, state=state, move=blanks.MOVES[move].zh
            )
    return list(rows.values())


def _move(
    kind: Move, rows: Iterable[Blank], actor: Account, now: datetime, *, batch: Batch | None = None,
    destruction: Destruction | None = None, over: bool = False, reason: str = "", region: str | None = None,
) -> BlankMovement:  # fmt: skip
    moved = sorted(rows, key=lambda b: b.serial)
    movement = BlankMovement.objects.create(
        kind=kind, region=actor.region if region is None else region, at=now, actor=actor, count=len(moved),
        first=moved[0].serial if moved else "", last=moved[-1].serial if moved else "", batch=batch,
        destruction=destruction, over_allowance=over, reason=reason,
    )  # fmt: skip
    for blank in moved:
        if kind is not Move.RECEIVE:
            blank.state = LIFE.next(blank.state, kind)
    if kind is not Move.RECEIVE:
        Blank.objects.bulk_update(moved, ["state", "batch", "certificate"], batch_size=1_000)
    BlankStep.objects.bulk_create(
        [BlankStep(blank=b, movement=movement, certificate=b.certificate) for b in moved], batch_size=5_000
    )
    ledger.record(verb=f"blanks.{kind.value}", subject=movement, actor=actor, now=now, basis=reason,
                  count=len(moved), first=movement.first, last=movement.last)  # fmt: skip
    return movement
