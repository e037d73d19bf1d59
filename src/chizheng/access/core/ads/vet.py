"""Vetting: what an ad recruits for, what it says of certificates, and what is wrong with it on a day."""

from __future__ import annotations

from collections.abc import Sequence

from chizheng.access.core.ads.ad import Ad, Finding, Vetting
from chizheng.access.core.ads.certificate import CertificateWording, certificate_wording
from chizheng.access.core.ads.cues import Cues
from chizheng.access.core.ads.day import Day
from chizheng.access.core.ads.lexicon import Lexicon, Scan
from chizheng.access.core.ads.mention import Mention, Role
from chizheng.access.core.ads.posts import find_mentions
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.rules import RULES

_UNDECIDED = frozenset({Role.POST, Role.OTHER})
"""Roles between which a person decides where the words do not."""


class Vetter:
    """Vets ads of one day and place; the tables are made once, so keep it for a batch."""

    def __init__(self, lexicon: Lexicon, cues: Cues, day: Day, *, rules: Sequence[Rule] = RULES) -> None:
        self._lexicon, self._cues, self.day = lexicon, cues, day
        in_force = [r for r in rules if r.duty is None or day.basis(r.duty) is not None]
        self._woken = {r.code: r for r in in_force if r.triggers}
        self._on_posts = [r for r in in_force if not (r.triggers or r.always or r.on_mentions)]
        self._on_mentions = [r for r in in_force if r.on_mentions]
        self._always = [r for r in in_force if r.always]
        self._queue_below = day.number("ads.person_decides_below")

    def vet(self, ads: Sequence[Ad]) -> list[Vetting]:
        """Vet a batch, in order. Around a few hundred ads at a time is fastest."""
        scans = self._lexicon.scan([(a.title, a.text, f"{a.employer} {a.category}") for a in ads])
        return [self._vet(ad, scan) for ad, scan in zip(ads, scans, strict=True)]

    def _vet(self, ad: Ad, scan: Scan) -> Vetting:
        mentions = find_mentions(scan, self._cues)
        posts = _best([m for m in mentions if m.role is Role.POST])
        paper, gated = CertificateWording.NONE, tuple[str, ...]()
        if posts:
            paper = certificate_wording("\n".join(scan.fields[:2]))
            gated = tuple(dict.fromkeys(m.occupation for m in posts if self.day.gate_of(m.occupation)))
        reading = Reading(
            ad, (scan.fields[0], scan.fields[1]), tuple(mentions), posts, gated, paper, self.day
        )
        findings: list[Finding] = []
        if posts:
            for rule in self._on_posts:
                findings += rule.check(reading)
        if mentions:
            for rule in self._on_mentions:
                findings += rule.check(reading)
        for code in sorted(scan.wakes):
            woken = self._woken.get(code)
            if woken is not None:
                findings += woken.check(reading)
        for rule in self._always:
            findings += rule.check(reading)
        doubtful = any(m.confidence < self._queue_below for m in mentions if m.role in _UNDECIDED)
        return Vetting(ad.id, _best(mentions), gated, paper, tuple(findings), doubtful)


def _best(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """The most certain mention of each occupation in each role, in order of appearance."""
    if not mentions:
        return ()
    best: dict[tuple[str, Role], Mention] = {}
    for mention in mentions:
        key = (mention.occupation, mention.role)
        seen = best.get(key)
        if seen is None or mention.confidence > seen.confidence:
            best[key] = mention
    return tuple(best.values())
