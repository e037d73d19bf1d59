"""Reads of quality: holds as certificates ask for them; reports, flags, tasks and cases by jurisdiction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length

from chizheng.assessment.models import Assessor, Registration, Session
from chizheng.assessment.queries import access_sessions
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account, Organisation
from chizheng.people.queries import within
from chizheng.quality.core.gate import WAITS
from chizheng.quality.models import (
    Bulletin,
    Calibration,
    Case,
    CutPanel,
    Dispatch,
    Evaluation,
    Flag,
    Hold,
    LookAlike,
    Note,
    Paper,
    RaterRecord,
    Retraining,
    Run,
    SittingReport,
    Supervisor,
    Suspension,
    Task,
)

Row = TypeVar("Row")

_NONE = Wording(
    zh="没有这条记录，或它不在您的管辖范围内", en="no such record, or it is outside your jurisdiction"
)


def hold_of(session: Session) -> Hold | None:
    """The hold a sitting waits for, None where it may go on. Asked by certificates before review and approval."""
    return Hold.objects.filter(session=session, state__in=WAITS).order_by("opened_at", "id").first()


def holds_of(session: Session) -> QuerySet[Hold]:
    """All holds a sitting ever had, released ones included: they stay on record."""
    return Hold.objects.filter(session=session).order_by("opened_at")


def found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("no_record", _NONE)
    return row


def access_reports(account: Account) -> QuerySet[SittingReport]:
    """Reports of the sessions an account may see; candidates see none."""
    rows = SittingReport.objects.select_related("session__station", "paper").order_by(
        "-session__exam_date", "-id"
    )
    if account.role not in ("centre", "authority", "station", "planner"):
        return rows.none()
    return rows.filter(session__in=access_sessions(account).order_by())


def access_papers(account: Account) -> QuerySet[Paper]:
    """Papers of a centre's region; others none (keys are secret)."""
    rows = Paper.objects.order_by("-created_at", "code")
    return rows.filter(within(account)) if account.role == "centre" else rows.none()


def access_calibrations(account: Account) -> QuerySet[Calibration]:
    """Calibrations of a centre's papers; parameters are secret as keys are."""
    rows = Calibration.objects.select_related("paper", "base__paper", "work", "asked_by")
    return rows.filter(paper__in=access_papers(account).order_by())


def access_panels(account: Account) -> QuerySet[CutPanel]:
    """Panels of papers of one's region, for centre and authority: the authority may adopt a cut."""
    rows = CutPanel.objects.select_related("paper", "calibration", "entered_by", "proposed_by", "decided_by")
    if account.role not in ("centre", "authority"):
        return rows.none()
    return rows.filter(within(account, "paper__region"))


def access_retrainings(account: Account) -> QuerySet[Retraining]:
    """Duties of re-training of a centre's assessors, the running ones by their day."""
    rows = Retraining.objects.select_related("assessor__person", "asked_by", "ended_by")
    if account.role != "centre":
        return rows.none()
    return rows.filter(within(account, "assessor__region"))


def own_rater_records(account: Account) -> QuerySet[RaterRecord]:
    """An assessor's own figures, oldest month first; nobody else's."""
    if account.role != "assessor" or account.person_id is None:
        return RaterRecord.objects.none()
    return RaterRecord.objects.filter(assessor__person_id=account.person_id).order_by("month", "id")


def access_runs(account: Account) -> QuerySet[Run]:
    """Runs within a centre's or authority's region; nobody else sees flags."""
    rows = Run.objects.order_by("-at", "-id")
    if account.role not in ("centre", "authority") or account.industry:
        return rows.none()
    return rows.filter(within(account))


def access_flags(account: Account) -> QuerySet[Flag]:
    """Flags of runs one may see, and of wider runs those about one's own region's bodies."""
    rows = Flag.objects.select_related(
        "run", "station", "session__station", "assessor__person", "registration__session"
    )
    if account.role not in ("centre", "authority") or account.industry:
        return rows.none()
    return rows.filter(
        Q(run__region__startswith=account.region)
        | Q(station__region__startswith=account.region)
        | Q(session__region__startswith=account.region)
    ).distinct()


def names_of(units: Iterable[str]) -> dict[str, str]:
    """What the units of a run are called: `s12` a station, `a3` an assessor, `b5` a sitting, `r7` a candidate.

    For people who may see the flag they come from. Units of results kept elsewhere keep their own label.
    """
    wanted: dict[str, set[int]] = {letter: set() for letter in "sabr"}
    for unit in units:
        head = unit.split("/")[0]
        if head[:1] in wanted and head[1:].isdigit():
            wanted[head[0]].add(int(head[1:]))
    out: dict[str, str] = {}
    for letter, rows in (
        ("s", Organisation.objects.filter(pk__in=wanted["s"]).values_list("pk", "name")),
        ("a", Assessor.objects.filter(pk__in=wanted["a"]).values_list("pk", "card_number")),
        ("b", Session.objects.filter(pk__in=wanted["b"]).values_list("pk", "number")),
        ("r", Registration.objects.filter(pk__in=wanted["r"]).values_list("pk", "admission_number")),
    ):
        out |= {f"{letter}{pk}": name for pk, name in rows if name}
    return out


def access_stations(account: Account) -> QuerySet[Organisation]:
    """Stations whose history a centre or authority may read: those of its region."""
    rows = Organisation.objects.filter(sessions__isnull=False).distinct()
    if account.role not in ("centre", "authority") or account.industry:
        return rows.none()
    return rows.filter(region__startswith=account.region)


def access_holds(account: Account) -> QuerySet[Hold]:
    """Holds of the sessions of a centre or authority; a station is told that its sitting waits, elsewhere."""
    rows = Hold.objects.select_related("session__station", "flag").order_by("-opened_at", "-id")
    if account.role not in ("centre", "authority"):
        return rows.none()
    return rows.filter(session__in=access_sessions(account).order_by())


def access_supervisors(account: Account) -> QuerySet[Supervisor]:
    rows = Supervisor.objects.select_related("person", "employer").order_by("card_number", "-id")
    if account.role not in ("centre", "authority"):
        return rows.none()
    return rows.filter(within(account))


def access_dispatches(account: Account) -> QuerySet[Dispatch]:
    """The dispatches one drew oneself, and those of the region's centre as a list."""
    rows = Dispatch.objects.select_related("drawn_by").order_by("-drawn_at")
    return rows.filter(within(account)) if account.role in ("centre", "authority") else rows.none()


def access_tasks(account: Account) -> QuerySet[Task]:
    """Tasks one sent, or was sent to; nobody else's: a report is addressed to its sender only."""
    rows = Task.objects.select_related("session__station", "supervisor__person", "sender", "report").order_by(
        "-session__exam_date", "id"
    )
    if account.role == "supervisor":
        return rows.filter(supervisor__person__account=account)
    if account.role in ("centre", "authority"):
        return rows.filter(sender=account)
    return rows.none()


def access_task(account: Account, uuid: UUID | str) -> Task:
    return found(access_tasks(account).filter(uuid=uuid).first())


def access_evaluations(account: Account) -> QuerySet[Evaluation]:
    rows = Evaluation.objects.select_related("station").order_by("-year", "station__name")
    if account.role == "station":
        return rows.filter(station_id=account.organisation_id)
    if account.role in ("centre", "authority"):
        return rows.filter(within(account, "station__region", "station__industry"))
    return rows.none()


def access_cases(account: Account) -> QuerySet[Case]:
    """Cases of a centre's or authority's region; a case without a region goes to those of the whole country."""
    rows = Case.objects.select_related("station", "assessor__person", "session__station", "flag").order_by(
        "-received_at", "-id"
    )
    if account.role not in ("centre", "authority"):
        return rows.none()
    return rows.filter(within(account, "region", "station__industry"))


def access_case(account: Account, uuid: UUID | str) -> Case:
    return found(access_cases(account).filter(uuid=uuid).first())


def published_cases() -> QuerySet[Case]:
    """What anybody may read: published decisions, by their public text only."""
    return Case.objects.filter(published_on__isnull=False).order_by("-published_on", "-id")


def look_alikes() -> QuerySet[LookAlike]:
    return LookAlike.objects.order_by("-found_on", "title")


def access_look_alikes(account: Account) -> QuerySet[LookAlike]:
    """Look-alikes a desk may change: those of its region."""
    if account.role not in ("centre", "authority"):
        return LookAlike.objects.none()
    return LookAlike.objects.filter(within(account))


def access_suspensions(account: Account) -> QuerySet[Suspension]:
    """What was suspended in cases of one's region, what still is first."""
    rows = Suspension.objects.select_related(
        "case__station", "scope__licence__organisation", "assessor__person", "asked_by", "restored_by"
    ).order_by(F("restored_on").desc(nulls_first=True), "-since", "id")
    if account.role not in ("centre", "authority"):
        return rows.none()
    return rows.filter(within(account, "case__region", "case__session__industry"))


def bulletins(region: str | None = None) -> QuerySet[Bulletin]:
    """Frozen bulletins, the newest first; public figures. Of a region, its enclosing ones included."""
    rows = Bulletin.objects.annotate(depth=Length("region")).order_by("-start", "depth", "region")
    return rows if region is None else rows.filter(region__in=[region[:n] for n in (0, 2, 4, 6)])


def access_notes(account: Account) -> QuerySet[Note]:
    return Note.objects.filter(to=account).order_by("read_at", "-sent_at")


def latest_station_flags(region: str, on: date) -> dict[int, Flag]:
    """Each station's standing in the newest run that covers it, by organisation id."""
    runs = Run.objects.filter(region__in=[region[:n] for n in (0, 2, 4, 6)], refusal_zh="").order_by("-at")
    run = runs.filter(at__date__lte=on).first()
    if run is None:
        return {}
    return {
        f.station_id: f
        for f in run.flags.filter(detector="marks", kind="station", station__isnull=False)
        if f.station_id
    }
