"""Every verdict, by every medium; attacks are in tests/certificates/attacks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.envelopes import vc
from chizheng.certificates.core.report import to_json
from chizheng.certificates.core.verification import (
    Entry,
    Medium,
    NotVerified,
    Question,
    Status,
    Verdict,
    examine,
    examine_answer,
    verify,
)
from chizheng.kernel.errors import BadInput
from chizheng.kernel.periods import Period
from tests.certificates.made import (
    ISSUER,
    LIMITS,
    NOW,
    PROFILE,
    STRANGER,
    claims,
    code,
    issuer_key,
    promised,
    report,
    sealed,
    trust,
)

MEDIA = [Medium.QR, Medium.CREDENTIAL]
every_medium = pytest.mark.parametrize("medium", MEDIA)


@every_medium
def test_a_good_certificate_is_valid_and_says_why(medium):
    found = report(sealed(medium), name="甄示例")
    assert (found.verdict, found.colour, found.medium) == (Verdict.VALID, "green", medium)
    assert [r.code for r in found.reasons] == ["genuine", "logged", "status_good"]
    assert found.shown["occupation"] == "焊工"
    assert verify(sealed(medium), trust(), now=NOW, limits=LIMITS) == report(sealed(medium))


@every_medium
@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED, Status.SUPERSEDED])
def test_status_decides_the_verdict(medium, status):
    view = trust(statuses={(2026, claims().status): status})
    found = report(sealed(medium), view)
    assert found.verdict.value == status.name.lower()
    assert found.colour == "red"
    with pytest.raises(NotVerified) as refused:
        verify(sealed(medium), view, now=NOW, limits=LIMITS)
    assert refused.value.report == found
    assert found.verdict.say() in refused.value.say()


@every_medium
def test_another_name_does_not_match(medium):
    assert report(sealed(medium), name="甄冒名").verdict is Verdict.NAME_MISMATCH
    assert report(sealed(medium), name=" 甄 示例 ").verdict is Verdict.VALID


@every_medium
def test_corrections_may_reach_the_log_later(medium):
    c = claims(version=2)
    late = promised(c, at=datetime(2027, 3, 1, tzinfo=UTC))
    view = trust(as_of=datetime(2027, 3, 1, 20, tzinfo=UTC))
    assert report(sealed(medium, c, logged=late), view, now=datetime(2027, 3, 2, tzinfo=UTC)).accepted


@every_medium
def test_the_day_of_the_log_is_chinas_day(medium):
    just_after_midnight = promised(claims(), at=datetime(2026, 11, 19, 16, 1, tzinfo=UTC))
    assert report(sealed(medium, logged=just_after_midnight)).verdict is Verdict.VALID
    just_before = promised(claims(), at=datetime(2026, 11, 19, 15, 59, tzinfo=UTC))
    assert code(report(sealed(medium, logged=just_before))) == "dated_ahead"


@every_medium
def test_an_unknown_key_is_unrecognised_not_forged(medium):
    found = report(sealed(medium, signer=STRANGER))
    assert (found.verdict, code(found)) == (Verdict.UNRECOGNISED_ISSUER, "unknown_key")
    assert found.shown == {}


@every_medium
def test_a_key_signs_only_in_its_period(medium):
    view = trust(issuers={ISSUER.key_id: issuer_key(period=Period(date(2026, 11, 21), None))})
    assert code(report(sealed(medium), view)) == "key_not_valid_then"


@every_medium
def test_legacy_is_shown_as_legacy_and_never_upgraded(medium):
    c = claims(basis=Basis.LEGACY, number="旧苏字第12号", level=4, institution="", sitting="")
    found = report(sealed(medium, c))
    assert (found.verdict, code(found)) == (Verdict.LEGACY, "legacy_entry")
    assert found.colour == "amber"
    assert not found.accepted


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_no_input_crashes(presented):
    for before in ("", "CZ1:", "{"):
        given_ = before.encode() + presented if isinstance(presented, bytes) else before + presented
        try:
            examine(given_, trust(), now=NOW, limits=LIMITS)
        except BadInput as fault:
            assert fault.code == "unreadable_input"


def test_online_and_offline_say_the_same():
    """Another view of the same facts: only `as_of` may differ."""
    online, offline = trust(as_of=NOW), trust(as_of=NOW - timedelta(days=2))
    for medium in MEDIA:
        a, b = report(sealed(medium), online), report(sealed(medium), offline)
        assert (a.verdict, a.shown, a.colour) == (b.verdict, b.shown, b.colour)


def test_a_credential_that_names_another_issuer_than_its_key():
    document = vc.document(
        claims(), vc.Profile("did:web:else.example.cn", "别处", PROFILE.status), promised(claims())
    )
    text = vc.secure(document, ISSUER, method=vc.method_of(PROFILE.did, ISSUER), created=NOW)
    assert code(report(text)) == "other_authority"


# -- look-ups ----------------------------------------------------------------------------------------

NUMBER = "2610012003400017"


def entry(**changes):
    made = {"number": NUMBER, "names": ("甄示例", "甄旧名"), "status": Status.VALID, "basis": Basis.EXAM,
            "check_code": claims().check_code, "shown": {"name": "甄示例"}}  # fmt: skip
    return Entry(**{**made, **changes})


def answer(question, *entries, view=None):
    return examine_answer(question, entries, view or trust(), now=NOW, limits=LIMITS)


def test_number_and_name_and_code():
    asked = Question("２６１００１２００３４０００１７", "甄 示例", claims().check_code.lower())
    found = answer(asked, entry())
    assert (found.verdict, found.colour) == (Verdict.VALID, "green")
    assert answer(Question(NUMBER, "甄旧名"), entry()).verdict is Verdict.VALID


def test_a_number_never_gives_a_name_away():
    for name in ("", "甄某某", " "):
        found = answer(Question(NUMBER, name), entry())
        assert found.verdict is Verdict.NAME_MISMATCH
        assert "甄示例" not in str(to_json(found))
    wrong_code = answer(Question(NUMBER, "甄示例", "AAAAAAAA"), entry())
    assert (wrong_code.verdict, code(wrong_code)) == (Verdict.NAME_MISMATCH, "code_differs")
    assert "焊工" not in str(to_json(wrong_code))


def test_not_found_and_unrecognised_are_told_apart():
    assert answer(Question(NUMBER, "甄示例")).verdict is Verdict.NOT_FOUND
    unknown = answer(Question("2699012003400017", "甄示例"))
    assert (unknown.verdict, code(unknown)) == (Verdict.UNRECOGNISED_ISSUER, "unknown_institution")
    scheme = answer(Question("R12N440106326000012", "甄示例"))
    assert (scheme.verdict, code(scheme)) == (Verdict.UNRECOGNISED_ISSUER, "unknown_scheme")
    assert (
        answer(Question("1234567890123", "甄示例")).verdict is Verdict.NOT_FOUND
    )  # Shanghai names no institution


def test_two_certificates_on_one_number():
    both = (entry(), entry(names=("甄另人",), status=Status.REVOKED))
    found = answer(Question(NUMBER, "甄示例"), *both)
    assert (found.verdict, found.reasons[-1].code) == (Verdict.VALID, "number_twice")
    assert answer(Question(NUMBER, "甄另人"), *both).verdict is Verdict.REVOKED


def test_of_two_versions_the_valid_one_counts():
    found = answer(Question(NUMBER, "甄示例"), entry(status=Status.SUPERSEDED), entry())
    assert found.verdict is Verdict.VALID


def test_questions_that_are_none():
    with pytest.raises(BadInput, match="no_number"):
        answer(Question("  ", "甄示例"))
    with pytest.raises(BadInput):
        answer(Question(NUMBER, "甄示例", "short"), entry())


def test_every_reason_and_verdict_has_both_languages():
    for verdict in Verdict:
        assert verdict.say("zh") != verdict.say("en")
    shown = to_json(report(sealed(Medium.QR)), "en")
    assert shown["says"] == "Valid"
    assert shown["reasons"][0]["message"].startswith("Signature valid")


@pytest.mark.parametrize("text", ["{\ud800", '{"proof":"\udcff"}', "CZ1:\udcff", "\ud800"])
def test_half_characters_crash_nothing(text):
    """A shell hands on bytes that are no UTF-8 as half characters."""
    try:
        assert report(text).verdict is Verdict.FORGED
    except BadInput as fault:
        assert fault.code == "unreadable_input"
