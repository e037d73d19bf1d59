import contextlib
import itertools
import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizheng.certificates.core.envelopes import sdjwt
from chizheng.certificates.core.keys import Ed25519Verifier, Forged
from chizheng.certificates.core.verification import Bound, Verdict, examine
from chizheng.kernel.errors import BadInput
from tests.certificates.made import ISSUER, LIMITS, NOW, PROFILE, STRANGER, claims, promised, trust
from tests.shared_data import shared

KEY = Ed25519Verifier(ISSUER.public)
HOLDER = STRANGER


def issued(holder=True, **changes):
    count = itertools.count()
    c = claims(**changes)
    return sdjwt.issue(
        c, PROFILE, promised(c), ISSUER, issued_at=NOW, salt=lambda: f"salt{next(count):018d}",
        holder=Ed25519Verifier(HOLDER.public) if holder else None,
    )  # fmt: skip


def test_the_holder_shows_the_level_and_hides_the_scores():
    full = sdjwt.verify(sdjwt.parse(issued()), KEY)
    assert full["theory"] == 855
    shown = sdjwt.verify(sdjwt.parse(sdjwt.present(issued(), ["sex"])), KEY)
    assert shown["level"] == 4
    assert shown["sex"] == 2
    assert not shown.keys() & {"theory", "practice", "birth", "document_tail"}


def test_hidden_values_cannot_be_read_out_of_what_is_shown():
    presented = sdjwt.present(issued(birth=None), [])
    body = sdjwt.parse(presented).body
    assert len(body["_sd"]) == len(sdjwt.HIDEABLE)
    assert body["_sd"] == sorted(body["_sd"])
    assert "855" not in json.dumps({k: v for k, v in body.items() if k in ("theory", "practice")})


@given(st.sets(st.sampled_from(sdjwt.HIDEABLE)))
def test_exactly_the_chosen_are_shown_and_all_verify(chosen):
    report = examine(sdjwt.present(issued(), chosen), trust(), now=NOW, limits=LIMITS)
    assert report.verdict is Verdict.VALID
    assert report.shown.keys() & set(sdjwt.HIDEABLE) == chosen


def test_an_independent_implementation_verifies():
    from jwcrypto.jwk import JWK
    from sd_jwt.verifier import SDJWTVerifier

    public = JWK(**sdjwt.jwk(KEY))
    presented = sdjwt.present(issued(), ["theory", "rating"])
    body = SDJWTVerifier(presented, lambda *_: public, None, None).get_verified_payload()
    ours = sdjwt.verify(sdjwt.parse(presented), KEY)
    assert body == ours


def test_we_verify_what_an_independent_implementation_issues():
    from jwcrypto.jwk import JWK
    from sd_jwt.common import SDObj
    from sd_jwt.holder import SDJWTHolder
    from sd_jwt.issuer import SDJWTIssuer

    key = JWK.generate(kty="OKP", crv="Ed25519")
    claims_ = {SDObj("name"): "甄示例", "nested": {SDObj("a"): 1, "b": [1, SDObj(2), {SDObj("c"): 3}]}}
    made = SDJWTIssuer(claims_, key, sign_alg="EdDSA", add_decoy_claims=True)
    check = sdjwt.key_of_jwk(json.loads(key.export_public()))
    full = sdjwt.verify(sdjwt.parse(made.sd_jwt_issuance), check)
    assert full == {"name": "甄示例", "nested": {"a": 1, "b": [1, 2, {"c": 3}]}}
    holder = SDJWTHolder(made.sd_jwt_issuance)
    holder.create_presentation({"nested": {"a": True}})
    part = sdjwt.verify(sdjwt.parse(holder.sd_jwt_presentation), check)
    assert part == {"nested": {"a": 1, "b": [1, {}]}}


def test_binding_is_for_one_audience_one_nonce_and_now():
    bound = sdjwt.bind(
        sdjwt.present(issued(), []), HOLDER, audience="https://gate.example.cn", nonce="n1", at=NOW
    )
    ask = Bound("https://gate.example.cn", "n1", 300)
    assert examine(bound, trust(), now=NOW, limits=LIMITS, bound=ask).verdict is Verdict.VALID
    for other in (
        Bound("https://other.example.cn", "n1", 300), Bound("https://gate.example.cn", "n2", 300),
    ):  # fmt: skip
        report = examine(bound, trust(), now=NOW, limits=LIMITS, bound=other)
        assert (report.verdict, report.reasons[0].code) == (Verdict.FORGED, "binding_missing")
    late = NOW.replace(hour=23)
    assert examine(bound, trust(), now=late, limits=LIMITS, bound=ask).verdict is Verdict.FORGED
    assert examine(issued(), trust(), now=NOW, limits=LIMITS, bound=ask).verdict is Verdict.FORGED
    stolen = sdjwt.bind(sdjwt.present(issued(), []), ISSUER, audience=ask.audience, nonce="n1", at=NOW)
    assert examine(stolen, trust(), now=NOW, limits=LIMITS, bound=ask).verdict is Verdict.FORGED
    swapped = bound.replace(sdjwt.parse(bound).token + "~", issued().rsplit("~", 1)[0] + "~")
    assert examine(swapped, trust(), now=NOW, limits=LIMITS, bound=ask).verdict is Verdict.FORGED


def _with(body, *disclosures):
    token = sdjwt.sign_jwt({"typ": "dc+sd-jwt"}, body, ISSUER)
    return sdjwt.parse("~".join([token, *disclosures, ""]))


def _disclosure(*parts):
    import base64

    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


def test_attacks_on_disclosures_are_refused():
    one = _disclosure("salt", "level", 1)
    digest = sdjwt._digest(one)
    cases = [
        _with({"level": 4, "_sd": [digest]}, one),  # a disclosure over an open claim
        _with({"_sd": []}, one),  # a disclosure that nobody signed
        _with({"_sd": [digest]}, one, one),  # the same twice
        _with({"_sd": [digest, digest]}, one),  # a digest twice
        _with({"_sd": [digest], "a": [{"...": digest}]}, one),  # one digest in two places
        _with({"_sd": [sdjwt._digest(_disclosure("salt", "_sd", []))]}, _disclosure("salt", "_sd", [])),
        _with({"_sd": [sdjwt._digest(_disclosure("s", 7))]}, _disclosure("s", 7)),  # array kind in an object
        _with({"_sd_alg": "md5", "_sd": []}),
        _with({"_sd": "x"}),
        _with({"a": [{"...": digest, "b": 1}]}),
    ]
    for parsed in cases:
        with pytest.raises(BadInput, match="bad_sdjwt"):
            sdjwt.verify(parsed, KEY)


def test_the_algorithm_is_the_keys_not_the_headers():
    import base64

    head, body, _ = issued().split("~")[0].split(".")
    for header in ({"alg": "none"}, {"alg": "HS256"}, {"alg": "EdDSA", "crit": ["x"]}):
        forged = base64.urlsafe_b64encode(orjson.dumps(header)).decode().rstrip("=")
        with pytest.raises((BadInput, Forged)):
            sdjwt.verify_jwt(f"{forged}.{body}.", KEY)
    assert head


@given(st.text("abcXYZ.~=-_ \n{}", max_size=80) | st.text(max_size=60))
def test_no_text_crashes_the_parser(text):
    with contextlib.suppress(BadInput, Forged):
        sdjwt.verify(sdjwt.parse(text), KEY)


def test_w3c_vectors_of_the_signature_layer():
    root = shared("data/vectors/w3c-vc-jose-cose-test-suite/tests/input")
    jwks = [json.loads(p.read_text()) for p in sorted(root.glob("vm-*.json"))]
    keys = []
    for found in jwks:
        found = found.get("publicKeyJwk", found)
        try:
            keys.append(sdjwt.key_of_jwk(found))
        except BadInput:
            continue  # P-384, P-521
    assert len(keys) >= 2

    def verified(path):
        text = path.read_text().strip()
        for key in keys:
            try:
                return sdjwt.verify(sdjwt.parse(text if "~" in text else text + "~"), key)
            except (BadInput, Forged):
                continue
        return None

    ours = (
        "jose-bad-media-type",
        "jose-minimal",
        "jose-vc-vp-claims",
        "sdjwt-bad-media-type",
    )  # Ed25519, P-256
    for name in ours:
        assert verified(root / f"credential-{name}.txt") is not None, name
    assert verified(root / "credential-jose-bad-signature.txt") is None
    for name in ("nested", "selective"):  # signed with larger curves: the disclosures alone
        parsed = sdjwt.parse((root / f"credential-sdjwt-{name}.txt").read_text())
        opened = sdjwt.disclose(parsed.body, parsed.disclosures)
        assert "_sd" not in json.dumps(opened)
        assert len(json.dumps(opened)) > len(json.dumps(sdjwt.disclose(parsed.body, [])))


def _specifications():
    found = []
    for folder in ("ietf-sd-jwt/examples", "sd-jwt-python/tests/testcases", "sd-jwt-python/examples"):
        found += sorted(shared(f"data/vectors/{folder}").glob("*/specification.yml"))
    return found


def test_the_examples_of_the_rfc_and_of_its_reference_open_as_they_say():
    """Issued and presented by the reference implementation, opened by ours: what the example expects."""
    from jwcrypto.jwk import JWK
    from sd_jwt.holder import SDJWTHolder
    from sd_jwt.issuer import SDJWTIssuer
    from sd_jwt.utils.yaml_specification import load_yaml_specification

    key = JWK.generate(kty="EC", crv="P-256")
    check = sdjwt.key_of_jwk(json.loads(key.export_public()))
    opened = 0
    for path in _specifications():
        spec = load_yaml_specification(path)
        if spec.get("serialization_format", "compact") != "compact":
            continue  # JSON serialisation is not read here
        issued = SDJWTIssuer(spec["user_claims"], key, add_decoy_claims=spec.get("add_decoy_claims", False))
        holder = SDJWTHolder(issued.sd_jwt_issuance)
        holder.create_presentation(spec.get("holder_disclosed_claims", True))
        parsed = sdjwt.parse(holder.sd_jwt_presentation)
        body = sdjwt.verify(parsed, check)
        if "expect_verified_user_claims" in spec:
            assert body == spec["expect_verified_user_claims"], path.parent.name
        opened += 1
    assert opened >= 30
