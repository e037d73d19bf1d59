"""Papers, answers and assessors' marks come in by sheet; the same sheet twice changes nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from chizheng.assessment.models import Assessor, Registration, Session
from chizheng.kernel.errors import BadInput, Conflict, Forbidden
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.io.sheets import read_sheet
from chizheng.quality.io.answers import read_answers, read_assessor_marks, read_items
from chizheng.quality.models import AnswerSheet, AssessorMark, Item, Paper
from chizheng.quality.usecases.statistics import make_report

_AUTHOR = Wording(
    zh="没有账号“{author}”；命题人须先开通账号", en="no account '{author}'; open one for the author first"
)
_CANDIDATE = Wording(
    zh="第 {row} 行：准考证号“{number}”不在本批次名册中；请核对",
    en="row {row}: admission number '{number}' is not in this session's roster",
)
_CARD = Wording(
    zh="第 {row} 行：考评员“{card}”不在本批次考评组中；请核对",
    en="row {row}: assessor '{card}' is not on this session's panel",
)
_USED = Wording(
    zh="试卷“{paper}”已有作答，题目和答案不能再改；请用新的试卷代码",
    en="paper '{paper}' has answers already; its items and keys stay; use a new code",
)
_OTHER = Wording(
    zh="试卷“{paper}”属于另一职业或等级", en="paper '{paper}' is for another occupation or level"
)
_ROLE = Wording(zh="该操作由鉴定指导中心办理", en="this is done by the guidance centre")


@transaction.atomic
def register_paper(
    *, code: str, occupation: str, level: int, content: bytes, file_name: str, actor: Account, now: datetime
) -> Paper:
    """A paper with its items; the same code and items again is the same paper."""
    _require_centre(actor)
    rows = read_items(read_sheet(content, file_name))
    names = {r.author for r in rows if r.author}
    authors = {a.username: a for a in Account.objects.filter(username__in=names)}
    for name in sorted(names - set(authors)):
        raise BadInput("no_author", _AUTHOR, author=name[:40])
    paper, made = Paper.objects.select_for_update().get_or_create(
        code=code,
        defaults={"occupation": occupation, "level": level, "region": actor.region, "created_at": now},
    )
    if (paper.occupation, paper.level) != (occupation, level):
        raise Conflict("paper_other", _OTHER, paper=code)
    wanted = [(n, r.code, r.key, authors[r.author].pk if r.author else None) for n, r in enumerate(rows, 1)]
    if list(paper.items.values_list("position", "code", "key", "author_id")) == wanted:
        return paper
    if not made and paper.answer_sheets.exists():
        raise Conflict("paper_used", _USED, paper=code)
    paper.items.all().delete()
    Item.objects.bulk_create(
        Item(paper=paper, position=n, code=c, key=k, author_id=a) for n, c, k, a in wanted
    )
    ledger.record(verb="quality.paper", subject=paper, actor=actor, now=now, items=len(wanted))
    return paper


@transaction.atomic
def receive_answers(
    *, session: Session, paper: Paper, content: bytes, file_name: str, actor: Account | None, now: datetime
) -> int:
    """Store what the candidates of a session chose; all rows or none. Returns how many are new or changed."""
    if actor is not None:
        _require_centre(actor)
        require_jurisdiction(actor, region=session.region, industry=session.industry)
    if (paper.occupation, paper.level) != (session.occupation, session.level):
        raise Conflict("paper_other", _OTHER, paper=paper.code)
    items = list(paper.items.values_list("code", flat=True))
    rows = read_answers(read_sheet(content, file_name), paper.code, items)
    roster = _roster(session)
    known = {a.registration_id: a for a in AnswerSheet.objects.filter(registration__session=session)}
    fresh, changed = {}, []
    for number, admission, chosen in rows:
        if admission not in roster:
            raise BadInput("no_candidate", _CANDIDATE, row=number, number=admission[:30])
        sheet = known.get(roster[admission])
        if sheet is None:
            fresh[roster[admission]] = AnswerSheet(
                registration_id=roster[admission], paper=paper, chosen=chosen
            )
        elif sheet.chosen != chosen or sheet.paper_id != paper.pk:
            sheet.chosen, sheet.paper = chosen, paper
            changed.append(sheet)
    AnswerSheet.objects.bulk_create(fresh.values(), batch_size=1000)
    AnswerSheet.objects.bulk_update(changed, ["chosen", "paper"], batch_size=1000)
    if fresh or changed:
        ledger.record(
            verb="quality.answers", subject=session, actor=actor, now=now, rows=len(rows), paper=paper.code
        )
        make_report(session=session, now=now)
    return len(fresh) + len(changed)


@transaction.atomic
def receive_assessor_marks(
    *, session: Session, content: bytes, file_name: str, actor: Account | None, now: datetime
) -> int:
    """Store who gave which mark on which criterion; all rows or none. Returns how many are new or changed."""
    if actor is not None:
        _require_centre(actor)
        require_jurisdiction(actor, region=session.region, industry=session.industry)
    rows = read_assessor_marks(read_sheet(content, file_name))
    roster = _roster(session)
    cards = {a.card_number: a.pk for a in Assessor.objects.filter(panels__session=session)}
    marks, seconds = {}, {}
    for row in rows:
        if row.admission not in roster:
            raise BadInput("no_candidate", _CANDIDATE, row=row.row, number=row.admission[:30])
        if row.card not in cards:
            raise BadInput("no_assessor", _CARD, row=row.row, card=row.card[:30])
        for criterion, score in row.scores.items():
            marks[roster[row.admission], cards[row.card], criterion] = score
        if row.seconds is not None:
            seconds[roster[row.admission], cards[row.card]] = row.seconds
    return store_assessor_marks(session=session, marks=marks, actor=actor, now=now, seconds=seconds)


@transaction.atomic
def store_assessor_marks(
    *,
    session: Session,
    marks: dict[tuple[int, int, str], int],
    actor: Account | None,
    now: datetime,
    seconds: dict[tuple[int, int], int] | None = None,
) -> int:
    """Marks by (registration, assessor, criterion); those that are there already are left alone.

    `seconds` by (registration, assessor): the time the assessor spent, where it was taken down.
    """
    spent = seconds or {}
    known = {
        (m.registration_id, m.assessor_id, m.criterion): m
        for m in AssessorMark.objects.filter(registration__session=session)
    }
    changed = []
    for key, score in marks.items():
        row = known.get(key)
        if row is not None and (row.score, row.seconds) != (score, spent.get(key[:2], row.seconds)):
            row.score, row.seconds = score, spent.get(key[:2], row.seconds)
            changed.append(row)
    fresh = [
        AssessorMark(registration_id=r, assessor_id=a, criterion=c, score=s, seconds=spent.get((r, a)))
        for (r, a, c), s in marks.items()
        if (r, a, c) not in known
    ]
    AssessorMark.objects.bulk_create(fresh, batch_size=2000)
    AssessorMark.objects.bulk_update(changed, ["score", "seconds"], batch_size=2000)
    if fresh or changed:
        ledger.record(
            verb="quality.assessor_marks",
            subject=session,
            actor=actor,
            now=now,
            rows=len(fresh) + len(changed),
        )
    return len(fresh) + len(changed)


def _roster(session: Session) -> dict[str, int]:
    rows = Registration.objects.filter(session=session, state="enrolled").exclude(admission_number=None)
    return {str(number): pk for number, pk in rows.values_list("admission_number", "pk")}


def _require_centre(actor: Account) -> None:
    if actor.role != "centre":
        raise Forbidden("not_your_desk", _ROLE)
