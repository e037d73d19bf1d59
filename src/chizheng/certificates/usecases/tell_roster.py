"""The candidate is the monitor: everybody on a committed roster is told, and may say "this is not me".

A roster in the log shows that somebody was declared, not that they know of it. So a notice is made for each
person when the roster is committed (a listener; `chizheng watch send` makes those that were missed), mailed
where an address is known, and shown on the person's own page. Whoever answers opens a case 查处 with the
sitting and its station, in the hands of the guidance centre and the authority, never of the station.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from chizheng.assessment.models import Registration
from chizheng.certificates.core import webhook
from chizheng.certificates.core.commitments import Step
from chizheng.certificates.models import PersonCommitment, RosterNotice
from chizheng.kernel.errors import BadInput
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.people.models import Account
from chizheng.platform import ledger
from chizheng.quality.usecases.cases import receive_case

_SUBJECT = Wording(
    zh="您已列入职业技能鉴定名册，请核对", en="You are on the roster of an assessment: please check"
)
_BODY = Wording(
    zh="""您已列入一个职业技能鉴定批次的名册：
职业等级：{occupation} {level}
考试日期：{day}
鉴定站：{station}

如果不是您本人，或者您没有报名，请打开下面的链接告诉我们，不用登录：
{link}

确是本人报名的，不用回复。我们不会向您索要证件号码、密码或费用；链接只属于您，请不要转发。
""",
    en="""You are on the roster of a vocational assessment:
occupation and level: {occupation} {level}
day: {day}
station: {station}

If this is not you, or you did not register, tell us by this link; no sign-in is needed:
{link}

If you did register, no answer is needed. We never ask for document numbers, passwords or money; the link is
yours alone, please do not pass it on.
""",
)
_SUMMARY = {
    RosterNotice.Reported.NOT_ME: Wording(
        zh="名册上的人反映不是本人：准考证号{ticket}，批次{session}",
        en="somebody on the roster says it is not them: ticket {ticket}, session {session}",
    ),
    RosterNotice.Reported.NOT_REGISTERED: Wording(
        zh="名册上的人反映没有报名：准考证号{ticket}，批次{session}",
        en="somebody on the roster says they did not register: ticket {ticket}, session {session}",
    ),
    RosterNotice.Reported.WRONG: Wording(
        zh="名册上的人反映报名情况不对：准考证号{ticket}，批次{session}",
        en="somebody on the roster says the entry is wrong: ticket {ticket}, session {session}",
    ),
}
_WHAT = Wording(zh="请选择不对的地方", en="choose what is wrong")
_CHUNK = 1000


def make_notices(*, now: datetime, session: int | None = None) -> int:
    """A notice for everybody on a committed roster who has none; returns how many were made."""
    people = PersonCommitment.objects.filter(
        ~Exists(RosterNotice.objects.filter(registration=OuterRef("registration"))),
        commitment__step__in=[Step.ROSTER, Step.ADDENDUM], commitment__log_index__isnull=False,
    )  # fmt: skip
    if session is not None:
        people = people.filter(commitment__session=session)
    made = 0
    while rows := list(people.select_related("registration")[:_CHUNK]):
        mailed = _with_account_mail(rows)
        new = [
            RosterNotice(
                commitment_id=row.commitment_id, registration=row.registration, token=secrets.token_urlsafe(32),
                next_at=now,
                state=RosterNotice.State.DUE
                if row.registration.person_id in mailed or _sheet_mail(row.registration)
                else RosterNotice.State.PAGE,
            )
            for row in rows
        ]  # fmt: skip
        with transaction.atomic():
            RosterNotice.objects.bulk_create(new, ignore_conflicts=True)
            ledger.record(verb="certificates.roster_notices", subject=("notices", "roster"), actor=None, now=now,
                          count=len(new))  # fmt: skip
        made += len(new)
    return made


def send_due(*, now: datetime, most: int = 500) -> tuple[int, int]:
    """Mail what is due; returns (sent, failed for now). One notice a transaction, locked against a second sender."""
    sent = failed = 0
    for _ in range(most):
        with transaction.atomic():
            notice = (
                RosterNotice.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("registration__session__station")
                .filter(state=RosterNotice.State.DUE, next_at__lte=now)
                .order_by("next_at", "pk")
                .first()
            )
            if notice is None:
                break
            if _deliver(notice, now):
                sent += 1
            else:
                failed += 1
    return sent, failed


@transaction.atomic
def report_roster(
    *, notice: RosterNotice, reported: str, text: str, contact: str, actor: Account | None, now: datetime
) -> RosterNotice:
    """Somebody on the roster says that it is not them; opens a case for the centre. A second time changes nothing."""
    held = RosterNotice.objects.select_for_update().get(pk=notice.pk)
    if held.case_id is not None:
        return held
    if reported not in RosterNotice.Reported.values:
        raise BadInput("roster_report", _WHAT)
    registration = held.registration
    session = registration.session
    summary = _SUMMARY[RosterNotice.Reported(reported)].say(
        "zh", ticket=registration.admission_number or "-", session=session.number
    )
    held.case = receive_case(
        source="public", summary="\n".join(filter(None, (summary, text.strip()))), region=session.region,
        contact=contact.strip(), session=session, station=session.station, now=now,
    )  # fmt: skip
    held.reported, held.reported_at = reported, now
    held.save(update_fields=["case", "reported", "reported_at"])
    ledger.record(verb="certificates.report_roster", subject=held, actor=actor, now=now, what=reported,
                  case=held.case.number)  # fmt: skip
    return held


def _with_account_mail(rows: Iterable[PersonCommitment]) -> set[int]:
    people = [row.registration.person_id for row in rows]
    found = Account.objects.filter(person__in=people, is_active=True).exclude(email="")
    return {pk for pk in found.values_list("person_id", flat=True) if pk is not None}


def _sheet_mail(registration: Registration) -> str:
    """The address the enrolment sheet gives, '' where it gives none that could be one."""
    try:
        given = str(json.loads(registration.particulars or "{}").get("email", "")).strip()
        validate_email(given)
    except (ValueError, AttributeError, ValidationError):
        return ""
    return given


def _addresses(registration: Registration) -> list[str]:
    """Every address known, for the sheet's may be the station's own."""
    own = Account.objects.filter(person=registration.person_id, is_active=True).exclude(email="")
    return sorted({*own.values_list("email", flat=True), *filter(None, [_sheet_mail(registration)])})


def _deliver(notice: RosterNotice, now: datetime) -> bool:
    session = notice.registration.session
    names = law().level_names
    words = {
        "occupation": session.occupation, "level": names[session.level].say("zh") if session.level in names else "",
        "day": session.exam_date.isoformat(), "station": session.station.name,
        "link": settings.SITE_URL.rstrip("/") + reverse("certificates:roster_notice", args=[notice.token]),
    }  # fmt: skip
    notice.attempts += 1
    try:
        for address in _addresses(notice.registration):
            send_mail(_SUBJECT.say("zh"), _BODY.say("zh", **words), None, [address])
    except (
        OSError,
        ValueError,
    ) as fault:  # SMTP's errors are OSErrors, a header that cannot be is a ValueError
        notice.fault = type(fault).__name__
        wait = webhook.retry_after(notice.attempts)
        if wait is None:
            notice.state = RosterNotice.State.FAILED
        else:
            notice.next_at = now + timedelta(seconds=wait)
        notice.save()
        return False
    notice.state, notice.sent_at, notice.fault = RosterNotice.State.SENT, now, ""
    notice.save()
    return True
