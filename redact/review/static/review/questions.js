/** "Is it the same person?": two pictures, and one key answers. */

import { get } from "../api.js";
import { byId, button, counted, fill, h } from "../dom.js";
import { say } from "../live.js";
import { record, whenSettled } from "./changes.js";
import { base, called, go, store } from "./desk.js";

/** @typedef {import("../types.js").Question} Question */

/** @type {Question[]} */
let open = [];
let at = 0;
/** @type {Set<string>} */
const answered = new Set();
/** @type {(count: number) => void} */
let counts = () => undefined;

/**
 * Get the questions ready; COUNT is told how many are open.
 * @param {(count: number) => void} count
 */
export async function ready(count) {
  counts = count;
  whenSettled(() => void load());
  await load();
}

async function load() {
  const answer = await get(`${base}/questions`);
  const all = /** @type {Question[]} */ (answer.questions ?? answer);
  open = all.filter((one) => (one.answered === null || one.answered === undefined || false) && !answered.has(one.id));
  at = Math.min(at, Math.max(0, open.length - 1));
  show();
}

/** How many wait for an answer. @returns {number} */
export function waiting() {
  return open.length;
}

/**
 * Answer the question that is shown.
 * @param {boolean} same
 */
export function answer(same) {
  const question = open[at];
  if (!question) return say("No question is open.");
  answered.add(question.id);
  open.splice(at, 1);
  at = Math.min(at, Math.max(0, open.length - 1));
  const [before, after] = [called(question.before.subject), called(question.after.subject)];
  const what = same ? `${before} and ${after} are the same person` : `${before} and ${after} are not the same person`;
  record(what, `/questions/${encodeURIComponent(question.id)}`, { same });
  show();
}

/** @param {number} step */
function turn(step) {
  if (open.length) at = (at + step + open.length) % open.length;
  show();
}

function show() {
  counts(open.length);
  const place = byId("questions");
  const question = open[at];
  if (!question) {
    const text = store.now.subjects.length
      ? "No question is open. Where it cannot be told whether two people are one, it is asked here."
      : "Questions are asked here once the footage has been searched for people.";
    fill(place, h("p", { class: "empty" }, text));
    return;
  }
  fill(
    place,
    h("h3", {}, "Is this the same person?"),
    h("p", { class: "small" }, `Question ${at + 1} of ${counted(open.length, "question")}. If you are not sure, answer no: then nobody is shown by mistake.`),
    question.text ? h("p", {}, question.text) : null,
    h("div", { class: "pair" }, side(question, "before", "Seen last"), side(question, "after", "Seen again")),
    h(
      "div",
      { class: "actions" },
      button("Yes, the same (Y)", () => answer(true), { class: "primary" }),
      button("No (N)", () => answer(false)),
      open.length > 1 ? button("Ask later", () => turn(1), { class: "link" }) : null,
    ),
  );
}

/**
 * @param {Question} question
 * @param {"before" | "after"} which
 * @param {string} words
 * @returns {HTMLElement}
 */
function side(question, which, words) {
  const moment = question[which];
  const source = `${base}/questions/${encodeURIComponent(question.id)}/${which}`;
  return h(
    "figure",
    {},
    h("img", { src: source, alt: `${called(moment.subject)} at ${moment.at}` }),
    h("figcaption", {}, h("strong", {}, words), h("span", { class: "small" }, `${called(moment.subject)}, ${moment.at}`)),
    button("Show in the video", () => {
      store.set({ current: moment.subject });
      go(moment.frame);
    }, { class: "link" }),
  );
}
