// Verify a certificate's code in this phone, with no network: nobody learns who was checked.
//
//   CZ1:<base45> -> COSE_Sign1 -> Ed25519 (WebCrypto) -> claims (docs/formats/claims.md)
//   log promise  -> Ed25519 under the log's key
//   status       -> the signed bundle (docs/formats/status.md), Rice-coded, held whole
//   all keys     -> the trust list, signed by the roots that this page was first opened with
//
// The checks are those of core/verification.py in their order, so that both give the same answer.
// It is green only while the held status data and the trust list are fresh; after that it is amber, not green.
"use strict";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const PROMISE = -70001;
const LIMIT = 4300;

export class Unreadable extends Error {}

export function base45(text) {
  const out = [];
  for (let at = 0; at < text.length; at += 3) {
    const values = [...text.slice(at, at + 3)].map((c) => ALPHABET.indexOf(c));
    if (values.includes(-1) || values.length === 1) throw new Unreadable("base45");
    const number = values[0] + 45 * values[1] + (values.length === 3 ? 2025 * values[2] : 0);
    if (number > (values.length === 3 ? 0xffff : 0xff)) throw new Unreadable("base45");
    if (values.length === 3) out.push(number >> 8);
    out.push(number & 0xff);
  }
  return new Uint8Array(out);
}

// A small CBOR reader: definite lengths only, depth and size bounded; maps become Map, tags { tag, value }.
export function cbor(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const need = (n) => {
    if (at + n > bytes.length) throw new Unreadable("cbor: cut short");
    at += n;
    return at - n;
  };
  const read = (depth) => {
    if (depth > 12) throw new Unreadable("cbor: too deep");
    const head = bytes[need(1)];
    const kind = head >> 5;
    let n = head & 31;
    if (n === 24) n = bytes[need(1)];
    else if (n === 25) n = view.getUint16(need(2));
    else if (n === 26) n = view.getUint32(need(4));
    else if (n === 27) n = Number(view.getBigUint64(need(8)));
    else if (n > 27) throw new Unreadable("cbor: indefinite");
    if (kind === 0) return n;
    if (kind === 1) return -1 - n;
    if (kind === 2) return bytes.subarray(need(n), at);
    if (kind === 3) return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(need(n), at));
    if (kind === 4) {
      if (n > bytes.length) throw new Unreadable("cbor: length");
      return Array.from({ length: n }, () => read(depth + 1));
    }
    if (kind === 5) {
      if (n > bytes.length) throw new Unreadable("cbor: length");
      const map = new Map();
      for (let i = 0; i < n; i++) {
        const key = read(depth + 1);
        if (map.has(key)) throw new Unreadable("cbor: a key twice");
        map.set(key, read(depth + 1));
      }
      return map;
    }
    if (kind === 6) return { tag: n, value: read(depth + 1) };
    if (head === 0xf4 || head === 0xf5) return head === 0xf5;
    if (head === 0xf6) return null;
    throw new Unreadable("cbor: kind");
  };
  const value = read(0);
  if (at !== bytes.length) throw new Unreadable("cbor: something after the end");
  return value;
}

const head = (kind, n) =>
  n < 24 ? [(kind << 5) | n] : n < 256 ? [(kind << 5) | 24, n] : [(kind << 5) | 25, n >> 8, n & 255];
const byteString = (bytes) => [...head(2, bytes.length), ...bytes];
const textString = (text) => {
  const bytes = new TextEncoder().encode(text);
  return [...head(3, bytes.length), ...bytes];
};
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

async function ed25519(publicKey, signature, message) {
  const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
}

async function keyId(publicKey) {
  return hex((await sha256(new Uint8Array([0xed, 0x01, ...publicKey]))).subarray(0, 8));
}

const DAY = (days) => new Date(days * 86400000).toISOString().slice(0, 10);

// The claims record by its integer keys; see docs/formats/claims.md.
export function claims(payload) {
  const record = cbor(payload);
  if (!(record instanceof Map)) throw new Unreadable("claims");
  const raw = record.get(1);
  const number = typeof raw === "number" ? String(raw).padStart(16, "0") : raw;
  const plain = number.length === 16;
  const scores = record.get(9) ?? [null, null, null];
  return {
    number, rawNumber: raw, name: record.get(2), tail: record.get(3)[1], occupation: record.get(6),
    level: record.get(8) ?? (plain ? Number(number[10]) : null), scores: scores.map((s) => (s === null ? null : s / 10)),
    issued: DAY(record.get(11)), year: Number(DAY(record.get(11)).slice(0, 4)), authority: record.get(13),
    sitting: record.get(14) ?? "", basis: record.get(15) ?? 0, version: record.get(16) ?? 1, slot: record.get(17),
  };
}

async function leafOf(payload, c) {
  return new Uint8Array([
    0x85, ...textString("CERT"), ...byteString(await sha256(payload)), ...textString(c.sitting), ...head(0, c.basis), ...head(0, c.version),
  ]);
}

// The status bundle, verified under a status key; returns { asOf, expires, states(year, slot) }.
export async function openBundle(bytes, keys) {
  const magic = "CZSB1\n";
  if (new TextDecoder().decode(bytes.subarray(0, 6)) !== magic || bytes.length < 74) throw new Unreadable("bundle");
  const who = hex(bytes.subarray(6, 10));
  const payload = bytes.subarray(74);
  const message = new Uint8Array([...new TextEncoder().encode("chizheng/status-bundle/v1\n"), ...payload]);
  const key = keys.find((k) => k.id === who);
  if (!key || !(await ed25519(key.public, bytes.subarray(10, 74), message))) throw new Unreadable("bundle signature");
  const body = cbor(payload);
  if (body.get("kind") !== "full") throw new Unreadable("bundle kind");
  const years = new Map();
  for (const [year, capacity, rows] of body.get("years")) {
    const slots = new Map();
    for (const [state, count, k, unary, rest] of rows) for (const slot of rice(count, k, unary, rest, capacity)) slots.set(slot, state);
    years.set(year, slots);
  }
  return {
    asOf: body.get("as_of") * 1000, expires: body.get("exp") * 1000,
    state: (year, slot) => (years.has(year) ? (years.get(year).get(slot) ?? 0) : null),
  };
}

export function rice(count, k, unary, rest, capacity) {
  const bit = (bytes, n) => (bytes[n >> 3] >> (7 - (n & 7))) & 1;
  const slots = [];
  let at = 0, low = 0, slot = -1;
  for (let i = 0; i < count; i++) {
    let high = 0;
    while (at < unary.length * 8 && !bit(unary, at++)) high++;
    let gap = 0;
    for (let b = 0; b < k; b++) gap = gap * 2 + bit(rest, low++);
    slot += high * 2 ** k + gap + 1;
    if (slot >= capacity) throw new Unreadable("rice");
    slots.push(slot);
  }
  return slots;
}

// vkey of signed notes: name+id+base64(type || public)
export function vkey(text) {
  const parts = text.split("+");
  const tail = parts.slice(2).join("+");
  const raw = fromBase64(tail);
  return { name: parts[0], id: parts[1], kind: raw[0], public: raw.subarray(1) };
}

const LEGACY = 3;
const FIRST_ISSUES = [0, 1, 2]; // exam, contest, panel: these reach the log soon after their date
const CHINA = 8 * 3600_000;
const STATES = { 0: "valid", 1: "revoked", 2: "suspended", 3: "superseded" };

const chinaDay = (ms) => new Date(ms + CHINA).toISOString().slice(0, 10);
const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

// What is wrong with the dates, or null: dates as ISO text compare as text.
function dateFault(c, logged, now, delay) {
  const tomorrow = chinaDay(now + 86_400_000);
  if (c.issued > tomorrow || logged > tomorrow) return "not_yet";
  if (c.issued > logged) return "dated_ahead";
  if (c.version === 1 && FIRST_ISSUES.includes(c.basis) && daysBetween(c.issued, logged) > delay) return "backdated";
  return null;
}

// held: { issuers: [{id, public, authority, name, from, to, spans}], logs: [{id, public, from, to}], bundle, until, refused },
// from a trust list that its roots signed (`loadHeld`), good `until`; now in ms;
// delay: days a first issue may take to the log.
export async function verify(text, held, now, delay = Infinity) {
  const clean = text.trim();
  if (!clean.startsWith("CZ1:") || clean.length > LIMIT) throw new Unreadable("prefix");
  let message = cbor(base45(clean.slice(4)));
  if (message && message.tag === 18) message = message.value;
  if (!Array.isArray(message) || message.length !== 4) throw new Unreadable("cose");
  const [protectedRaw, unprotected, payload, signature] = message;
  const header = cbor(protectedRaw);
  const kid = hex(header.get(4) ?? new Uint8Array());
  const issuer = held.issuers.find((k) => k.id === kid);
  if (!issuer) return { verdict: "unrecognised_issuer", colour: "red", reasons: ["issuer"] };
  const toSign = new Uint8Array([0x84, ...textString("Signature1"), ...byteString(protectedRaw), 0x40, ...byteString(payload)]);
  if (header.get(1) !== -8 || !(await ed25519(issuer.public, signature, toSign))) return { verdict: "forged", colour: "red", reasons: ["signature"] };
  const c = claims(payload);
  if (c.authority !== issuer.authority) return { verdict: "forged", colour: "red", reasons: ["authority"] };
  if (c.issued < issuer.from || (issuer.to && c.issued >= issuer.to)) return { verdict: "forged", colour: "red", reasons: ["key_period"] };
  const reasons = ["signed"];
  const promise = unprotected.get(PROMISE);
  const log = promise && held.logs.find((k) => k.id === hex(promise.subarray(0, 4)));
  if (!log) return { verdict: "forged", colour: "red", reasons: ["promise"] };
  const leaf = await sha256(new Uint8Array([0, ...(await leafOf(payload, c))]));
  const promised = new Uint8Array([...new TextEncoder().encode("chizheng/promise/1\n"), ...promise.subarray(0, 12), ...leaf]);
  if (!(await ed25519(log.public, promise.subarray(12), promised))) return { verdict: "forged", colour: "red", reasons: ["promise"] };
  const view = new DataView(promise.buffer, promise.byteOffset);
  const [index, logged] = [view.getUint32(4), chinaDay(view.getUint32(8) * 1000)];
  if (logged < log.from || (log.to && logged >= log.to)) return { verdict: "forged", colour: "red", reasons: ["promise"] };
  const covered = issuer.spans.some((s) => s.log === log.id && s.first <= index && (s.end === null || index < s.end));
  if (issuer.spans.length && !covered) return { verdict: "forged", colour: "red", reasons: ["key_cut_off"] };
  const wrong = dateFault(c, logged, now, delay);
  if (wrong) return { verdict: "forged", colour: "red", reasons: [wrong] };
  reasons.push("logged");
  const state = held.bundle ? held.bundle.state(c.year, c.slot) : null;
  if (state) return { verdict: STATES[state], colour: "red", reasons: [STATES[state], ...reasons], claims: c };
  const current = state === 0 && now < held.bundle.expires;
  const trusted = !held.refused && now < held.until;
  const fresh = current && trusted;
  const said = [...(trusted ? [] : [held.refused ?? "trust_expired"]), ...(current ? [...reasons, "fresh"] : ["stale", ...reasons])];
  if (c.basis === LEGACY) return { verdict: "legacy", colour: "amber", reasons: ["legacy", ...said], claims: c, stale: !fresh };
  return { verdict: "valid", colour: fresh ? "green" : "amber", reasons: said, claims: c, stale: !fresh };
}

// --- the trust list (docs/formats/trust-list.md), taken on the terms of core/trust.py

export class Refused extends Error {}

const LIST_FORMAT = "chizheng/trust/v1";
const LIST_DOMAIN = "chizheng/trust-list/v1\n";

// What is signed: members sorted by name, no spaces; the list holds no other numbers than whole ones.
function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value && typeof value === "object") {
    return "{" + Object.keys(value).sort().map((name) => JSON.stringify(name) + ":" + canonical(value[name])).join(",") + "}";
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Refused("trust_malformed");
  return JSON.stringify(value);
}

function readList(text) {
  try {
    const whole = JSON.parse(text);
    const { sequence, roots, threshold } = whole.list;
    if (whole.format !== LIST_FORMAT || !Number.isSafeInteger(sequence) || !Number.isSafeInteger(threshold)) throw new Error();
    return { list: whole.list, roots: roots.map(vkey), signed: canonical(whole.list), signatures: new Map(whole.signatures.map((s) => [s.key, s.sig])) };
  } catch (fault) {
    throw new Refused("trust_malformed");
  }
}

// How many different keys among the roots signed; a wrong signature does not count.
async function goodRoots(offered, roots) {
  const message = new TextEncoder().encode(LIST_DOMAIN + offered.signed);
  const good = new Set();
  for (const root of roots) {
    try {
      const signature = fromBase64(offered.signatures.get(`${root.name}+${root.id}`));
      if (root.kind === 1 && (await ed25519(root.public, signature, message))) good.add(hex(root.public));
    } catch (fault) {
      // a key or signature that is none is no signature
    }
  }
  return good.size;
}

// The list to use from now on, or Refused. `held`: the text kept from before, whose roots judge; at first use
// the roots pinned in the page do: { roots: [vkey], threshold }.
export async function acceptList(text, held, pinned, now) {
  const offered = readList(text);
  const before = held === null ? null : readList(held);
  if (before) {
    const [got, have] = [offered.list.sequence, before.list.sequence];
    if (got < have || (got === have && offered.signed !== before.signed)) throw new Refused("trust_rollback");
  }
  const judges = before ? [before.roots, before.list.threshold] : [pinned.roots.map(vkey), pinned.threshold];
  for (const [roots, least] of [judges, [offered.roots, offered.list.threshold]]) {
    if ((await goodRoots(offered, roots)) < Math.max(1, least)) throw new Refused("trust_threshold");
  }
  if (now >= offered.list.expires * 1000) throw new Refused("trust_expired");
  return offered.list;
}

async function listed(get, keep, now) {
  const before = keep.read();
  let fault = null;
  try {
    const text = new TextDecoder().decode(await get("trust-list.json"));
    const list = await acceptList(text, before, keep.pinned, now);
    keep.write(text);
    return { list, refused: null };
  } catch (problem) {
    fault = problem;
  }
  if (before === null) throw fault;
  return { list: readList(before).list, refused: fault instanceof Refused ? fault.message : null };
}

// keep: { pinned, read() -> the list kept or null, write(text) }. What is refused leaves the list held in use,
// and `refused` says why; with none held it is thrown.
export async function loadHeld(get, keep, now) {
  const { list, refused } = await listed(get, keep, now);
  const logs = list.logs.map((row) => ({ ...vkey(row.vkey), from: row.from, to: row.to }));
  const ids = new Map(logs.map((log) => [log.name, log.id]));
  const issuers = await Promise.all(
    list.issuers.filter((k) => k.algorithm === "ed25519").map(async (k) => ({ public: fromBase64(k.public), id: await keyId(fromBase64(k.public)),
      authority: k.code, name: k.issuer, from: k.from, to: k.to, spans: k.log.map((s) => ({ log: ids.get(s.origin), first: s.first, end: s.end })) }))
  );
  const bundle = await openBundle(await get("status.bundle"), list.status.map((row) => vkey(row.vkey)));
  return { issuers, logs, bundle, sequence: list.sequence, until: list.expires * 1000, refused };
}
