// The client of `stationthis serve-stdio` for Node 18 and later; it needs no packages.
// What stands between two marks scripts/generate_stdio_client.py writes, from the schemas.

import { spawn } from "node:child_process";

// numbers: written by the script
export const PROTOCOL = 1;
const LONGEST_LINE = 16777216;
// end of numbers

/** An answer that is an error: `code` is JSON-RPC's number, `word` the product's, `data` all that is known. */
export class StationThisError extends Error {
  constructor({ code, message, data = {} }) {
    super(message);
    this.name = data.type ?? "StationThisError";
    this.code = code;
    this.word = data.code ?? null;
    this.retryable = data.retryable ?? false;
    this.runId = data.run_id ?? null;
    this.problems = data.problems ?? [];
    this.suggestions = data.suggestions ?? [];
    this.data = data;
  }
}

/**
 * The server is gone: what it was asked for may have happened. A submit with the same key finds out; one without a key is
 * not `retryable`, because it could start a second run.
 */
export class ServerGone extends Error {
  constructor(message, retryable = true) {
    super(message);
    this.name = "ServerGone";
    this.retryable = retryable;
  }
}

// Seeds may have 64 bits: numbers that JavaScript would round come as BigInt, where Node can tell (22 and later).
function revive(_key, value, context) {
  if (typeof value !== "number" || Number.isSafeInteger(value) || !/^-?\d+$/.test(context?.source ?? "")) return value;
  return BigInt(context.source);
}

// Half an emoji, as slicing leaves it, is no text; and a number is never rounded on its way.
function replace(_key, value) {
  if (typeof value === "string") return value.replace(/\p{Surrogate}/gu, "\ufffd");
  if (typeof value !== "bigint") return value;
  if (JSON.rawJSON) return JSON.rawJSON(value.toString());
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw new RangeError(`Node ${process.version} can't send ${value} as it is: take Node 22, or a number below 2^53.`);
}

export class StationThis {
  #process;
  #pending = new Map();
  #listeners = new Set();
  #last = 0;
  #gone = null;
  #onLog;
  #closed;
  #said = [];

  /**
   * Start the server. `command` and `args` lead to the `stationthis` command; `local` needs no account; `onLog` hears
   * each line that the server writes to standard error.
   */
  constructor({ command = "stationthis", args = [], local = false, profile, env, cwd, onLog } = {}) {
    const words = [...args, "serve-stdio"];
    if (local) words.push("--local");
    if (profile !== undefined) words.push("--profile", profile);
    this.#onLog = onLog;
    // Ctrl-C in a terminal is for this program, which then closes the server, or just ends: so does the server then.
    const detached = process.platform !== "win32";
    this.#process = spawn(command, words, { cwd, env: env ?? process.env, stdio: "pipe", detached, windowsHide: true });
    this.#process.stdin?.on("error", () => {}); // told by its end
    lines(this.#process.stdout, (line) => this.#hear(line));
    lines(this.#process.stderr, (line) => {
      this.#said = [...this.#said, line].slice(-5);
      this.#log(line);
    });
    this.#closed = new Promise((resolve) => {
      this.#process.once("error", (problem) => {
        this.#end(`${command} could not be started: ${problem.message}`);
        resolve(null);
      });
      this.#process.once("close", (code, signal) => {
        const how = signal ? `by ${signal}` : `with exit code ${code}`;
        const last = code === 0 ? "" : (this.#said.at(-1) ?? "");
        this.#end(`The server has ended, ${how}${last ? `: ${last}` : "."}`);
        resolve(code);
      });
    });
  }

  /** The server's process id; undefined where it could not be started. */
  get pid() {
    return this.#process.pid;
  }

  /** Ask for a method; rejects with StationThisError, or with ServerGone when the server ends before it answers. */
  call(method, params = {}) {
    if (this.#gone) return Promise.reject(new ServerGone(this.#gone));
    const id = ++this.#last;
    const retryable = !["submit", "submit_request"].includes(method) || (params?.key ?? null) !== null;
    return new Promise((resolve, reject) => {
      const line = JSON.stringify({ jsonrpc: "2.0", id, method, params }, replace);
      if (Buffer.byteLength(line) > LONGEST_LINE) {
        const message = `${method} was not sent: it is longer than ${LONGEST_LINE >> 20} MiB. Give large files by their path.`;
        throw new StationThisError({ code: -32600, message });
      }
      this.#pending.set(id, { resolve, reject, retryable });
      this.#process.stdin?.write(`${line}\n`);
    });
  }

  /** Hear each notification, as `(method, params)`; returns what takes the listener away. `call("follow")` makes them come. */
  onNotification(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The events of a run until its end, as an async iterator; of all runs, without an end, when none is named. */
  async *follow(runId, { since = 0, instance, signal } = {}) {
    let cursor = since;
    while (!signal?.aborted) {
      const params = { since: cursor, timeout: 20 };
      if (instance !== undefined) params.instance = instance;
      if (runId !== undefined) params.run_id = runId;
      const told = await interrupted(this.call("events", params), signal);
      if (told === undefined) return;
      for (const event of told.events) {
        yield event;
        if (runId !== undefined && event.event === "end") return;
      }
      if (told.final) return; // its end came before the cursor, or is not kept any more
      ({ cursor, instance } = told);
    }
  }

  /** End the server, runs go on; resolves to its exit code. A server that does not end in time is killed. */
  async close({ patience = 40_000 } = {}) {
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), patience);
    try {
      return await this.#closed;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.close();
  }

  #hear(line) {
    let message;
    try {
      message = JSON.parse(line, revive);
    } catch {
      return; // not ours
    }
    if (message.method !== undefined) {
      for (const listener of this.#listeners) tell(listener, message.method, message.params);
      return;
    }
    if (message.id === null) this.#log(`A message was not understood: ${message.error?.message}`);
    const waiting = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error) waiting?.reject(new StationThisError(message.error));
    else waiting?.resolve(message.result);
  }

  #log(line) {
    if (this.#onLog) tell(this.#onLog, line);
  }

  #end(message) {
    this.#gone ??= message;
    for (const { reject, retryable } of this.#pending.values()) reject(new ServerGone(this.#gone, retryable));
    this.#pending.clear();
  }

  // methods: written by the script
  /** Says who is there, and what can be asked for. Not needed, but a good first thing to ask. */
  hello(params = {}) {
    return this.call("hello", params);
  }

  /** Starts a run. With a key the same run is returned, however often it is asked for, also after a crash. */
  submit(params = {}) {
    return this.call("submit", params);
  }

  /** Waits for a run's end, and returns the run; as it stands, once so many seconds have passed. */
  wait(params = {}) {
    return this.call("wait", params);
  }

  /** Reads a run from the service. */
  get(params = {}) {
    return this.call("get", params);
  }

  /** The same as get. */
  status(params = {}) {
    return this.call("status", params);
  }

  /**
   * What has happened to runs since a cursor; waits so many seconds while there is nothing. A run that is
   * named is watched from then on. The last 10,000 events of this process are kept.
   */
  events(params = {}) {
    return this.call("events", params);
  }

  /** No more notifications. */
  unfollow(params = {}) {
    return this.call("unfollow", params);
  }

  /** Cancels a run, and tells the state it ended in; one that has ended keeps its end. */
  cancel(params = {}) {
    return this.call("cancel", params);
  }

  /** Saves every output into a folder, with a JSON of its inputs beside it unless sidecar is false. */
  save(params = {}) {
    return this.call("save", params);
  }

  /** Uploads a file, and tells its address. */
  upload(params = {}) {
    return this.call("upload", params);
  }

  /** Lists the deployments with their inputs. */
  deployments(params = {}) {
    return this.call("deployments", params);
  }

  /** What runs would cost and how long they take, by earlier runs; nothing is sent. */
  estimate(params = {}) {
    return this.call("estimate", params);
  }

  /**
   * What to send for a run that has ended, on a platform: an ordered plan; one sentence for one that did
   * not end well.
   */
  render(params = {}) {
    return this.call("render", params);
  }

  /** The commands of a bot as the platform registers them; with what is registered, only what has to change. */
  commands(params = {}) {
    return this.call("commands", params);
  }

  /** What somebody likes inputs to be. */
  get_preferences(params = {}) {
    return this.call("get_preferences", params);
  }

  /** Prefers these from now on. */
  set_preferences(params = {}) {
    return this.call("set_preferences", params);
  }

  /** Prefers nothing any more, or not these. */
  forget_preferences(params = {}) {
    return this.call("forget_preferences", params);
  }

  /** submit, in the product's words. */
  submit_request(params = {}) {
    return this.call("submit_request", params);
  }

  /** get, in the product's words. */
  check_status(params = {}) {
    return this.call("check_status", params);
  }

  /** What a run made, in the product's words. */
  get_results(params = {}) {
    return this.call("get_results", params);
  }

  /** cancel, in the product's words. */
  cancel_request(params = {}) {
    return this.call("cancel_request", params);
  }

  /** A signed address to PUT one file to. The file is to be had at download_url once it is there. */
  get_upload_url(params = {}) {
    return this.call("get_upload_url", params);
  }

  /** upload, in the product's words. */
  upload_file(params = {}) {
    return this.call("upload_file", params);
  }
  // end of methods
}

/** A listener that throws is its own program's fault: no answer is lost by it. */
function tell(listener, ...what) {
  try {
    listener(...what);
  } catch (problem) {
    queueMicrotask(() => {
      throw problem;
    });
  }
}

function lines(stream, each) {
  let parts = [];
  stream?.setEncoding("utf8");
  stream?.on("data", (text) => {
    const [first, ...rest] = text.split("\n");
    parts.push(first);
    for (const next of rest) {
      const line = parts.join("");
      parts = [next];
      if (line.trim()) each(line);
    }
  });
}

/** What was asked for, or undefined when the signal comes first. */
function interrupted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => resolve(undefined);
    signal.addEventListener("abort", leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
