import pkgutil
import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core import names, rules
from chizheng.certificates.core.claims import Basis, Rating
from chizheng.certificates.core.draft import Draft
from chizheng.certificates.core.envelopes import jcs, vc
from chizheng.certificates.core.lint import Linted, LintRefused, findings, lint
from chizheng.certificates.core.rules import jcs_profile
from chizheng.certificates.core.signing import sign
from chizheng.kernel.periods import Period
from tests.certificates.made import ISSUER, NOW, PROFILE, claims, context, promised


def codes(c, **surroundings):
    return {found.rule for found in findings(Draft(c, PROFILE), context(**surroundings))}


def test_the_list_of_rules_is_the_folder():
    in_folder = {module.name for module in pkgutil.iter_modules(rules.__path__)}
    assert {rule.CODE for rule in rules.RULES} == in_folder
    assert len(rules.RULES) == len(in_folder)


def test_a_good_draft_passes_and_only_then_is_signed():
    linted = lint(Draft(claims(), PROFILE), context())
    made = sign(linted, ISSUER, promise=promised(claims()), created=NOW)
    assert made.qr.startswith("CZ1:")


@pytest.mark.parametrize("thing", [Draft(claims(), PROFILE), claims(), None])
def test_nothing_else_is_signed(thing):
    with pytest.raises(TypeError, match="lint"):
        sign(thing, ISSUER, promise=None, created=NOW)
    with pytest.raises(TypeError, match="lint"):
        Linted(Draft(claims(), PROFILE), object())


def test_a_linted_draft_does_not_change():
    linted = lint(Draft(claims(), PROFILE), context())
    with pytest.raises(AttributeError):
        linted.draft = Draft(claims(name="甄冒名"), PROFILE)


@pytest.mark.parametrize(
    ("changes", "surroundings", "rule"),
    [
        ({"theory": 1200}, {}, "record_form"),
        ({"name": "甄•示例"}, {}, "record_form"),
        ({"number": "2610012003300017"}, {}, "number_agrees"),
        ({"institution": "10012004"}, {}, "number_agrees"),
        ({"number": "2510012003400017"}, {}, "number_agrees"),
        ({"number": "R12N440106326000012", "institution": "10012003"}, {}, "number_agrees"),
        ({"issued": date(2026, 10, 1)}, {}, "dates_in_order"),
        ({"issued": date(2026, 11, 25)}, {}, "dates_in_order"),
        ({"birth": date(2026, 10, 18)}, {}, "dates_in_order"),
        ({}, {"period": Period(date(2027, 1, 1), None)}, "dates_in_order"),
        ({}, {"taken": lambda number, version: True}, "not_taken"),
        ({"version": 2}, {}, "not_taken"),
        ({"authority": "4400"}, {}, "own_authority"),
        ({}, {"commitments": frozenset(("ROSTER", "ATTEND", "SCORE"))}, "commitments_present"),
        ({"sitting": ""}, {}, "commitments_present"),
        ({"basis": Basis.CONTEST}, {"approvers": 1}, "two_approvers"),
        ({"basis": Basis.REPLACEMENT}, {"approvers": 1}, "two_approvers"),
        ({"theory": 599}, {}, "scores_pass"),
        ({"practice": None}, {}, "scores_pass"),
        ({"level": 2, "number": "2610012003200017"}, {}, "scores_pass"),
        ({"name": "甄\U00030edd"}, {}, "glyphs_exist"),
        ({"name": "甄" * 60, "occupation": "操" * 80}, {}, "qr_fits"),
    ],
)
def test_each_fault_is_found(changes, surroundings, rule):
    glyphs = frozenset(range(0x30000))
    assert codes(claims(**changes), **{"glyphs": glyphs, **surroundings}) == {rule}


def test_the_profile_rule_guards_what_reaches_the_credential():
    from chizheng.certificates.core.envelopes.vc import Profile
    from chizheng.certificates.core.rules import jcs_profile

    broken = Draft(claims(), Profile("did:web:x", "half \ud800", "https://x"))
    assert [f.rule for f in jcs_profile.check(broken, context())] == ["jcs_profile"]


def test_exceptions_have_their_own_conditions():
    contest = claims(basis=Basis.CONTEST, theory=None, practice=None, rating=Rating.UNRATED, sitting="")
    assert codes(contest, commitments=frozenset(), sat=None) == set()
    legacy = claims(basis=Basis.LEGACY, number="旧苏字第12号", institution="", sitting="")
    assert codes(legacy, commitments=frozenset(), sat=None) == set()
    reissue = claims(basis=Basis.REPLACEMENT, number="9710012003400017")
    assert codes(reissue) == set()


def test_a_refusal_names_everything_in_both_languages():
    draft = Draft(claims(theory=100, authority="4400"), PROFILE)
    with pytest.raises(LintRefused) as refused:
        lint(draft, context(today=claims().issued - timedelta(days=1)))
    assert {f.rule for f in refused.value.findings} == {"dates_in_order", "own_authority", "scores_pass"}
    assert "10.0" in refused.value.say("zh")
    assert "below 60.0" in refused.value.say("en")


def test_rules_do_not_know_each_other():
    import ast
    from pathlib import Path

    names = {rule.CODE for rule in rules.RULES}
    for path in Path(rules.__file__).parent.glob("[a-z]*.py"):
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom | ast.Import)
            for alias in node.names
        } | {
            (node.module or "").rpartition(".")[2]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert not imported & names, path.name


TEXT = st.text(st.characters(categories=["L", "N", "P", "Zs", "Cs", "So"]), max_size=8)


@given(
    st.sampled_from(jcs_profile.TEXTS), TEXT, st.sampled_from([PROFILE, replace(PROFILE, name="厅\ud800")])
)
def test_the_quick_look_finds_what_a_walk_through_the_document_finds(field, text, profile):
    draft = Draft(replace(claims(), **{field: text}), profile)
    try:
        walked = jcs.faults(vc.document(draft.claims, profile, None))
    except (ValueError, UnicodeError):  # a number that no document can be drawn from
        return
    assert bool(jcs_profile.check(draft, context())) == bool(walked)


@given(st.text(max_size=40), st.text(max_size=40), st.integers(1, 2**16), st.integers(0, 2**40))
def test_the_bound_on_the_size_of_a_record_holds(name, occupation, version, status):
    c = replace(
        claims(), name=name, occupation=occupation, version=version, status=status, level=0, sitting="s" * 40
    )
    try:
        size = len(claims_.encode(c))
    except UnicodeEncodeError:
        return
    assert size <= claims_.longest_encoding(c)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=6))
def test_the_short_way_for_plain_names_changes_nothing(name):
    assert names.printed(name) == names.folded(name) == name
    assert unicodedata.normalize("NFKC", name).casefold() == name
