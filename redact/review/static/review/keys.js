/** Every key that does something on the page of a clip, in one list: what is pressed, what it does, and what help says. */

import { byId, fill, h } from "../dom.js";
import { say } from "../live.js";
import * as correct from "./correct.js";
import { ask, those, undo } from "./decide.js";
import { frameAt, go, seconds, store } from "./desk.js";
import { drafts } from "./draft.js";
import * as player from "./player.js";
import * as questions from "./questions.js";
import * as view from "./view.js";
import * as worklist from "./worklist.js";

/**
 * @typedef {object} Key
 * @property {string} group
 * @property {string} keys as help shows them
 * @property {string[]} pressed as they come, with Shift+ and Ctrl+ before
 * @property {string} does
 * @property {() => void} act
 */

const second = (/** @type {number} */ way) => go(frameAt(Math.max(0, seconds(store.now.frame) + way)));
const asking = () => byId("tab-questions").getAttribute("aria-selected") === "true" && questions.waiting() > 0;

/** @type {Key[]} */
const KEYS = [
  { group: "Playing", keys: "Space or K", pressed: [" ", "k"], does: "play or stop", act: () => void player.toggle() },
  { group: "Playing", keys: "L", pressed: ["l"], does: "play; again: faster", act: () => void player.faster() },
  { group: "Playing", keys: "J", pressed: ["j"], does: "go backwards", act: () => player.reverse() },
  { group: "Playing", keys: "→ and ←", pressed: ["ArrowRight"], does: "one frame on or back", act: () => step(1) },
  { group: "", keys: "", pressed: ["ArrowLeft"], does: "", act: () => step(-1) },
  { group: "Playing", keys: "Shift + → and ←", pressed: ["Shift+ArrowRight"], does: "one second on or back", act: () => second(1) },
  { group: "", keys: "", pressed: ["Shift+ArrowLeft"], does: "", act: () => second(-1) },
  { group: "Playing", keys: "Home and End", pressed: ["Home"], does: "first or last frame", act: () => go(0) },
  { group: "", keys: "", pressed: ["End"], does: "", act: () => go(1e9) },
  { group: "Looking", keys: "N", pressed: ["n"], does: "next moment to look at; No, where a question is open", act: () => (asking() ? questions.pressed(false) : worklist.step(1)) },
  { group: "Looking", keys: "P", pressed: ["p"], does: "the moment before", act: () => worklist.step(-1) },
  { group: "Looking", keys: "Y", pressed: ["y"], does: "yes, the same person, where a question is open", act: () => (asking() ? questions.pressed(true) : say("No question is open.")) },
  { group: "Looking", keys: "1, 2 and 3", pressed: ["1"], does: "the footage, as it will leave, or both", act: () => store.set({ view: "master" }) },
  { group: "", keys: "", pressed: ["2"], does: "", act: () => store.set({ view: "leaving" }) },
  { group: "", keys: "", pressed: ["3"], does: "", act: () => store.set({ view: "both" }) },
  { group: "Looking", keys: "O", pressed: ["o"], does: "outlines on or off", act: () => view.toggleOutlines() },
  { group: "Looking", keys: "+ and −", pressed: ["+", "="], does: "nearer or farther", act: () => view.zoom(1.5) },
  { group: "", keys: "", pressed: ["-"], does: "", act: () => view.zoom(1 / 1.5) },
  { group: "Deciding", keys: "R", pressed: ["r"], does: "whoever is chosen is the requester", act: () => ask({ who: those() }, "requester") },
  { group: "Deciding", keys: "S", pressed: ["s"], does: "show whoever is chosen", act: () => ask({ who: those() }, "show") },
  { group: "Deciding", keys: "H", pressed: ["h"], does: "keep whoever is chosen hidden", act: () => ask({ who: those() }, "hide") },
  { group: "Deciding", keys: "X", pressed: ["x"], does: "whoever is chosen is not a person", act: () => ask({ who: those() }, "nobody") },
  { group: "Deciding", keys: "U", pressed: ["u"], does: "take the last decision on them back", act: () => undo(those()) },
  { group: "Correcting", keys: "D", pressed: ["d"], does: "draw a box over what is to be hidden", act: () => correct.start() },
  { group: "Correcting", keys: "Ctrl + Z", pressed: ["Ctrl+z"], does: "undo the last correction", act: () => correct.undoLast() },
  { group: "Correcting", keys: "Esc", pressed: ["Escape"], does: "leave what is being drawn or chosen", act: () => leave() },
  { group: "At the end", keys: "C", pressed: ["c"], does: "make the copy", act: () => copy() },
  { group: "Help", keys: "?", pressed: ["?"], does: "this list", act: () => help() },
];

const BY_KEY = new Map(KEYS.flatMap((key) => key.pressed.map((pressed) => /** @type {const} */ ([pressed, key]))));
const OFF = "single keys are off";

/** Listen to keys, and fill the list of them. */
export function ready() {
  const box = /** @type {HTMLInputElement} */ (byId("single-keys"));
  box.checked = localStorage.getItem(OFF) === null;
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes")));
  document.addEventListener("keydown", pressed);
  byId("keys-open").addEventListener("click", help);
  const groups = [...new Set(KEYS.map((key) => key.group).filter(Boolean))];
  fill(
    byId("keys-list"),
    ...groups.map((group) =>
      h(
        "section",
        {},
        h("h3", {}, group),
        h("dl", { class: "keys" }, ...KEYS.filter((key) => key.group === group).flatMap((key) => [h("dt", {}, key.keys), h("dd", {}, key.does)])),
      ),
    ),
  );
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.defaultPrevented || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const field = target.matches("input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select");
  const gone = target.closest("dialog:not([open])") !== null; // focus leaves a dialog a little after it closed
  if (field && !gone) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const name = `${event.ctrlKey ? "Ctrl+" : ""}${event.shiftKey && event.key.length > 1 ? "Shift+" : ""}${key}`;
  const known = BY_KEY.get(name);
  if (!known || (!gone && own(target, event))) return;
  const single = event.key.length === 1 && !event.ctrlKey && event.key !== " ";
  if (single && localStorage.getItem(OFF) !== null) return;
  event.preventDefault();
  known.act();
}

/**
 * Whether the key is one that TARGET itself needs.
 * @param {HTMLElement} target
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
function own(target, event) {
  const control = target.closest("button, a, summary, [role=tab], input");
  if (!control) return false;
  if (event.key === " ") return true;
  const moves = target.matches("[role=tab], input[type=radio], input[type=range]");
  return moves && /^(Arrow|Home|End)/.test(event.key);
}

/** @param {number} way */
function step(way) {
  player.pause();
  go(store.now.frame + way);
}

function leave() {
  if (drafts.now.draft || store.now.tool === "draw") correct.cancel();
  else if (store.now.selected.size) store.set({ selected: new Set() });
  else if (store.now.playing) player.pause();
}

/** As with the button, which is there while anything can be decided; else it is said what is there in its place. */
function copy() {
  const button = document.getElementById("make-copy");
  if (button) button.click();
  else say(byId("next").textContent || "One moment: not all of it is here yet.");
}

function help() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys"));
  if (!dialog.open) dialog.showModal();
}
