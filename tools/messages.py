"""Translations without GNU gettext: extract, check and compile the English of every context.

Source texts are Chinese; `src/chizheng/<context>/locale/en/LC_MESSAGES/django.po` holds their English.
Python is read by Babel; templates are first turned into gettext-like code by Django's own templatizer.

    tools/messages.py extract    add new texts to the catalogues, drop those no longer used
    tools/messages.py check      fail where a text has no English
    tools/messages.py compile    write the .mo files
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "chizheng"
FIXED = datetime(2026, 1, 1, tzinfo=UTC)
"""In the headers, so that catalogues of two branches differ only in their texts."""

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def catalogue_path(context: Path) -> Path:
    return context / "locale" / "en" / "LC_MESSAGES" / "django.po"


def contexts() -> list[Path]:
    return sorted(p for p in PACKAGE.iterdir() if p.is_dir() and (p / "__init__.py").exists())


def texts_of(context: Path) -> Catalog:
    """Every translatable text of a context, with where it stands."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    found = Catalog(locale="en", charset="utf-8")
    for file in sorted(context.rglob("*.py")):
        if "migrations" in file.parts:
            continue
        for line, message, _, ctx in extract_from_file("python", str(file), KEYWORDS):
            found.add(message, locations=[(str(file.relative_to(ROOT)), line)], context=ctx)
    for file in sorted([*context.rglob("templates/**/*.html"), *context.rglob("templates/**/*.txt")]):
        code = templatize(file.read_text("utf-8"), origin=str(file))
        for line, func, message, _ in extract_python(
            BytesIO(code.encode()), list(KEYWORDS), [], {"encoding": "utf-8"}
        ):
            ctx = None
            if func in ("pgettext", "npgettext"):
                ctx, message = message[0], message[1] if func == "pgettext" else tuple(message[1:3])
            elif func == "ngettext":
                message = tuple(message[:2])
            elif isinstance(message, tuple):
                message = message[0]
            found.add(message, locations=[(str(file.relative_to(ROOT)), line)], context=ctx)
    return found


def known_of(context: Path) -> Catalog:
    path = catalogue_path(context)
    if not path.exists():
        return Catalog(locale="en", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale="en", charset="utf-8")


def untranslated(context: Path) -> list[str]:
    known = known_of(context)
    missing = []
    for message in texts_of(context):
        if not message.id:
            continue
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        row = known.get(key, message.context)
        done = row is not None and (all(row.string) if isinstance(row.string, tuple) else bool(row.string))
        if not done or (row is not None and row.fuzzy):
            missing.append(key)
    return missing


def extract() -> int:
    for context in contexts():
        texts, known = texts_of(context), known_of(context)
        if not len(texts):
            continue
        merged = Catalog(
            locale="en",
            charset="utf-8",
            project="chizheng",
            version="1",
            fuzzy=False,
            creation_date=FIXED,
            revision_date=FIXED,
        )
        for message in texts:
            if not message.id:
                continue
            key = message.id[0] if isinstance(message.id, tuple) else message.id
            old = known.get(key, message.context)
            # a text that became plural (or ceased to be) needs new English
            same = old is not None and isinstance(old.id, tuple) == isinstance(message.id, tuple)
            merged.add(
                message.id,
                string=old.string if old and same else None,
                context=message.context,
                locations=[(path, None) for path in sorted({p for p, _ in message.locations})],
            )
        path = catalogue_path(context)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, merged, width=0, sort_output=True, omit_header=False, include_lineno=False)
        print(f"{context.name}: {len(texts)} texts, {len(untranslated(context))} without English")
    return 0


def check() -> int:
    bad = {context.name: untranslated(context) for context in contexts()}
    for name, missing in bad.items():
        for text in missing:
            print(f"{name}: no English for {text!r}")
    total = sum(map(len, bad.values()))
    print(f"translations: {total} missing" if total else "translations: complete")
    return 1 if total else 0


def compile_() -> int:
    for context in contexts():
        path = catalogue_path(context)
        if not path.exists():
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, locale="en", charset="utf-8")
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
    return 0


if __name__ == "__main__":
    actions = {"extract": extract, "check": check, "compile": compile_}
    if len(sys.argv) != 2 or sys.argv[1] not in actions:
        print(__doc__)
        sys.exit(2)
    sys.exit(actions[sys.argv[1]]())
