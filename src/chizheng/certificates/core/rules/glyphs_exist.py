"""Every character that will be printed has a glyph in the fonts used.

The typesetter leaves a missing glyph out without a word; a person's rare character must never vanish.
"""

from __future__ import annotations

from chizheng.certificates.core.draft import Context, Draft, Finding
from chizheng.certificates.core.roll import Roll
from chizheng.kernel.wording import Wording

CODE = "glyphs_exist"

MISSING = Wording(
    zh="字体缺少字符：{characters}（“{text}”）；请换用收字更全的字体后再签发",
    en="The fonts lack: {characters} (in '{text}'); use a font with more characters before signing",
)


def check(draft: Draft, context: Context) -> list[Finding]:
    c = draft.claims
    texts = (c.name, c.occupation, c.occupation_code, c.number, draft.issuer.name, *draft.texts)
    found = []
    for text in texts:
        lacking = [x for x in text if ord(x) not in context.glyphs and not x.isspace()]
        if lacking:
            lacking = list(dict.fromkeys(lacking))
            listed = " ".join(f"{x} (U+{ord(x):04X})" for x in lacking)
            found.append(Finding(CODE, MISSING, {"characters": listed, "text": text}))
    return found


def clears(roll: Roll, context: Context) -> bool:
    characters = {*"0123456789", *"".join(roll.names)}
    lacking = [x for x in characters if ord(x) not in context.glyphs and not x.isspace()]
    return not lacking and not check(roll.first, context)
