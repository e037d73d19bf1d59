"""Registration checks and the systems that may ask for them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from chizheng.access.core.ads.lexicon import Kind
from chizheng.access.models import ApiClient, CheckedPerson, RegistrationCheck
from chizheng.access.queries.ads import lexicon_on
from chizheng.kernel.errors import NotFound
from chizheng.kernel.wording import Wording
from chizheng.people.models import Account
from chizheng.people.queries import within
from chizheng.platform.sealing import digest

_NO_CHECK = Wording(zh="没有这次查询，或它不在您的管辖范围内", en="no such check, or not within your reach")

_TRADES = frozenset({Kind.NAME, Kind.TRADE, Kind.WAITER})


def access_checks(account: Account) -> QuerySet[RegistrationCheck]:
    """Checks of a registrar's or authority's region."""
    rows = RegistrationCheck.objects.select_related("asked_by", "client").order_by("-asked_at", "-pk")
    if account.role in ("registrar", "authority"):
        return rows.filter(within(account, "place"))
    return rows.none()


def access_check(account: Account, uuid: UUID | str) -> RegistrationCheck:
    found = access_checks(account).filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_check", _NO_CHECK)
    return found


def check_of_client(client: ApiClient, uuid: UUID | str) -> RegistrationCheck:
    found = client.checks.filter(uuid=uuid).first()
    if found is None:
        raise NotFound("no_check", _NO_CHECK)
    return found


def access_clients(account: Account) -> QuerySet[ApiClient]:
    rows = ApiClient.objects.order_by("name")
    return rows if account.role == "administrator" else rows.none()


def follow_ups(account: Account) -> QuerySet[CheckedPerson]:
    """Responsible persons who left and whom nobody has replaced yet, the most urgent first."""
    return (
        CheckedPerson.objects.filter(
            check_of__in=access_checks(account).order_by(), replace_by__isnull=False, replaced_at__isnull=True
        )
        .select_related("check_of")
        .order_by("replace_by", "pk")
    )


def key_digest(key: str) -> bytes:
    """Keys are random 256 bits: a keyed digest is enough to find and never to learn one."""
    return digest("api-key", key)


def client_of(key: str) -> ApiClient | None:
    return ApiClient.objects.filter(key_digest=key_digest(key), active=True).first()


def occupations_in(scope: str, *, on: date) -> list[tuple[str, str]]:
    """(words of the scope, official name) of every occupation that a business scope names, each once."""
    scan = lexicon_on(on).scan([("", scope, "")])[0]
    found: dict[str, str] = {}
    for token in scan.tokens[1]:
        if token.word.kind in _TRADES and token.word.readings:
            found.setdefault(token.word.readings[0], scope[token.start : token.end])
    return [(words, name) for name, words in found.items()]
