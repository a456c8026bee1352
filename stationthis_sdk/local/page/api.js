// The way to the gateway: the key, plain requests, and the stream of what happens.

import { problemOf } from "./words.js";

const STORED = "stationthis.key";
const SILENCE = 40_000;
const HIDDEN = 60_000;
const PAUSES = [300, 1000, 2000, 5000, 10_000];

let key = null;

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

// The key from the link, else this tab's; it leaves the address bar at once.
function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given !== null) {
    history.replaceState(null, "", location.pathname);
    keepKey(given);
  } else if (key === null) {
    key = sessionStorage.getItem(STORED);
  }
  return key !== null;
}

function keepKey(given) {
  const trimmed = given.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed)) return forgetKey();
  key = trimmed;
  sessionStorage.setItem(STORED, key);
}

function forgetKey() {
  key = null;
  sessionStorage.removeItem(STORED);
}

const plainly = (more) => ({
  ...more,
  headers: { Authorization: `Bearer ${key}`, ...more?.headers },
  credentials: "omit",
  cache: "no-store",
  referrerPolicy: "no-referrer",
});

async function ask(method, path, body) {
  const more = { method };
  if (body instanceof FormData) more.body = body;
  else if (body !== undefined) {
    more.body = JSON.stringify(body);
    more.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(`/api${path}`, plainly(more));
  } catch {
    throw new Refused(0, "The gateway does not answer: is stationthis local still running?");
  }
  const text = await answer.text();
  let told = text;
  try {
    told = JSON.parse(text);
  } catch {
    // plain text is an answer, too
  }
  if (!answer.ok) throw new Refused(answer.status, problemOf(answer.status, told));
  return told;
}

async function upload(file) {
  const form = new FormData();
  form.append("file", file, file.name);
  return (await ask("POST", "/file/upload", form)).file_url;
}

// Follows the stream for ever, from where it was lost; rejects only when the key is refused.
// A tab hidden for a while lets go of it, as a browser has few connections for each address.
async function follow(take, changed) {
  let last = null;
  let failures = 0;
  for (;;) {
    await whenVisible(changed);
    const ending = new AbortController();
    let letting = 0;
    const hide = () => {
      clearTimeout(letting);
      if (document.hidden) letting = setTimeout(() => ending.abort(), HIDDEN);
    };
    document.addEventListener("visibilitychange", hide);
    try {
      const headers = { Accept: "text/event-stream", ...(last === null ? {} : { "Last-Event-ID": last }) };
      const answer = await fetch("/local/events", plainly({ headers, signal: ending.signal }));
      if (!answer.ok) throw new Refused(answer.status, problemOf(answer.status, await answer.text()));
      for await (const frame of frames(answer.body, ending)) {
        failures = 0;
        changed("on");
        if (frame.id) last = frame.id;
        if (frame.event) heard(take, frame);
      }
    } catch (problem) {
      if (problem instanceof Refused && (problem.status === 401 || problem.status === 403)) throw problem;
    } finally {
      document.removeEventListener("visibilitychange", hide);
      clearTimeout(letting);
      ending.abort();
    }
    if (!document.hidden) {
      changed("lost");
      await new Promise((resolve) => setTimeout(resolve, PAUSES[Math.min(failures++, PAUSES.length - 1)]));
    }
  }
}

// A mistake of ours in showing one thing must not end the stream.
function heard(take, frame) {
  try {
    take(frame.event, JSON.parse(frame.data));
  } catch (problem) {
    console.error(problem);
  }
}

function whenVisible(changed) {
  if (!document.hidden) return Promise.resolve();
  changed("paused");
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
  });
}

async function* frames(body, ending) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let watch = 0;
  try {
    for (;;) {
      clearTimeout(watch);
      watch = setTimeout(() => ending.abort(), SILENCE);
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const whole = text.split("\n\n");
      text = whole.pop();
      for (const one of whole) yield frameOf(one);
    }
  } finally {
    clearTimeout(watch);
    reader.cancel().catch(() => {});
  }
}

function frameOf(text) {
  const frame = { id: "", event: "", data: "" };
  for (const line of text.split("\n")) {
    const at = line.indexOf(": ");
    const name = line.slice(0, at);
    if (name in frame) frame[name] += line.slice(at + 2);
  }
  return frame;
}

export { Refused, ask, follow, forgetKey, keepKey, takeKey, upload };
