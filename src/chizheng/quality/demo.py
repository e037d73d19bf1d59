"""Quality in the demonstration: answers to a paper, assessors' marks, surveillance, a supervisor and a task.

The province's own six stations are too few to learn from, so the run also reads results of invented
stations of "other provinces" with honest marks; without them it would refuse, and rightly.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from django.db.models import Count

from chizheng.assessment.core.states import RESULTS_KNOWN
from chizheng.assessment.models import Assessor, Mark, Registration, Session
from chizheng.people.core.identity import DocumentKind, check_character, read_document
from chizheng.people.models import Account
from chizheng.people.usecases import enrol_person
from chizheng.platform.clock import day_of
from chizheng.quality.models import Dispatch, Paper, RaterRecord, Run
from chizheng.quality.usecases.calibrate_paper import ask_calibration, run_calibration
from chizheng.quality.usecases.papers import receive_answers, register_paper, store_assessor_marks
from chizheng.quality.usecases.rater_feedback import send_feedback
from chizheng.quality.usecases.raters import rater_report
from chizheng.quality.usecases.standards import enter_panel, propose_cut
from chizheng.quality.usecases.statistics import reports_due
from chizheng.quality.usecases.supervision import dispatch, register_supervisor
from chizheng.quality.usecases.surveillance import Row, run_surveillance

ITEMS, OPTIONS = 40, "ABCD"
CRITERIA = ("操作规范", "工艺质量", "安全文明", "工具使用")


class Built(Protocol):
    """What the portal's demonstration hands on."""

    @property
    def now(self) -> datetime: ...
    @property
    def accounts(self) -> Mapping[str, Account]: ...
    @property
    def sessions(self) -> Sequence[Session]: ...


def build(built: Built) -> None:
    """Everything once; a second time changes nothing."""
    centre = built.accounts["centre"]
    known = [s for s in Session.objects.order_by("exam_date", "id") if s.state in RESULTS_KNOWN]
    for _ in reports_due(now=built.now):
        pass
    if known:
        _answers(known, centre, built.now)
    for session in known:
        _assessor_marks(session, built.now)
    if not Run.objects.filter(region=centre.region).exists():
        run_surveillance(
            region=centre.region,
            now=built.now,
            actor=centre,
            others=others(random.Random(258)),  # noqa: S311
        )
    _scale(built, centre)
    assessor = built.accounts["assessor"]
    if assessor.person is None:  # the account of somebody whose marks give something to say
        card = Assessor.objects.annotate(n=Count("marks_given")).filter(n__gt=0).order_by("-n", "pk").first()
        if card is not None:
            assessor.person = card.person
            assessor.save(update_fields=["person"])
    feedback = rater_report(region=centre.region, on=day_of(built.now))
    if not RaterRecord.objects.exists():
        send_feedback(report=feedback, actor=centre, now=built.now)
    _supervision(built, centre)


def _scale(built: Built, centre: Account) -> None:
    """A calibration of the paper with most answers, and a panel of invented judges whose cut waits for a second person."""
    paper = Paper.objects.annotate(n=Count("answer_sheets")).order_by("-n", "id").first()
    if paper is None or paper.calibrations.exists():
        return
    model = "2pl" if paper.answer_sheets.count() >= 250 else "rasch"
    run_calibration(
        calibration=ask_calibration(paper=paper, model=model, actor=centre, now=built.now), now=built.now
    )
    rng = random.Random(41)  # noqa: S311
    codes = list(paper.items.values_list("code", flat=True))
    lines = [",".join(["专家", *codes])]
    for n in range(8):
        lean = rng.gauss(0, 0.04)
        shares = [
            min(0.98, max(0.05, 0.78 - 0.008 * k + lean + rng.gauss(0, 0.07))) for k in range(len(codes))
        ]
        lines.append(",".join([f"评样{n + 1}", *(f"{v:.2f}" for v in shares)]))
    panel = enter_panel(
        paper=paper, method="angoff", held_on=day_of(built.now), content="\n".join(lines).encode(),
        file_name="评判表.csv", actor=centre, now=built.now,
    )  # fmt: skip
    propose_cut(
        panel=panel, cut=round(panel.result["cut"]), reasons="八位专家评判一致，取整采用（演示）。", actor=centre,
        now=built.now,
    )  # fmt: skip


def others(rng: random.Random, stations: int = 14, size: int = 150) -> Iterator[Row]:
    """Honest results of invented stations elsewhere."""
    for n in range(stations):
        effect = rng.gauss(0, 2)
        for _ in range(size):
            ability = rng.gauss(0, 1)
            theory = 68 + 11 * (0.8 * ability + 0.6 * rng.gauss(0, 1))
            practice = 70 + effect + 10 * (0.6 * ability + 0.8 * rng.gauss(0, 1))
            marks = [str(max(0, min(100, round(v)))) for v in (theory, practice)]
            unit, sitting = f"外省演示站{n + 1:02d}", f"外省{n + 1:02d}批"
            yield unit, "", sitting, "2026-01-15", "", marks[0], marks[1], "焊工", "4"


def _answers(known: Sequence[Session], centre: Account, now: datetime) -> None:
    """A paper of forty items, two of them with something to find, sat in the trade and level with the most candidates."""
    people = Counter[tuple[str, int]]()
    for s in known:
        people[s.occupation, s.level] += s.registrations.count()
    trade = max(people, key=lambda t: (people[t], t))
    session = next(s for s in known if (s.occupation, s.level) == trade)
    rng = random.Random(40)  # noqa: S311 - a simulation
    code = f"YS-{session.occupation}-{session.level}"
    keys = [rng.choice(OPTIONS) for _ in range(ITEMS)]
    sheet = "题目代码,答案,命题人账号\n" + "".join(
        f"{code}-{n + 1:02d},{key},{centre.username}\n" for n, key in enumerate(keys)
    )
    paper = register_paper(
        code=code, occupation=session.occupation, level=session.level, content=sheet.encode(), file_name="试卷.csv",
        actor=centre, now=now,
    )  # fmt: skip
    for sitting in known:
        if (sitting.occupation, sitting.level) == (session.occupation, session.level):
            _sit(sitting, paper, keys, now)


def _sit(session: Session, paper: Paper, keys: Sequence[str], now: datetime) -> None:
    if Registration.objects.filter(session=session, answer_sheet__isnull=False).exists():
        return
    rng = random.Random(session.pk)  # noqa: S311
    lines = [",".join(["准考证号", *(f"{paper.code}-{n + 1:02d}" for n in range(ITEMS))])]
    marks = Mark.objects.filter(registration__session=session, part="theory", state="scored")
    for mark in marks.select_related("registration").order_by("registration_id"):
        ability = (float(mark.score or 0) - 68) / 11
        chosen = []
        for n, key in enumerate(keys):
            ease = 1.4 - 0.05 * n
            p = 1 / (1 + np.exp(-(1.2 * ability + ease)))
            if n == 20:  # a doubtful key: the able choose another option
                p = 1 / (1 + np.exp(1.2 * ability + 0.5))
            wrong = [o for o in OPTIONS if o != key]
            chosen.append(key if rng.random() < p else rng.choice(wrong[:2] if n == 8 else wrong))
        lines.append(",".join([mark.registration.admission_number or "", *chosen]))
    if len(lines) > 1:
        receive_answers(
            session=session,
            paper=paper,
            content="\n".join(lines).encode(),
            file_name="答案.csv",
            actor=None,
            now=now,
        )


def _assessor_marks(session: Session, now: datetime) -> None:
    """Every candidate marked by two of the panel's three; one is lenient, one gives a single mark for all."""
    if Registration.objects.filter(session=session, assessor_marks__isnull=False).exists():
        return
    panel = list(Assessor.objects.filter(panels__session=session).order_by("pk"))
    if len(panel) < 2:
        return
    rng = random.Random(1000 + session.pk)  # noqa: S311
    given: dict[tuple[int, int, str], int] = {}
    rows = Mark.objects.filter(registration__session=session, part="practice", state="scored").order_by(
        "registration_id"
    )
    for n, (registration, score) in enumerate(rows.values_list("registration_id", "score")):
        for k in (n % len(panel), (n + 1) % len(panel)):
            assessor = panel[k]
            shift = 9 if assessor.pk % 7 == 3 else 0
            common = float(score or 0) + shift + rng.gauss(0, 4)
            halo = assessor.pk % 5 == 2
            for criterion in CRITERIA:
                mark = common + (0 if halo else rng.gauss(0, 9))
                given[registration, assessor.pk, criterion] = max(0, min(100, round(mark)))
    store_assessor_marks(session=session, marks=given, actor=None, now=now)


def _supervision(built: Built, centre: Account) -> None:
    """A supervisor with a card, and a drawing for the sittings to come."""
    account = built.accounts["supervisor"]
    today = day_of(built.now)
    if account.person is None:
        body = "32991119700307001"
        document = read_document(DocumentKind.RESIDENT, body + check_character(body))
        account.person, _ = enrol_person(
            name="督样例", document=document, now=built.now, region=centre.region
        )
        account.save(update_fields=["person"])
    if not account.person.supervisor_cards.filter(term__contains=today).exists():
        register_supervisor(
            person=account.person, card_number=f"R{centre.region}260001", kind="outer",
            qualified_by="从事鉴定管理三年，培训考核合格（演示）", start=today, region=centre.region, now=built.now, actor=centre,
        )  # fmt: skip
    soon = Session.objects.filter(exam_date__gte=today).exclude(state__in=["draft", "annulled"])
    if not Dispatch.objects.exists() and soon.exists():
        dispatch(start=today, end=today + timedelta(days=60), actor=centre, now=built.now, seed=258)
