/** Signing in. */

import { post, wording } from "./api.js";
import { byId, field, fill, said } from "./dom.js";

const form = byId("sign-in-form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const passphrase = field("passphrase");
  try {
    await post("/api/sign-in", { account: field("account").value.trim(), passphrase: passphrase.value });
    const then = said("then");
    location.assign(/^\/(?![/\\])/.test(then) ? then : "/");
  } catch (problem) {
    fill(byId("problem"), wording(problem));
    passphrase.value = "";
    passphrase.focus();
  }
});

form.inert = false;
field(field("account").value ? "passphrase" : "account").focus();
