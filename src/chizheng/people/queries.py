"""Reads: persons by document, organisations and accounts within a jurisdiction."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from chizheng.kernel.errors import Forbidden
from chizheng.kernel.places import contains
from chizheng.kernel.wording import Wording
from chizheng.people.core.identity import IdentityDocument
from chizheng.people.models import Account, Document, Organisation, Person
from chizheng.platform.sealing import digest

_OUTSIDE = Wording(
    zh="该记录不在您的管辖范围内；如确需办理，请联系有管辖权的机构",
    en="this record is outside your jurisdiction; ask the body that is in charge of it",
)
_OWN_MATTER = Wording(
    zh="您本人是这件事的当事人，应当回避；请由同事办理",
    en="this is about yourself: stand aside and ask a colleague",
)
_NOT_SIGNED_IN = Wording(zh="请先登录", en="sign in first")
_NO_ORGANISATION = Wording(zh="没有找到该单位", en="no such organisation")


def account_of(request: HttpRequest) -> Account:
    """The signed-in account of a request that the access middleware let through."""
    if not isinstance(request.user, Account):
        raise Forbidden("not_signed_in", _NOT_SIGNED_IN)
    return request.user


def find_person(document: IdentityDocument) -> Person | None:
    """The person who bears this document, in its 15- or 18-digit form."""
    found = (
        Document.objects.filter(kind=document.kind, number_digest=number_digest(document))
        .select_related("person")
        .first()
    )
    return found.person if found else None


def number_digest(document: IdentityDocument) -> bytes:
    """The keyed digest under which a document is stored and found."""
    return digest(f"document:{document.kind}", document.number)


def main_document(person: Person) -> Document | None:
    """The document shown for a person: the resident card where there is one, else the newest."""
    documents = sorted(person.documents.all(), key=lambda d: (d.kind != "resident", -d.pk))
    return documents[0] if documents else None


def in_jurisdiction(account: Account, *, region: str, industry: str = "") -> bool:
    """Does the account's jurisdiction cover a thing at `region` (and of an industry line, if it has one)?"""
    if account.industry:
        return account.industry == industry
    return contains(account.region, region)


def require_jurisdiction(account: Account, *, region: str, industry: str = "") -> None:
    if not in_jurisdiction(account, region=region, industry=industry):
        raise Forbidden("outside_jurisdiction", _OUTSIDE)


def own_region(account: Account) -> str:
    """The region whose books an account keeps; an account of an industry line keeps none by region (Forbidden)."""
    if account.industry:
        raise Forbidden("outside_jurisdiction", _OUTSIDE)
    return account.region


def within(account: Account, region: str = "region", industry: str = "") -> Q:
    """The rows in an account's jurisdiction, for `filter`: `region` and `industry` name the fields that say where a
    row belongs. An account of an industry line sees that line only, and nothing where rows have none: its
    empty region never means the whole country.
    """
    if account.industry:
        return Q(**{industry: account.industry}) if industry else Q(pk__in=[])
    return Q(**{f"{region}__startswith": account.region})


def hands_of(account: Account) -> frozenset[int]:
    """The account with every other account of the same person: one hand, as far as we know people."""
    if account.person_id is None:
        return frozenset({account.pk})
    return frozenset(Account.objects.filter(person_id=account.person_id).values_list("pk", flat=True))


def by_same_hand(account: Account, *others: int | None) -> bool:
    """Is one of these accounts the account itself, or another account of the same person?

    Asked wherever two people are wanted: somebody with two accounts is one person.
    """
    return account.pk in others or not hands_of(account).isdisjoint(others)


def is_one_of(account: Account, *persons: int | None) -> bool:
    """Does the account belong to one of these persons?"""
    return account.person_id is not None and account.person_id in persons


def require_disinterested(account: Account, *persons: int | None) -> None:
    """Raises Forbidden where the matter is the account holder's own, by whichever of their accounts they come.

    `persons`: those about whom something is decided. Asked beside `by_same_hand` wherever people decide.
    """
    if is_one_of(account, *persons):
        raise Forbidden("own_matter", _OWN_MATTER)


def access_organisations(account: Account, kind: str | None = None) -> QuerySet[Organisation]:
    """Organisations an account may see: its own, and those of its jurisdiction for bodies of the state."""
    rows = Organisation.objects.all()
    if kind:
        rows = rows.filter(kind=kind)
    if account.role in ("station", "employer", "agency"):
        return rows.filter(accounts=account)
    return rows.filter(within(account, "region", "industry"))
