// A deployment's inputs as fields of a form: each reads itself, and can be given a value.

import { upload } from "./api.js";
import { el, ownPath, setText } from "./elements.js";

const PREFIX = "ComfyUIDeployExternal";
const UNLISTED = { Seed: "integer", Vid: "string", FaceModel: "string" };
const LARGEST = Number.MAX_SAFE_INTEGER;

// The inputs the API lists, and those of the graph that it leaves out, in the graph's order.
function inputsOf(deployment) {
  const listed = new Map((deployment.input_types ?? []).map((input) => [input.input_id, input]));
  const graph = deployment.version?.workflow_api ?? {};
  const found = new Map();
  for (const node of Object.values(graph)) {
    const given = node?.inputs;
    const id = given?.input_id;
    if (typeof id !== "string" || found.has(id)) continue;
    const kind = String(node.class_type).replace(PREFIX, "");
    if (listed.has(id)) found.set(id, { ...listed.get(id), url: given.default_value_url });
    else if (Object.hasOwn(UNLISTED, kind) && id !== "") {
      found.set(id, { ...given, input_id: id, class_type: node.class_type, type: UNLISTED[kind] });
    }
  }
  for (const [id, input] of listed) if (!found.has(id)) found.set(id, input);
  return [...found.values()];
}

const MADE = {
  Text: longText,
  TextAny: longText,
  Number: number,
  NumberInt: number,
  NumberSlider: slider,
  NumberSliderInt: slider,
  Boolean: flag,
  Enum: choice,
  Seed: seed,
  Image: (input, id) => file(input, id, "image/*"),
  ImageAlpha: (input, id) => file(input, id, "image/*"),
  ImageBatch: (input, id) => file(input, id, "image/*", true),
  Video: (input, id) => file(input, id, "video/*"),
  Vid: (input, id) => file(input, id, "video/*"),
  Audio: (input, id) => file(input, id, "audio/*"),
  EXR: (input, id) => file(input, id, ".exr"),
  File: (input, id) => file(input, id, ""),
  FaceModel: (input, id) => file(input, id, ""),
};

let made = 0;

// {name, node, value(): anything or undefined to leave it to the node, set(value)}
function fieldOf(input) {
  const kind = String(input.class_type).replace(PREFIX, "");
  const id = `field-${(made += 1)}`;
  const isOwn = Object.hasOwn(MADE, kind);
  const field = isOwn ? MADE[kind](input, id) : line(input, id);
  const label = textOf(input.display_name) || String(input.input_id);
  const hint = textOf(input.description);
  const about = hint === "" ? null : el("p", { class: "hint", id: `${id}-hint`, text: hint });
  if (about !== null) field.control.setAttribute("aria-describedby", about.id);
  const name = el("label", { for: id, text: label, title: String(input.input_id) });
  const node =
    field.inline === true
      ? el("div", { class: "field switch" }, el("div", { class: "named" }, name, about), field.body)
      : el("div", { class: "field" }, el("div", { class: "named" }, name, about), field.body);
  node.dataset.input = input.input_id;
  return { name: input.input_id, node, value: field.value, set: field.set };
}

const textOf = (value) => (typeof value === "string" ? value : "");
const plainDefault = (input) => (Array.isArray(input.default_value) || input.default_value == null ? "" : String(input.default_value));

function longText(input, id) {
  const control = el("textarea", { id, rows: 3, spellcheck: "false", value: plainDefault(input) });
  return { control, body: control, value: () => control.value, set: (value) => (control.value = String(value)) };
}

function line(input, id) {
  const control = el("input", { id, type: "text", spellcheck: "false", autocomplete: "off", value: plainDefault(input) });
  const untouched = control.value;
  const value = () => (control.value === "" && untouched === "" ? undefined : control.value);
  return { control, body: control, value, set: (given) => (control.value = String(given)) };
}

function boundsOf(input) {
  const low = typeof input.min_value === "number" ? input.min_value : null;
  const high = typeof input.max_value === "number" ? input.max_value : null;
  return low !== null && high !== null && low > high ? [null, null] : [low, high];
}

// The step holds only if the author's own value is on it; nothing but this page asks for it.
function stepOf(input, low) {
  const whole = input.type === "integer";
  const step = typeof input.step === "number" && input.step > 0 ? input.step : whole ? 1 : null;
  if (step === null) return "any";
  const off = (Number(input.default_value) - (low ?? 0)) / step;
  return Math.abs(off - Math.round(off)) < 1e-6 ? step : whole ? 1 : "any";
}

function number(input, id) {
  const [low, high] = boundsOf(input);
  const control = el("input", { id, type: "number", inputmode: "decimal", min: low, max: high, step: stepOf(input, low), value: plainDefault(input) });
  const value = () => (control.value === "" ? undefined : control.valueAsNumber);
  return { control, body: control, value, set: (given) => (control.value = given) };
}

function slider(input, id) {
  const [low, high] = boundsOf(input);
  const field = number(input, id);
  if (low === null || high === null) return field;
  const label = `${textOf(input.display_name) || input.input_id}, slider`;
  const step = field.control.step === "any" ? (high - low) / 200 || 1 : field.control.step;
  const range = el("input", { type: "range", min: low, max: high, step, "aria-label": label });
  range.value = field.control.value;
  range.addEventListener("input", () => (field.control.value = range.value));
  field.control.addEventListener("input", () => (range.value = field.control.value));
  const set = (given) => {
    field.set(given);
    range.value = given;
  };
  return { ...field, body: el("div", { class: "slider" }, range, field.control), set };
}

function flag(input, id) {
  const control = el("input", { id, type: "checkbox", role: "switch", checked: input.default_value === true });
  return { control, body: control, inline: true, value: () => control.checked, set: (value) => (control.checked = value === true) };
}

function choice(input, id) {
  const options = (input.enum_options ?? []).map(String);
  const first = plainDefault(input);
  if (!options.includes(first)) options.unshift(first);
  const control = el("select", { id }, ...options.map((option) => el("option", { value: option, text: option === "" ? "–" : option })));
  control.value = first;
  const value = () => (control.value === "" ? undefined : control.value);
  const set = (given) => {
    if (!options.includes(String(given))) control.append(el("option", { value: String(given), text: String(given) }));
    control.value = String(given);
  };
  return { control, body: control, value, set };
}

// A random one is drawn here and sent, so that it is known afterwards.
function seed(input, id) {
  const [low, high] = boundsOf(input);
  const least = Math.max(low ?? 0, 0);
  const most = Math.min(high ?? 2 ** 32 - 1, LARGEST);
  const control = el("input", { id, type: "number", min: least, max: most, step: 1, placeholder: "drawn anew each time" });
  const random = el("input", { type: "checkbox" });
  const given = Number(input.default_value);
  const show = (value) => {
    random.checked = value === null;
    control.disabled = random.checked;
    control.value = value ?? "";
  };
  show(Number.isSafeInteger(given) && given >= least && given <= most ? given : null);
  random.addEventListener("change", () => {
    control.disabled = random.checked;
    if (random.checked) control.value = "";
    else if (control.value === "") control.value = drawn(least, most);
  });
  const value = () => (random.checked || control.value === "" ? drawn(least, most) : control.valueAsNumber);
  const body = el("div", { class: "seed" }, control, el("label", { class: "tick" }, random, "Random"));
  return { control, body, value, set: (value) => show(Number.isSafeInteger(value) && value >= 0 ? value : null) };
}

function drawn(least, most) {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  const share = ((high & 0x1fffff) * 2 ** 32 + low) / 2 ** 53;
  return least + Math.floor(share * (most - least + 1));
}

// A file from this computer, or an address; it is uploaded when the run is started.
function file(input, id, accept, several = false) {
  const control = el("input", { id, type: "text", inputmode: "url", spellcheck: "false", autocomplete: "off", placeholder: several ? "Addresses, one after the other" : "An address", value: textOf(input.url) });
  const label = `Choose ${several ? "files" : "a file"} for ${textOf(input.display_name) || input.input_id}`;
  const pick = el("input", { type: "file", accept, multiple: several, class: "unseen", "aria-label": label });
  const zone = el("label", { class: "pick" }, pick, el("span", { text: several ? "Choose files" : "Choose a file" }));
  const thumb = el("img", { alt: "", class: "chosen", hidden: true });
  const names = el("span", { class: "names" });
  const clear = el("button", { type: "button", class: "clear", text: "Remove", hidden: true, onclick: () => take([]) });
  let files = [];

  function take(chosen) {
    files = several ? [...chosen] : [...chosen].slice(0, 1);
    if (files.length === 0) pick.value = "";
    control.disabled = files.length > 0;
    clear.hidden = files.length === 0;
    setText(names, files.map((one) => one.name).join(", ") || "or drop it here");
    look();
  }

  function look() {
    if (thumb.src.startsWith("blob:")) URL.revokeObjectURL(thumb.src);
    const source = files[0]?.type.startsWith("image/") ? URL.createObjectURL(files[0]) : files.length === 0 ? ownPath(control.value) : null;
    thumb.hidden = source === null || accept !== "image/*";
    if (thumb.hidden) thumb.removeAttribute("src");
    else thumb.src = source;
  }

  thumb.addEventListener("error", () => (thumb.hidden = true));
  pick.addEventListener("change", () => take(pick.files));
  control.addEventListener("change", look);
  const body = el("div", { class: "drop" }, el("div", { class: "picked" }, thumb, zone, names, clear), control);
  body.addEventListener("dragover", (drag) => {
    drag.preventDefault();
    body.classList.add("over");
  });
  body.addEventListener("dragleave", () => body.classList.remove("over"));
  body.addEventListener("drop", (drop) => {
    drop.preventDefault();
    body.classList.remove("over");
    take(drop.dataTransfer.files);
  });
  take([]);

  async function value() {
    const addresses = files.length > 0 ? [] : control.value.split(/\s+/).filter(Boolean);
    for (const one of files) addresses.push(await upload(one));
    if (addresses.length === 0) return undefined;
    return several ? addresses : addresses[0];
  }

  function set(given) {
    take([]);
    control.value = [given].flat().map(String).join(" ");
    look();
  }

  return { control, body, value, set };
}

export { fieldOf, inputsOf };
