// On-site supervision: tasks and filled-in reports live in IndexedDB until the server has confirmed them.
const data = JSON.parse(document.getElementById("page-data").textContent);
const { words, checks } = data;
const main = document.getElementById("onsite");
const network = document.getElementById("network");
const queueList = document.getElementById("queue");

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("chizheng-onsite", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("tasks", { keyPath: "uuid" });
    request.result.createObjectStore("reports", { keyPath: "client" });
    request.result.createObjectStore("who");
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
async function store(name, mode, act) {
  const db = await opened;
  return new Promise((resolve, reject) => {
    const change = db.transaction(name, mode);
    const request = act(change.objectStore(name));
    change.oncomplete = () => resolve(request.result);
    change.onerror = change.onabort = () => reject(change.error);
  });
}
const all = (name) => store(name, "readonly", (s) => s.getAll());
// Another supervisor on the same phone neither sees nor sends the first one's papers; they wait for their author.
const who = () => store("who", "readonly", (s) => s.get("account"));
const mine = async () => {
  const account = await who();
  return (await all("reports")).filter((row) => row.account === account);
};
const put = (name, row, key) => store(name, "readwrite", (s) => s.put(row, key));
const clear = (name) => store(name, "readwrite", (s) => s.clear());

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) k === "class" ? (node.className = v) : node.setAttribute(k, v);
  node.append(...children);
  return node;
}
const field = (label, input) => el("label", { class: "field" }, el("span", {}, label), input);
function say(text, tone = "info") {
  network.textContent = text;
  network.className = `note ${tone}`;
}
const cookie = (name) => document.cookie.split("; ").find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

async function refreshTasks() {
  const answer = await fetch(data.tasks, { headers: { Accept: "application/json" }, redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error("signin");
  if (!answer.ok) throw new Error("server");
  const got = await answer.json();
  await put("who", got.account, "account");
  await clear("tasks");
  for (const task of got.tasks) await put("tasks", task);
}

async function showTasks() {
  const tasks = await all("tasks");
  const waiting = new Set((await mine()).map((r) => r.task));
  const open = tasks.filter((t) => !waiting.has(t.uuid));
  main.replaceChildren(
    ...(open.length
      ? open.map((task) => {
          const button = el("button", { class: "card", type: "button", style: "width:100%;text-align:left" },
            el("strong", {}, `${task.day} ${task.station}`),
            el("span", {}, `${task.number} · ${task.occupation} ${task.level} · ${words.listed} ${task.listed}`));
          button.addEventListener("click", () => showForm(task));
          return button;
        })
      : [el("p", { class: "muted" }, words.nothing)]),
  );
}

function showForm(task) {
  const present = el("input", { type: "number", min: "0", required: "", inputmode: "numeric", name: "present" });
  const strangers = el("input", { type: "number", min: "0", value: "0", inputmode: "numeric", name: "strangers" });
  const remarks = el("textarea", { name: "remarks" });
  const photographs = el("input", { type: "file", accept: "image/jpeg,image/png,image/webp", capture: "environment", multiple: "", name: "photographs" });
  const grave = el("input", { type: "checkbox", name: "grave" });
  const answers = checks.map((check) => {
    // Nothing is met before somebody has looked: each point wants an answer.
    const select = el("select", { name: check.code, required: "" }, el("option", { value: "" }, "—"),
      ...["yes", "no", "none"].map((v) => el("option", { value: v }, words[v])));
    return [check.code, field(check.name, select), select];
  });
  const back = el("button", { class: "btn quiet", type: "button" }, words.back);
  back.addEventListener("click", showTasks);
  const form = el("form", { class: "panel" },
    el("h2", {}, `${task.station} · ${task.day}`),
    el("p", {}, `${words.listed} `, el("strong", {}, String(task.listed))),
    field(words.present, present), field(words.strangers, strangers),
    el("h3", {}, words.checks), ...answers.map((a) => a[1]),
    field(words.remarks, remarks), field(words.photographs, photographs),
    el("label", { class: "check" }, grave, words.grave),
    el("p", {}, el("button", { class: "btn" }, words.save), " ", back));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (present.value === "") return say(words.count, "error");
    const photos = await Promise.all([...photographs.files].slice(0, 12).map(async (f) => ({ name: f.name, blob: await reduced(f) })));
    await put("reports", {
      client: crypto.randomUUID(), account: await who(), task: task.uuid, send: task.send, title: `${task.day} ${task.station}`, state: "queued", photos,
      report: {
        observed_at: new Date().toISOString(), present: Number(present.value), strangers: Number(strangers.value || 0),
        conformity: Object.fromEntries(answers.map(([code, , select]) => [code, select.value])),
        remarks: remarks.value, grave: grave.checked,
      },
    });
    say(words.saved, "success");
    await showTasks();
    await send();
  });
  main.replaceChildren(form);
  present.focus();
}

// A phone's photograph of 10 MB goes down to about 300 kB: enough to see, and a workshop's network can carry it.
async function reduced(file, longest = 1600) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = el("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.82));
  } catch {
    return file;
  }
}

let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  try {
    for (const row of await mine()) {
      if (row.state !== "queued") continue;
      const body = new FormData();
      body.append("report", JSON.stringify({ client: row.client, ...row.report }));
      row.photos.forEach((p, n) => body.append("photograph", p.blob, `${n + 1}-${p.name}`));
      const answer = await fetch(row.send, {
        method: "POST", body, redirect: "manual", headers: { "X-CSRFToken": cookie("csrftoken"), Accept: "application/json" },
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) throw new Error("signin");
      if (answer.status === 201) {
        // Only the fact that it went stays on the phone.
        await put("reports", { client: row.client, account: row.account, task: row.task, title: row.title, state: "sent", photos: [], report: {} });
      } else if (answer.status < 500) {
        const problem = await answer.json().catch(() => ({ title: String(answer.status) }));
        await put("reports", { ...row, state: "refused", reason: problem.title });
      } else throw new Error("server");
    }
  } finally {
    sending = false;
    await showQueue();
  }
}

async function showQueue() {
  const rows = await mine();
  if (!rows.length) { queueList.replaceChildren(el("li", { class: "muted" }, words.empty)); return; }
  queueList.replaceChildren(...rows.map((row) => {
    const line = el("li", { "data-state": row.state }, `${row.title} `,
      el("span", { class: `tag tag-${{ sent: "ok", refused: "bad" }[row.state] ?? "warn"}` }, row.state === "refused" ? words.refused + row.reason : words[row.state]));
    return line;
  }));
}

async function meetNetwork() {
  try {
    await refreshTasks();
    say(words.online, "success");
    await send();
  } catch (fault) {
    if (fault.message === "signin") {
      network.replaceChildren(el("a", { href: data.login }, words.signin));
      network.className = "note warning";
    } else say(words.offline, "warning");
  }
  await showTasks();
  await showQueue();
}

window.addEventListener("online", meetNetwork);
window.addEventListener("offline", () => say(words.offline, "warning"));
if ("serviceWorker" in navigator) navigator.serviceWorker.register(data.worker);
navigator.storage?.persist?.();
meetNetwork();
