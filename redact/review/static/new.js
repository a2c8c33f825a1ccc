/** A new request. */

import { named, post } from "./api.js";
import { byId } from "./dom.js";
import { formOf, stated, wrong } from "./intake.js";
import "./shell.js";

const form = formOf("new-form");
const received = /** @type {HTMLInputElement} */ (form.elements.namedItem("received"));
const now = new Date();
received.value = new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const save = /** @type {HTMLButtonElement} */ (form.querySelector("button.primary"));
  save.disabled = true;
  try {
    const intake = stated(form);
    await post("/api/requests", intake);
    location.assign(`/requests/${named(String(intake.reference))}`);
  } catch (problem) {
    wrong(form, byId("problem"), problem);
  } finally {
    save.disabled = false;
  }
});

form.inert = false;
