/** What is recorded from this page: sent at once, kept while the network is away, and never over somebody else's word. */

import { get, wording } from "../api.js";
import { byId, button, fill, h, said } from "../dom.js";
import { note, say } from "../live.js";
import { Outbox } from "../outbox.js";
import { base, called, clip, reference, refresh, store } from "./desk.js";

/** @typedef {import("../outbox.js").Change} Change */

// by account: what somebody left unsent in this tab is never recorded as whoever signs in after them
const outbox = new Outbox(`${said("account")} ${reference} ${clip}`, { sent, refused, state });

/** @type {Set<() => void>} */
const settled = new Set();

/**
 * Have ACT called when something was recorded and what follows from it is known.
 * @param {() => void} act
 */
export function whenSettled(act) {
  settled.add(act);
}

/**
 * Record something.
 * @param {string} what in words
 * @param {string} path after that of the clip
 * @param {Record<string, unknown>} body
 * @param {string[]} [about] whom it is about, by id
 * @param {string} [method]
 */
export function record(what, path, body, about = [], method = "POST") {
  outbox.add(what, `${base}${path}`, { seen: store.now.revision, ...body }, about, method);
}

/**
 * Show at once what a decision will mean; the server has the last word.
 * @param {string[]} who
 * @param {Partial<import("../types.js").Subject>} change
 */
export function meanwhile(who, change) {
  const meant = new Set(who);
  store.set({ subjects: store.now.subjects.map((one) => (meant.has(one.id) ? { ...one, ...change } : one)) });
}

/**
 * @param {Change} change
 * @param {any} answer
 */
async function sent(change, answer) {
  say(`Recorded: ${change.what}.`);
  if (answer && typeof answer.revision === "number") store.set({ revision: answer.revision });
  if (!outbox.changes.length) return void fresh();
  await knowing().catch(() => undefined);
}

/** What waits was said knowing of what was recorded just now; not of what others changed meanwhile, who come first. */
async function knowing() {
  const people = /** @type {import("../types.js").Subjects} */ (await get(`${base}/subjects`));
  const known = new Map(store.now.subjects.map((one) => [one.id, one.at]));
  const others = people.subjects.filter((one) => one.at !== known.get(one.id) && one.by !== said("account"));
  const theirs = new Set(others.map((one) => one.id));
  for (const waiting of outbox.changes) {
    if (!waiting.about.some((id) => theirs.has(id))) waiting.body.seen = people.revision;
  }
  store.set({ revision: people.revision });
}

async function fresh() {
  try {
    await refresh();
    for (const act of settled) act();
  } catch (problem) {
    note(`What was recorded could not be read again: ${wording(problem)}`, "bad");
  }
}

/**
 * @param {Change} change
 * @param {import("../api.js").Refused} problem
 */
function refused(change, problem) {
  void fresh();
  if (problem.code === "changed-meanwhile") return conflict(change, problem);
  note(`Not recorded: ${change.what}. ${wording(problem)}`, "bad");
}

/** Settled once no question about a conflict is open: each is asked by itself, and none takes the place of another. */
let asked = Promise.resolve();

/**
 * @param {Change} change
 * @param {import("../api.js").Refused} problem
 */
function conflict(change, problem) {
  asked = asked.then(() => asks(change, problem));
}

/**
 * Ask whose word is to hold, until it is said.
 * @param {Change} change
 * @param {import("../api.js").Refused} problem
 * @returns {Promise<void>}
 */
function asks(change, problem) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("conflict"));
  const keep = button("Keep theirs", () => dialog.close(), { class: "primary" });
  const mine = button("Record mine as well, after theirs", async () => {
    dialog.close();
    await refresh();
    outbox.again(change, store.now.revision);
  });
  fill(
    byId("conflict-body"),
    h("p", {}, wording(problem)),
    h("p", {}, `Yours, which was not recorded: ${change.what}.`),
    h("div", { class: "actions" }, keep, mine),
  );
  if (!dialog.open) dialog.showModal();
  keep.focus();
  return new Promise((done) => dialog.addEventListener("close", () => done(), { once: true }));
}

/**
 * @param {number} waiting
 * @param {boolean} offline
 */
function state(waiting, offline) {
  const line = byId("saving");
  line.classList.toggle("waits", offline);
  const changes = waiting === 1 ? "1 change" : `${waiting} changes`;
  const text = offline
    ? `No connection. ${changes} wait and will be recorded when it is back. Leave this page open.`
    : waiting
      ? "Recording…"
      : "Everything is recorded";
  if (line.textContent !== text) line.textContent = text;
}

/**
 * Say of somebody what is decided, for the list of what was recorded.
 * @param {string} verdict
 * @param {string[]} who
 * @returns {string}
 */
export function sentence(verdict, who) {
  const people = who.length > 3 ? `${who.length} people` : who.map((one) => (one.includes("@") ? "the person clicked" : called(one))).join(", ");
  return `${people}: ${verdict}`;
}
