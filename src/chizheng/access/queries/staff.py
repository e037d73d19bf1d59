"""Staff lists, messages to desks, exceptions."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from chizheng.access.models import DeskMessage, ExceptionRequest, StaffMember
from chizheng.kernel.errors import NotFound
from chizheng.kernel.names import canonical
from chizheng.kernel.places import lineage
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import within

_NO_MEMBER = Wording(zh="名册中没有此人", en="nobody of that kind on your list")
_NO_EXCEPTION = Wording(
    zh="没有这份例外申请，或它不在您的管辖范围内", en="no such request, or not within your reach"
)


def access_staff(account: Account) -> QuerySet[StaffMember]:
    """The staff list of one's own employer; nobody else sees it."""
    rows = StaffMember.objects.filter(until__isnull=True).order_by("occupation", "pk")
    return (
        rows.filter(organisation_id=account.organisation_id or 0)
        if account.role == "employer"
        else rows.none()
    )


def access_member(account: Account, pk: int) -> StaffMember:
    found = access_staff(account).filter(pk=pk).first()
    if found is None:
        raise NotFound("no_member", _NO_MEMBER)
    return found


def access_messages(account: Account) -> QuerySet[DeskMessage]:
    rows = DeskMessage.objects.order_by("-at", "-pk")
    if account.role in ("employer", "agency"):
        return rows.filter(organisation_id=account.organisation_id or 0)
    return rows.none()


def access_exceptions(account: Account) -> QuerySet[ExceptionRequest]:
    """Requests for exceptions: an employer its own, the authority those of its place."""
    rows = ExceptionRequest.objects.select_related("organisation", "decided_by").order_by("-asked_at", "-pk")
    if account.role == "employer":
        return rows.filter(organisation_id=account.organisation_id or 0)
    if account.role == "authority":
        return rows.filter(within(account, "place"))
    return rows.none()


def access_exception(account: Account, uuid: UUID | str) -> ExceptionRequest:
    found = access_exceptions(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_exception", _NO_EXCEPTION)
    return found


def granted_exceptions(
    *,
    occupation: str,
    place: str,
    on: date,
    organisation: int | None = None,
    document_digest: bytes | None = None,
) -> list[str]:
    """Codes of exceptions granted for an occupation, place and day: for this body, and for this person
    where the exception names one."""
    rows = ExceptionRequest.objects.filter(
        state=ExceptionRequest.State.GRANTED, occupation=canonical(occupation), period__contains=on,
        place__in=lineage(place),
    )  # fmt: skip
    if organisation is not None:
        rows = rows.filter(organisation_id=organisation)
    own = Q(document_digest__isnull=True)
    if document_digest is not None:
        own |= Q(document_digest=document_digest)
    return sorted(set(rows.filter(own).values_list("code", flat=True)))
