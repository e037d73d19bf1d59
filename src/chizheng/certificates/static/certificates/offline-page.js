// The page around offline.js: keep the data, read codes by camera or typing, show the answer.
import { loadHeld, verify, Refused, Unreadable } from "./offline.js";

const page = document.getElementById("offline");
const said = JSON.parse(document.getElementById("offline-words").textContent);
const base = page.dataset.public;
const $ = (id) => document.getElementById(id);
let held = null;
let fault = "no_data";

// The list accepted last stays in this browser: its roots, and not the page's, judge the next one.
const keep = {
  pinned: JSON.parse(document.getElementById("offline-roots").textContent),
  read: () => { try { return localStorage.getItem("chizheng-trust-list"); } catch (blocked) { return null; } },
  write: (text) => { try { localStorage.setItem("chizheng-trust-list", text); } catch (blocked) { /* the page's roots judge again */ } },
};

async function get(name) {
  const answer = await fetch(base + name, { cache: "no-cache" });
  if (!answer.ok) throw new Error(name);
  return new Uint8Array(await answer.arrayBuffer());
}

async function refresh() {
  try {
    held = await loadHeld(get, keep, Date.now());
    $("data-age").textContent = said.as_of + new Date(held.bundle.asOf).toLocaleString() + said.list_version.replace("{n}", held.sequence);
    warn(held.refused);
  } catch (problem) {
    fault = problem instanceof Refused ? problem.message : "no_data";
    $("data-age").textContent = held ? $("data-age").textContent : said.no_data;
    warn(fault === "no_data" ? null : fault);
  }
}

// A list that was not accepted: red where nothing else is held, amber where the one held goes on.
function warn(code) {
  const box = $("trust-fault");
  box.hidden = !code;
  box.className = "note " + (held ? "warning" : "error");
  box.dataset.code = code ?? "";
  box.textContent = code ? `${said["reason_" + code]} ${held ? said.list_kept : said.list_none}` : "";
}

function element(name, text, style = "") {
  const one = document.createElement(name);
  one.textContent = text;
  if (style) one.className = style;
  return one;
}

// What the certificate says, to be compared with the bearer's identity document.
function facts(c) {
  const list = element("dl", "", "facts");
  const rows = { name: c.name, tail: c.tail, occupation: c.occupation, level: said["level_" + c.level] ?? c.level, number: c.number, issued: c.issued };
  for (const [field, value] of Object.entries(rows)) list.append(element("dt", said["field_" + field]), element("dd", value));
  return list;
}

async function answer(text) {
  const box = $("answer");
  let result;
  try {
    if (!held) throw new Unreadable("no data");
    result = await verify(text, held, Date.now(), Number(page.dataset.delay));
  } catch (problem) {
    result = { verdict: "unreadable", colour: "red", reasons: [held ? "unreadable" : fault] };
  }
  box.className = "verdict " + { green: "ok", amber: "warn", red: "bad" }[result.colour];
  box.dataset.verdict = result.verdict;
  box.dataset.colour = result.colour;
  box.replaceChildren();
  const key = result.stale ? "stale" : result.verdict;
  box.append(element("strong", said["verdict_" + key] ?? result.verdict));
  if (result.claims) box.append(facts(result.claims));
  if (said["next_" + key]) box.append(element("p", said["next_" + key], "next"));
  const lines = result.reasons.map((r) => said["reason_" + r] ?? r);
  const list = document.createElement("ul");
  list.className = "reasons";
  for (const line of lines) {
    list.append(element("li", line));
  }
  box.append(list);
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

$("offline-form").addEventListener("submit", (event) => {
  event.preventDefault();
  answer($("code-text").value);
});

// Camera: the browser's own detector, or jsQR where the build brought it.
async function readerOf() {
  if ("BarcodeDetector" in window) {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return async (canvas) => (await detector.detect(canvas))[0]?.rawValue ?? null;
  }
  if (page.dataset.jsqr) {
    await new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = page.dataset.jsqr;
      script.onload = done;
      script.onerror = fail;
      document.head.append(script);
    });
    return async (canvas) => {
      const picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR(picture.data, picture.width, picture.height)?.data ?? null;
    };
  }
  return null;
}

// A photograph already taken: read at up to three sizes, for codes small in a large picture.
async function read(file) {
  const reader = await readerOf().catch(() => null);
  if (!reader) return ($("camera-note").textContent = said.no_reader);
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return ($("camera-note").textContent = said.no_picture);
  $("camera-note").textContent = "";
  const canvas = document.createElement("canvas");
  for (const longest of [1600, 2600, 900]) {
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(picture, 0, 0, canvas.width, canvas.height);
    const text = await reader(canvas);
    if (text) {
      $("code-text").value = text;
      return answer(text);
    }
  }
  $("camera-note").textContent = said.no_code;
}
$("picture").addEventListener("change", (event) => event.target.files.length && read(event.target.files[0]));

async function scan() {
  const reader = await readerOf().catch(() => null);
  if (!reader) {
    $("camera-note").textContent = said.no_reader;
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const video = $("camera");
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    const canvas = document.createElement("canvas");
    const look = async () => {
      if (!video.srcObject) return;
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0);
      const text = await reader(canvas);
      if (text && text.startsWith("CZ1:")) {
        stream.getTracks().forEach((t) => t.stop());
        video.srcObject = null;
        video.hidden = true;
        $("code-text").value = text;
        await answer(text);
        return;
      }
      requestAnimationFrame(look);
    };
    look();
  } catch (fault) {
    $("camera-note").textContent = said.no_camera;
  }
}
$("scan").addEventListener("click", scan);

// Chromium offers installation through this event; elsewhere the browser's own menu does.
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const button = $("install");
  button.hidden = false;
  button.onclick = async () => {
    await event.prompt();
    button.hidden = true;
  };
});

if ("serviceWorker" in navigator) navigator.serviceWorker.register(page.dataset.worker, { scope: page.dataset.scope });
refresh().then(() => { page.dataset.ready = held ? "yes" : "no"; });
window.addEventListener("online", refresh);
