/** "Is it the same person?": two pictures, and one key answers. */

import { get } from "../api.js";
import { byId, button, fill, h } from "../dom.js";
import { say } from "../live.js";
import { record, whenSettled } from "./changes.js";
import { cut } from "./cut.js";
import { base, called, go, portrait, store } from "./desk.js";

/** @typedef {import("../types.js").Question} Question */

/** Until a question was on the screen for so long, a key was meant for what was there before. */
const READ_MS = 400;

/** @type {Question[]} */
let open = [];
let at = 0;
/** Which question is on the screen. */
let asked = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let reading;
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
  byId("tab-questions").addEventListener("click", came);
  await load();
}

async function load() {
  const answer = /** @type {{ questions: Question[] }} */ (await get(`${base}/questions`));
  open = answer.questions.filter((one) => one.matters && one.answered === null && !answered.has(one.id));
  at = Math.min(at, Math.max(0, open.length - 1));
  show();
}

/** How many wait for an answer. @returns {number} */
export function waiting() {
  return open.length;
}

/**
 * Answer by a key: only what was on the screen long enough that the key can have been meant for it.
 * @param {boolean} same
 */
export function pressed(same) {
  if (!byId("questions").dataset.keys) return say("This question has just come. Look at it first.");
  answer(same);
}

/** A question has just come to the screen: for a moment keys are not for it. */
function came() {
  const place = byId("questions");
  clearTimeout(reading);
  delete place.dataset.keys;
  reading = setTimeout(() => (place.dataset.keys = "yes"), READ_MS);
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
  record(`${same ? "Yes" : "No"}: ${words(question)}`, `/questions/${encodeURIComponent(question.id)}`, { same }, [question.before.subject, question.after.subject]);
  show();
}

/** @param {Question} question @returns {string} */
function words(question) {
  const who = called(question.before.subject);
  return question.kind === "covered"
    ? `nobody but ${who} is seen at ${question.after.time}`
    : `${who} at ${question.before.time} and ${called(question.after.subject)} at ${question.after.time} are the same person`;
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
  if (asked !== (question?.id ?? "")) {
    asked = question?.id ?? "";
    came();
  }
  if (!question) {
    const text = store.now.subjects.some((one) => one.verdict === "visible")
      ? "No question is open. Where it cannot be told whether two people are one, it is asked here."
      : "Once you have said who asked, you are asked here wherever they may have been lost.";
    fill(place, h("p", { class: "empty" }, text));
    return;
  }
  const covered = question.kind === "covered";
  fill(
    place,
    h("h3", {}, covered ? `Is nobody but ${called(question.before.subject)} here?` : "Is this the same person?"),
    h("p", { class: "small" }, `Question ${at + 1} of ${open.length}. If you are not sure, answer no: then nobody is shown by mistake.`),
    h(
      "div",
      { class: "actions tight" },
      button(covered ? "Yes, nobody else (Y)" : "Yes, the same (Y)", () => answer(true), { class: "primary" }),
      button("No (N)", () => answer(false)),
      open.length > 1 ? button("Later", () => turn(1), { class: "link" }) : null,
    ),
    h("div", { class: "pair" }, side(question, "before", covered ? "The person" : "Seen last"), side(question, "after", covered ? "Here, nobody else?" : "Seen again")),
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
  return h(
    "figure",
    {},
    cut(moment.frame, moment.place, `${words}: ${called(moment.subject)} at ${moment.time}`),
    h("figcaption", {}, h("strong", {}, words), h("span", { class: "small" }, `${called(moment.subject)}, ${moment.time}`)),
    question.kind === "same" ? h("img", { src: portrait(moment.subject), alt: `${called(moment.subject)}, where seen best` }) : null,
    button("Show in the video", () => {
      store.set({ current: moment.subject });
      go(moment.frame);
    }, { class: "link" }),
  );
}
