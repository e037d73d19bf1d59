"""An advertisement, and what vetting says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chizheng.access.core.ads.certificate import CertificateWording
from chizheng.access.core.ads.mention import Mention, Role
from chizheng.access.core.ads.wording import MESSAGES
from chizheng.law.types import Citation


@dataclass(frozen=True, slots=True)
class Ad:
    """A recruitment ad 招聘简章 as it was handed in. `category` is the job board's, weak evidence."""

    id: str
    title: str
    text: str = ""
    employer: str = ""
    category: str = ""


class Severity(StrEnum):
    ERROR = "error"  # not to be published
    WARNING = "warning"  # to be corrected
    NOTICE = "notice"  # to be looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an ad: the text that says so, and the corrected sentence, ready to paste."""

    code: str
    severity: Severity
    citation: Citation
    fix: str
    params: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str = "zh") -> str:
        return MESSAGES[self.code].say(lang, **self.params)


@dataclass(frozen=True, slots=True)
class Vetting:
    """What vetting says of one ad. `gated` are official names, in the order of the ad."""

    id: str
    mentions: tuple[Mention, ...]
    gated: tuple[str, ...]
    certificate: CertificateWording
    findings: tuple[Finding, ...]
    doubtful: bool  # to a person's queue

    @property
    def posts(self) -> tuple[Mention, ...]:
        """Mentions that are posts, the most certain of each occupation."""
        return tuple(m for m in self.mentions if m.role is Role.POST)
