"""The demo's inspection: filings with some uncertified workers in gated posts, a screening, letters."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

from django.db import transaction

from chizheng.inspection.core.filings import Entry
from chizheng.inspection.models import Campaign, Filing, ScreeningRun
from chizheng.inspection.usecases.file_employment import take
from chizheng.inspection.usecases.run_campaign import send_letters
from chizheng.inspection.usecases.screen_place import screen_place
from chizheng.kernel.periods import Period
from chizheng.people.core.identity import DocumentKind, read_document
from chizheng.platform import clock

POSTS = ("消防设施操作员", "车工", "家畜繁殖员", "中式烹调师")


def build(built: Any) -> None:
    """Run twice it changes nothing; the plan's people are spread over the employers and four posts."""
    officer, now = built.accounts["inspector"], built.now
    people = [p for s in built.world.sittings[:4] for p in s.people][:96]
    if not people or not built.employers:
        return
    if not Filing.objects.exists():
        _file(built, people, now)
    run = ScreeningRun.objects.first()
    if run is None:
        today = clock.day_of(now)
        run = screen_place(
            place=officer.region, question=(today, today + timedelta(days=1)), actor=officer, now=now
        )
    if run.found and not Campaign.objects.filter(run=run).exists():
        send_letters(
            run=run, seed=f"demo {run.from_date}", held_out=Decimal("0.2"),
            answer_by=run.from_date + timedelta(days=30), actor=officer, now=now,
        )  # fmt: skip


@transaction.atomic
def _file(built: Any, people: list[Any], now: datetime) -> None:
    """All employers or none, so that a stopped build files again."""
    start = clock.day_of(now) - timedelta(days=120)
    for at, employer in enumerate(built.employers):
        mine = {p.number: p for p in people[at :: len(built.employers)]}
        entries = [
            Entry(
                p.name,
                read_document(DocumentKind.RESIDENT, p.number),
                post,
                None,
                employer.region,
                Period(start),
            )
            for p, post in zip(mine.values(), cycle(POSTS), strict=False)
        ]
        take(employer, entries, source=Filing.Source.API, actor=None, now=now)
