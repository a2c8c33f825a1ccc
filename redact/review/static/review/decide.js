/** The question of every decision: shown or hidden, on which ground, for which reason. */

import { byId, button, field, fill, h } from "../dom.js";
import { note, say } from "../live.js";
import { meanwhile, record, sentence } from "./changes.js";
import { base, called, portrait, store, subject } from "./desk.js";

/**
 * @typedef {"requester" | "show" | "hide" | "nobody"} Choice
 * @typedef {object} Meant
 * @property {string[]} who ids
 * @property {string} [point] where one of them was clicked, such as 00:12.4@640,360
 */

/** Reasons that are often true; whoever decides chooses one, or says their own. */
const REASONS = {
  requester: [
    "Matches the photograph that came with the request",
    "Recognised by the clothes, place and time they described",
    "Recognised by a colleague who knows them",
  ],
  show: ["Consented in writing, on file", "Was with the requester, who knows them", "At work for the organisation"],
  hide: ["Not known to us or to the requester", "Was asked and did not consent", "A child"],
  nobody: ["A thing, not a person: looked at in the picture"],
};

const VERDICTS = /** @type {const} */ ({
  requester: "visible",
  show: "visible",
  hide: "hidden",
  nobody: "visible",
});

/** @type {import("../types.js").Ground[]} */
let grounds = [];
/** @type {Record<string, string>} */
const lastReason = {};
/** @type {Meant} */
let meant = { who: [] };
/** What was decided of them before. @type {{ what: Choice, ground: string, reason: string } | null} */
let before = null;

/**
 * Get the dialog ready.
 * @param {any} answer which grounds there are
 */
export function ready(answer) {
  grounds = answer.grounds ?? answer;
  const form = /** @type {HTMLFormElement} */ (byId("decide-form"));
  form.addEventListener("change", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).name === "choice") chosen();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  byId("decide-cancel").addEventListener("click", () => dialog().close());
}

function dialog() {
  return /** @type {HTMLDialogElement} */ (byId("decide"));
}

/** Whether the person who asked was already chosen. @returns {boolean} */
export function requesterKnown() {
  return store.now.subjects.some((one) => one.ground === "data-subject" && one.verdict === "visible");
}

/**
 * Ask what is to be done with WHO.
 * @param {Meant} of
 * @param {Choice} [suggested]
 */
export function ask(of, suggested) {
  if (!of.who.length && !of.point) return note("Choose somebody first: click them in the picture or in the list.");
  meant = of;
  const one = of.who.length === 1 ? subject(of.who[0] ?? "") : undefined;
  const title = of.who.length > 1 ? `${of.who.length} people` : one ? called(one.id) : "Whoever you clicked";
  fill(byId("decide-title"), title);
  fill(byId("decide-pictures"), ...of.who.slice(0, 12).map((id) => h("img", { src: portrait(id), alt: called(id) })));
  fill(byId("decide-when"), one ? `In the picture from ${one.from} to ${one.to}` : "");
  const already = one?.verdict ? (one.verdict === "hidden" ? "hide" : one.ground === "nobody" ? "nobody" : "show") : null;
  const first = suggested ?? already ?? (requesterKnown() ? "hide" : "requester");
  for (const radio of dialog().querySelectorAll('input[name="choice"]')) {
    /** @type {HTMLInputElement} */ (radio).checked = /** @type {HTMLInputElement} */ (radio).value === first;
  }
  before = one && already === first ? { what: first, ground: one.ground ?? "", reason: one.reason ?? "" } : null;
  chosen();
  field("decide-name").value = one?.name ?? "";
  if (!dialog().open) dialog().showModal();
  const reason = field("decide-reason");
  if (choice() === "show" && !field("decide-ground").value) byId("decide-ground").focus();
  else if (reason.value) byId("decide-save").focus();
  else /** @type {HTMLElement | null} */ (byId("decide-reasons").querySelector("button"))?.focus();
}

/** @returns {Choice} */
function choice() {
  const radio = /** @type {HTMLInputElement | null} */ (dialog().querySelector('input[name="choice"]:checked'));
  return /** @type {Choice} */ (radio?.value ?? "hide");
}

/** Show what goes with the choice that was made. Nothing that would show somebody is filled in beforehand. */
function chosen() {
  const what = choice();
  const known = before?.what === what ? before : null;
  const list = /** @type {HTMLSelectElement} */ (byId("decide-ground"));
  const fits = grounds.filter(
    (one) => one.verdict === VERDICTS[what] && !["data-subject", "nobody"].includes(one.ground),
  );
  const none = what === "show" ? [h("option", { value: "" }, "Choose a ground")] : [];
  fill(list, ...none, ...fits.map((one) => h("option", { value: one.ground }, `${one.words[0]?.toUpperCase()}${one.words.slice(1)}`)));
  if (known && fits.some((one) => one.ground === known.ground)) list.value = known.ground;
  else if (what === "hide") list.value = "unknown-person";
  const fixed = what === "requester" || what === "nobody";
  byId("decide-ground-row").hidden = fixed;
  byId("decide-name-row").hidden = what !== "show";
  fill(
    byId("decide-reasons"),
    ...REASONS[what].map((text) =>
      button(text, () => {
        field("decide-reason").value = text;
        byId("decide-save").focus();
      }, { class: "chip" }),
    ),
  );
  field("decide-reason").value = known?.reason ?? (what === "hide" ? (lastReason[what] ?? "") : "");
  fill(byId("decide-problem"));
}

function save() {
  const what = choice();
  const reason = field("decide-reason").value.trim();
  if (what === "show" && !field("decide-ground").value) {
    fill(byId("decide-problem"), "Choose the ground on which they may be seen.");
    return field("decide-ground").focus();
  }
  if (reason.length < 8) {
    fill(byId("decide-problem"), "Say why, in a few words: at least eight letters. It stands in the record.");
    field("decide-reason").focus();
    return;
  }
  dialog().close();
  decide(meant, what, reason, field("decide-name").value.trim());
}

/**
 * Record a decision.
 * @param {Meant} of
 * @param {Choice} what
 * @param {string} reason
 * @param {string} name
 */
export function decide(of, what, reason, name) {
  lastReason[what] = reason;
  const verdict = VERDICTS[what];
  const list = /** @type {HTMLSelectElement} */ (byId("decide-ground"));
  const ground = what === "requester" ? "data-subject" : what === "nobody" ? "nobody" : list.value;
  const called_ = what === "requester" ? "The requester" : what === "show" ? name : "";
  const who = of.point && verdict === "visible" && what !== "nobody" ? [of.point] : of.who;
  const words = { requester: "shown, as the person who asked", show: "shown", hide: "hidden", nobody: "not a person" }[what];
  meanwhile(of.who, { verdict, ground, reason, needs: false, ...(called_ ? { name: called_ } : {}) });
  record(sentence(words, of.who.length ? of.who : who), "/decisions", { who, verdict, ground, reason, name: called_ }, of.who);
}

/**
 * Take back the last word on WHO.
 * @param {string[]} who
 */
export function undo(who) {
  const decided = who.filter((id) => subject(id)?.verdict);
  if (!decided.length) return say("Nothing was decided on them.");
  record(sentence("back to what was decided before", decided), "/decisions/undo", { subjects: decided }, decided);
}

/** Whoever is meant by a key: those ticked, or the one looked at. @returns {string[]} */
export function those() {
  const { selected, current } = store.now;
  return selected.size ? [...selected] : current ? [current] : [];
}

/** Where a page that shows people has its calls; for whoever wants a picture. */
export const address = base;
