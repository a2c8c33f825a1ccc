/**
 * Where to look first: the riskiest seconds, one after the other, each shown frame by frame as it will leave. A moment counts
 * as looked at once every frame of its second was on the screen so; who looked, and for how long, is recorded.
 */

import { get, post } from "../api.js";
import { byId, button, fill, h, refill } from "../dom.js";
import { say } from "../live.js";
import { spelt } from "../times.js";
import { record, whenSettled } from "./changes.js";
import { base, frameAt, go, seconds, store, timeline } from "./desk.js";
import { again, whenShown } from "./view.js";

/** @typedef {import("../types.js").WorkItem} WorkItem */

const BATCH = 5;
const FASTEST_MS = 40;
const PATIENCE_MS = 4000;

/** @type {WorkItem[]} */
let items = [];
let current = "";
let since = 0;
/** Goes up whenever another moment is begun, so that the one before stops. */
let turn = 0;
/** @type {Set<string>} */
const seen = new Set();
/** Frames of the moment that were on the screen. @type {Set<number>} */
let shown = new Set();
/** @type {string[]} */
let batch = [];
let batchMs = 0;
/** @type {(looked: number, total: number) => void} */
let counts = () => undefined;

/**
 * Get the list ready; COUNT is told how many were looked at, of how many.
 * @param {(looked: number, total: number) => void} count
 */
export async function ready(count) {
  counts = count;
  whenSettled(() => void load());
  whenShown(onScreen);
  addEventListener("pagehide", () => hand(true));
  document.addEventListener("visibilitychange", () => document.hidden && hand());
  setInterval(() => batch.length && performance.now() - since > 8000 && hand(), 4000);
  await load();
}

async function load() {
  const answer = /** @type {import("../types.js").Worklist} */ (await get(`${base}/worklist`));
  items = answer.items.filter((item) => item.kind !== "question");
  for (const item of items) if (item.looked.length) seen.add(item.id);
  const gone = current !== "" && !seen.has(current) && !items.some((item) => item.id === current);
  // what is on the screen is no moment to look at any more, by what was decided just before it was begun
  if (gone && byId("tab-worklist").getAttribute("aria-selected") === "true") step(1);
  else show();
}

/** How many are left to look at. @returns {number} */
export function left() {
  return items.filter((item) => !seen.has(item.id)).length;
}

/**
 * Go to the next moment that nobody looked at, or the one before.
 * @param {1 | -1} way
 */
export function step(way) {
  const place = items.findIndex((item) => item.id === current);
  const order = way > 0 ? [...items.slice(place + 1), ...items.slice(0, place + 1)] : items.slice(0, Math.max(0, place)).reverse();
  const next = way > 0 ? order.find((item) => !seen.has(item.id)) : order[0];
  byId("tab-worklist").click();
  if (next) return void to(next);
  current = "";
  turn += 1;
  hand();
  show();
  say(items.length ? "Every moment on the list was looked at." : "There is nothing on the list.");
}

/** The frames of the second of ITEM. @param {WorkItem} item @returns {[number, number]} */
function framesOf(item) {
  const first = frameAt(item.second);
  const from = seconds(first) < item.second ? Math.min(first + 1, timeline.frames - 1) : first;
  return [from, Math.max(from, frameAt(item.second + 1 - 1e-6))];
}

/**
 * Show a moment, frame by frame.
 * @param {WorkItem} item
 */
async function to(item) {
  const mine = ++turn;
  current = item.id;
  since = performance.now();
  shown = new Set();
  if (store.now.view === "master") store.set({ view: "leaving" });
  show();
  say(`${spelt(item.second)}: ${item.reasons.slice(0, 2).join(" ")}. ${left()} left.`);
  const [first, last] = framesOf(item);
  const pace = Math.max(FASTEST_MS, 1000 / Math.max(1, last - first + 1));
  for (let frame = first; frame <= last && mine === turn; frame += 1) {
    const begun = performance.now();
    let asked = begun;
    if (store.now.frame === frame) again();
    else go(frame);
    while (!shown.has(frame) && mine === turn && store.now.frame === frame) {
      await rest(10);
      if (performance.now() - asked > PATIENCE_MS) {
        asked = performance.now();
        again();
      }
    }
    if (store.now.frame !== frame) return; // somebody goes through it by themselves
    await rest(pace - (performance.now() - begun));
  }
}

/** @param {number} ms */
function rest(ms) {
  return new Promise((done) => setTimeout(done, Math.max(0, ms)));
}

/** A frame is on the screen. @param {number} frame */
function onScreen(frame) {
  const item = items.find((one) => one.id === current);
  if (!item || store.now.view === "master") return;
  const [first, last] = framesOf(item);
  if (frame < first || frame > last) return;
  shown.add(frame);
  if (seen.has(item.id)) return; // it says so already
  const told = document.getElementById("moment-told");
  if (told) told.textContent = `${shown.size} of ${last - first + 1} frames shown`;
  if (shown.size > last - first) looked(item);
}

/** @param {WorkItem} item */
function looked(item) {
  seen.add(item.id);
  batch.push(item.id);
  batchMs += performance.now() - since;
  if (batch.length >= BATCH || !left()) hand();
  show();
  say(left() ? `Looked at. ${left()} left.` : "Every moment on the list was looked at.");
}

/** Have what was looked at recorded. @param {boolean} [closing] */
function hand(closing = false) {
  if (!batch.length) return;
  const body = { items: batch, seconds: Math.max(1, Math.round(batchMs / 1000)) };
  batch = [];
  batchMs = 0;
  if (closing) void post(`${base}/looked`, { ...body, key: crypto.randomUUID().replaceAll("-", "") }, "POST", { keepalive: true }).catch(() => undefined);
  else record(`${body.items.length === 1 ? "1 moment" : `${body.items.length} moments`} looked at`, "/looked", body);
}

function show() {
  const done = items.length - left();
  counts(done, items.length);
  const place = byId("worklist");
  if (!items.length) {
    fill(place, h("p", { class: "empty" }, "Nothing stands out. Moments at which somebody may have been missed are listed here."));
    return;
  }
  const item = items.find((one) => one.id === current);
  refill(
    place,
    h("p", {}, h("strong", {}, `${done} of ${items.length} looked at. `), done === items.length ? "That is all of them." : "Is everyone hidden who should be?"),
    h("progress", { max: items.length, value: done, "aria-label": "Moments looked at" }),
    h(
      "div",
      { class: "actions tight" },
      button("Next moment (N)", () => step(1), { class: "primary" }),
      button("Previous (P)", () => step(-1)),
    ),
    item ? shownNow(item) : null,
    h("ol", { class: "moments" }, ...items.map(line)),
  );
}

/** @param {WorkItem} item */
function shownNow(item) {
  const [first, last] = framesOf(item);
  return h(
    "div",
    { class: "boxed" },
    h("strong", {}, `${spelt(item.second, 0)} to ${spelt(item.second + 1, 0)}`),
    h("ul", {}, ...item.reasons.slice(0, 2).map((reason) => h("li", {}, reason))),
    item.reasons.length > 2 ? h("details", {}, h("summary", {}, "More"), h("ul", {}, ...item.reasons.slice(2).map((reason) => h("li", {}, reason)))) : null,
    h("p", { class: "small", id: "moment-told" }, seen.has(item.id) ? "Looked at." : `${shown.size} of ${last - first + 1} frames shown`),
    button("Show it again", () => void to(item), { class: "link" }),
  );
}

/**
 * @param {WorkItem} item
 * @returns {HTMLElement}
 */
function line(item) {
  const last = item.looked[item.looked.length - 1];
  const mark = seen.has(item.id) ? `✓ looked at${last ? ` by ${last.name}` : ""}` : "not looked at";
  const go_ = button("", () => void to(item), { "aria-current": item.id === current ? "true" : false, class: "moment" });
  fill(
    go_,
    h("strong", {}, spelt(item.second, 0)),
    h("span", {}, item.kind === "finding" ? "Found by the check of the copy" : item.reasons[0] ?? ""),
    h("span", { class: "small" }, mark),
  );
  return h("li", { class: item.id === current ? "current" : "" }, go_);
}
