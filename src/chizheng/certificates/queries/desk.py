"""What the desks read: lists without an exam, versions, annulments, conflicts, blanks; and the public counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext as _

from chizheng.assessment.models import Session, StationLicence
from chizheng.assessment.queries import access_session
from chizheng.certificates.consequences import Consequence, following
from chizheng.certificates.core.commitments import reference
from chizheng.certificates.models import (
    Annulment,
    Award,
    Batch,
    Blank,
    BlankMovement,
    Certificate,
    Destruction,
    NumberConflict,
    StatusRequest,
    StockTake,
)
from chizheng.certificates.queries import access_batches, access_certificates, read_claims
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import within
from chizheng.platform import clock

_NO_CONFLICT = Wording(
    zh="没有这件重号，或不在您的管辖范围内", en="no such conflict, or not within your reach"
)
_NO_ANNULMENT = Wording(
    zh="没有这件作废申请，或不在您的管辖范围内", en="no such annulment, or not within your reach"
)
_NO_BLANK = Wording(
    zh="流水码{serial}不在本地区账上", en="control number {serial} is not on this region's books"
)


# --- lists without an exam


def access_exceptions(account: Account) -> QuerySet[Batch]:
    """Exceptional batches within reach, the newest first."""
    return access_batches(account).exclude(basis=Batch.Basis.EXAM).select_related("submitted_by")


def licences_for(account: Account) -> QuerySet[StationLicence]:
    """Licences in force under which the account may list."""
    rows = StationLicence.objects.filter(period__contains=clock.today()).select_related("organisation")
    if account.role == "station" and account.organisation_id is not None:
        return rows.filter(organisation_id=account.organisation_id)
    if account.role == "centre":
        return rows.filter(within(account, "organisation__region", "organisation__industry")).order_by(
            "institution_number"
        )
    return rows.none()


@dataclass(frozen=True, slots=True)
class YearCounts:
    """Certificates published in a year: how many by each exceptional way, how many by exam."""

    year: int
    exam: int
    by_basis: dict[str, int]

    @property
    def exceptional(self) -> int:
        return sum(self.by_basis.values())

    @property
    def share(self) -> float:
        """Exceptional certificates in a hundred."""
        whole = self.exam + self.exceptional
        return 100 * self.exceptional / whole if whole else 0.0


def public_counts() -> list[YearCounts]:
    """Counts for everybody, the newest year first; they name nobody, and the log's entries add up to the same."""
    found: dict[int, dict[str, int]] = {}
    rows = (
        Batch.objects.filter(published_at__isnull=False)
        .annotate(year=ExtractYear("published_at", tzinfo=clock.CHINA))
        .values_list("year", "basis")
        .annotate(Sum("count"))
    )
    for year, basis, count in rows:
        found.setdefault(year, {})[basis] = count
    return [
        YearCounts(year, counts.get("exam", 0), {b: n for b, n in counts.items() if b != "exam"})
        for year, counts in sorted(found.items(), reverse=True)
    ]


@dataclass(frozen=True, slots=True)
class Change:
    """A field that a correction changes."""

    field: str
    before: str
    after: str


def changes_of(award: Award) -> list[Change]:
    """What an award changes in the certificate that it replaces; document numbers are never shown whole."""
    if award.replaces is None:
        return []
    record = read_claims(award.replaces)
    pairs = [("name", record.name, award.name), ("number", record.number, award.number or "")]
    if award.batch.basis == Batch.Basis.CORRECTION:
        birth = (
            record.birth.isoformat() if record.birth else "",
            award.birth.isoformat() if award.birth else "",
        )
        pairs.append(("birth", *birth))
        if award.new_document:
            pairs.append(("document", "…" + record.document_tail, "…" + award.new_document[-4:]))
    return [Change(*pair) for pair in pairs if pair[1] != pair[2]]


# --- versions


def versions_of(row: Certificate) -> list[Certificate]:
    """The certificate with what came before and after it, the oldest first."""
    chain = [row]
    while chain[0].previous_id is not None:
        chain.insert(0, Certificate.objects.select_related("batch").get(pk=chain[0].previous_id))
    while (
        newer := Certificate.objects.select_related("batch").filter(previous=chain[-1]).first()
    ) is not None:
        chain.append(newer)
    return chain


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a certificate's life."""

    at: datetime
    what: str
    reason_code: str
    basis: str
    log_ref: str


def life_of(row: Certificate) -> list[Happened]:
    """What happened to a certificate, the oldest first: the publication of its batch is its issue."""
    found = []
    if row.batch.published_at is not None:
        place = reference(row.batch.log_year or 0, row.log_index or 0)
        found.append(Happened(row.batch.published_at, _("核发"), "", "", place))
    return found + [
        Happened(event.at, str(event.get_kind_display()), event.reason_code, event.basis, event.log_ref)
        for event in row.events.order_by("at", "id")
    ]


# --- annulled sittings


def access_annulments(account: Account) -> QuerySet[Annulment]:
    """Annulments of sittings of one's region, waiting ones first."""
    rows = Annulment.objects.select_related("session__station", "requested_by", "decided_by")
    if account.role not in ("centre", "authority"):
        return rows.none()
    return rows.filter(within(account, "session__region", "session__industry")).order_by(
        "-decided_at", "-requested_at"
    )


def access_annulment(account: Account, pk: int) -> Annulment:
    found = access_annulments(account).filter(pk=pk).first()
    if found is None:
        raise NotFound("no_annulment", _NO_ANNULMENT)
    return found


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the annulment of a sitting brings about: the certificates it revokes, what stands on them, who is told."""

    session: Session
    certificates: Sequence[Certificate]
    registrations: int
    consequences: Sequence[Consequence]
    watched: int

    @property
    def by_kind(self) -> list[tuple[Wording, list[Consequence]]]:
        kinds: dict[Wording, list[Consequence]] = {}
        for one in self.consequences:
            kinds.setdefault(one.kind, []).append(one)
        return list(kinds.items())


def standing_of(session: Session) -> QuerySet[Certificate]:
    """The sitting's certificates that are not void yet, later versions included."""
    mine = Q(registration__session=session) | Q(previous__registration__session=session)
    rows = Certificate.objects.filter(mine, state__in=["valid", "suspended"])
    return rows.distinct().order_by("pk")


def aftermath(session: Session) -> Aftermath:
    """Counted now; the decision counts again in its own transaction. Once annulled: of all that were issued."""
    rows = list(standing_of(session)) or list(Certificate.objects.filter(registration__session=session))
    ids = [row.pk for row in rows]
    watched = Certificate.objects.filter(pk__in=ids, watches__state="active").distinct().count()
    return Aftermath(session, rows, session.registrations.count(), following(ids), watched)


def session_of_batch(account: Account, uuid: UUID | str) -> Session:
    """The sitting, where the account may see it."""
    return access_session(account, uuid)


# --- conflicts


def access_turns(account: Account) -> QuerySet[StatusRequest]:
    """Changes of status asked for on the certificates an account may open, the oldest first."""
    rows = StatusRequest.objects.filter(certificate__in=access_certificates(account).order_by())
    return rows.select_related("certificate__batch__station", "requested_by").order_by("requested_at", "pk")


def access_conflicts(account: Account) -> QuerySet[NumberConflict]:
    """Two certificates on one number, where one of them was issued in the account's region."""
    if account.role not in ("centre", "authority"):
        return NumberConflict.objects.none()
    here = within(account, "first__batch__region") | within(account, "second__batch__region")
    rows = NumberConflict.objects.filter(here).select_related(
        "first__batch__station", "second__batch__station", "decided_by"
    )
    return rows.order_by("decided_at", "-found_at")


def access_conflict(account: Account, pk: int) -> NumberConflict:
    found = access_conflicts(account).filter(pk=pk).first()
    if found is None:
        raise NotFound("no_conflict", _NO_CONFLICT)
    return found


# --- blanks


def access_blanks(account: Account) -> QuerySet[Blank]:
    """Blanks on the books of one's region."""
    if account.role not in ("centre", "authority"):
        return Blank.objects.none()
    return (
        Blank.objects.filter(within(account))
        .select_related("batch__station", "certificate")
        .order_by("serial")
    )


def access_blank(account: Account, serial: str) -> Blank:
    found = access_blanks(account).filter(serial=serial).first()
    if found is None:
        raise NotFound("no_blank", _NO_BLANK, serial=serial[:20])
    return found


def access_movements(account: Account) -> QuerySet[BlankMovement]:
    if account.role not in ("centre", "authority"):
        return BlankMovement.objects.none()
    rows = BlankMovement.objects.filter(within(account)).select_related("actor", "batch__station")
    return rows.order_by("-at", "-pk")


def access_destructions(account: Account) -> QuerySet[Destruction]:
    if account.role not in ("centre", "authority"):
        return Destruction.objects.none()
    return (
        Destruction.objects.filter(within(account))
        .select_related("opened_by", "closed_by")
        .order_by("-opened_at")
    )


def access_stock_takes(account: Account) -> QuerySet[StockTake]:
    if account.role not in ("centre", "authority"):
        return StockTake.objects.none()
    return StockTake.objects.filter(within(account)).select_related("actor").order_by("-at")


def drawing_batches(account: Account, *, published: bool) -> QuerySet[Batch]:
    """Batches that may draw blanks, or (published) still have certificates to print on the blanks they drew."""
    rows = access_batches(account)
    if published:
        printed = Count("blanks", filter=Q(blanks__state="used"), distinct=True)
        drawn = Count("blanks", filter=Q(blanks__state="drawn"), distinct=True)
        return rows.filter(state="published").annotate(printed=printed, drawn=drawn).filter(drawn__gt=0)
    return rows.filter(state__in=["approved", "reserved", "logged", "signed", "published"])


def blanks_of(rows: Iterable[Certificate]) -> dict[int, list[Blank]]:
    """Blanks by certificate, in the order of their numbers: one certificate may own several."""
    found: dict[int, list[Blank]] = {}
    for blank in Blank.objects.filter(certificate__in=list(rows)).order_by("serial"):
        assert blank.certificate_id is not None
        found.setdefault(blank.certificate_id, []).append(blank)
    return found
