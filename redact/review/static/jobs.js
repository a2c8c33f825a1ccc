/** Long work, such as searching for people: begun here, done by the server, told as it goes on. */

import { get, post, send, wording } from "./api.js";
import { note } from "./live.js";

/** @typedef {import("./types.js").Job} Job */

/** @type {Set<(job: Job) => void>} */
const listeners = new Set();
/** @type {Map<string, Job>} */
const known = new Map();
/** @type {EventSource | null} */
let source = null;

/**
 * Have ACT told of every piece of work: how it stands now, and whenever that changes.
 * @param {(job: Job) => void} act
 */
export function onJob(act) {
  listeners.add(act);
  for (const job of known.values()) act(job);
  listen();
}

function listen() {
  if (source) return;
  source = new EventSource("/api/jobs/events");
  source.addEventListener("job", (event) => told(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(() => get("/api/jobs").then((answer) => {
      for (const job of answer.jobs ?? answer) told(job);
      listen();
    }).catch(() => setTimeout(listen, 3000)), 1000);
  });
}

/** @param {Job} job */
function told(job) {
  known.set(job.id, job);
  for (const act of listeners) act(job);
}

/**
 * Begin a piece of work.
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<Job | null>}
 */
export async function startJob(path, body) {
  try {
    const job = /** @type {Job} */ (await post(path, body));
    told(job);
    return job;
  } catch (problem) {
    note(wording(problem), "bad");
    return null;
  }
}

/** Stop a piece of work. @param {string} id */
export async function stopJob(id) {
  await send(`/api/jobs/${id}`, { method: "DELETE" }).catch((problem) => note(wording(problem), "bad"));
}

/** Have a piece of work done again that was interrupted. @param {string} id */
export async function againJob(id) {
  await startJob(`/api/jobs/${id}/again`, {});
}
