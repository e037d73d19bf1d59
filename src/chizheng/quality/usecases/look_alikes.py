"""The register of look-alike certificates 山寨证书 and the words they may not use."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from chizheng.kernel.errors import BadInput, Forbidden, NotFound
from chizheng.kernel.states import StateTable
from chizheng.kernel.wording import Wording
from chizheng.law.io.shelf import law
from chizheng.law.types import DatedValue
from chizheng.people.models import Account
from chizheng.people.queries import require_jurisdiction
from chizheng.platform import ledger
from chizheng.platform.clock import day_of
from chizheng.quality.models import LookAlike

_ROLE = Wording(
    zh="名录由鉴定指导中心和劳动行政部门维护", en="the register is kept by the centre and the authority"
)
_NOTE = Wording(zh="请写明依据或情况（至少五个字）", en="say on what ground (five characters at least)")

LOOK_ALIKE = StateTable(
    name="look_alike",
    start="found",
    moves={
        ("found", "ordered"): "ordered", ("ordered", "stopped"): "stopped", ("found", "stopped"): "stopped",
        ("stopped", "found"): "found",
    },
)  # fmt: skip


@transaction.atomic
def enter_look_alike(
    *, issuer: str, title: str, region: str, where: str, actor: Account, now: datetime
) -> LookAlike:
    """Enter a look-alike certificate with the forbidden words its title uses; twice is one row."""
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE)
    require_jurisdiction(actor, region=region)
    row, made = LookAlike.objects.get_or_create(
        issuer=issuer.strip(), title=title.strip(),
        defaults={
            "region": region, "words": forbidden_in(title, on=day_of(now)), "found_on": day_of(now), "where": where,
            "entered_by": actor,
        },
    )  # fmt: skip
    if made:
        ledger.record(verb="quality.look_alike", subject=row, actor=actor, now=now, words=row.words)
    return row


def forbidden_in(title: str, *, on: date) -> list[str]:
    """Forbidden words in a title, longest first, a word inside a longer one not named again."""
    found: list[str] = []
    for word in sorted(forbidden_words(on=on), key=len, reverse=True):
        if word in title and not any(word in longer for longer in found):
            found.append(word)
    return found


def forbidden_rule(*, on: date) -> DatedValue | None:
    """The rule on words that certificates not of the state may not use; None before it began."""
    try:
        return law().value("certificate.forbidden_words", on=on)
    except NotFound:
        return None


def forbidden_words(*, on: date) -> list[str]:
    """The words of `forbidden_rule`."""
    rule = forbidden_rule(on=on)
    return [str(w) for w in rule.value] if rule is not None and isinstance(rule.value, (list, tuple)) else []


@transaction.atomic
def move_look_alike(*, row: LookAlike, state: str, note: str, actor: Account, now: datetime) -> LookAlike:
    """Record that a look-alike was ordered to stop, stopped, or was found again; the same state is no move."""
    if actor.role not in ("centre", "authority"):
        raise Forbidden("not_your_desk", _ROLE)
    held = LookAlike.objects.select_for_update().get(pk=row.pk)
    require_jurisdiction(actor, region=held.region)
    if held.state == state:
        return held
    after = LOOK_ALIKE.next(held.state, state)
    if len(note.strip()) < 5:
        raise BadInput("look_alike_note", _NOTE)
    before, held.state = held.state, after
    held.save(update_fields=["state"])
    ledger.record(
        verb="quality.look_alike_state", subject=held, actor=actor, now=now, basis=note.strip()[:500],
        before=before, after=after,
    )  # fmt: skip
    return held
