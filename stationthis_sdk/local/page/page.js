// The page as a whole: the key first, then everything, kept fresh.

import { follow, forgetKey, keepKey, takeKey } from "./api.js";
import { loadDeployments } from "./deployments.js";
import { byId, setText } from "./elements.js";
import { loadMachines } from "./machines.js";
import { take } from "./runs.js";

const FRESH = 20_000;
const CONNECTED = { on: "Live", lost: "Reconnecting…", paused: "Paused", off: "Not connected" };

let opened = false;

function connected(state) {
  byId("connection").dataset.state = state;
  setText(byId("connection-words"), CONNECTED[state]);
}

function load() {
  if (document.hidden || !opened) return;
  loadDeployments();
  loadMachines();
}

async function start() {
  byId("door").hidden = true;
  byId("board").hidden = false;
  byId("nav").hidden = false;
  opened = true;
  load();
  try {
    await follow(take, connected);
  } catch {
    forgetKey();
    ask("This key is not right, or no longer.");
  }
}

function ask(problem) {
  opened = false;
  connected("off");
  byId("board").hidden = true;
  byId("nav").hidden = true;
  byId("door").hidden = false;
  setText(byId("door-problem"), problem);
  byId("door-key").value = "";
  byId("door-key").focus();
}

byId("door-form").addEventListener("submit", (submit) => {
  submit.preventDefault();
  keepKey(byId("door-key").value);
  if (takeKey()) start();
  else ask("That can't be a key.");
});

// The link may be pasted into a tab that has the page already.
addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("key") && takeKey()) location.reload();
});
addEventListener("focus", load);
setInterval(load, FRESH);

if (takeKey()) start();
else ask("");
