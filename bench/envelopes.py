"""Envelopes against the bare signature: issue and verify per CPU second, ratios within one run.

    PYTHONPATH=src:. python bench/envelopes.py [--peers FOLDER [--schema FILE]]

The floor is libsodium itself, called on the same thread with a message of the envelope's size. With
`--peers` (a folder with node_modules of `jose` and `@digitalbazaar/vc`) the peers run beside it: as they come,
and with the checks that ours makes (schema of Open Badges by `ajv` where `--schema` is given, issuer in a
trust list, status bits, the log's signed promise).
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

ROUNDS = 7
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
    for _ in range(ROUNDS):  # interleaved, so that a busy moment falls on all alike
        for name, (_, work) in rows.items():
            found[name].append(per_second(work))
    rate = {name: statistics.median(values) for name, values in found.items()}
    print(f"record {len(payload)} B, COSE {len(qr)} B, credential {len(made.credential)} B")
    print(f"{'':24}{'per CPU s':>12}{'of floor':>10}")
    for name, (against, _) in rows.items():
        ratio = f"{rate[name] / rate['libsodium ' + against]:10.2f}" if against else f"{'1.00':>10}"
        print(f"{name:24}{rate[name]:12,.0f}{ratio}")
    if peers:
        print()
        _peers(peers, args.schema, json.loads(made.credential), rate)


_SCRIPT = """
import { createRequire } from 'module';
const require = createRequire(process.argv[1] + '/');
const doc = JSON.parse(require('fs').readFileSync(0, 'utf8')); delete doc.proof;
const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6 };
async function rate(work) {
  for (let i = 0; i < 20; i++) await work();
  let best = [];
  for (let r = 0; r < 5; r++) {
    let n = 0; const start = cpu();
    while (cpu() - start < 0.4) { for (let i = 0; i < 10; i++) await work(); n += 10; }
    best.push(n / (cpu() - start));
  }
  return best.sort((a, b) => a - b)[2];
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


def _peers(folder: Path, schema: Path | None, document: object, rate: dict[str, float]) -> None:
    """Peers with their own checks, and with the ones that ours makes: a ratio of like with like."""
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", _SCRIPT, str(folder.resolve())],
        input=json.dumps(document), capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "SCHEMA": str(schema.resolve()) if schema else ""},
    )  # fmt: skip
    print(ran.stderr.strip()[-600:], file=sys.stderr)
    print(
        f"{'peer, per CPU s':24}{'issue':>9}{'verify':>9}{'all':>9}   ours: issue, envelope, all : envelope, all : all"
    )
    for name, (issue, verify, whole) in json.loads(ran.stdout or "{}").items():
        ours = (
            rate["VC draw + secure"] / issue,
            rate["VC parse + check"] / verify,
            rate["VC, all checks"] / verify,
            rate["VC, all checks"] / whole,
        )
        print(
            f"{name:24}{issue:9,.0f}{verify:9,.0f}{whole:9,.0f}"
            + "".join(f"{ratio:10.1f}x" for ratio in ours)
        )


if __name__ == "__main__":
    main()
