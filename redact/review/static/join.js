/** Joining: whoever was invited chooses a passphrase, and reads out what tells their key from any other. */

import { post, wording } from "./api.js";
import { byId, field, fill, said } from "./dom.js";
import { say } from "./live.js";

byId("join-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const [one, again] = [field("passphrase"), field("again")];
  if (one.value !== again.value) {
    fill(byId("problem"), "The two are not the same. Type both again.");
    one.value = again.value = "";
    return one.focus();
  }
  try {
    const made = await post("/api/join", { token: said("token"), passphrase: one.value });
    one.value = again.value = "";
    byId("choose").hidden = true;
    byId("made").hidden = false;
    byId("title").textContent = "Your key is made";
    fill(byId("fingerprint"), spoken(String(made.fingerprint)));
    say("Your key is made. One more step: read its numbers out to the Data Protection Officer.");
  } catch (problem) {
    fill(byId("problem"), wording(problem));
  }
});

/**
 * The part of FINGERPRINT that is read out, four at a time.
 * @param {string} fingerprint
 * @returns {string}
 */
function spoken(fingerprint) {
  const digits = fingerprint.replace(/[^0-9a-z]/gi, "").slice(0, 16);
  return digits.replace(/(.{4})(?=.)/g, "$1 ");
}

byId("join-form").inert = false;
