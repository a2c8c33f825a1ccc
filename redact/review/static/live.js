/** What is said to whoever does not see the page, and short notes for whoever does. */

import { button, byId, h } from "./dom.js";

/**
 * Say TEXT to a screen reader, without moving the focus.
 * @param {string} text
 */
export function say(text) {
  const region = byId("live");
  region.textContent = region.textContent === text ? `${text} ` : text;
}

/**
 * Show TEXT for a while, and say it.
 * @param {string} text
 * @param {"good" | "bad" | "plain"} [kind]
 */
export function note(text, kind = "plain") {
  const line = h("div", { class: `note ${kind}` }, h("span", {}, text));
  line.append(button("Close", () => line.remove(), { class: "link" }));
  const notes = byId("notes");
  notes.append(line);
  while (notes.children.length > 3) notes.firstElementChild?.remove();
  if (kind !== "bad") setTimeout(() => line.remove(), 6000);
  say(text);
}
