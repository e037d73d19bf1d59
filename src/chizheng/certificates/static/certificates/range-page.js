// The page around range.js: three fields, one answer, nothing sent.
import { look, plainCode, Tampered } from "./range.js";

const page = document.getElementById("private");
const said = JSON.parse(document.getElementById("range-words").textContent);
const $ = (id) => document.getElementById(id);
const LEGACY = 3;

async function get(path) {
  const answer = await fetch(page.dataset.base + path, { cache: path === "current.json" ? "no-cache" : "default" });
  if (answer.status === 404 && path === "current.json") throw new Error("none");
  if (!answer.ok) throw new Error("offline");
  return new Uint8Array(await answer.arrayBuffer());
}

function show(tone, head, lines = []) {
  const box = $("answer");
  box.className = `verdict ${tone}`;
  box.dataset.tone = tone;
  const strong = document.createElement("strong");
  strong.textContent = head;
  const list = document.createElement("ul");
  list.className = "reasons";
  for (const line of lines) {
    const item = document.createElement("li");
    item.textContent = line;
    list.append(item);
  }
  box.replaceChildren(strong, list);
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
}

async function answer() {
  const [number, name, code] = ["number", "name", "code"].map((id) => $(id).value);
  if (!number.trim() || !name.trim() || !code.trim()) return show("warn", said.missing);
  if (plainCode(code) === null) return show("warn", said.code_shape);
  let found;
  try {
    found = await look(get, number, name, code);
  } catch (fault) {
    if (fault instanceof Tampered) return show("bad", said.tampered);
    if (["none", "offline"].includes(fault.message)) return show("warn", said[fault.message]);
    return show("warn", fault instanceof TypeError ? said.offline : said.unready);
  }
  const lines = [
    said.as_of + new Date(found.asOf).toLocaleString(),
    said.asked.replace("{prefix}", found.prefix).replace("{count}", found.capacity),
  ];
  if (!found.found) return show("bad", said.absent, lines);
  const stale = Date.now() - found.asOf > Number(page.dataset.days) * 86_400_000;
  if (stale) lines.unshift(said.stale);
  if (found.kind === LEGACY) lines.unshift(said.legacy);
  lines.unshift(`${said.level}：${said[`level_${found.level}`] ?? found.level}`);
  return show(found.state !== "VALID" ? "bad" : stale ? "warn" : "ok", said[found.state], lines);
}

$("range-form").addEventListener("submit", (event) => {
  event.preventDefault();
  answer();
});
page.dataset.ready = "yes";
