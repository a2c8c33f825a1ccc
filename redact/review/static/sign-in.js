/** Signing in. */

import { post, wording } from "./api.js";
import { byId, field, fill, said } from "./dom.js";

const form = byId("sign-in-form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const passphrase = field("passphrase");
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button.primary"));
  button.disabled = true;
  button.textContent = "Signing in…";
  try {
    await post("/api/sign-in", { account: field("account").value.trim(), passphrase: passphrase.value });
    const then = said("then");
    location.assign(/^\/(?![/\\])/.test(then) ? then : "/");
  } catch (problem) {
    fill(byId("problem"), wording(problem));
    passphrase.value = "";
    button.disabled = false;
    button.textContent = "Sign in";
    passphrase.focus();
  }
});

form.inert = false;
// a link followed from elsewhere comes without the cookie, and lands here though somebody is signed in
const then = said("then");
if (then !== "/" && /^\/(?![/\\])/.test(then)) {
  void fetch("/api/me", { credentials: "same-origin" }).then((answer) => answer.ok && location.replace(then));
}
field(field("account").value ? "passphrase" : "account").focus();
