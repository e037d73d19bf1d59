"""Envelopes against the bare signature: issue and verify per CPU second, ratios within one run.

    PYTHONPATH=src:. python bench/envelopes.py [--peers FOLDER [--schema FILE]]

The floor is libsodium itself, called on the same thread with a message of the envelope's size. With
`--peers` (a folder with node_modules of `jose` and `@digitalbazaar/vc`) the peers run beside it: as they come,
and with the checks that ours makes (schema of Open Badges by `ajv` where `--schema` is given, issuer in a
trust list, status bits, the log's signed promise). Two signatures are checked then, the issuer's and the log's,
so no verifier that calls libsodium can be faster than half its rate: the last row says what ratios that allows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nacl import bindings as sodium

from chizheng.certificates.core import claims as claims_
from chizheng.certificates.core.envelopes import cose, sdjwt, vc
from chizheng.certificates.core.keys import Ed25519Verifier
from chizheng.certificates.core.verification import examine
from tests.certificates.made import ISSUER, LIMITS, NOW, PROFILE, claims, promised, signed, trust

ROUNDS = 5
SECONDS = 0.25


def per_second(work: Callable[[], object]) -> float:
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < SECONDS:
        for _ in range(20):
            work()
        done += 20
    return done / spent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--schema", type=Path)
    args = parser.parse_args()
    peers = args.peers
    made, key, c = signed(), Ed25519Verifier(ISSUER.public), claims()
    promise, frame, view = promised(c), cose.Frame.of(ISSUER), trust()
    payload, qr = claims_.encode(c), cose.from_text(made.qr)
    document, method = vc.document(c, PROFILE, promise), vc.method_of(PROFILE.did, ISSUER)
    secret, public = ISSUER._secret, ISSUER.public
    message = bytes(len(payload) + 40)
    floor_signed = sodium.crypto_sign(message, secret)
    wallet = sdjwt.issue(c, PROFILE, promise, ISSUER, issued_at=NOW, salt=lambda: "s" * 22)

    rows: dict[str, tuple[str, Callable[[], object]]] = {
        "libsodium sign": ("", lambda: sodium.crypto_sign(message, secret)),
        "libsodium verify": ("", lambda: sodium.crypto_sign_open(floor_signed, public)),
        "COSE seal": ("sign", lambda: frame.seal(payload, promise, ISSUER)),
        "COSE open": ("verify", lambda: frame.open(qr, key)),
        "COSE parse + verify": ("verify", lambda: cose.verify(cose.parse(qr), key)),
        "QR text, all checks": ("verify", lambda: examine(made.qr, view, now=NOW, limits=LIMITS)),
        "VC secure": ("sign", lambda: vc.secure(document, ISSUER, method=method, created=NOW)),
        "VC draw + secure": (
            "sign",
            lambda: vc.secure(vc.document(c, PROFILE, promise), ISSUER, method=method, created=NOW),
        ),
        "VC parse + check": ("verify", lambda: vc.check(vc.parse(made.credential), key)),
        "VC, all checks": ("verify", lambda: examine(made.credential, view, now=NOW, limits=LIMITS)),
        "SD-JWT issue": (
            "sign",
            lambda: sdjwt.issue(c, PROFILE, promise, ISSUER, issued_at=NOW, salt=lambda: "s" * 22),
        ),
        "SD-JWT, all checks": ("verify", lambda: examine(wallet, view, now=NOW, limits=LIMITS)),
    }
    found: dict[str, list[float]] = {name: [] for name in rows}
    others: dict[str, list[list[float]]] = {}
    for _ in range(ROUNDS):  # interleaved, so that a busy moment falls on all alike
        for name, (_, work) in rows.items():
            found[name].append(per_second(work))
        for name, rates in (_round(peers, args.schema, made.credential) if peers else {}).items():
            others.setdefault(name, []).append(rates)
    rate = {name: statistics.median(values) for name, values in found.items()}
    print(f"record {len(payload)} B, COSE {len(qr)} B, credential {len(made.credential)} B")
    print(f"{'':24}{'per CPU s':>12}{'of floor':>10}")
    for name, (against, _) in rows.items():
        ratio = f"{rate[name] / rate['libsodium ' + against]:10.2f}" if against else f"{'1.00':>10}"
        print(f"{name:24}{rate[name]:12,.0f}{ratio}")
    if others:
        print()
        _compare(others, rate)


_SCRIPT = """
import { createRequire } from 'module';
const require = createRequire(process.argv[1] + '/');
const doc = JSON.parse(require('fs').readFileSync(0, 'utf8')); delete doc.proof;
const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6 };
async function rate(work) {
  for (const warm = cpu(); cpu() - warm < 0.6;) await work();  // until all of it is compiled
  let n = 0; const start = cpu();
  while (cpu() - start < 0.3) { for (let i = 0; i < 10; i++) await work(); n += 10; }
  return n / (cpu() - start);
}
// What our verifier does beside the proof, for whoever should do the same: schema, issuer, status, log promise.
const crypto = require('crypto');
const log = crypto.generateKeyPairSync('ed25519');
const leaf = Buffer.from(doc.credentialSubject.record.number);
const promise = crypto.sign(null, crypto.createHash('sha256').update(leaf).digest(), log.privateKey);
const states = new Uint8Array(1 << 24), trusted = new Map();
let schema = () => true;
if (process.env.SCHEMA) {
  const ajv = new (require('ajv/dist/2019').default)({ strict: false });
  require('ajv-formats').default(ajv);
  schema = ajv.compile(JSON.parse(require('fs').readFileSync(process.env.SCHEMA, 'utf8')));
}
function otherChecks(found) {
  // the schema wants a list of proofs, and jose's payload has none inside
  if (!schema(found.proof ? { ...found, proof: [found.proof].flat() } : found)) throw new Error(JSON.stringify(schema.errors[0]));
  if (!trusted.has(found.issuer.id)) throw new Error('issuer');
  const slot = Number(found.credentialStatus.statusListIndex);
  if ((states[slot >> 2] >> 2 * (slot & 3)) & 3) throw new Error('status');
  const hash = crypto.createHash('sha256').update(Buffer.from(found.credentialSubject.record.number)).digest();
  if (!crypto.verify(null, hash, log.publicKey, promise)) throw new Error('promise');
}
const out = {};
try {
  const jose = await import(require.resolve('jose'));
  const { privateKey, publicKey } = await jose.generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const issue = () => new jose.CompactSign(new TextEncoder().encode(JSON.stringify(doc)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'vc+jwt' }).sign(privateKey);
  const token = await issue();
  trusted.set(doc.issuer.id, 1);
  const verify = async () =>
    JSON.parse(new TextDecoder().decode((await jose.compactVerify(token, publicKey)).payload));
  otherChecks(await verify());
  out['jose (VC-JOSE)'] = [await rate(issue), await rate(verify), await rate(async () => otherChecks(await verify()))];
} catch (e) { console.error('jose: ' + e.message) }
try {
  const load = async name => await import(require.resolve(name));
  const vc = await load('@digitalbazaar/vc');
  const { DataIntegrityProof } = await load('@digitalbazaar/data-integrity');
  const suite = await load('@digitalbazaar/eddsa-jcs-2022-cryptosuite');
  const key = await load('@digitalbazaar/ed25519-multikey');
  const pair = await key.generate();
  const did = 'did:key:' + pair.publicKeyMultibase;
  pair.id = did + '#' + pair.publicKeyMultibase; pair.controller = did;
  doc.issuer.id = did;
  const controller = { '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did, assertionMethod: [pair.id] };
  const method = await pair.export({ publicKey: true, includeContext: true });
  const documentLoader = async url => {
    if (url === pair.id) return { documentUrl: url, document: method };
    if (url === did) return { documentUrl: url, document: controller };
    throw new Error('not loaded: ' + url);
  };
  const make = suite.createSignCryptosuite, read = suite.createVerifyCryptosuite;
  const issue = () => vc.issue({ credential: structuredClone(doc), documentLoader,
    suite: new DataIntegrityProof({ signer: pair.signer(), cryptosuite: make() }) });
  const made = await issue();
  const verify = async () => {
    const r = await vc.verifyCredential({ credential: structuredClone(made), documentLoader,
      checkStatus: async () => ({ verified: true }),
      suite: new DataIntegrityProof({ cryptosuite: read() }) });
    if (!r.verified) throw r.error;
  };
  await verify();
  trusted.set(did, 1);
  otherChecks(made);
  out['@digitalbazaar/vc JCS'] = [await rate(issue), await rate(verify),
    await rate(async () => { await verify(); otherChecks(made); })];
} catch (e) { console.error('digitalbazaar: ' + (e.errors?.[0]?.message ?? e.message)) }
console.log(JSON.stringify(out));
"""


def _round(folder: Path, schema: Path | None, credential: bytes) -> dict[str, list[float]]:
    """One round of all peers: issue, verify with the peer's own checks, verify with ours, per CPU second."""
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", _SCRIPT, str(folder.resolve())],
        input=credential, capture_output=True, timeout=300, check=False,
        env={**os.environ, "SCHEMA": str(schema.resolve()) if schema else ""},
    )  # fmt: skip
    print(ran.stderr.decode().strip()[-600:], end="", file=sys.stderr)
    return json.loads(ran.stdout or b"{}")


def _compare(others: dict[str, list[list[float]]], rate: dict[str, float]) -> None:
    """Peers with their own checks, and with the ones that ours makes: a ratio of like with like."""
    signs, verifies = rate["libsodium sign"], rate["libsodium verify"]
    ours = (rate["VC draw + secure"], rate["VC parse + check"], rate["VC, all checks"])
    print(f"{'per CPU s':30}{'issue':>9}{'envelope':>10}{'all':>9}")
    for name, rounds in others.items():
        rates = [statistics.median(column) for column in zip(*rounds, strict=True)]
        print(f"{name:30}{rates[0]:9,.0f}{rates[1]:10,.0f}{rates[2]:9,.0f}")
        for who, those in (("ours", ours), ("libsodium alone", (signs, verifies, verifies / 2))):
            ratios = [mine / theirs for mine, theirs in zip(those, rates, strict=True)]
            print(f"{f'  {who}, times that':30}{ratios[0]:8.1f}x{ratios[1]:9.1f}x{ratios[2]:8.1f}x")


if __name__ == "__main__":
    main()
