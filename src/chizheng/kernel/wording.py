"""Sentences in two languages for thought that runs without Django.

A context keeps its sentences beside its codes in `core/wording.py`:

    WORDING = {"not_in_force": Wording(zh="{title}当日未施行", en="{title} was not in force that day")}

Pages use Django's own i18n; what `core` decides is said with these, on pages, in the API and on the
command line alike, so that all three say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Wording:
    """One sentence: `zh` is what users read by default, `en` its English."""

    zh: str
    en: str

    def say(self, lang: str = "zh", **params: object) -> str:
        """Fill the sentence; `lang` may be any BCP 47 tag, all but English read Chinese."""
        template = self.en if lang.lower().startswith("en") else self.zh
        return template.format(**params)


def say(table: Mapping[str, Wording], code: str, lang: str = "zh", **params: object) -> str:
    """The sentence of `code`; a code without a sentence is a fault of ours and raises KeyError."""
    return table[code].say(lang, **params)
