"""The published list: local rows, editions of the shipped law, subscriptions."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, override

from chizheng.access.core import editions
from chizheng.access.core.listing import Difference, difference, lines
from chizheng.access.models import GateOverlay, LawEdition, Subscription
from chizheng.access.queries.gates import law_as_known, occupation_levels
from chizheng.catalogue.queries import region_name
from chizheng.kernel.errors import Conflict, NotFound, Refused
from chizheng.kernel.names import canonical
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import GateKind, Rank
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.platform.sealing import digest

_NO_BASIS = Wording(
    zh="{on} 起没有法律、法规依据不得设置准入；{rank}不能作为依据，请引用法律、行政法规、地方性法规或规章",
    en="from {on} a gate needs a law, regulation or rule behind it; {rank} cannot carry one",
)
_NO_APPROVAL = Wording(
    zh="地方增补职业须经批准；请填写批准文件",
    en="a local addition needs approval: name the approving document",
)
_OVERLAP = Wording(
    zh="该地区该职业在这段时间已有一条；请先撤回或缩短原有的一条",
    en="this place and occupation have a row for that time already; withdraw it first",
)
_NO_LINK = Wording(zh="链接无效或已过期；请重新订阅", en="the link is not valid any more; subscribe again")
_GATED = frozenset({GateKind.GATE, GateKind.LICENCE, GateKind.PENDING})
_CARRIES = frozenset({Rank.LAW, Rank.REGULATION, Rank.LOCAL_REGULATION, Rank.MINISTERIAL_RULE})


def keep_overlay(
    *, place: str, occupation: str, kind: str, acts: Sequence[str], level: int | None, title: str, number: str,
    article: str, rank: str, approval: str, start: date, end: date | None, actor: Account, now: datetime,
    authority: str = "", scope: str = "", transition_until: date | None = None, verified: bool = False,
) -> GateOverlay:  # fmt: skip
    """Add a local row, known from now on; the same row twice is one.

    Raises Refused where the day asks for a legal basis the text is not, or for an approval nobody named;
    Conflict where another row of the place stands for the time.
    """
    require_jurisdiction(actor, region=place)
    if kind != GateKind.PENDING:
        _require_basis(place, Rank(rank), approval, start)
    fields = {
        "place": place, "occupation": canonical(occupation), "kind": kind, "acts": sorted(acts), "level": level,
        "title": title, "number": number, "article": article, "rank": rank, "approval": approval,
        "authority": authority, "scope": scope, "transition_until": transition_until, "verified": verified,
        "period": DateRange(start, end),
    }  # fmt: skip
    same = GateOverlay.objects.filter(**fields, known_until__isnull=True).first()
    if same is not None:
        return same
    try:
        with transaction.atomic():
            row = GateOverlay.objects.create(**fields, known_from=now, kept_by=actor)
            ledger.record(verb="access.keep_overlay", subject=row, actor=actor, now=now, basis=title, place=place,
                          occupation=row.occupation, since=start.isoformat())  # fmt: skip
    except IntegrityError as fault:
        raise Conflict("overlay_exists", _OVERLAP) from fault
    return row


def _require_basis(place: str, rank: Rank, approval: str, start: date) -> None:
    bans = [
        v
        for v in law().values["access.no_certificate_without_basis"]
        if v.value is True and v.period.contains(start)
    ]
    if bans and rank not in _CARRIES:
        raise Refused("no_basis", _NO_BASIS, on=bans[0].period.start.isoformat(), rank=rank.value)
    if not bans and not approval:
        raise Refused("no_approval", _NO_APPROVAL)


@transaction.atomic
def withdraw_overlay(*, overlay: GateOverlay, why: str, actor: Account, now: datetime) -> GateOverlay:
    """Hold a row true no longer; that it was held true until now stays known."""
    row = GateOverlay.objects.select_for_update().get(pk=overlay.pk)
    require_jurisdiction(actor, region=row.place)
    if row.known_until is None:
        row.known_until, row.withdrawn_why = now, why
        row.save(update_fields=["known_until", "withdrawn_why"])
        ledger.record(verb="access.withdraw_overlay", subject=row, actor=actor, now=now, basis=why)
    return row


@transaction.atomic
def record_edition(*, now: datetime) -> LawEdition:
    """Keep the shipped gate rows if they differ from the last edition kept."""
    rows = editions.to_plain(law().gates)
    digest_ = editions.digest(rows)
    last = LawEdition.objects.order_by("-known_from").first()
    if last is not None and last.digest == digest_:
        return last
    edition = LawEdition.objects.create(known_from=now, digest=digest_, rows=rows)
    ledger.record(verb="access.law_edition", subject=edition, actor=None, now=now, rows=len(rows))
    return edition


# --- subscriptions


@transaction.atomic
def subscribe(*, email: str, place: str, lang: str, now: datetime) -> Subscription:
    """Ask for letters about a place; nothing is sent but the link that confirms. Twice is one subscription."""
    address = email.strip().lower()
    row, made = Subscription.objects.get_or_create(
        email_digest=digest("email", address), place=place,
        defaults={"token": secrets.token_urlsafe(32), "email": address, "language": lang, "asked_at": now},
    )  # fmt: skip
    if row.confirmed_at is None:
        row.asked_at = now
        row.save(update_fields=["asked_at"])
        _mail(row, "confirm", {"link": _link("access:confirm", row)})
        if made:
            ledger.record(verb="access.subscribe", subject=row, actor=None, now=now, place=place)
    return row


@transaction.atomic
def confirm(*, token: str, now: datetime) -> Subscription:
    """The reader followed the link; raises NotFound for a link that is unknown or too old."""
    row = _subscription(token)
    days = law().number("subscription.confirm_days", on=day_of(now))
    if row.confirmed_at is None:
        if now - row.asked_at > timedelta(days=days):
            raise NotFound("link_expired", _NO_LINK)
        row.confirmed_at = row.told_at = now
        row.save(update_fields=["confirmed_at", "told_at"])
        ledger.record(verb="access.confirm_subscription", subject=row, actor=None, now=now, place=row.place)
    return row


@transaction.atomic
def unsubscribe(*, token: str, now: datetime) -> str:
    """End a subscription and forget the address; returns its place."""
    row = _subscription(token)
    place = row.place
    ledger.record(verb="access.unsubscribe", subject=row, actor=None, now=now, place=place)
    row.delete()
    return place


def _subscription(token: str) -> Subscription:
    row = Subscription.objects.select_for_update().filter(token=token).first()
    if row is None:
        raise NotFound("link_expired", _NO_LINK)
    return row


def tell_subscribers(*, now: datetime) -> int:
    """Write to everybody whose list changed since they were last told; returns how many letters went out."""
    days = law().number("subscription.confirm_days", on=day_of(now))
    Subscription.objects.filter(confirmed_at__isnull=True, asked_at__lt=now - timedelta(days=days)).delete()
    sent = 0
    for pk in (
        Subscription.objects.filter(confirmed_at__isnull=False).order_by("pk").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            row = Subscription.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None or row.told_at is None or row.told_at >= now:
                continue
            changes = changes_between(row.told_at, now, place=row.place)
            row.told_at = now
            row.save(update_fields=["told_at"])
            if changes:
                _mail(row, "changes", {
                    "changes": changes, "link": f"{settings.SITE_URL}{reverse('access:gated')}?place={row.place}",
                    "stop": _link("access:unsubscribe", row),
                })  # fmt: skip
                sent += 1
                ledger.record(
                    verb="access.tell_subscriber", subject=row, actor=None, now=now, changes=len(changes)
                )
    return sent


def changes_between(before: datetime, after: datetime, *, place: str) -> list[Difference]:
    """What changed for a place between two instants, as it was known at each."""
    one, two = day_of(before), day_of(after)
    levels = occupation_levels(on=two)
    return difference(
        lines(law_as_known(before), on=one, place=place, levels=levels, kinds=_GATED),
        lines(law_as_known(), on=two, place=place, levels=levels, kinds=_GATED),
    )


def _link(name: str, row: Subscription) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=[row.token])}"


def _mail(row: Subscription, kind: str, context: dict[str, object]) -> None:
    with override("en" if row.language == "en" else "zh-hans"):
        place = region_name(row.place, on=day_of(row.asked_at))
        subject = (
            gettext("请确认订阅：%(place)s就业准入职业名单")
            if kind == "confirm"
            else gettext("%(place)s就业准入职业名单有变化")
        )
        text = render_to_string(f"access/mail/{kind}.txt", {"place": place, **context})
        send_mail(subject % {"place": place}, text, None, [row.email])
