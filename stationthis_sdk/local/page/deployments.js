// The deployments, and the form to run the chosen one.

import { ask } from "./api.js";
import { byId, el, say, setText } from "./elements.js";
import { fieldOf, inputsOf } from "./fields.js";
import { onAgain } from "./viewer.js";

const FILTERED = 7;

const form = byId("run-form");
const button = byId("run-button");
const filter = byId("deployments-filter");
const choices = new Map();
const drawnForms = new Map();
let chosen = null;
let onShow = null;
let told = "";

async function loadDeployments() {
  let found;
  try {
    found = await ask("GET", "/deployments?is_fluid=true");
    setText(byId("deployments-problem"), "");
  } catch (problem) {
    setText(byId("deployments-problem"), `The deployments can't be listed: ${problem.message}`);
    return;
  }
  const now = JSON.stringify(found);
  if (now === told) return;
  told = now;
  list(found);
}

function list(found) {
  const before = chosen;
  const versions = new Map([...choices].map(([id, { deployment }]) => [id, deployment.workflow_version_id]));
  choices.clear();
  for (const { id, workflow_version_id: version } of found) if (versions.get(id) !== version) drawnForms.delete(id);
  const held = byId("deployments-list").contains(document.activeElement);
  byId("deployments-list").replaceChildren(byId("deployments-list").firstElementChild, ...found.map(choiceOf));
  setText(byId("deployments-count"), String(found.length));
  filter.hidden = found.length < FILTERED;
  narrow();
  const wide = matchMedia("(min-width: 56rem)").matches;
  const wanted = choices.has(before) ? before : wide && found.length > 0 ? preferred(found) : null;
  choose(wanted);
  if (held && wanted !== null) choices.get(wanted).radio.focus();
}

// What makes something out of words alone is the easiest to try.
function preferred(found) {
  const isFile = (input) => /Image|Vid|Audio|EXR|File|FaceModel/.test(input.class_type);
  const easy = found.find((one) => inputsOf(one).length > 0 && !inputsOf(one).some(isFile));
  return (easy ?? found[0]).id;
}

function choiceOf(deployment) {
  const radio = el("input", { type: "radio", name: "deployment", value: deployment.id, onchange: () => choose(deployment.id) });
  const name = deployment.workflow?.name ?? "A workflow that is gone";
  const about = [deployment.description, countOf(inputsOf(deployment))].filter(Boolean).join(" · ");
  const node = el(
    "label",
    { class: "choice" },
    radio,
    el(
      "span",
      {},
      el("span", { class: "line" }, el("span", { class: "name", text: name }), el("span", { class: "tag", text: deployment.environment })),
      el("span", { class: "hint", text: about }),
    ),
  );
  choices.set(deployment.id, { deployment, radio, node, name });
  return node;
}

const countOf = (inputs) => (inputs.length === 0 ? "no inputs" : inputs.length === 1 ? "1 input" : `${inputs.length} inputs`);

function narrow() {
  const wanted = filter.hidden ? "" : filter.value.trim().toLowerCase();
  for (const { node, name } of choices.values()) node.hidden = !name.toLowerCase().includes(wanted);
}

// A form that was filled in is kept while others are looked at.
function choose(id) {
  chosen = id;
  form.hidden = id === null;
  if (id === null) return;
  const { deployment, radio } = choices.get(id);
  radio.checked = true;
  if (!drawnForms.has(id)) drawnForms.set(id, inputsOf(deployment).map(fieldOf));
  const fields = drawnForms.get(id);
  if (fields !== onShow) byId("run-fields").replaceChildren(...fields.map((field) => field.node)); // the focus stays
  onShow = fields;
  setText(byId("run-problem"), "");
}

form.addEventListener("submit", async (submit) => {
  submit.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  setText(button, "Starting…");
  setText(byId("run-problem"), "");
  try {
    const inputs = [];
    for (const field of drawnForms.get(chosen)) {
      const value = await field.value();
      if (value !== undefined) inputs.push([field.name, value]);
    }
    await ask("POST", "/run/deployment/queue", { deployment_id: chosen, inputs: Object.fromEntries(inputs) });
    say("The run is queued");
    if (!matchMedia("(min-width: 56rem)").matches) byId("runs").scrollIntoView();
  } catch (problem) {
    setText(byId("run-problem"), problem.message);
  } finally {
    button.disabled = false;
    setText(button, "Run");
  }
});

form.addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) form.requestSubmit();
});
filter.addEventListener("input", narrow);

onAgain((run, deploymentId) => {
  if (!choices.has(deploymentId)) throw new Error("Its deployment is gone.");
  choose(deploymentId);
  for (const field of drawnForms.get(deploymentId)) {
    if (Object.hasOwn(run.workflow_inputs, field.name)) field.set(run.workflow_inputs[field.name]);
  }
  byId("deployments").scrollIntoView({ block: "nearest" });
  button.focus({ preventScroll: true });
});

export { loadDeployments };
