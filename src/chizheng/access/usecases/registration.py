"""Business registration: the check, its hold and release, departures, keys of asking systems."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from chizheng.access import holdings
from chizheng.access.core.desk_wording import CHECK_NOTES
from chizheng.access.core.gate import Decision, HeldCertificate, Verdict
from chizheng.access.models import ApiClient, ApiUse, CheckedPerson, RegistrationCheck
from chizheng.access.queries.gates import decide_gate, law_as_known
from chizheng.access.queries.registration import key_digest, occupations_in
from chizheng.access.queries.staff import granted_exceptions
from chizheng.access.usecases.referral import both, official_name
from chizheng.kernel.errors import BadInput, Conflict, Refused, Unavailable
from chizheng.kernel.wording import LANGUAGES, Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import Act
from chizheng.people.core.identity import DocumentKind, IdentityDocument, read_document
from chizheng.people.models import Account
from chizheng.people.queries import find_person, number_digest, require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.sealing import digest

_NO_PERSONS = Wording(zh="请填写经营者或技术负责人", en="name the owner or the responsible manager")
_OTHER_QUESTION = Wording(
    zh="幂等键已用于另一次不同的查询；请换一个",
    en="this idempotency key belongs to another question; use a new one",
)
_NAME_TAKEN = Wording(zh="已有同名的接入系统", en="a client of that name exists")
_QUOTA = Wording(
    zh="今日查询次数已满（{quota}次）；请明日再试或申请提高",
    en="the daily quota of {quota} questions is used up",
)
_NOT_YET = Wording(zh="离开日期不能早于查询日期 {on}", en="the day of leaving must not be before {on}")

State = RegistrationCheck.State
_WORST = {Verdict.CLEAR: 0, Verdict.EXEMPT: 1, Verdict.ADVICE: 2, Verdict.MISSING: 3}


class QuotaUsed(Refused):
    """A client asked more often in a day than agreed."""

    status = 429


@dataclass(frozen=True, slots=True)
class Applicant:
    """Owner or responsible manager as the asker names them."""

    duty: str
    name: str
    document: IdentityDocument


def read_applicant(duty: str, name: str, kind: str, number: str) -> Applicant:
    """Raises BadInput for a number that cannot be."""
    return Applicant(duty, name.strip(), read_document(DocumentKind(kind), number))


def earlier_check(
    *, business: str, scope: str, place: str, on: date, applicants: Sequence[Applicant], client: ApiClient,
    idempotency_key: str, occupations: Sequence[str] = (), exemptions: Sequence[str] = (),
) -> RegistrationCheck | None:  # fmt: skip
    """The answer that a system's key already has, so that asking again costs nothing; Conflict as below."""
    question = _question(business, scope, place, on, applicants, occupations, exemptions)
    return _earlier(None, client, idempotency_key, question)


def check_registration(
    *, business: str, scope: str, place: str, on: date, applicants: Sequence[Applicant], now: datetime,
    occupations: Sequence[str] = (), exemptions: Sequence[str] = (), asked_by: Account | None = None,
    client: ApiClient | None = None, idempotency_key: str = "",
) -> RegistrationCheck:  # fmt: skip
    """Answer a registration desk and keep question and answer; a repeated key gives the first answer again.

    The occupations are those the scope names and those given. One qualified person, owner or manager, is
    enough. Where the register is down, the answer is provisional and kept for `recheck_due`. `exemptions` are
    claims: they decide nothing, and the answer notes what each still takes.
    Raises BadInput without persons, NotFound for an exception the law does not know, Conflict where the key
    belongs to another question.
    """
    if not applicants:
        raise BadInput("no_persons", _NO_PERSONS)
    if asked_by is not None:
        require_jurisdiction(asked_by, region=place)
    for code in exemptions:
        law().exemption(code)
    question = _question(business, scope, place, on, applicants, occupations, exemptions)
    known = _earlier(asked_by, client, idempotency_key, question)
    if known is not None:
        return known
    found = occupations_in(scope, on=on)
    found += [
        (o, n)
        for o, n in ((o, official_name(o)) for o in occupations)
        if n not in {name for _, name in found}
    ]
    try:
        with transaction.atomic():
            check = RegistrationCheck(
                asked_by=asked_by, client=client, idempotency_key=idempotency_key, question_digest=question,
                business=business, scope=scope, place=place, on=on, exemptions=list(exemptions), asked_at=now,
                occupations=[{"words": w, "occupation": n} for w, n in found], verdict="", answer={},
            )  # fmt: skip
            persons = [
                CheckedPerson(
                    duty=a.duty, name=a.name, document_kind=a.document.kind, document=a.document.number,
                    document_digest=number_digest(a.document), tail=a.document.number[-4:],
                    person=find_person(a.document),
                )
                for a in {number_digest(a.document): a for a in applicants}.values()
            ]  # fmt: skip
            _answer(check, persons, on=on)
            check.save()
            for person in persons:
                person.check_of = check
            CheckedPerson.objects.bulk_create(persons)
            ledger.record(verb="access.check_registration", subject=check, actor=asked_by, now=now,
                          verdict=check.verdict, state=check.state,
                          client=client.pk if client else None)  # fmt: skip
    except IntegrityError:  # the same key at the same moment: the other one's answer counts
        known = _earlier(asked_by, client, idempotency_key, question)
        if known is None:
            raise
        return known
    return check


def _question(
    business: str, scope: str, place: str, on: date, applicants: Sequence[Applicant], occupations: Sequence[str],
    exemptions: Sequence[str],
) -> bytes:  # fmt: skip
    people = sorted([a.duty, a.name, str(a.document.kind), a.document.number] for a in applicants)
    return digest("check", json.dumps([business, scope, place, on.isoformat(), people, sorted(occupations),
                                       sorted(exemptions)]))  # fmt: skip


def _earlier(
    asked_by: Account | None, client: ApiClient | None, key: str, question: bytes
) -> RegistrationCheck | None:
    if not key:
        return None
    rows = RegistrationCheck.objects.filter(idempotency_key=key)
    found = (rows.filter(client=client) if client else rows.filter(asked_by=asked_by)).first()
    if found is not None and bytes(found.question_digest) != question:
        raise Conflict("key_reused", _OTHER_QUESTION)
    return found


def _answer(check: RegistrationCheck, persons: Sequence[CheckedPerson], *, on: date) -> None:
    """Judge a check as of `on`: state, verdict and answer are set on the row."""
    provisional = False
    present = [p for p in persons if p.left_on is None or p.left_on > on]
    try:
        held = holdings.held({p.person_id for p in present if p.person_id is not None})
    except Unavailable:
        held, provisional = {}, True
    known = law_as_known()
    items: list[dict[str, Any]] = []
    verdict = Verdict.CLEAR
    for row in check.occupations:
        decision, who = _best(check, row["occupation"], present, held, on, known)
        verdict = max(verdict, decision.verdict, key=_WORST.__getitem__)
        items.append(both(decision) | {"words": row["words"], "by": who})
    provisional = provisional and verdict in (Verdict.MISSING, Verdict.ADVICE)
    notes = []
    if provisional:
        notes.append("provisional")
    elif verdict is Verdict.MISSING:
        notes.append("held")
    if verdict is Verdict.ADVICE:
        notes.append("advice")
    if not check.occupations:
        notes.append("no_occupation")
    check.verdict = verdict.value
    check.answer = {
        "items": items, "judged_on": on.isoformat(),
        "notes": [
            *({"code": n, "zh": CHECK_NOTES[n].zh, "en": CHECK_NOTES[n].en} for n in notes),
            *_claims_alone(check, present, on),
        ],
    }  # fmt: skip
    check.state = (
        State.PROVISIONAL if provisional else State.HELD if verdict is Verdict.MISSING else State.ANSWERED
    )


def _best(
    check: RegistrationCheck, occupation: str, persons: Sequence[CheckedPerson],
    held: Mapping[int, tuple[HeldCertificate, ...]], on: date, known: Any,
) -> tuple[Decision, str]:  # fmt: skip
    """The most favourable decision over the persons, and the duty of who brought it ('' : nobody needed)."""
    found: list[tuple[Decision, str]] = []
    for person in [*persons, None]:
        decision = decide_gate(
            act=Act.REGISTER, occupation=occupation, on=on, place=check.place, known_law=known,
            held=held.get(person.person_id or 0, ()) if person else (),
            exemptions=_granted(check, occupation, person, on),
        )  # fmt: skip
        found.append((decision, person.duty if person else ""))
    best = min(_WORST[d.verdict] for d, _ in found)
    alone = next((f for f in found if f[1] == "" and _WORST[f[0].verdict] == best), None)
    return alone or next(f for f in found if _WORST[f[0].verdict] == best)


def _granted(check: RegistrationCheck, occupation: str, person: CheckedPerson | None, on: date) -> list[str]:
    """Only what an authority granted opens a gate; what the applicant claims is a matter of the notes."""
    return granted_exceptions(
        occupation=occupation, place=check.place, on=on,
        document_digest=bytes(person.document_digest) if person else None,
    )  # fmt: skip


def _claims_alone(
    check: RegistrationCheck, persons: Sequence[CheckedPerson], on: date
) -> list[dict[str, str]]:
    """A note for every exception that is claimed and not granted: what it takes and who decides, or that the law
    has none such for a registration of that day."""
    claimed = dict.fromkeys(check.exemptions)
    if not claimed:
        return []
    granted = {
        code
        for row in check.occupations
        for person in [*persons, None]
        for code in _granted(check, row["occupation"], person, on)
    }
    found = []
    for rule in map(law().exemption, claimed):
        if rule.code in granted:
            continue
        fits = Act.REGISTER in rule.acts and rule.period.contains(on)
        note = "claim_not_granted" if fits else "claim_not_applicable"
        evidence = "、".join(rule.evidence)
        found.append({"code": note} | {
            lang: CHECK_NOTES[note].say(lang, what=rule.wording.say(lang), code=rule.code, evidence=evidence)
            for lang in LANGUAGES
        })  # fmt: skip
    return found


def recheck_due(*, now: datetime, persons: Iterable[int] | None = None) -> dict[str, int]:
    """Look again at provisional and held checks (of `persons`, or all): {"answered", "released", "held"}.

    A provisional answer is judged on its own day, a hold on today, for the certificate came after the question.
    A register that is still down leaves everything as it is.
    """
    counts = {"answered": 0, "released": 0, "held": 0}
    rows = RegistrationCheck.objects.filter(state__in=[State.PROVISIONAL, State.HELD]).order_by(
        "asked_at", "pk"
    )
    if persons is not None:
        rows = rows.filter(persons__person_id__in=persons).distinct()
    for pk in list(rows.values_list("pk", flat=True)):
        with transaction.atomic():
            check = RegistrationCheck.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if check is None or check.state not in (State.PROVISIONAL, State.HELD):
                continue
            before, people = check.state, _known_by_now(check)
            _answer(check, people, on=check.on if before == State.PROVISIONAL else day_of(now))
            if check.state == State.PROVISIONAL or (before == State.HELD and check.state == State.HELD):
                continue
            if before == State.HELD:
                check.state, check.released_at = State.RELEASED, now
            check.save(update_fields=["state", "verdict", "answer", "released_at"])
            verb = "access.release_check" if check.state == State.RELEASED else "access.recheck"
            ledger.record(verb=verb, subject=check, actor=None, now=now, verdict=check.verdict)
            counts[check.state] += 1
    return counts


def _known_by_now(check: RegistrationCheck) -> list[CheckedPerson]:
    """The persons of a check; those enrolled since the question are found by their document."""
    people = list(check.persons.order_by("pk"))
    for row in people:
        if row.person_id is None:
            row.person = find_person(read_document(DocumentKind(row.document_kind), row.document))
            if row.person is not None:
                row.save(update_fields=["person"])
    return people


@transaction.atomic
def report_departure(*, person: CheckedPerson, on: date, actor: Account, now: datetime) -> CheckedPerson:
    """The responsible person left: where nobody else opens the gate, somebody must come within the term."""
    row = CheckedPerson.objects.select_for_update(of=("self",)).select_related("check_of").get(pk=person.pk)
    check = row.check_of
    require_jurisdiction(actor, region=check.place)
    if row.left_on is not None:
        return row
    if on < check.on:
        raise BadInput("left_too_early", _NOT_YET, on=check.on.isoformat())
    row.left_on = on
    rest = [p for p in _known_by_now(check) if p.pk != row.pk and p.left_on is None]
    held = holdings.held({p.person_id for p in rest if p.person_id is not None})
    known = law_as_known()
    needed = any(
        _best(check, o["occupation"], rest, held, on, known)[0].verdict is Verdict.MISSING
        for o in check.occupations
    )
    if needed:
        days = law().number("register.replace_manager_days", on=on, place=check.place)
        row.replace_by = on + timedelta(days=days)
    row.save(update_fields=["left_on", "replace_by"])
    ledger.record(verb="access.report_departure", subject=check, actor=actor, now=now, left=on.isoformat(),
                  replace_by=row.replace_by.isoformat() if row.replace_by else "")  # fmt: skip
    return row


@transaction.atomic
def replace_person(
    *, leaver: CheckedPerson, applicant: Applicant, actor: Account, now: datetime
) -> RegistrationCheck:
    """Name who takes over; the check is judged again today and the follow-up ends if the gate is open."""
    check = RegistrationCheck.objects.select_for_update().get(pk=leaver.check_of_id)
    require_jurisdiction(actor, region=check.place)
    check.persons.get_or_create(
        document_digest=number_digest(applicant.document),
        defaults={"duty": applicant.duty, "name": applicant.name, "document_kind": applicant.document.kind,
                  "document": applicant.document.number, "tail": applicant.document.number[-4:],
                  "person": find_person(applicant.document)},
    )  # fmt: skip
    _answer(check, _known_by_now(check), on=day_of(now))
    check.save(update_fields=["state", "verdict", "answer"])
    if check.state == State.ANSWERED:
        check.persons.filter(replace_by__isnull=False, replaced_at__isnull=True).update(replaced_at=now)
    ledger.record(verb="access.replace_person", subject=check, actor=actor, now=now, verdict=check.verdict)
    return check


# --- systems that ask


@transaction.atomic
def make_client(
    *, name: str, region: str, quota_per_day: int, actor: Account, now: datetime
) -> tuple[ApiClient, str]:
    """Let a system ask; returns it with its key, which is shown once and kept only as a digest."""
    if ApiClient.objects.filter(name=name).exists():
        raise Conflict("client_exists", _NAME_TAKEN)
    key = f"cz_{secrets.token_urlsafe(32)}"
    row = ApiClient.objects.create(
        name=name, region=region, prefix=key[3:11], key_digest=key_digest(key), quota_per_day=quota_per_day,
        made_by=actor, made_at=now,
    )  # fmt: skip
    ledger.record(verb="access.make_client", subject=row, actor=actor, now=now, quota=quota_per_day)
    return row, key


@transaction.atomic
def set_client_active(*, client: ApiClient, active: bool, actor: Account, now: datetime) -> ApiClient:
    if client.active != active:
        client.active = active
        client.save(update_fields=["active"])
        ledger.record(verb="access.client_active", subject=client, actor=actor, now=now, active=active)
    return client


def charge(*, client: ApiClient, on: date) -> int:
    """Count one question; raises QuotaUsed beyond the agreed number a day. Returns how many are left."""
    use, _ = ApiUse.objects.get_or_create(client=client, day=on)
    taken = ApiUse.objects.filter(pk=use.pk, count__lt=client.quota_per_day).update(count=F("count") + 1)
    if not taken:
        raise QuotaUsed("quota_used", _QUOTA, quota=client.quota_per_day)
    return client.quota_per_day - use.count - 1
