/** Making the copy: what is chosen for it. */

import { Refused, wording } from "../api.js";
import { byId, field, fill } from "../dom.js";
import { named, post } from "../api.js";
import { base, reference, store } from "./desk.js";

/** Ask how the copy is to be, and have it made. */
export function openCopy() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("copy"));
  const form = /** @type {HTMLFormElement} */ (byId("copy-form"));
  fill(byId("copy-problem"));
  const muted = store.now.corrections.filter((one) => one.kind === "mute").length;
  fill(byId("c-muted"), muted ? `You muted ${muted === 1 ? "one part" : `${muted} parts`}: that counts only where the sound is kept.` : "");
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await post(`${base}/copies`, chosen());
      location.assign(`/requests/${named(reference)}`);
    } catch (problem) {
      fill(byId("copy-problem"), problem instanceof Refused ? wording(problem) : String(problem));
    }
  };
  dialog.showModal();
}

/** What was chosen for the copy. @returns {Record<string, unknown>} */
export function chosen() {
  const [from, to] = [field("c-from").value.trim(), field("c-to").value.trim()];
  return {
    cover: field("c-cover").value,
    style: field("c-style").value,
    audio: field("c-audio").value,
    accept_damage: field("c-damage").checked,
    ...(from || to ? { span: `${from || "0"}-${to}` } : {}),
  };
}
