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
  const notes = byId("notes");
  for (const other of notes.children) if (other.firstElementChild?.textContent === text) other.remove();
  const line = h("div", { class: `note ${kind}` }, h("span", {}, text));
  line.append(button("Close", () => line.remove(), { class: "link" }));
  notes.append(line);
  while (notes.children.length > 3) notes.firstElementChild?.remove();
  setTimeout(() => line.remove(), kind === "bad" ? 20000 : 6000);
  say(text);
}
