// The range query in the browser: number, name and check code never leave it (docs/formats/buckets.md).
//
//   BLAKE2b-128(salt = epoch, person = "chizheng/bucket", "number \n name \n check code")
//   first bits, at most 16, name a file of one size; 11 bytes are looked for in it; the last unmasks the answer
"use strict";

const MASK = 0xffffffffffffffffn;
const IV = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

const word = (bytes, at) => {
  let value = 0n;
  for (let n = 7; n >= 0; n--) value = (value << 8n) | BigInt(bytes[at + n] ?? 0);
  return value;
};
const turn = (x, n) => ((x >> n) | (x << (64n - n))) & MASK;

// BLAKE2b (RFC 7693) with salt and personalisation, sequential mode.
export function blake2b(message, size, salt, person) {
  const block = new Uint8Array(64);
  block.set([size, 0, 1, 1]);
  block.set(salt, 32);
  block.set(person, 48);
  const h = IV.map((v, n) => v ^ word(block, 8 * n));
  const blocks = Math.max(1, Math.ceil(message.length / 128));
  for (let n = 0; n < blocks; n++) {
    const part = new Uint8Array(128);
    part.set(message.subarray(128 * n, 128 * (n + 1)));
    const last = n === blocks - 1;
    const v = [...h, ...IV];
    v[12] ^= BigInt(last ? message.length : 128 * (n + 1));
    if (last) v[14] ^= MASK;
    const m = Array.from({ length: 16 }, (_, i) => word(part, 8 * i));
    const mix = (a, b, c, d, x, y) => {
      v[a] = (v[a] + v[b] + x) & MASK;
      v[d] = turn(v[d] ^ v[a], 32n);
      v[c] = (v[c] + v[d]) & MASK;
      v[b] = turn(v[b] ^ v[c], 24n);
      v[a] = (v[a] + v[b] + y) & MASK;
      v[d] = turn(v[d] ^ v[a], 16n);
      v[c] = (v[c] + v[d]) & MASK;
      v[b] = turn(v[b] ^ v[c], 63n);
    };
    for (let round = 0; round < 12; round++) {
      const s = SIGMA[round % 10];
      mix(0, 4, 8, 12, m[s[0]], m[s[1]]);
      mix(1, 5, 9, 13, m[s[2]], m[s[3]]);
      mix(2, 6, 10, 14, m[s[4]], m[s[5]]);
      mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
      mix(0, 5, 10, 15, m[s[8]], m[s[9]]);
      mix(1, 6, 11, 12, m[s[10]], m[s[11]]);
      mix(2, 7, 8, 13, m[s[12]], m[s[13]]);
      mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (let i = 0; i < 8; i++) h[i] ^= v[i] ^ v[i + 8];
  }
  const out = new Uint8Array(size);
  for (let n = 0; n < size; n++) out[n] = Number((h[n >> 3] >> BigInt(8 * (n & 7))) & 255n);
  return out;
}

// As core/register.py compares: NFKC, upper case, and what people type differently is one.
function settle(text, strip) {
  let now = text;
  for (let n = 0; n < text.length + 4; n++) {
    const again = strip(now.normalize("NFKC").toUpperCase().normalize("NFKC"));
    if (again === now) break;
    now = again;
  }
  return now;
}
export const plainNumber = (text) => settle(text, (t) => t.replace(/[\s\-‐–—]/gu, ""));
export const plainName = (text) => settle(text, (t) => t.replace(/\s/gu, "").replace(/[·•・‧∙]/gu, "·"));
export function plainCode(text) {
  const plain = plainNumber(text).replace(/[IL]/g, "1").replace(/O/g, "0");
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(plain) ? plain : null;
}

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

export function bucketDigest(epoch, number, name, code) {
  const message = utf8(`${plainNumber(number)}\n${plainName(name)}\n${plainCode(code)}`);
  return blake2b(message, 16, epoch, utf8("chizheng/bucket"));
}

export class Tampered extends Error {}

const HEAD = 20;
const SIGNATURE = 64;
const STATES = ["VALID", "REVOKED", "SUSPENDED", "SUPERSEDED"];

// `get(path)` fetches bytes under the range address. Answers { found, state, level, kind, asOf, prefix, capacity }.
export async function look(get, number, name, code) {
  const current = JSON.parse(new TextDecoder().decode(await get("current.json")));
  const epoch = unhex(current.epoch);
  const published = Uint8Array.from(atob(current.key.split("+").slice(2).join("+")), (c) => c.charCodeAt(0));
  const digest = bucketDigest(epoch, number, name, code);
  // What the pointer says of bits only leads to a file: the signed ones in the file must say the same.
  const { bits } = current;
  if (!Number.isInteger(bits) || bits < 0 || bits > 16) throw new Tampered("bits");
  const first = (((digest[0] << 8) | digest[1]) >> (16 - bits)) << (16 - bits);
  const prefix = first.toString(16).padStart(4, "0");
  const raw = await get(`${current.epoch}/${prefix.slice(0, 2)}/${prefix}`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const body = raw.subarray(0, raw.length - SIGNATURE);
  const capacity = view.getUint16(10);
  if (
    new TextDecoder().decode(raw.subarray(0, 6)) !== "CZBK2\n" ||
    view.getUint16(6) !== bits || view.getUint16(8) !== first ||
    raw.length !== HEAD + 12 * capacity + SIGNATURE
  ) throw new Tampered("shape");
  const key = await crypto.subtle.importKey("raw", published.subarray(1), { name: "Ed25519" }, false, ["verify"]);
  const signed = new Uint8Array([...utf8("chizheng/bucket/v2\n"), ...epoch, ...body]);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, key, raw.subarray(raw.length - SIGNATURE), signed))) {
    throw new Tampered("signature");
  }
  const asOf = Number(view.getBigUint64(12)) * 1000;
  const answer = { found: false, prefix, capacity, asOf };
  for (let at = HEAD; at < body.length; at += 12) {
    if (digest.subarray(2, 13).every((byte, n) => byte === body[at + n])) {
      const packed = body[at + 11] ^ digest[15];
      return { ...answer, found: true, state: STATES[packed & 3], level: (packed >> 2) & 7, kind: packed >> 5 };
    }
  }
  return answer;
}
