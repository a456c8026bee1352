// The machines with what waits for them, and the sessions that are open.

import { ask } from "./api.js";
import { byId, el, outside, ownPath, say, setText } from "./elements.js";
import { onRuns } from "./runs.js";
import { WAITING, isLive, lasted, present } from "./words.js";

const SERVERLESS = "comfy-deploy-serverless";

let machines = [];
let sessions = [];
let runs = [];
const queues = new Map();

async function loadMachines() {
  await Promise.all([
    load("machines", "/machines?is_deleted=false", (found) => {
      machines = found;
      listMachines();
    }),
    load("sessions", "/sessions", (found) => {
      sessions = found;
      listSessions();
    }),
  ]);
}

async function load(name, path, take) {
  try {
    const found = await ask("GET", path);
    setText(byId(`${name}-problem`), "");
    take(found);
  } catch (problem) {
    setText(byId(`${name}-problem`), problem.message);
  }
}

// Replaces a list's rows only when they differ, so that a button about to be pressed stays.
function fill(name, rows, made) {
  const list = byId(`${name}-list`);
  const now = JSON.stringify(rows);
  setText(byId(`${name}-count`), rows.length > 0 ? String(rows.length) : "");
  if (list.dataset.told === now) return;
  list.dataset.told = now;
  list.replaceChildren(...rows.map(made));
}

function listMachines() {
  const rows = machines.map(({ id, name, type, status, gpu }) => ({ id, name, type, status, gpu }));
  fill("machines", rows, (machine) => {
    const queue = el("span", { class: "small queue" });
    queues.set(machine.id, queue);
    const start = el("button", { type: "button", class: "quiet", text: "Session", "aria-label": `Start a session on ${machine.name}` });
    start.addEventListener("click", () => act(start, "machines", "POST", "/session", { machine_id: machine.id }));
    return el(
      "li",
      {},
      el("span", { class: "dot", "data-state": machine.status, title: machine.status }),
      el("span", { class: "what" }, el("span", { class: "name", text: machine.name }), el("span", { class: "small", text: wordsOf(machine) }), queue),
      machine.type === SERVERLESS ? start : null,
    );
  });
  count();
}

const wordsOf = (machine) =>
  [machine.type === SERVERLESS ? "serverless" : machine.type, machine.gpu, machine.status === "ready" ? null : machine.status].filter(Boolean).join(" · ");

function count() {
  for (const [id, node] of queues) {
    const here = runs.filter((run) => run.machine_id === id && isLive(run));
    const waiting = here.filter((run) => WAITING.has(run.status)).length;
    setText(node, here.length === 0 ? "idle" : `${here.length - waiting} running · ${waiting} waiting`);
  }
}

function listSessions() {
  const rows = sessions.map(({ id, url, gpu, machine_id: machine, timeout_end: end }) => ({ id, url, gpu, machine, end }));
  byId("sessions-nothing").hidden = rows.length > 0;
  fill("sessions", rows, (session) => {
    const name = machines.find((machine) => machine.id === session.machine)?.name ?? "A container of its own";
    const left = el("span", { class: "small left", "data-end": String(endOf(session)) });
    const end = el("button", { type: "button", class: "quiet", text: "End", "aria-label": `End the session on ${name}` });
    end.addEventListener("click", () => act(end, "sessions", "DELETE", `/session/${encodeURIComponent(session.id)}`));
    const here = ownPath(session.url) !== null;
    const words = here ? `${session.gpu} · on this page` : session.url;
    return el(
      "li",
      { "data-here": location.hash === `#session=${session.id}` },
      el("span", { class: "dot", "data-state": "ready" }),
      el("span", { class: "what" }, el("span", { class: "name", text: name }), here ? el("span", { class: "small", text: words }) : outside(session.url, words, { class: "small" }), left),
      end,
    );
  });
  tick();
}

// Times here are UTC although they don't say so, unless they do.
const endOf = (session) => Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(session.end) ? session.end : `${session.end}Z`);

function tick() {
  for (const node of byId("sessions-list").querySelectorAll(".left")) {
    const left = Number(node.dataset.end) - present();
    setText(node, left > 0 ? `${lasted(Math.ceil(left / 1000) * 1000).replace(".0 s", " s")} left` : "over");
  }
}

async function act(button, name, method, path, body) {
  button.disabled = true;
  try {
    await ask(method, path, body);
    say("Done");
    await loadMachines();
  } catch (problem) {
    setText(byId(`${name}-problem`), problem.message);
  } finally {
    button.disabled = false;
  }
}

onRuns((all) => {
  runs = all;
  count();
});
setInterval(tick, 1000);

export { loadMachines };
