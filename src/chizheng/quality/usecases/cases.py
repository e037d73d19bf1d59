"""Investigations 查处: intake, evidence, hearing, decision with its legal basis, consequences, publication."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from chizheng.assessment.models import Assessor, Session
from chizheng.assessment.queries import require_not_sitting
from chizheng.assessment.stored import keep
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import SanctionRow
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import by_same_hand, require_disinterested, require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.happenings import announce
from chizheng.platform.numbering import next_number
from chizheng.quality.core.cases import CASE, CONSEQUENCES, REFERRALS, VIOLATIONS
from chizheng.quality.models import Case, CaseEvent, CustodyMove, Exhibit, Flag
from chizheng.quality.usecases.gate import open_hold
from chizheng.quality.usecases.suspensions import suspend_assessor, suspend_licence

_ROLE = Wording(zh="查处由鉴定指导中心和劳动行政部门办理", en="cases are for the centre and the authority")
_AUTHORITY = Wording(zh="处理决定由劳动行政部门作出", en="the labour authority decides")
_SELF = Wording(zh="提出处理意见的人不能自己决定", en="proposal and decision take two different people")
_TEXT = Wording(zh="请写明内容（至少十个字）", en="write what happened (ten characters at least)")
_BASIS = Wording(
    zh="“{sanction}”不是行为当日对该违法行为可适用的处罚依据",
    en="'{sanction}' is no sanction in force for that violation on the day",
)
_UNKNOWN = Wording(zh="“{value}”不在可选范围内", en="'{value}' is not one of the choices")
_TARGET = Wording(
    zh="后果“{value}”没有对象：案件须先写明批次、考评员或鉴定站",
    en="consequence '{value}' has no target: name a session, assessor or station in the case",
)
_FILE = Wording(zh="文件不可用：须不超过 20 MB", en="the file cannot be used: 20 MB at most")
_CHAIN = Wording(
    zh="证据目前由“{holder}”保管，交出人须是他；请核对交接记录",
    en="the exhibit is in the hands of '{holder}', who must be the giver; check the record of hand-overs",
)
_SHORT = Wording(zh="请写明情况（至少十个字）", en="describe it in ten characters at least")

_RETEST = Wording(
    zh="查处决定要求抽样复测，请安排复测并录入成绩",
    en="an investigation decided that a sample be tested again: arrange it and enter the marks",
)

EXHIBIT_BYTES = 20_000_000


@transaction.atomic
def receive_case(
    *, source: str, summary: str, now: datetime, region: str = "", actor: Account | None = None, contact: str = "",
    certificate_number: str = "", flag: Flag | None = None, session: Session | None = None,
    station: Organisation | None = None, assessor: Assessor | None = None,
) -> Case:  # fmt: skip
    """Register a case 受理. The same flag, or the same certificate pattern, gives the case that is open already."""
    if len(summary.strip()) < 10:
        raise BadInput("case_summary", _SHORT)
    if actor is not None:
        _require(actor)
        require_jurisdiction(actor, region=region)
    if flag is not None:
        open_one = Case.objects.filter(flag=flag).exclude(state__in=["closed", "dismissed"]).first()
        if open_one is not None:
            return open_one
    elif certificate_number and source in ("verification", "employers"):
        same = Case.objects.filter(source=source, certificate_number=certificate_number)
        open_one = same.exclude(state__in=["closed", "dismissed"]).first()
        if open_one is not None:
            return open_one
    year = day_of(now).year
    case = Case.objects.create(
        number=f"{year}-{next_number('quality.case', year):05d}", source=source,
        summary=summary.strip(), region=region, contact=contact or None, certificate_number=certificate_number,
        flag=flag, session=session, station=station, assessor=assessor, received_at=now,
    )  # fmt: skip
    ledger.record(verb="quality.case", subject=case, actor=actor, now=now, source=source)
    return case


def case_of_flag(*, flag: Flag, actor: Account, now: datetime) -> Case:
    """Open a case from a flag, with the parties the flag is about."""
    station = flag.station or (flag.session.station if flag.session else None)
    region = station.region if station else flag.run.region
    return receive_case(
        source="flag", summary=flag.reason_zh, region=region, actor=actor, now=now, flag=flag, session=flag.session,
        station=station, assessor=flag.assessor,
    )  # fmt: skip


@transaction.atomic
def step_case(*, case: Case, event: str, text: str, actor: Account, now: datetime) -> Case:
    """A step of a case that decides nothing by itself: open, dismiss, hear, refuse, close."""
    held = lock_case(case, actor)
    if event not in ("open", "dismiss", "hear", "refuse", "close"):
        raise BadInput("case_event", _UNKNOWN, value=event[:20])
    last = held.events.last()
    if last is not None and (last.event, last.text, last.by_id) == (event, text, actor.pk):
        return held
    state = CASE.next(held.state, event)
    if event == "refuse" and actor.role != "authority":
        raise Forbidden("not_your_desk", _AUTHORITY)
    return _move(held, event, state, text, actor, now)


@transaction.atomic
def propose(
    *,
    case: Case,
    violation: str,
    sanction: str,
    consequences: Sequence[str],
    text: str,
    actor: Account,
    now: datetime,
) -> Case:
    """Propose what to decide, each thing with its legal basis; only after the party was heard."""
    held = lock_case(case, actor)
    state = CASE.next(held.state, "propose")
    if violation not in VIOLATIONS:
        raise BadInput("violation", _UNKNOWN, value=violation[:40])
    if sanction and sanction not in {s.code for s in sanctions_for(held, violation)}:
        raise BadInput("sanction", _BASIS, sanction=sanction[:40])
    targets = {
        "suspend_certificates": held.session_id, "revoke_certificates": held.session_id, "retest": held.session_id,
        "suspend_assessor": held.assessor_id, "suspend_licence": held.station_id,
    }  # fmt: skip
    for consequence in consequences:
        if consequence not in CONSEQUENCES:
            raise BadInput("consequence", _UNKNOWN, value=str(consequence)[:40])
        if targets[consequence] is None and not (
            consequence.endswith("certificates") and held.certificate_number
        ):
            raise BadInput("consequence", _TARGET, value=consequence)
    held.violation, held.sanction, held.consequences = violation, sanction, sorted(set(consequences))
    held.save(update_fields=["violation", "sanction", "consequences"])
    return _move(held, "propose", state, text, actor, now)


def sanctions_for(case: Case, violation: str) -> list[SanctionRow]:
    """What the law in force on the day of the act (the exam, else the intake) allows for a violation there."""
    on = case.session.exam_date if case.session is not None else day_of(case.received_at)
    return law().sanctions_on(violation, on=on, place=case.region)


@transaction.atomic
def decide_case(*, case: Case, text: str, actor: Account, now: datetime) -> Case:
    """The authority decides as proposed by somebody else; consequences follow in the same transaction.

    Certificates are not ours to touch: their context hears `investigation_decided` and asks for the turn.
    """
    held = lock_case(case, actor)
    if held.state == "decided" and held.events.filter(event="decide", by=actor).exists():
        return held
    state = CASE.next(held.state, "decide")
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _AUTHORITY)
    proposal = held.events.filter(event="propose").last()
    if proposal is not None and by_same_hand(actor, proposal.by_id):
        raise Conflict("self_approval", _SELF)
    _move(held, "decide", state, text, actor, now)
    if "suspend_assessor" in held.consequences and held.assessor is not None:
        suspend_assessor(case=held, actor=actor, now=now)
    if "suspend_licence" in held.consequences and held.station_id is not None:
        suspend_licence(case=held, actor=actor, now=now)
    if "retest" in held.consequences and held.session is not None:
        open_hold(session=held.session, cause="case", reason=_RETEST, now=now)
    if {"suspend_certificates", "revoke_certificates"} & set(held.consequences):
        announce(
            "investigation_decided", case=held.number, session=held.session_id,
            certificate_number=held.certificate_number, consequences=list(held.consequences), actor=actor.pk, at=now,
        )  # fmt: skip
    return held


@transaction.atomic
def refer(*, case: Case, to: str, text: str, actor: Account, now: datetime) -> Case:
    """Hand a decided case on 移送: police, market regulator, discipline."""
    held = lock_case(case, actor)
    if to not in REFERRALS:
        raise BadInput("referral", _UNKNOWN, value=to[:20])
    if held.referred_to == to:
        return held
    state = CASE.next(held.state, "refer")
    held.referred_to = to
    held.save(update_fields=["referred_to"])
    return _move(held, "refer", state, text, actor, now)


@transaction.atomic
def publish_case(*, case: Case, public_text: str, actor: Account, now: datetime) -> Case:
    """Publish a decision 公布: the text names bodies, never candidates or who reported."""
    held = lock_case(case, actor)
    if held.published_on is not None and held.public_text == public_text:
        return held
    state = CASE.next(held.state, "publish")
    if actor.role != "authority":
        raise Forbidden("not_your_desk", _AUTHORITY)
    held.published_on, held.public_text = day_of(now), public_text
    held.save(update_fields=["published_on", "public_text"])
    return _move(held, "publish", state, public_text, actor, now)


@transaction.atomic
def take_exhibit(
    *,
    case: Case,
    label: str,
    file_name: str,
    content: bytes,
    holder: str,
    place: str,
    actor: Account,
    now: datetime,
) -> Exhibit:
    """Take a piece of evidence into custody; the same file again is the same exhibit."""
    held = lock_case(case, actor)
    if len(content) > EXHIBIT_BYTES:
        raise BadInput("exhibit", _FILE)
    sha256 = hashlib.sha256(content).hexdigest() if content else ""
    known = held.exhibits.filter(sha256=sha256, label=label).first()
    if known is not None:
        return known
    row = Exhibit.objects.create(
        case=held, label=label, sha256=sha256, stored_as=keep(content) if content else "", file_name=file_name[:120],
        taken_at=now,
    )  # fmt: skip
    CustodyMove.objects.create(exhibit=row, giver="—", receiver=holder, place=place, by=actor, at=now)
    ledger.record(verb="quality.exhibit", subject=held, actor=actor, now=now, exhibit=row.pk, sha256=sha256)
    return row


@transaction.atomic
def hand_over(
    *, exhibit: Exhibit, giver: str, receiver: str, place: str, intact: bool, actor: Account, now: datetime
) -> CustodyMove:
    """Hand an exhibit over: only who holds it can give it."""
    held = Exhibit.objects.select_for_update(of=("self",)).select_related("case").get(pk=exhibit.pk)
    lock_case(held.case, actor)
    last = held.moves.last()
    if last is not None:
        if (last.giver, last.receiver, last.place) == (giver, receiver, place):
            return last
        if last.receiver != giver:
            raise Conflict("custody", _CHAIN, holder=last.receiver)
    move = CustodyMove.objects.create(
        exhibit=held, giver=giver, receiver=receiver, place=place, intact=intact, by=actor, at=now
    )
    ledger.record(
        verb="quality.hand_over", subject=held.case, actor=actor, now=now, exhibit=held.pk, intact=intact
    )
    return move


def _move(case: Case, event: str, state: str, text: str, actor: Account, now: datetime) -> Case:
    if len(text.strip()) < 10:
        raise BadInput("case_text", _TEXT)
    CaseEvent.objects.create(case=case, event=event, text=text.strip(), by=actor, at=now)
    case.state = state
    case.save(update_fields=["state"])
    ledger.record(verb=f"quality.case_{event}", subject=case, actor=actor, now=now)
    return case


def lock_case(case: Case, actor: Account) -> Case:
    """The case for change, where the account may act in it."""
    _require(actor)
    held = (
        Case.objects.select_for_update(of=("self",))
        .select_related("session", "assessor", "station")
        .get(pk=case.pk)
    )
    require_jurisdiction(actor, region=held.region)
    require_disinterested(actor, held.assessor.person_id if held.assessor else None)
    if held.session is not None:
        require_not_sitting(held.session, actor)
    return held


def _require(actor: Account) -> None:
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE)
