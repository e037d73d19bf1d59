"""One object for every identifier that stands in an address, and the accounts that may open them.

`fill` makes a row from whatever is given and plain values for the rest: enough for questions about
*who* may see it. Adding a thing to `World` is one line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models

from chizheng.access import models as access
from chizheng.assessment.models import PanelMember, Registration, Session, Upload
from chizheng.assessment.stored import keep
from chizheng.catalogue.usecases import load_catalogue
from chizheng.certificates.models import (
    Annulment,
    Batch,
    Blank,
    Certificate,
    Destruction,
    NumberConflict,
    StatusRequest,
    Watch,
)
from chizheng.certificates.usecases.issue_batch import issue_batch
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.verify_sheet import receive_sheet, run_sheet
from chizheng.inspection import models as inspection
from chizheng.people.models import INDUSTRY_LINE, Account, Organisation, Person
from chizheng.platform.models import LongWork
from chizheng.platform.roles import Role
from chizheng.platform.sealing import SealedTextField, digest
from chizheng.quality import models as quality
from tests.factories.assessment import AssessorFactory
from tests.factories.certificates import ISSUED, approved_batch, at
from tests.factories.people import (
    AccountFactory,
    OrganisationFactory,
    PersonFactory,
    resident_number,
)

NOW = at(ISSUED, 4)
DAY = date(2026, 5, 20)
DOCUMENT = json.dumps(
    {
        "kind": "order",
        "number": "1",
        "title": "样例",
        "addressee": "样例",
        "paragraphs": [],
        "signatures": [],
    },
    ensure_ascii=False,
)
EVER = (date(2020, 1, 1), date(2040, 1, 1))
PROVINCE, CITY, ELSEWHERE = "32", "3201", "44"

Row = TypeVar("Row", bound=models.Model)


def fill(model: type[Row], /, **given: object) -> Row:
    """A saved row of `model`; what is not given, has no default and may not be empty gets a plain value."""
    row: dict[str, Any] = dict(given)
    for f in model._meta.concrete_fields:
        if f.name in row or f.attname in row or f.primary_key or f.has_default() or f.null:
            continue
        if isinstance(f, models.ForeignKey):
            raise TypeError(f"{model.__name__}.{f.name} has to be given")
        row[f.name] = _plain(f)
    return model._default_manager.create(**row)


def _plain(f: models.Field[Any, Any]) -> object:
    if isinstance(f, SealedTextField):
        return "x"
    for kind, value in (
        (models.DateTimeField, NOW), (models.DateField, DAY), (DateRangeField, EVER), (ArrayField, []),
        (models.BinaryField, uuid4().bytes * 2), (models.UUIDField, uuid4()), (models.JSONField, {}),
        (models.BooleanField, False), (models.IntegerField, 1), (models.FloatField, 1.0),
    ):  # fmt: skip
        if isinstance(f, kind):
            return value
    if f.choices:
        return f.choices[0][0]
    return "" if f.blank else uuid4().hex[: min(f.max_length or 8, 12)]


@dataclass
class World:
    """Things by name with what their address needs; `insiders` by role may open them, `strangers` never."""

    things: dict[str, dict[str, object]] = field(default_factory=dict)
    insiders: dict[str, Account] = field(default_factory=dict)
    strangers: dict[str, list[Account]] = field(default_factory=dict)
    client_keys: tuple[str, str] = ("", "")
    """An API key that asked the one check there is, and one that did not."""

    def __setitem__(self, name: str, row: models.Model) -> None:
        self.things[name] = {"uuid": row.uuid} if hasattr(row, "uuid") else {"pk": row.pk}


def world() -> World:
    """Objects of one province with their owners; strangers of every role from elsewhere."""
    w = World()
    load_catalogue(now=NOW)
    batch = issue_batch(batch=approved_batch(passes=2, fails=1), now=NOW)
    assert batch.state == "published", batch.findings
    session = batch.session
    assert session is not None
    certificate = batch.certificates.select_related("person").order_by("order").first()
    assert certificate is not None
    employer = OrganisationFactory(kind="employer", name="样例机械有限公司", region=CITY)
    agency = OrganisationFactory(kind="agency", name="样例职业介绍所", region=CITY)
    _insiders(w, session.station, certificate.person, employer, agency)
    _strangers(w)
    _assessment(w, session, certificate)
    _certificates(w, batch, certificate)
    _quality(w, session)
    _access(w, certificate.person, employer, agency)
    _inspection(w, employer)
    return w


def _insiders(
    w: World, station: Organisation, person: Person, employer: Organisation, agency: Organisation
) -> None:
    bodies = {Role.STATION: station, Role.EMPLOYER: employer, Role.AGENCY: agency}
    for role in Role:
        if role is Role.PUBLIC:
            continue
        owner = {Role.CANDIDATE: person, Role.ASSESSOR: None, Role.SUPERVISOR: None}.get(role)
        if role in (Role.ASSESSOR, Role.SUPERVISOR):
            owner = PersonFactory()
        region = CITY if role in bodies else PROVINCE
        w.insiders[role] = AccountFactory(
            role=role, organisation=bodies.get(role), person=owner, region=region
        )
    _card(w.insiders[Role.INSPECTOR])


def _strangers(w: World) -> None:
    """Of another province; of another body or another person in the same city; of an industry line."""
    kinds = {Role.STATION: "station", Role.EMPLOYER: "employer", Role.AGENCY: "agency"}
    for role in Role:
        if role in kinds:
            body = OrganisationFactory(kind=kinds[role], name=f"另一{role.label}", region=CITY)
            found = [AccountFactory(role=role, organisation=body, region=CITY)]
        elif role in (Role.CANDIDATE, Role.ASSESSOR, Role.SUPERVISOR):
            found = [
                AccountFactory(
                    role=role, person=PersonFactory(), region=CITY if role == Role.CANDIDATE else ELSEWHERE
                )
            ]
            found.append(AccountFactory(role=role, region=ELSEWHERE))
        else:
            found = [AccountFactory(role=role, region=ELSEWHERE)]
            if role in INDUSTRY_LINE:
                found.append(AccountFactory(role=role, region="", industry="26"))
        for account in found:
            if role == Role.INSPECTOR:
                _card(account)
        w.strangers[role] = found


def _card(account: Account) -> None:
    inspection.InspectorCard.objects.create(
        officer=account, number=f"JC{account.pk:06d}", period=(date(2020, 1, 1), None)
    )


def _assessment(w: World, session: Session, certificate: Certificate) -> None:
    registration = Registration.objects.get(pk=certificate.registration_id)
    PanelMember.objects.create(
        session=session, assessor=AssessorFactory(person=w.insiders[Role.ASSESSOR].person), leader=True
    )
    work = fill(LongWork, state="done", ended_at=NOW)
    content = "姓名,证件号码\n样例,1\n".encode()
    w["session"], w["registration"] = session, registration
    w["upload"] = fill(Upload, session=session, work=work, stored_as=keep(content), file_name="报名.csv", sha256="0" * 64,
                       column_set="national-2026")  # fmt: skip


def _certificates(w: World, batch: Batch, certificate: Certificate) -> None:
    publish_status(now=NOW)
    w["batch"], w["certificate"] = batch, certificate
    w["turn"] = fill(
        StatusRequest,
        certificate=certificate,
        kind="suspend",
        reason_code="fraud",
        requested_by=w.insiders[Role.CENTRE],
    )
    centre = w.insiders[Role.CENTRE]
    w["annulment"] = fill(
        Annulment,
        session=batch.session,
        reason_code="fraud",
        reason="样例",
        basis="样例",
        requested_by=centre,
    )
    w.things["annulled_session"] = {"session": batch.session.uuid}  # type: ignore[union-attr]
    other = Certificate.objects.exclude(pk=certificate.pk).get()
    w["conflict"] = fill(NumberConflict, first=certificate, second=other, decision="")
    w.things["blank"] = {"serial": fill(Blank, serial="A0000001", region=PROVINCE).serial}
    w["destruction"] = fill(Destruction, region=PROVINCE, count=1, opened_by=centre)
    w["own_watch"] = fill(
        Watch,
        certificate=certificate,
        account=w.insiders[Role.CANDIDATE],
        ground="holder",
        state="active",
        email="a@example.com",
    )
    w["asked_watch"] = fill(
        Watch,
        certificate=certificate,
        account=w.insiders[Role.EMPLOYER],
        ground="consent",
        state="asked",
        email="b@example.com",
    )
    w["sheet"] = receive_sheet(
        file_name="核验.csv",
        content=f"证书编号,姓名\n{certificate.number},样例\n".encode(),
        lang="zh",
        actor=centre,
        now=NOW,
    )
    done = receive_sheet(
        file_name="再核.csv",
        content=f"证书编号,姓名\n{certificate.number},样例\n".encode(),
        lang="zh",
        actor=centre,
        now=NOW,
    )
    w["answered_sheet"] = run_sheet(work=done, now=NOW)


def _quality(w: World, session: Session) -> None:
    centre = w.insiders[Role.CENTRE]
    station = session.station
    run = fill(quality.Run, region=PROVINCE, results=1)
    flag = fill(quality.Flag, run=run, kind="station", unit="s1", station=station, session=session, mechanism="sold",
                histogram={"cut": 60, "seen": [1] * 101, "expected": [1.0] * 101},
                evidence={"over_seen": 1, "over_expected": 1, "under_seen": 0, "under_expected": 1})  # fmt: skip
    paper = fill(quality.Paper, code="P-1", region=PROVINCE, level=4)
    item = fill(quality.Item, paper=paper, position=1, key="A")
    report = fill(quality.SittingReport, session=session, paper=paper)
    fill(quality.ItemReport, report=report, item=item, answered=10,
         options={"key": "A", "options": ["A", "B"], "chosen": [8, 2], "correlation": [0.3, -0.3], "shares": [[0.8], [0.2]], "omitted": 0.0})  # fmt: skip
    work = fill(LongWork, state="done", ended_at=NOW)
    calibration = fill(
        quality.Calibration,
        paper=paper,
        version=1,
        model="2pl",
        method="",
        work=work,
        asked_by=centre,
        made_at=NOW,
    )
    w["paper"], w["calibration"] = paper, calibration
    w.things["panel_sheet"] = {"pk": paper.pk, "method": "angoff"}
    w["panel"] = fill(
        quality.CutPanel, paper=paper, method="angoff", entered_by=centre, judgements={"judges": []},
        result={"cut": 1.0, "low": 1.0, "high": 1.0, "judges": []},
    )  # fmt: skip
    assessor = AssessorFactory(region=PROVINCE)
    w["assessor"] = assessor
    w.things["station"] = {"pk": station.pk}
    w["retraining"] = fill(quality.Retraining, assessor=assessor, reasons=[], asked_by=centre, outcome="")
    w["look_alike"] = fill(quality.LookAlike, region=PROVINCE, entered_by=centre)
    w["report"] = session
    w.things["item"] = {"uuid": session.uuid, "position": 1}
    w["flag"] = flag
    w["hold"] = fill(quality.Hold, session=session, cause="flag", flag=flag)
    card = fill(quality.Supervisor, person=w.insiders[Role.SUPERVISOR].person, term=EVER, region=PROVINCE)
    dispatch = fill(quality.Dispatch, region=PROVINCE, seed=1, end=DAY + timedelta(days=1), inputs={"sittings": [], "supervisors": {}, "places": 1, "random_share": 0.5},
                    drawn_by=centre)  # fmt: skip
    task = fill(quality.Task, dispatch=dispatch, supervisor=card, session=session, sender=centre)
    seen = fill(quality.SiteReport, task=task, present=1, listed=1)
    w["dispatch"], w["task"] = dispatch, task
    w["photograph"] = fill(quality.Photograph, report=seen, stored_as=keep(b"\xff\xd8\xff"), media_type="image/jpeg",
                           sha256="0" * 64)  # fmt: skip
    w["follow_up"] = fill(quality.FollowUp, report=seen)
    w["evaluation"] = fill(
        quality.Evaluation, station=station, year=2026, submitted_by=w.insiders[Role.STATION]
    )
    case = fill(
        quality.Case, number="2026-00001", source="flag", region=PROVINCE, station=station, session=session
    )
    w["quality_case"] = case
    w["suspension"] = fill(quality.Suspension, case=case, assessor=assessor)
    w["exhibit"] = fill(
        quality.Exhibit, case=case, label="样例证据", stored_as=keep(b"x"), file_name="x.txt", sha256="0" * 64
    )


def _access(w: World, person: Person, employer: Organisation, agency: Organisation) -> None:
    post, staff = w.insiders[Role.AGENCY], w.insiders[Role.EMPLOYER]
    background = fill(access.Background, person=person)
    w["experience"] = fill(access.Experience, background=background)
    registrar = w.insiders[Role.REGISTRAR]
    gate = {"verdict": "clear", "reasons": [], "reasons_en": [], "citations": [], "unverified": False}
    w["overlay"] = fill(access.GateOverlay, place=PROVINCE, occupation="样例工", acts=["recruit"], rank="law",
                        kept_by=w.insiders[Role.AUTHORITY], known_from=NOW)  # fmt: skip
    ad = fill(access.Ad, organisation=agency, vetting={"posts": [], "findings": []}, place=CITY)
    w["ad"] = ad
    w["doubt"] = fill(
        access.AdDoubt, ad=ad, word="样例", readings=["焊工"], sentence="样例", role="post", region=CITY
    )
    vacancy = fill(
        access.Vacancy, organisation=agency, ad=ad, region=CITY, occupation="焊工", gate=gate, posted_by=post
    )
    w["vacancy"] = vacancy
    w["referral"] = fill(
        access.Referral, vacancy=vacancy, person=person, organisation=agency, gate=gate, made_by=post
    )
    w["guidance"] = fill(
        access.Guidance, person=person, organisation=agency, occupation="焊工", level=4, region=CITY, made_by=post,
        advice={"via": None, "rules": "", "citation": "", "verified": False, "may_enrol": False, "ways": []},
    )  # fmt: skip
    client = _client(w, "甲系统", "cz_asked")
    _client(w, "乙系统", "cz_other")
    w.client_keys = ("cz_asked", "cz_other")
    check = fill(access.RegistrationCheck, asked_by=registrar, client=client, place=CITY, state="held", verdict="missing",
                 answer={"items": [], "notes": [], "judged_on": "2026-05-20"}, on=DAY)  # fmt: skip
    number = resident_number(7)
    known = fill(access.CheckedPerson, check_of=check, duty="owner", name="样例甲", document_kind="resident", document=number,
                 tail=number[-4:])  # fmt: skip
    w["check"] = check
    w.things["checked"] = {"uuid": check.uuid, "pk": known.pk}
    w["member"] = fill(
        access.StaffMember, organisation=employer, name="样例乙", document_kind="resident", document=number,
        document_digest=digest("x", number), tail=number[-4:], occupation="焊工", verdict="missing",
    )  # fmt: skip
    w["exception"] = fill(
        access.ExceptionRequest, organisation=employer, code="order6-apprentice", occupation="焊工", place=CITY, asked_by=staff,
        file=keep(b"x"), file_name="x.txt",
    )  # fmt: skip


def _client(w: World, name: str, key: str) -> access.ApiClient:
    from chizheng.access.queries.registration import key_digest

    return fill(access.ApiClient, name=name, region=PROVINCE, prefix=key[-8:], key_digest=key_digest(key),
                made_by=w.insiders[Role.ADMINISTRATOR])  # fmt: skip


def _inspection(w: World, employer: Organisation) -> None:
    officer = w.insiders[Role.INSPECTOR]
    person = PersonFactory(number=resident_number(8))
    work = fill(LongWork, state="done", ended_at=NOW)
    w["filing_upload"] = fill(inspection.FilingUpload, employer=employer, work=work, file_name="备案.csv",
                              stored_as=keep("姓名\n样例\n".encode()), sha256="0" * 64)  # fmt: skip
    filing = fill(
        inspection.Filing, employer=employer, person=person, occupation="焊工", region=CITY, period=EVER, number_digest=b"f" * 32
    )  # fmt: skip
    done = fill(LongWork, state="done", ended_at=NOW)
    run = fill(
        inspection.Screening, place=PROVINCE, from_date=DAY, until_date=DAY + timedelta(days=1), work=done
    )
    plan = fill(inspection.VisitPlan, screening=run, region=PROVINCE, random_share=0.1, weights={},
                shares=[{"clean_share": 0.1}] * 3)  # fmt: skip
    visit = fill(inspection.PlannedVisit, plan=plan, employer=employer, rank=1)
    campaign = fill(
        inspection.Campaign, screening=run, region=PROVINCE, sent_on=DAY, answer_by=DAY + timedelta(days=30), held_out=0.1
    )  # fmt: skip
    letter = fill(inspection.Recipient, campaign=campaign, employer=employer, held_out=False)
    w["screening"], w["plan"], w["visit"], w["campaign"], w["letter"] = run, plan, visit, campaign, letter
    w["answer"] = fill(inspection.Answer, recipient=letter, filing=filing, remedy="upload", certificate_number="1", level=4,
                       issued_on=DAY, stored_as=keep(b"%PDF-1.7"), file_name="a.pdf")  # fmt: skip
    case = fill(inspection.Case, employer=employer, region=CITY, act_start=DAY, found_on=DAY)
    fill(inspection.CaseOfficer, case=case, officer=officer, since=DAY)
    w["inspection_case"] = case
    w.things["case_act"] = {"uuid": case.uuid, "event": "accept"}
    w.things["case_paper"] = {"uuid": case.uuid, "kind": "inquiry"}
    w["document"] = fill(inspection.CasePaper, case=case, serial=1, kind="order", content=DOCUMENT)
    complaint = fill(inspection.Complaint, region=CITY, text="样例", employer=employer)
    fill(inspection.Reporter, complaint=complaint, identity="{}", keeper=officer)
    w["complaint"] = complaint
    grade = fill(inspection.CreditGrade, employer=employer, year=2025, grade="C", given_on=DAY)
    w["grade"] = grade
    w["repair"] = fill(inspection.RepairRequest, grade=grade, text="样例", asked_by=w.insiders[Role.EMPLOYER])
