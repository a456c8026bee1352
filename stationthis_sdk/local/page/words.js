// How things are said: states, times, problems.

const STATES = {
  "not-started": "Waiting",
  queued: "Queued",
  started: "Starting",
  running: "Running",
  uploading: "Saving",
  success: "Done",
  failed: "Failed",
  timeout: "Timed out",
  cancelled: "Cancelled",
};
const ENDED = new Set(["success", "failed", "timeout", "cancelled"]);
const WAITING = new Set(["not-started", "queued"]);

let skew = 0;

// The gateway's clock is the one that counts.
function setClock(now) {
  skew = now - Date.now();
}

const present = () => Date.now() + skew;
const isLive = (run) => !ENDED.has(run.status);
const stateOf = (run) => STATES[run.status] ?? String(run.status);

function lasted(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 0.1) return "< 0.1 s";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function ago(time) {
  const seconds = (present() - time) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

const exactly = (time) => new Date(time).toLocaleString();

// How long a run has taken, or takes by now; one that waits has taken no time yet.
function tookOf(run) {
  if (run.ended_at) return lasted(run.ended_at - (run.started_at ?? run.created_at));
  if (WAITING.has(run.status)) return "";
  return lasted(present() - (run.started_at ?? run.created_at));
}

// What an answer that is no success says, in its several shapes.
function problemOf(status, body) {
  if (typeof body === "string" && body.trim() !== "") return `${body.trim().slice(0, 300)} (${status})`;
  const detail = body?.detail ?? body?.error;
  if (typeof detail === "string") return `${detail} (${status})`;
  if (Array.isArray(detail)) {
    return detail.map((one) => `${(one?.loc ?? []).slice(1).join(".")}: ${one?.msg}`).join("; ") + ` (${status})`;
  }
  return `The gateway answered ${status}`;
}

export { WAITING, ago, exactly, isLive, lasted, present, problemOf, setClock, stateOf, tookOf };
