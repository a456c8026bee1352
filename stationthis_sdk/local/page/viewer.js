// One run in large: its picture, what went in, what came out.

import { ask } from "./api.js";
import { byId, el, outside, setText } from "./elements.js";
import { itemsOf, renewed, shown } from "./media.js";
import { exactly, isLive, stateOf, tookOf } from "./words.js";

const dialog = byId("viewer");
let run = null;
let index = 0;
let drawn = "";
let again = () => {};

function open(wanted) {
  run = wanted;
  index = 0;
  drawn = "";
  draw();
  dialog.showModal();
}

// The run on show has changed.
function refresh(changed) {
  if (run === null || run.id !== changed.id) return;
  run = changed;
  draw();
}

// What "Use these inputs" does, with the run as the API gives it.
function onAgain(use) {
  again = use;
}

const stage = el("div", { class: "stage" });
const thumbs = el("div", { class: "thumbs" });
const title = el("h2", { id: "viewer-title" });
const state = el("span", { class: "state" });
const took = el("span");
const reason = el("p", { class: "reason" });
const problem = el("p", { class: "problem", role: "alert" });
const facts = el("dl", { class: "facts" });
const files = el("p", { class: "files" });
const cancel = el("button", { type: "button", text: "Cancel", onclick: end });
const reuse = el("button", { type: "button", text: "Use these inputs", onclick: use });
const close = el("button", { type: "button", class: "close", "aria-label": "Close", text: "×", onclick: () => dialog.close() });

dialog.append(
  el("div", { class: "show" }, stage, thumbs),
  el(
    "div",
    { class: "details" },
    el("div", { class: "head" }, title, close),
    el("p", { class: "line" }, state, took),
    reason,
    facts,
    files,
    problem,
    el("p", { class: "actions" }, reuse, cancel),
  ),
);
dialog.addEventListener("click", (click) => {
  if (click.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => {
  run = null;
  stage.replaceChildren(); // films stop
});
dialog.addEventListener("keydown", (pressed) => {
  if (pressed.target instanceof HTMLMediaElement) return;
  if (pressed.key === "ArrowRight") step(1);
  if (pressed.key === "ArrowLeft") step(-1);
});

function step(by) {
  const count = itemsOf(run).length;
  if (count > 1) {
    index = (index + by + count) % count;
    draw();
  }
}

function draw() {
  dialog.dataset.status = run.status;
  setText(title, run.name);
  setText(state, isLive(run) && run.status === "running" ? `Running · ${Math.floor(run.progress * 100)} %` : stateOf(run));
  setText(took, tookOf(run));
  setText(reason, run.status === "failed" || run.status === "timeout" ? run.error || "It gave no reason." : "");
  reason.hidden = reason.textContent === "";
  setText(problem, "");
  cancel.hidden = !isLive(run) || !run.can_cancel;
  reuse.hidden = run.deployment_id === null;
  const items = itemsOf(run);
  const now = JSON.stringify([run.id, run.status, index, items]);
  if (now === drawn) return; // a film that plays goes on
  drawn = now;
  index = Math.min(index, Math.max(0, items.length - 1));
  stage.replaceChildren(items.length > 0 ? shown(items[index], aboutOf(items[index]), renew) : el("p", { class: "nothing", text: emptyWords() }));
  thumbs.hidden = items.length < 2;
  thumbs.replaceChildren(...items.map(thumbOf));
  facts.replaceChildren(...factsOf());
  files.replaceChildren(
    ...items.filter((item) => item.path !== undefined).map((item) => outside(item.path ?? item.address, item.name)),
  );
}

const aboutOf = (item) => `${item.kind === "picture" ? "Picture" : "Output"} ${item.name} of ${run.name}`;
const emptyWords = () => (isLive(run) ? "Nothing has come out yet." : "Nothing came out.");

function thumbOf(item, at) {
  const inner = item.kind === "picture" ? el("img", { src: item.path, alt: "" }) : el("span", { text: item.kind });
  const label = `Show ${item.name ?? `text ${at + 1}`}`;
  return el("button", { type: "button", "aria-label": label, "aria-pressed": String(at === index), onclick: () => { index = at; draw(); } }, inner);
}

function factsOf() {
  const facts = [["Machine", run.machine]];
  if (run.environment !== null) facts.push(["Environment", run.environment]);
  facts.push(["Made", exactly(run.created_at)]);
  for (const [name, value] of Object.entries(run.inputs)) {
    if (!name.startsWith("__")) facts.push([name, typeof value === "string" ? value : JSON.stringify(value)]);
  }
  facts.push(["Run", run.id]);
  return facts.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]);
}

async function renew() {
  const again = run === null ? null : await renewed(run);
  if (again !== null) refresh(again);
}

async function end() {
  cancel.disabled = true;
  try {
    await ask("POST", `/run/${encodeURIComponent(run.id)}/cancel`);
  } catch (refusal) {
    setText(problem, refusal.message);
  } finally {
    cancel.disabled = false;
  }
}

async function use() {
  try {
    again(await ask("GET", `/run/${encodeURIComponent(run.id)}`), run.deployment_id); // whole: here long texts are cut
    dialog.close();
  } catch (refusal) {
    setText(problem, refusal.message);
  }
}

export { onAgain, open, refresh };
