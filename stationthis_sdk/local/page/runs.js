// The runs: one card each, changed in place, so that nothing jumps and nothing loses the focus.

import { ask } from "./api.js";
import { byId, el, say, setText } from "./elements.js";
import { itemsOf, renewed, textOf } from "./media.js";
import { open, refresh } from "./viewer.js";
import { WAITING, ago, exactly, isLive, setClock, stateOf, tookOf } from "./words.js";

const KEPT = 600;

const cards = new Map();
const previews = new Map();
const listeners = new Set();
const ahead = new Map(); // how many runs wait before one
let shown = "all";
let known = false;

// What one run says of itself in a line: its prompt, else its first text.
function promptOf(run) {
  const texts = Object.entries(run.inputs).filter(([name, value]) => typeof value === "string" && !name.startsWith("__"));
  const found = texts.find(([name]) => /prompt|text/i.test(name)) ?? texts.find(([, value]) => !/^(https?|data):/.test(value));
  return found ? found[1] : "";
}

const matches = {
  all: () => true,
  live: isLive,
  done: (run) => run.status === "success",
  failed: (run) => run.status === "failed" || run.status === "timeout",
};

// A link without what only signs it.
const plain = (source) => (source?.startsWith("data:") ? source : source?.split("?")[0]);

class Card {
  constructor(run) {
    this.run = run;
    this.picture = el("img", { alt: "", decoding: "async", loading: "lazy", hidden: true, onerror: () => this.renew() });
    this.words = el("span", { class: "words" });
    this.progress = el("progress", { max: 1 });
    this.view = el("button", { class: "frame", type: "button", onclick: () => open(this.run) }, this.picture, this.words);
    this.cancel = el("button", { class: "cancel", type: "button", text: "Cancel", onclick: () => this.end() });
    this.name = el("span", { class: "name" });
    this.took = el("span", { class: "took" });
    this.prompt = el("p", { class: "prompt" });
    this.state = el("span", { class: "state" });
    this.since = el("time", { class: "since" });
    this.node = el(
      "li",
      { class: "card" },
      el("div", { class: "top" }, this.view, this.progress, this.cancel),
      el("p", { class: "line" }, this.name, this.took),
      this.prompt,
      el("p", { class: "line small" }, this.state, this.since),
    );
    this.update(run);
  }

  update(run) {
    this.run = run;
    const live = isLive(run);
    this.node.dataset.status = run.status;
    this.node.dataset.id = run.id;
    this.node.classList.toggle("live", live);
    this.node.hidden = !matches[shown](run);
    const prompt = promptOf(run);
    setText(this.name, run.name);
    setText(this.prompt, prompt || "\u00a0");
    this.prompt.title = prompt;
    setText(this.state, this.stateWords());
    this.state.title = run.live_status ?? "";
    this.since.dateTime = new Date(run.created_at).toISOString();
    this.since.title = exactly(run.created_at);
    this.progress.hidden = !live;
    this.progress.value = run.progress;
    this.progress.setAttribute("aria-label", `Progress of ${run.name}`);
    this.cancel.hidden = !live || !run.can_cancel;
    this.cancel.setAttribute("aria-label", `Cancel ${run.name}${prompt ? `: ${prompt}` : ""}`);
    this.showTop(prompt);
    this.tick();
  }

  stateWords() {
    const { run } = this;
    if (run.status === "running") return `Running · ${Math.floor(run.progress * 100)} %`;
    const before = WAITING.has(run.status) ? (ahead.get(run.id) ?? 0) : 0;
    return before === 0 ? stateOf(run) : `${stateOf(run)} · ${before} ahead`;
  }

  showTop(prompt) {
    const { run } = this;
    const items = itemsOf(run);
    const picture = items.find((item) => item.kind === "picture");
    if (isLive(run)) this.picture.loading = "eager"; // somebody waits for it
    const source = picture?.path ?? (isLive(run) ? previews.get(run.id) : undefined);
    if (source === undefined) {
      this.picture.hidden = true;
    } else if (this.picture.hidden || plain(this.picture.getAttribute("src")) !== plain(source)) {
      this.picture.src = source;
      this.picture.hidden = false;
    }
    const written = items.find((item) => item.kind === "text" || item.kind === "writing");
    const text = written ? textOf(written, () => this.update(this.run)) : items.map((item) => item.name).join(", ");
    const reason = run.status === "failed" || run.status === "timeout" ? run.error || "It gave no reason." : "";
    setText(this.words, reason || (source === undefined ? text : ""));
    this.words.hidden = this.words.textContent === "";
    const about = [run.name, prompt, stateOf(run), reason].filter(Boolean).join(", ");
    this.view.setAttribute("aria-label", `Open the run: ${about}`);
  }

  async renew() {
    this.picture.hidden = true;
    const again = await renewed(this.run);
    if (again !== null) this.update(again);
  }

  tick() {
    setText(this.took, tookOf(this.run));
    setText(this.since, ago(this.run.created_at));
  }

  async end() {
    this.cancel.disabled = true;
    try {
      await ask("POST", `/run/${encodeURIComponent(this.run.id)}/cancel`);
    } catch (problem) {
      setText(byId("runs-problem"), `It could not be cancelled: ${problem.message}`);
    } finally {
      this.cancel.disabled = false;
    }
  }
}

function take(event, told) {
  if (event === "preview") {
    previews.set(told.id, told.url);
    cards.get(told.id)?.update(cards.get(told.id).run);
    return;
  }
  setClock(told.now);
  if (event === "snapshot") {
    const there = new Set(told.runs.map((run) => run.id));
    for (const id of cards.keys()) if (!there.has(id)) drop(id);
  }
  for (const run of told.runs.sort((one, other) => one.created_at - other.created_at)) put(run, event);
  forget();
  count();
  known = true;
  summarise();
}

function put(run, event) {
  const card = cards.get(run.id);
  if (card === undefined) {
    add(run);
    if (event === "runs") say(`${run.name} is ${stateOf(run).toLowerCase()}`);
    return;
  }
  const before = card.run;
  card.update(run);
  if (isLive(before) && !isLive(run)) {
    previews.delete(run.id);
    say(`${run.name}: ${stateOf(run)}${run.status === "failed" ? `, ${run.error ?? ""}` : ""}`);
  }
  refresh(run);
}

// Newest first, wherever it comes from.
function add(run) {
  const card = new Card(run);
  const list = byId("runs-list");
  const before = [...cards.values()].filter((other) => other.run.created_at <= run.created_at);
  const next = before.reduce((best, other) => (best === null || other.run.created_at > best.run.created_at ? other : best), null);
  list.insertBefore(card.node, next?.node ?? null);
  cards.set(run.id, card);
}

// The oldest that have ended make room.
function forget() {
  if (cards.size <= KEPT) return;
  const ended = [...cards.values()].map((card) => card.run).filter((run) => !isLive(run));
  ended.sort((one, other) => one.created_at - other.created_at);
  for (const run of ended.slice(0, cards.size - KEPT)) drop(run.id);
}

function count() {
  const waiting = [...cards.values()].filter((card) => WAITING.has(card.run.status));
  waiting.sort((one, other) => one.run.created_at - other.run.created_at);
  const machines = new Map();
  ahead.clear();
  for (const card of waiting) {
    const before = machines.get(card.run.machine_id) ?? 0;
    ahead.set(card.run.id, before);
    machines.set(card.run.machine_id, before + 1);
    setText(card.state, card.stateWords());
  }
}

function drop(id) {
  cards.get(id)?.node.remove();
  cards.delete(id);
  previews.delete(id);
}

function summarise() {
  const runs = [...cards.values()].map((card) => card.run);
  const live = runs.filter(isLive).length;
  const visible = runs.filter(matches[shown]).length;
  setText(byId("runs-count"), live > 0 ? `${live} live` : "");
  document.title = live > 0 ? `(${live}) StationThis` : "StationThis";
  const nothing = byId("runs-nothing");
  nothing.hidden = !known || visible > 0;
  setText(nothing, runs.length === 0 ? "No runs yet. Choose a deployment and run it." : "None of the newest runs is like that.");
  for (const tell of listeners) tell(runs);
}

// Called with all runs whenever they have changed.
function onRuns(tell) {
  listeners.add(tell);
}

byId("runs-filter").addEventListener("change", (change) => {
  shown = change.target.value;
  for (const card of cards.values()) card.node.hidden = !matches[shown](card.run);
  summarise();
});
setInterval(() => {
  for (const card of cards.values()) card.tick();
}, 1000);

export { onRuns, take };
