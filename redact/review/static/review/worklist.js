/** Where to look first: the riskiest seconds, one after the other, and who looked at them for how long. */

import { get, post } from "../api.js";
import { byId, button, fill, h } from "../dom.js";
import { say } from "../live.js";
import { spelt } from "../times.js";
import { record, whenSettled } from "./changes.js";
import { base, go, store } from "./desk.js";

/** @typedef {import("../types.js").WorkItem} WorkItem */

const BATCH = 5;
const LEAST_MS = 400;

/** @type {WorkItem[]} */
let items = [];
let current = "";
let since = 0;
/** @type {Set<string>} */
const seen = new Set();
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
  addEventListener("pagehide", () => leave(true));
  document.addEventListener("visibilitychange", () => document.hidden && hand());
  setInterval(() => batch.length && performance.now() - since > 8000 && hand(), 4000);
  await load();
}

async function load() {
  const answer = /** @type {import("../types.js").Worklist} */ (await get(`${base}/worklist`));
  items = answer.items.filter((item) => item.kind !== "question");
  for (const item of items) if (item.looked.length) seen.add(item.id);
  show();
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
  leave(false);
  const place = items.findIndex((item) => item.id === current);
  const order = way > 0 ? [...items.slice(place + 1), ...items.slice(0, place + 1)] : items.slice(0, Math.max(0, place)).reverse();
  const next = way > 0 ? (order.find((item) => !seen.has(item.id)) ?? null) : (order[0] ?? null);
  if (!next) {
    current = "";
    hand();
    show();
    return say(items.length ? "Every moment on the list was looked at." : "There is nothing on the list.");
  }
  to(next);
}

/** @param {WorkItem} item */
function to(item) {
  current = item.id;
  since = performance.now();
  if (store.now.view === "master") store.set({ view: "leaving" });
  go(item.frame);
  show();
  say(`${spelt(item.second)}: ${item.reasons.join(", ")}. ${left()} left.`);
}

/**
 * Leave the moment that was looked at.
 * @param {boolean} closing whether the page goes away
 */
function leave(closing) {
  const spent = performance.now() - since;
  if (current && spent >= LEAST_MS) {
    batchMs += spent;
    if (!seen.has(current) || !batch.includes(current)) batch.push(current);
    seen.add(current);
  }
  if (batch.length >= BATCH || closing) hand(closing);
}

/** Have what was looked at recorded. @param {boolean} [closing] */
function hand(closing = false) {
  if (!batch.length) return;
  const body = { items: batch, seconds: Math.max(1, Math.round(batchMs / 1000)) };
  batch = [];
  batchMs = 0;
  if (closing) void post(`${base}/looked`, { ...body, key: crypto.randomUUID().replaceAll("-", "") }, "POST", { keepalive: true }).catch(() => undefined);
  else record(`${body.items.length} moments looked at`, "/looked", body);
}

function show() {
  const looked = items.length - left();
  counts(looked, items.length);
  const place = byId("worklist");
  if (!items.length) {
    fill(place, h("p", { class: "empty" }, "Nothing stands out. Moments at which somebody may have been missed are listed here."));
    return;
  }
  const done = looked === items.length;
  fill(
    place,
    h("p", {}, h("strong", {}, `${looked} of ${items.length} looked at. `), done ? "That is all of them." : "Is everyone hidden who should be?"),
    h("progress", { max: items.length, value: looked, "aria-label": "Moments looked at" }),
    h(
      "div",
      { class: "actions" },
      button("Next moment (N)", () => step(1), { class: "primary" }),
      button("Previous (P)", () => step(-1)),
    ),
    h("ol", { class: "moments" }, ...items.map(line)),
  );
}

/**
 * @param {WorkItem} item
 * @returns {HTMLElement}
 */
function line(item) {
  const looked = item.looked[item.looked.length - 1];
  const mark = seen.has(item.id) ? `✓ looked at${looked ? ` by ${looked.by}` : ""}` : "not looked at";
  const go_ = button("", () => {
    leave(false);
    to(item);
  }, { "aria-current": item.id === current ? "true" : false, class: "moment" });
  fill(
    go_,
    h("strong", {}, spelt(item.second)),
    h("span", {}, item.kind === "finding" ? "Found by the check of the copy" : item.reasons.join("; ")),
    h("span", { class: "small" }, mark),
  );
  return h("li", { class: item.id === current ? "current" : "" }, go_);
}
