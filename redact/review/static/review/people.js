/** The list of everyone found: a card each, of which only those in sight are in the page. */

import { byId, field, fill, h } from "../dom.js";
import { say } from "../live.js";
import { boxesOf } from "./boxes.js";
import { ask } from "./decide.js";
import { called, go, portrait, standing, store, subject } from "./desk.js";

/** @typedef {import("../types.js").Subject} Subject */

const HEIGHT = 84;
const MARGIN = 4;

/** @type {Subject[]} */
let listed = [];
/** @type {Map<string, HTMLElement>} */
const cards = new Map();

/** Get the list ready. */
export function ready() {
  const list = byId("people-list");
  list.addEventListener("scroll", () => draw(), { passive: true });
  new ResizeObserver(() => draw()).observe(list);
  list.addEventListener("keydown", keys);
  list.addEventListener("click", clicked);
  list.addEventListener("dblclick", () => store.now.current && ask({ who: [store.now.current] }));
  for (const id of ["people-filter", "people-order", "people-text"]) byId(id).addEventListener("input", sift);
  byId("people-all").addEventListener("click", () => {
    const all = listed.length > 0 && listed.every((one) => store.now.selected.has(one.id));
    store.set({ selected: new Set(all ? [] : listed.map((one) => one.id)) });
  });
  store.on(["subjects"], sift);
  store.on(["selected", "current"], () => draw(true));
  store.on(["frame"], () => field("people-filter").value === "here" && !store.now.playing && sift());
}

/** Sift and order whoever is to be listed. */
function sift() {
  const kind = field("people-filter").value;
  const text = field("people-text").value.trim().toLowerCase();
  const here = kind === "here" ? new Set((boxesOf(store.now.frame) ?? []).map((box) => box[4])) : null;
  const fits = (/** @type {Subject} */ one) =>
    (kind === "all" ||
      (kind === "open" && !one.verdict) ||
      (kind === "shown" && one.verdict === "visible") ||
      (kind === "hidden" && one.verdict !== "visible") ||
      (here?.has(one.id) ?? false)) &&
    (!text || `${called(one.id)} ${one.id} ${one.from} ${one.reason ?? ""}`.toLowerCase().includes(text));
  const order = field("people-order").value;
  listed = store.now.subjects.filter(fits);
  if (order === "time") listed.sort((a, b) => a.first - b.first);
  else if (order === "long") listed.sort((a, b) => b.looks - a.looks);
  else listed.sort((a, b) => Number(b.needs) - Number(a.needs) || Number(b.verdict === "visible") - Number(a.verdict === "visible") || b.looks - a.looks);
  const open = store.now.subjects.filter((one) => !one.verdict).length;
  fill(byId("people-count"), `${listed.length} listed. ${open} undecided: hidden.`);
  byId("people-empty").hidden = listed.length > 0;
  draw(true);
}

/** @param {boolean} [anew] whether what is drawn may have changed */
function draw(anew = false) {
  const list = byId("people-list");
  const inner = byId("people-inner");
  inner.style.height = `${listed.length * HEIGHT}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - MARGIN);
  const last = Math.min(listed.length, Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + MARGIN);
  const wanted = new Set(listed.slice(first, last).map((one) => one.id));
  for (const [id, card] of cards) {
    if (wanted.has(id) && !anew) continue;
    if (!wanted.has(id)) {
      card.remove();
      cards.delete(id);
    }
  }
  for (let place = first; place < last; place += 1) {
    const one = /** @type {Subject} */ (listed[place]);
    const known = cards.get(one.id);
    const card = known ?? picture(one);
    card.style.top = `${place * HEIGHT}px`;
    if (!known || anew) told(card, one, place);
    if (!known) {
      cards.set(one.id, card);
      inner.append(card);
    }
  }
  const current = cards.has(store.now.current) ? `card-${store.now.current}` : "";
  if (current) list.setAttribute("aria-activedescendant", current);
  else list.removeAttribute("aria-activedescendant");
}

/**
 * @param {Subject} one
 * @returns {HTMLElement}
 */
function picture(one) {
  return h(
    "div",
    { class: "card", role: "option", id: `card-${one.id}`, "data-id": one.id },
    h("img", { src: portrait(one.id), alt: "", decoding: "async", fetchpriority: "low", width: 60, height: 76 }),
    h("div", { class: "card-words" }),
    h("span", { class: "tick", "data-tick": "", "aria-hidden": "true" }),
  );
}

/**
 * @param {HTMLElement} card
 * @param {Subject} one
 * @param {number} place
 */
function told(card, one, place) {
  const { selected, current } = store.now;
  const verdict = one.verdict === "visible" ? (one.ground === "nobody" ? "nobody" : "shown") : one.verdict ? "hidden" : "open";
  card.className = `card ${verdict}${one.id === current ? " current" : ""}`;
  card.setAttribute("aria-selected", String(selected.has(one.id)));
  card.setAttribute("aria-posinset", String(place + 1));
  card.setAttribute("aria-setsize", String(listed.length));
  const sure = one.standing === "thing?" ? "may be a thing" : one.standing === "unclear" ? "unclear moments" : certainty(one.score);
  fill(
    /** @type {HTMLElement} */ (card.children[1]),
    h("strong", {}, called(one.id)),
    h("span", { class: `verdict ${verdict}` }, standing(one), (one.covered ?? 0) >= 0.05 ? `, covered on ${Math.round((one.covered ?? 0) * 100)} %` : ""),
    h("span", { class: "small" }, `${one.from} to ${one.to}`),
    h("span", { class: "small" }, `seen ${one.looks} times, ${sure}`),
  );
}

/** How sure it is that there is somebody, in words. @param {number} score @returns {string} */
function certainty(score) {
  return score >= 0.6 ? "clearly" : score >= 0.3 ? "fairly clearly" : "faintly";
}

/** @param {MouseEvent} event */
function clicked(event) {
  const card = /** @type {HTMLElement} */ (event.target).closest(".card");
  const id = /** @type {HTMLElement | null} */ (card)?.dataset.id;
  if (!id) return;
  if (/** @type {HTMLElement} */ (event.target).matches(".tick") || event.ctrlKey || event.metaKey) toggle(id);
  else if (event.shiftKey) upTo(id);
  look(id);
}

/** @param {string} id */
function toggle(id) {
  const selected = new Set(store.now.selected);
  if (!selected.delete(id)) selected.add(id);
  store.set({ selected });
}

/** @param {string} id */
function upTo(id) {
  const places = [store.now.current, id].map((name) => listed.findIndex((one) => one.id === name));
  const [from, to] = [Math.min(...places), Math.max(...places)];
  store.set({ selected: new Set([...store.now.selected, ...listed.slice(Math.max(0, from), to + 1).map((one) => one.id)]) });
}

/**
 * Look at somebody: their card, and the frame on which they are seen best.
 * @param {string} id
 * @param {boolean} [jump] whether to go to that frame
 */
export function look(id, jump = true) {
  const one = subject(id);
  if (!one) return;
  store.set({ current: id });
  if (jump) go(one.frame);
  const place = listed.findIndex((other) => other.id === id);
  const list = byId("people-list");
  if (place < 0) return;
  const top = place * HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
  draw(true);
  say(`${called(id)}, ${standing(one)}, ${one.from} to ${one.to}`);
}

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = listed.findIndex((one) => one.id === store.now.current);
  const page = Math.max(1, Math.floor(byId("people-list").clientHeight / HEIGHT) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -listed.length, End: listed.length };
  const step = steps[/** @type {keyof typeof steps} */ (event.key)];
  if (step !== undefined) {
    const one = listed[Math.max(0, Math.min(listed.length - 1, at + step))];
    if (one) look(one.id);
  } else if (event.key === " " && store.now.current) toggle(store.now.current);
  else if (event.key === "Enter" && store.now.current) ask({ who: store.now.selected.size ? [...store.now.selected] : [store.now.current] });
  else return;
  event.preventDefault();
  event.stopPropagation();
}
