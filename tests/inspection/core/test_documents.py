"""Documents of a case: complete or refused, with clause and remedies where they burden somebody."""

from __future__ import annotations

import pytest

from chizheng.inspection.core.documents import FORMS, Kind, document, fields_of
from chizheng.kernel.errors import BadInput


def filled(kind):
    return {name: f"«{name}»" for name in fields_of(kind)}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_is_said(kind, lang):
    paper = document(kind, "1-1", "某公司", filled(kind), lang)
    text = "\n".join((*paper.paragraphs, *paper.signatures))
    assert all(f"«{name}»" in text for name in fields_of(kind))
    assert "{" not in text


@pytest.mark.parametrize("kind", Kind)
def test_every_missing_field_is_refused(kind):
    for name in fields_of(kind):
        with pytest.raises(BadInput, match="document_field_missing") as caught:
            document(kind, "1-1", "某公司", filled(kind) | {name: " "})
        assert name in caught.value.say("zh")


@pytest.mark.parametrize("kind", [Kind.ORDER, Kind.PENALTY, Kind.NO_PENALTY])
def test_decisions_tell_the_remedies_and_the_clause(kind):
    assert {"remedies", "sanction"} <= fields_of(kind)


def test_both_languages_state_the_same_fields():
    from string import Formatter

    for form in FORMS.values():
        for wording in (*form.paragraphs, *form.signatures):
            zh, en = ({n for _, n, _, _ in Formatter().parse(t) if n} for t in (wording.zh, wording.en))
            assert zh == en
