/** Corrections: hiding what the program did not, and the list of what was corrected, with undo. */

import { post, wording } from "../api.js";
import { byId, button, field, fill, h } from "../dom.js";
import { note, say } from "../live.js";
import { read, spelt } from "../times.js";
import { record } from "./changes.js";
import { base, called, frameAt, go, seconds, store, timeline } from "./desk.js";
import { boxOn, drafts, withKey, withoutKey } from "./draft.js";

/**
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Correction} Correction
 * @typedef {import("../types.js").Followed} Followed
 * @typedef {"follow" | "span" | "always" | "but" } Way
 */

const SIDES = ["box-left", "box-top", "box-right", "box-bottom"];

/** Get the panel ready. */
export function ready() {
  byId("draw").addEventListener("click", () => start());
  byId("nobody-here").addEventListener("click", () => nobody());
  byId("extend").addEventListener("click", () => extend());
  byId("draw-cancel").addEventListener("click", cancel);
  byId("key-remove").addEventListener("click", () => {
    const { draft } = drafts.now;
    if (draft) drafts.set({ draft: withoutKey(draft, store.now.frame) });
  });
  for (const side of SIDES) field(side).addEventListener("change", typed);
  for (const radio of document.querySelectorAll('input[name="way"]')) radio.addEventListener("change", () => void wayChosen());
  byId("draw-form").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  store.on(["corrections"], list);
  store.on(["frame", "tool"], told);
  drafts.on(["draft"], told);
}

/** Begin to draw. */
export function start() {
  store.set({ tool: "draw" });
  byId("tab-corrections").click();
  say("Drag a box on the picture, or type its edges.");
  byId("draw-form").hidden = false;
  byId("correct-actions").hidden = true;
  /** @type {HTMLElement | null} */ (document.querySelector("#draw-form summary"))?.focus();
  if (!drafts.now.draft) {
    const { width, height } = timeline;
    const box = /** @type {Box} */ ([width * 0.4, height * 0.4, width * 0.6, height * 0.6].map(Math.round));
    byId("draw-told").textContent = "Drag a box on the picture over what is to be hidden. Or press Enter, and type its edges.";
    SIDES.forEach((side, place) => (field(side).value = String(box[place])));
  }
}

/**
 * Take BOX, which was drawn on the frame that is shown.
 * @param {Box} box
 */
export async function drew(box) {
  const { draft } = drafts.now;
  if (draft) {
    drafts.set({ draft: withKey(draft, store.now.frame, box) });
    return say("Key frame set.");
  }
  const frame = store.now.frame;
  drafts.set({ draft: { kind: "hide", keys: [[frame, box]], from: frame, to: frame, told: "" } });
  await wayChosen();
}

/** @returns {Way} */
function way() {
  return /** @type {Way} */ (/** @type {HTMLInputElement | null} */ (document.querySelector('input[name="way"]:checked'))?.value ?? "follow");
}

async function wayChosen() {
  const { draft } = drafts.now;
  if (!draft) return;
  const [frame, box] = /** @type {[number, Box]} */ (draft.keys.find(([key]) => key === store.now.frame) ?? draft.keys[0]);
  const one = /** @type {[number, Box][]} */ ([[frame, box]]);
  const last = timeline.frames - 1;
  if (way() === "follow") return followed(frame, box);
  const kind = way() === "but" ? "hide-but" : "hide";
  const whole = way() === "always";
  const ten = whole ? [0, last] : [frame, Math.min(last, frameAt(seconds(frame) + 5))];
  const toldOf = {
    span: "Hidden in this place from the one time to the other. Change the times below.",
    always: "Hidden in this place in the whole clip.",
    but: "Everything is hidden but this place. Whoever is hidden within it stays hidden.",
    follow: "",
  }[way()];
  drafts.set({ draft: { kind, keys: one, from: ten[0] ?? 0, to: ten[1] ?? last, told: toldOf } });
}

/**
 * @param {number} frame
 * @param {Box} box
 */
async function followed(frame, box) {
  const alone = { kind: /** @type {const} */ ("hide"), keys: /** @type {[number, Box][]} */ ([[frame, box]]), from: frame, to: frame };
  drafts.set({ draft: { ...alone, told: "Following it, forwards and backwards…" } });
  try {
    const found = /** @type {Followed} */ (await post(`${base}/follow`, { frame, box }));
    const ended = `Followed from ${spelt(seconds(found.first))} to ${spelt(seconds(found.last))}. Before that: ${found.ended[0]}. After that: ${found.ended[1]}.`;
    drafts.set({ draft: { ...alone, keys: found.keys, from: found.first, to: found.last, told: `${ended} Step through, and draw the box anew where it is off.` } });
    say(ended);
  } catch (problem) {
    drafts.set({ draft: { ...alone, told: `It could not be followed. ${wording(problem)}` } });
  }
}

function typed() {
  const box = /** @type {Box} */ (SIDES.map((side) => Number(field(side).value)));
  const good = box.every(Number.isFinite) && box[0] < box[2] && box[1] < box[3];
  if (!good) return void (byId("draw-told").textContent = "The right edge is right of the left one, and the bottom below the top.");
  void drew(box);
}

/** Say where the draft is on the frame that is shown. */
function told() {
  const { draft } = drafts.now;
  byId("draw-form").hidden = !draft && store.now.tool !== "draw";
  byId("correct-actions").hidden = !byId("draw-form").hidden;
  byId("draw").setAttribute("aria-pressed", String(store.now.tool === "draw"));
  if (!draft) return;
  const box = boxOn(draft, store.now.frame);
  SIDES.forEach((side, place) => (field(side).value = box ? String(Math.round(box[place] ?? 0)) : ""));
  const key = draft.keys.some(([frame]) => frame === store.now.frame);
  byId("key-remove").hidden = !(key && draft.keys.length > 1);
  byId("draw-told").textContent = draft.told;
  if (document.activeElement !== field("draw-from")) field("draw-from").value = spelt(seconds(draft.from), 2);
  if (document.activeElement !== field("draw-to")) field("draw-to").value = spelt(seconds(draft.to), 2);
}

/** Leave the draft, and nothing is recorded. */
export function cancel() {
  const inside = byId("draw-form").contains(document.activeElement);
  drafts.set({ draft: null });
  store.set({ tool: "pick", drawn: null });
  byId("draw-form").hidden = true;
  byId("correct-actions").hidden = false;
  fill(byId("draw-problem"));
  if (inside) byId("draw").focus();
}

function save() {
  const { draft } = drafts.now;
  const reason = field("draw-reason").value.trim();
  const [from, to] = [stretchEdge("draw-from", draft?.from), stretchEdge("draw-to", draft?.to)];
  const wrong = !draft
    ? "Draw a box first."
    : reason.length < 8
      ? "Say why, in a few words: at least eight letters."
      : from === null || to === null || from > to
        ? "Give two times such as 00:12.4, the second after the first."
        : "";
  fill(byId("draw-problem"), wrong);
  if (wrong || !draft || from === null || to === null) return;
  const keys = draft.keys.map(([frame, box]) => [frame, box.map(Math.round)]);
  record(`${KINDS[draft.kind]} from ${spelt(seconds(from))} to ${spelt(seconds(to))}`, "/corrections", { kind: draft.kind, keys, first: from, last: to, reason });
  cancel();
}

/**
 * The frame that a field names, or KNOWN where the field still says what it was given.
 * @param {string} id
 * @param {number | undefined} known
 * @returns {number | null}
 */
function stretchEdge(id, known) {
  const text = field(id).value;
  if (known !== undefined && text === spelt(seconds(known), 2)) return known;
  const at = read(text);
  return at === null ? null : frameAt(at);
}

const KINDS = {
  hide: "Hidden by hand",
  "hide-but": "Everything hidden but one place",
  nobody: "Nobody is there",
  extend: "Hidden for longer",
  mute: "Sound muted",
};

/** Say that nobody is where the person looked at is thought to be, a second around the frame. */
function nobody() {
  about("nobody", "Nobody is there: a thing was taken for a person", seconds(store.now.frame) - 0.5, seconds(store.now.frame) + 0.5);
}

/** Have the person looked at hidden for longer, up to the frame that is shown. */
function extend() {
  const one = store.now.subjects.find((other) => other.id === store.now.current);
  if (!one) return note("Choose the person first, in the list or in the picture.");
  const { frame } = store.now;
  if (frame >= one.first && frame <= one.last) return note(`Go to the frame up to which ${called(one.id)} is still there, before ${one.from} or after ${one.to}, and choose this again.`);
  const [from, to] = frame < one.first ? [frame, one.first] : [one.last, frame];
  about("extend", "Still there, and not found by the program", seconds(from), seconds(to));
}

/**
 * @param {"nobody" | "extend"} kind
 * @param {string} reason
 * @param {number} from
 * @param {number} to
 */
function about(kind, reason, from, to) {
  const who = store.now.current;
  if (!who) return note("Choose the person first, in the list or in the picture.");
  const edge = timeline.frames - 1;
  const dialog = /** @type {HTMLDialogElement} */ (byId("about"));
  fill(byId("about-title"), `${called(who)}: ${KINDS[kind].toLowerCase()}`);
  field("about-from").value = spelt(Math.max(0, from), 2);
  field("about-to").value = spelt(Math.min(seconds(edge), to), 2);
  field("about-reason").value = reason;
  /** @type {HTMLFormElement} */ (byId("about-form")).onsubmit = () => {
    const [first, last] = [read(field("about-from").value), read(field("about-to").value)];
    const words = field("about-reason").value.trim();
    if (first === null || last === null || last < first || words.length < 8) return note("Not recorded: give two times and a reason of a few words.", "bad");
    record(`${called(who)}: ${KINDS[kind].toLowerCase()}`, "/corrections", { kind, subject: who, first: frameAt(first), last: frameAt(last), reason: words }, [who]);
  };
  dialog.showModal();
}

/** @param {{ corrections: Correction[] }} now */
function list({ corrections }) {
  const place = byId("corrections-list");
  if (!corrections.length) return fill(place, h("li", { class: "empty" }, "Nothing was corrected yet."));
  fill(place, ...corrections.map(line));
}

/**
 * @param {Correction} one
 * @returns {HTMLElement}
 */
function line(one) {
  const [from, to] = [one.first, one.last];
  const what = KINDS[/** @type {keyof typeof KINDS} */ (one.kind)] ?? one.kind;
  const who = one.subject ? `, ${called(one.subject)}` : "";
  return h(
    "li",
    {},
    button(`${what}${who}`, () => go(one.keys[0]?.[0] ?? from), { class: "link" }),
    h("span", { class: "small" }, `${spelt(seconds(from))} to ${spelt(seconds(to))}, ${one.by}: ${one.reason}`),
    button("Undo", () => record(`undone: ${what.toLowerCase()}`, `/corrections/${one.id}`, { reason: "Undone on the page" }, [], "DELETE"), { class: "link", "aria-label": `Undo: ${what}${who}` }),
  );
}

/** Undo the last correction. */
export function undoLast() {
  const last = store.now.corrections[store.now.corrections.length - 1];
  if (!last) return say("Nothing was corrected yet.");
  record("last correction undone", `/corrections/${last.id}`, { reason: "Undone on the page" }, [], "DELETE");
}
