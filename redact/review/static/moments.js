/** Sentences that name times of a clip: each time is a way to that moment. */

import { button, h } from "./dom.js";
import { read } from "./times.js";

/** A time as sentences have it: 00:12.4, or 1:02:03. */
const TIME = /\b(?:\d{1,3}:)?\d{2}:\d{2}(?:\.\d+)?\b/g;

/**
 * TEXT as what is put into the page, its times made by MADE; those after MOST seconds are no times of the clip.
 * @param {string} text
 * @param {(time: string, seconds: number) => Node} made
 * @param {number} [most]
 * @returns {(string | Node)[]}
 */
export function linked(text, made, most = Infinity) {
  /** @type {(string | Node)[]} */
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TIME)) {
    const seconds = read(found[0]);
    if (seconds === null || seconds > most) continue;
    parts.push(text.slice(end, found.index), made(found[0], seconds));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}

/**
 * A link to the page of a clip, at PAGE, at a TIME of it.
 * @param {string} page
 * @returns {(time: string) => Node}
 */
export function linkTo(page) {
  return (time) => h("a", { href: `${page}#${time}` }, time);
}

/**
 * A button that goes to a time of the clip on this page.
 * @param {(seconds: number) => void} act
 * @returns {(time: string, seconds: number) => Node}
 */
export function buttonFor(act) {
  return (time, seconds) => button(time, () => act(seconds), { class: "link" });
}
