"""Attacks on whoever is shown a certificate, one test each, named after the attack; what the verifier says.

The table with all rows is docs/attacks.md; attacks on the log and its monitor are in test_log_attacks.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.claims import Basis
from chizheng.certificates.core.commitments import PersonLeaf, check_evidence, link, person_tree
from chizheng.certificates.core.draft import Draft
from chizheng.certificates.core.envelopes import cose, sdjwt, vc
from chizheng.certificates.core.keys import Ed25519Verifier
from chizheng.certificates.core.lint import LintRefused, lint
from chizheng.certificates.core.note import VerifierKey
from chizheng.certificates.core.trust import DatedKey, SignedList, TrustList, accept
from chizheng.certificates.core.trust import IssuerKey as ListedIssuer
from chizheng.certificates.core.trust_view import ListedTrust
from chizheng.certificates.core.verification import (
    Bound,
    Entry,
    LogKey,
    Medium,
    NotVerified,
    Question,
    Span,
    Status,
    Verdict,
    examine,
    examine_answer,
)
from chizheng.certificates.io import pdf, qr
from chizheng.kernel.errors import Refused
from chizheng.kernel.periods import Period
from tests.certificates import log_house
from tests.certificates.io.printed import sheet
from tests.certificates.log_house import House, people
from tests.certificates.made import (
    ISSUER,
    LIMITS,
    LOG,
    LOG_ID,
    NOW,
    PROFILE,
    STRANGER,
    claims,
    code,
    context,
    issuer_key,
    promised,
    report,
    sealed,
    trust,
)

every_medium = pytest.mark.parametrize("medium", [Medium.QR, Medium.CREDENTIAL, Medium.SDJWT])
NUMBER = claims().number


# -- the bearer ---------------------------------------------------------------------------------------


@every_medium
def test_impersonation_with_a_genuine_certificate(medium):
    """Somebody else's certificate, or a photograph of it: the name and the tail of the document are shown
    for comparison, and a name that was asked with must be the one inside."""
    found = report(sealed(medium), name="甄冒名")
    assert (found.verdict, code(found)) == (Verdict.NAME_MISMATCH, "name_differs")
    assert report(sealed(medium)).shown["document_tail"] == "002X"


def test_impersonation_in_the_exam_room():
    """替考: another person attended and wrote. The chain follows one person through the sitting: with
    attendance, papers and score under the substitute's nullifier there is no evidence for the principal."""
    who, substitute = people("S1", 1)[0], people("S1", 1, start=9)[0]
    chain = House(Path("unused"), witnesses=[]).chain("S1", 1, attend=1, submit=1, score=1, passes=1)
    links = []
    for step, present in zip(
        ("ROSTER", "ATTEND", "SUBMIT", "SCORE"), (who, substitute, who, who), strict=True
    ):
        leaves = [PersonLeaf(bytes(16), present, {"passed": True} if step == "SCORE" else {})]
        entry = replace(chain[step], root=person_tree(leaves).root())
        links.append(link(entry, leaves, present))
    with pytest.raises(Refused) as refused:
        check_evidence(links)
    assert refused.value.params == {"step": "ATTEND", "what": "another person"}


def test_cloned_qr_from_a_wallet_without_the_holders_key():
    bound = Bound("gate.example", "nonce-1", 300)
    text = sdjwt.issue(
        claims(), PROFILE, promised(claims()), ISSUER, issued_at=NOW, salt=lambda: "s" * 22,
        holder=Ed25519Verifier(STRANGER.public),
    )  # fmt: skip
    copied = examine(text, trust(), now=NOW, limits=LIMITS, bound=bound)
    assert (copied.verdict, code(copied)) == (Verdict.FORGED, "binding_missing")
    mine = sdjwt.bind(text, STRANGER, audience=bound.audience, nonce=bound.nonce, at=NOW)
    assert examine(mine, trust(), now=NOW, limits=LIMITS, bound=bound).accepted


@pytest.mark.parametrize(
    "asked",
    [
        Bound("gate.example", "nonce-2", 300),  # yesterday's answer to another nonce
        Bound("other.example", "nonce-1", 300),  # an answer given to another verifier
    ],
)
def test_replayed_presentation(asked):
    text = sdjwt.issue(
        claims(), PROFILE, promised(claims()), ISSUER, issued_at=NOW, salt=lambda: "s" * 22,
        holder=Ed25519Verifier(STRANGER.public),
    )  # fmt: skip
    overheard = sdjwt.bind(text, STRANGER, audience="gate.example", nonce="nonce-1", at=NOW)
    assert code(examine(overheard, trust(), now=NOW, limits=LIMITS, bound=asked)) == "binding_missing"


def test_replayed_presentation_after_its_minutes():
    text = sdjwt.issue(
        claims(), PROFILE, promised(claims()), ISSUER, issued_at=NOW, salt=lambda: "s" * 22,
        holder=Ed25519Verifier(STRANGER.public),
    )  # fmt: skip
    bound = Bound("gate.example", "nonce-1", 300)
    overheard = sdjwt.bind(text, STRANGER, audience=bound.audience, nonce=bound.nonce, at=NOW)
    late = examine(overheard, trust(), now=NOW + timedelta(minutes=6), limits=LIMITS, bound=bound)
    assert code(late) == "binding_missing"


# -- the paper ----------------------------------------------------------------------------------------


def test_qr_swap_on_a_printed_certificate():
    """The genuine code of one certificate on the face of another."""
    victim = claims(number="2610012003400018", name="甄原主")
    swapped = pdf.render([replace(sheet(), claims=victim)], at=NOW)
    text, face = qr.only(qr.certificates(swapped))
    assert report(text).verdict is Verdict.VALID  # the code alone is genuine
    found = report(text, printed=face)
    assert (found.verdict, code(found)) == (Verdict.FORGED, "print_differs")
    honest = pdf.render([sheet()], at=NOW)
    text, face = qr.only(qr.certificates(honest))
    assert report(text, printed=face).verdict is Verdict.VALID


def test_forged_page_behind_a_genuine_one():
    """One file, two certificates: each page is judged by its own code and its own print."""
    pasted = replace(sheet(), claims=claims(number="2610012003400018", name="甄原主"))
    pages = pdf.render([sheet(), pasted], at=NOW)
    found = [report(text, printed=face) for text, face in qr.certificates(pages)]
    assert [one.verdict for one in found] == [Verdict.VALID, Verdict.FORGED]
    assert code(found[1]) == "print_differs"


def test_qr_in_a_letter_is_judged_by_itself():
    letter = "求职信：本人身份证号110105199001010021，附证书二维码"
    assert report(sealed(Medium.QR), printed=letter).verdict is Verdict.VALID


@given(st.integers(0, 10_000), st.integers(0, 44))
def test_altered_qr(where, character):
    text = sealed(Medium.QR)
    at = 4 + where % (len(text) - 4)
    altered = text[:at] + cose.base45.ALPHABET[character] + text[at + 1 :]
    found = report(altered)
    if altered != text:
        assert found.verdict in (Verdict.FORGED, Verdict.UNRECOGNISED_ISSUER)
        assert found.shown == {}
        assert found.say("en")


@every_medium
def test_promise_swapped_between_certificates(medium):
    """A promise is bound to its leaf: it proves nothing for any other certificate."""
    other = promised(claims(number="2610012003400018"))
    assert code(report(sealed(medium, logged=other))) == "bad_promise"


def test_readable_part_says_more_than_the_record():
    """The issuer's own key signs a credential whose face says another level than the record in it."""
    document = vc.document(claims(), PROFILE, promised(claims()))
    document["credentialSubject"]["achievement"]["name"] = "电工"
    text = vc.secure(document, ISSUER, method=vc.method_of(PROFILE.did, ISSUER), created=NOW)
    found = report(text)
    assert (found.verdict, code(found)) == (Verdict.FORGED, "unreadable")


def test_name_with_glyphs_missing_is_never_printed():
    rare = claims(name="张\U0002a6df")
    glyphs = frozenset(map(ord, "张")) | frozenset(range(0x20, 0x9FFF))
    with pytest.raises(LintRefused) as refused:
        lint(Draft(rare, PROFILE), context(glyphs=glyphs))
    assert [f.rule for f in refused.value.findings] == ["glyphs_exist"]
    assert "U+2A6DF" in refused.value.say("en")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("261001200340OO17", "lookalike"),  # two letters O
        ("26l0012003400017", "lookalike"),  # a letter l
        ("Ѕ000044000001261000001", "lookalike"),  # Cyrillic DZE for S
        ("٢٦١٠٠١٢٠٠٣٤٠٠٠١٧", "lookalike"),  # Arabic-Indic digits
        ("旧苏字第12号", "unknown_scheme"),  # an old form, honestly typed
    ],
)
def test_homoglyph_number_is_not_the_genuine_one(typed, reason):
    """Never taken for the number it resembles, never called a forgery, and the reader is told which
    character is strange."""
    held = {NUMBER: (Entry(NUMBER, ("甄示例",), Status.VALID, Basis.EXAM),)}
    question = Question(typed, "甄示例")
    from chizheng.certificates.core import numbers

    found = examine_answer(question, held.get(numbers.normal(typed), ()), trust(), now=NOW, limits=LIMITS)
    assert (found.verdict, code(found)) == (Verdict.UNRECOGNISED_ISSUER, reason)
    assert found.shown == {}


def test_full_width_number_is_the_genuine_one():
    wide = "".join(chr(ord(c) + 0xFEE0) for c in NUMBER)
    held = (Entry(NUMBER, ("甄示例",), Status.VALID, Basis.EXAM),)
    assert (
        examine_answer(Question(wide, "甄示例"), held, trust(), now=NOW, limits=LIMITS).verdict
        is Verdict.VALID
    )


@pytest.mark.parametrize("name", ["АННА", "ΑΝΝΑ", "ANNＡ\u200b"])
def test_homoglyph_name(name):
    """Cyrillic and Greek letters are other letters; full width and invisible ones are typing."""
    found = report(sealed(Medium.QR, claims(name="ANNA")), name=name)
    assert found.verdict is (Verdict.VALID if name.startswith("ANN") else Verdict.NAME_MISMATCH)


# -- the issuing authority ----------------------------------------------------------------------------


@every_medium
def test_stolen_issuer_key_without_the_log(medium):
    assert code(report(sealed(medium, logged=None))) == "not_logged"


@every_medium
def test_stolen_issuer_key_outside_its_log_index(medium):
    def at(index):
        return sealed(medium, logged=promised(claims(), index=index))

    view = trust(issuers={ISSUER.key_id: issuer_key(spans=(Span(LOG_ID, 0, 900),))})
    assert report(at(899), view).verdict is Verdict.VALID  # what the log held before stays valid
    assert code(report(at(900), view)) == "key_cut_off"


@every_medium
def test_stolen_issuer_key_before_its_span_begins(medium):
    view = trust(issuers={ISSUER.key_id: issuer_key(spans=(Span(LOG_ID, 100, None),))})
    assert code(report(sealed(medium, logged=promised(claims(), index=99)), view)) == "key_cut_off"
    other_log = trust(issuers={ISSUER.key_id: issuer_key(spans=(Span(rb"\9\9\9\9", 0, None),))})
    assert code(report(sealed(medium), other_log)) == "key_cut_off"


@every_medium
def test_forged_log_promise(medium):
    assert code(report(sealed(medium, logged=promised(claims(), log=STRANGER)))) == "bad_promise"
    other = promised(claims(number="2610012003400018"))
    assert code(report(sealed(medium, logged=other))) == "bad_promise"
    assert code(report(sealed(medium), trust(logs={}))) == "unknown_log"


@every_medium
def test_stolen_log_key_of_an_earlier_year(medium):
    """A retired log's key makes no promises for days on which it no longer counted."""
    old = LogKey(
        Ed25519Verifier(LOG.public), LOG_ID, "log.example.cn/2025", Period(date(2025, 1, 1), date(2026, 1, 1))
    )
    found = report(sealed(medium), trust(logs={LOG_ID: old}))
    assert (found.verdict, code(found)) == (Verdict.FORGED, "log_not_valid_then")
    current = replace(old, period=Period(date(2026, 1, 1), date(2027, 1, 1)))
    assert report(sealed(medium), trust(logs={LOG_ID: current})).verdict is Verdict.VALID


@every_medium
def test_one_authority_signs_for_another(medium):
    assert code(report(sealed(medium, claims(authority="4400")))) == "other_authority"


def test_corrupt_clerk_signs_without_the_chain():
    """The signing code takes nothing that lint has not passed, and lint wants four logged steps and two
    people."""
    for changes, lacking, rule in (
        ({}, {"commitments": frozenset(("ROSTER", "ATTEND", "SCORE"))}, "commitments_present"),
        ({"basis": Basis.CONTEST, "sitting": ""}, {"approvers": 1}, "two_approvers"),
        ({}, {"authority": "4400"}, "own_authority"),
        ({}, {"pass_mark": 900}, "scores_pass"),
        ({}, {"taken": lambda number, version: True}, "not_taken"),
    ):
        with pytest.raises(LintRefused) as refused:
            lint(Draft(claims(**changes), PROFILE), context(**lacking))
        assert rule in {f.rule for f in refused.value.findings}


@every_medium
def test_backdating(medium):
    late = promised(claims(), at=datetime(2027, 3, 1, tzinfo=UTC))
    found = report(sealed(medium, logged=late), now=datetime(2027, 3, 2, tzinfo=UTC))
    assert (found.verdict, code(found)) == (Verdict.FORGED, "backdated")
    early = promised(claims(), at=datetime(2026, 11, 18, tzinfo=UTC))
    assert code(report(sealed(medium, logged=early))) == "dated_ahead"


@every_medium
def test_certificate_from_the_future(medium):
    c = claims(issued=date(2027, 3, 1), number="2710012003400017")
    ahead = promised(c, at=datetime(2027, 3, 1, 4, tzinfo=UTC))
    found = report(sealed(medium, c, logged=ahead))
    assert (found.verdict, code(found)) == (Verdict.FORGED, "not_yet")
    # dated properly, but promised by a log whose clock (or operator) is ahead
    late_promise = promised(claims(), at=NOW + timedelta(days=3))
    assert code(report(sealed(medium, logged=late_promise))) == "not_yet"


@every_medium
def test_legacy_stock_passed_off_as_examined(medium):
    """Shown as what it is, never green: no evidence stands behind it."""
    c = claims(basis=Basis.LEGACY, sitting="")
    found = report(sealed(medium, c))
    assert (found.verdict, found.colour, code(found)) == (Verdict.LEGACY, "amber", "legacy_entry")


# -- trust list and site ------------------------------------------------------------------------------


def _list(sequence: int = 1, signer=ISSUER, **changes: object) -> TrustList:
    issuer = ListedIssuer(
        signer.key_id.hex(), PROFILE.did, "3200", "ed25519", signer.public, Period(date(2026, 1, 1))
    )
    made = TrustList(
        sequence=sequence, issued_at=1, expires=int(NOW.timestamp()) + 9, roots=(ROOT.vkey,), threshold=1,
        issuers=(issuer,),
        logs=(DatedKey(VerifierKey("log.example.cn/2026", 1, LOG.public), Period(date(2026, 1, 1))),),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


ROOT, OTHER_ROOT = log_house.key("root.example"), log_house.key("root.fake.example")


def _offered(trust: TrustList, root=ROOT) -> SignedList:
    return SignedList.parse(bytes(SignedList(trust, ()).signed(root.name, root.signer)))


def _accept(offered: SignedList, held: TrustList | None = None) -> TrustList:
    return accept(offered, held=held, pinned=[ROOT.vkey], pinned_threshold=1, now=int(NOW.timestamp()))


def test_fake_trust_list():
    """A look-alike site brings its own list with the forger's key on it: the pinned root did not sign."""
    fake = _list(signer=STRANGER, roots=(OTHER_ROOT.vkey,))
    with pytest.raises(Refused, match="trust_threshold"):
        _accept(_offered(fake, OTHER_ROOT))
    renamed = log_house.NamedKey(ROOT.name, OTHER_ROOT.signer)  # under the genuine root's name
    with pytest.raises(Refused, match="trust_threshold"):
        _accept(_offered(_list(signer=STRANGER), renamed))
    with pytest.raises(Refused, match="trust_threshold"):  # and it replaces no list already held
        _accept(_offered(_list(2, signer=STRANGER, roots=(OTHER_ROOT.vkey,)), OTHER_ROOT), held=_list())


def test_replayed_trust_list_from_before_the_theft():
    held = _list(2)
    with pytest.raises(Refused, match="trust_rollback"):
        _accept(_offered(_list(1, signer=STRANGER)), held=held)
    with pytest.raises(Refused, match="trust_expired"):
        _accept(_offered(_list(3, expires=int(NOW.timestamp()))), held=held)


def test_fake_website_with_its_own_keys():
    """The code is no address: nothing to follow to a cloned site, and a self-made issuer stays unknown
    to whoever pins the root, whatever page it is shown on."""
    text = sealed(Medium.QR)
    assert text.startswith("CZ1:") and not any(x in text.lower() for x in ("http", "www", "//"))
    view = ListedTrust(_accept(_offered(_list())), None)
    forged = report(sealed(Medium.QR, signer=STRANGER), view)
    assert (forged.verdict, code(forged)) == (Verdict.UNRECOGNISED_ISSUER, "unknown_key")
    assert forged.shown == {}


def test_issuer_named_but_not_signing():
    document = vc.document(
        claims(), vc.Profile("did:web:gov.example.cn", "某厅", PROFILE.status), promised(claims())
    )
    text = vc.secure(document, ISSUER, method=vc.method_of(PROFILE.did, ISSUER), created=NOW)
    assert code(report(text)) == "other_authority"


def test_log_lost_degrades_to_signed_and_promised():
    """Yeti 2022: without the log's files a certificate is still checked by its own signatures; only the
    proof that somebody asks for is missing."""
    found = report(sealed(Medium.QR))
    assert [r.code for r in found.reasons] == ["genuine", "logged", "status_good"]
    unlogged = trust(issuers={ISSUER.key_id: issuer_key(logged=False)}, logs={})
    assert report(sealed(Medium.QR, logged=None), unlogged).verdict is Verdict.VALID  # if the list says so


# -- status -------------------------------------------------------------------------------------------


@every_medium
def test_suppressed_revocation_turns_amber(medium):
    old = trust(as_of=NOW - timedelta(days=8))
    found = report(sealed(medium), old)
    assert (found.verdict, found.colour, code(found)) == (Verdict.VALID, "amber", "stale")
    with pytest.raises(NotVerified):
        found.required()
    none = report(sealed(medium), trust(years=frozenset()))
    assert (none.verdict, none.colour, code(none)) == (Verdict.VALID, "amber", "status_unknown")
    # a revocation already known counts however old the data are
    revoked = trust(as_of=NOW - timedelta(days=80), statuses={(2026, claims().status): Status.REVOKED})
    assert report(sealed(medium), revoked).verdict is Verdict.REVOKED


@every_medium
def test_revoked_certificate_with_its_old_green_answer(medium):
    """An old report is no evidence: the same presentation is judged by today's data."""
    assert report(sealed(medium)).accepted
    today = trust(statuses={(2026, claims().status): Status.REVOKED})
    assert report(sealed(medium), today).verdict is Verdict.REVOKED


def test_status_slot_of_somebody_else():
    """The slot is signed with the record: a revoked bearer cannot point at a good one."""
    payload = claims_.encode(claims(status=claims().status + 1))
    genuine = cose.from_text(sealed(Medium.QR))
    swapped = genuine.replace(claims_.encode(claims()), payload)
    assert swapped != genuine
    assert report(cose.to_text(swapped)).verdict is Verdict.FORGED
