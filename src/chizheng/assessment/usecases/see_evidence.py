"""The station ticks off the proofs 验证材料 a candidate brought; with all of them the alternative is met."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from chizheng.assessment.core.states import PASSES_COUNT, Event
from chizheng.assessment.models import Registration
from chizheng.assessment.usecases.move_session import lock, require_acting
from chizheng.kernel.errors import BadInput, Conflict
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.platform import ledger

_LATE = Wording(
    zh="本批次已报送，材料不能再改；请中心退回后再核验", en="the session is submitted; have it returned first"
)
_OTHER = Wording(zh="该报名不需要这种材料：{kind}", en="this enrolment does not ask for that proof: {kind}")
_WITHDRAWN = Wording(zh="该报名已撤销", en="this enrolment was withdrawn")


@transaction.atomic
def see_evidence(
    *, registration: Registration, seen: Collection[str], actor: Account | None, now: datetime
) -> Registration:
    """Say which proofs were seen in the original; the same again is once, fewer takes a tick back.

    The claimed alternative counts as met when every proof it asks for was seen.
    Raises BadInput for a proof it does not ask for, Conflict once the session was submitted.
    """
    session = lock(registration.session)
    require_acting(session, actor, Event.CLOSE)
    row = Registration.objects.select_for_update().get(pk=registration.pk)
    other = sorted(set(seen) - set(row.evidence))
    if other:
        raise BadInput("other_evidence", _OTHER, kind=other[0])
    if session.state in PASSES_COUNT:
        raise Conflict("evidence_late", _LATE)
    if row.state != Registration.State.ENROLLED:
        raise Conflict("withdrawn", _WITHDRAWN)
    if row.judged == Registration.Judged.MET and not row.evidence_seen:
        return row  # decided by what the sheet and the register say: nothing to show
    ticked = [kind for kind in row.evidence if kind in seen]
    if ticked == row.evidence_seen:
        return row
    row.evidence_seen, row.seen_by, row.seen_at = ticked, actor, now
    complete = bool(row.evidence) and ticked == row.evidence
    row.judged = Registration.Judged.MET if complete else Registration.Judged.UNKNOWN
    row.save(update_fields=["evidence_seen", "seen_by", "seen_at", "judged"])
    ledger.record(
        verb="assessment.see_evidence", subject=row, actor=actor, now=now, seen=ticked, complete=complete
    )
    return row
