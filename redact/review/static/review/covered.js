/** When whoever is shown cannot be seen all the same, since others who are hidden lie over them: told by time. */

import { byId, button, counted, fill, h } from "../dom.js";
import { long, spelt } from "../times.js";
import { called, go, seconds, store } from "./desk.js";

/** @typedef {import("../types.js").CoveredRow} CoveredRow */

const FIRST = 6;

/** Get the list ready. */
export function ready() {
  store.on(["covered", "subjects"], show);
}

function show() {
  fill(byId("covered"), ...store.now.covered.filter((one) => one.runs.length).map(section));
}

/** @param {CoveredRow} one @returns {HTMLElement} */
function section(one) {
  const lines = one.runs.map(line);
  const rest = lines.splice(FIRST);
  return h(
    "section",
    { class: "boxed" },
    h("h3", {}, `${called(one.id)} is shown, but covered`),
    h("p", { class: "small" }, `${counted(one.runs.length, "time")}, on ${Math.max(1, Math.round((100 * one.hidden) / Math.max(1, one.frames)))} % of their pictures. Choose a time to see why.`),
    h("ul", { class: "lines" }, ...lines),
    rest.length ? h("details", {}, h("summary", {}, `${rest.length} more`), h("ul", { class: "lines" }, ...rest)) : null,
  );
}

/** @param {import("../types.js").Run} run @returns {HTMLElement} */
function line([first, last, whose]) {
  const lasts = seconds(last) - seconds(first);
  const text = `${spelt(seconds(first))} to ${spelt(seconds(last))}`;
  return h("li", {}, button(text, () => go(first), { class: "link" }), ` ${lasts >= 1 ? `${long(lasts)}, ` : ""}by ${called(whose)}`);
}
