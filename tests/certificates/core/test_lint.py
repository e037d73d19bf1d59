import pkgutil
from datetime import date, timedelta

import pytest

from chizheng.certificates.core import rules
from chizheng.certificates.core.claims import Basis, Rating
from chizheng.certificates.core.draft import Draft
from chizheng.certificates.core.lint import Linted, LintRefused, findings, lint
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
