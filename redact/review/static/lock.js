/** The lock: after some time of rest the passphrase is asked for again, over the page as it stands. */

import { byId, field, fill, said } from "./dom.js";
import { renew } from "./token.js";
import { say } from "./live.js";

/** @type {Promise<void> | null} */
let waiting = null;

/**
 * Ask for the passphrase over the page, and go on once it was given.
 * @returns {Promise<void>}
 */
export function unlocked() {
  waiting ??= ask().finally(() => (waiting = null));
  return waiting;
}

/** @returns {Promise<void>} */
function ask() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("lock"));
  const form = /** @type {HTMLFormElement} */ (byId("lock-form"));
  const problem = byId("lock-problem");
  const passphrase = field("lock-passphrase");
  document.body.classList.add("locked");
  fill(problem);
  passphrase.value = "";
  if (!dialog.open) dialog.showModal();
  passphrase.focus();
  say("The page is locked. Give your passphrase to go on.");
  return new Promise((done) => {
    dialog.oncancel = (event) => event.preventDefault();
    form.onsubmit = async (event) => {
      event.preventDefault();
      const wrong = await enter(passphrase.value);
      passphrase.value = "";
      if (wrong) {
        fill(problem, wrong);
        passphrase.focus();
        return;
      }
      document.body.classList.remove("locked");
      dialog.close();
      say("Unlocked. Everything is as you left it.");
      done();
    };
  });
}

/**
 * @param {string} passphrase
 * @returns {Promise<string>} what was wrong, empty where nothing was
 */
async function enter(passphrase) {
  try {
    const response = await fetch("/api/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ account: said("account"), passphrase }),
      credentials: "same-origin",
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) return `${answer.message ?? "That did not work."} ${answer.remedy ?? ""}`.trim();
    const me = answer.csrf ? answer : await (await fetch("/api/me", { credentials: "same-origin" })).json();
    renew(me.csrf ?? "");
    return "";
  } catch {
    return "The server cannot be reached. Is it still running?";
  }
}
