// What a run put out: pictures, films, sounds, texts, files.

import { ask } from "./api.js";
import { el, outside, ownPath } from "./elements.js";

const KINDS = [
  ["picture", /\.(png|jpe?g|webp|gif|avif|bmp|svg)$/i],
  ["film", /\.(mp4|webm|mov|m4v|mkv)$/i],
  ["sound", /\.(mp3|wav|flac|ogg|opus|m4a|aac)$/i],
  ["writing", /\.(txt|md|json)$/i],
];

const LONGEST = 20_000;

const asked = new Map();
const texts = new Map();

// Everything in the order it came: {kind, path, address, name} or {kind: "text", text}.
function itemsOf(run) {
  const found = [];
  for (const output of run.outputs) {
    if (output.data === null || typeof output.data !== "object" || Array.isArray(output.data)) continue;
    for (const [kind, items] of Object.entries(output.data)) {
      if (!Array.isArray(items) || kind === "output_id") continue;
      for (const item of items) {
        if (typeof item === "string" && item !== "") found.push({ kind: "text", text: item });
        else if (typeof item?.url === "string") found.push(mediaOf(item, output));
      }
    }
  }
  return found;
}

function mediaOf(item, output) {
  const name = String(item.filename ?? output.output_id ?? "file");
  const path = ownPath(item.url);
  const known = KINDS.find(([, pattern]) => pattern.test(name) || pattern.test(item.url.split("?")[0]));
  return { kind: path !== null && known ? known[0] : "file", path, address: item.url, name };
}

// What a text says; "" until it has come, which `come` is told.
function textOf(item, come) {
  if (item.kind === "text") return item.text;
  const file = item.path.split("?")[0];
  if (!texts.has(file)) {
    texts.set(file, "");
    const part = { credentials: "omit", headers: { Range: `bytes=0-${LONGEST - 1}` } };
    fetch(item.path, part)
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((text) => {
        texts.set(file, text);
        come();
      })
      .catch(() => texts.delete(file));
  }
  return texts.get(file);
}

// The run with links that hold: those of private files end after an hour. Null when it was asked lately.
async function renewed(run) {
  if (Date.now() - (asked.get(run.id) ?? 0) < 600_000) return null;
  asked.set(run.id, Date.now());
  try {
    return { ...run, outputs: (await ask("GET", `/run/${encodeURIComponent(run.id)}`)).outputs };
  } catch {
    return null;
  }
}

// One of them at its full size; `lost` is called when it can't be had.
function shown(item, about, lost) {
  if (item.kind === "picture") return el("img", { src: item.path, alt: about, class: "large", onerror: lost });
  if (item.kind === "film") return el("video", { src: item.path, controls: true, class: "large", "aria-label": about });
  if (item.kind === "sound") return el("audio", { src: item.path, controls: true, "aria-label": about });
  if (item.kind === "text" || item.kind === "writing") {
    const paper = el("div", { class: "written", role: "region", tabindex: "0", "aria-label": about });
    const write = () => (paper.textContent = textOf(item, write));
    write();
    return paper;
  }
  return outside(item.address, item.name);
}

export { itemsOf, renewed, shown, textOf };
