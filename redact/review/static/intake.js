/** The fields of a request: what they say as it is sent, and which of them is wrong. */

import { Refused, wording } from "./api.js";
import { byId } from "./dom.js";

const CHANGED = ["requester", "identity", "recipient", "note", "lawful_basis", "purpose", "wanted_by", "about", "upload"];
const PLAIN = ["reference", "kind", "received", ...CHANGED];

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLInputElement}
 */
function of(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/**
 * What FORM says, as it is sent.
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
export function stated(form) {
  /** @type {Record<string, unknown>} */
  const intake = {};
  for (const name of PLAIN) {
    const value = of(form, name).value.trim();
    if (value) intake[name] = value;
  }
  const cameras = of(form, "cameras").value.split(",").map((one) => one.trim()).filter(Boolean);
  if (cameras.length) intake.cameras = cameras;
  const [from, to] = [of(form, "from").value, of(form, "to").value];
  if (from || to) intake.window = { from: whole(from), to: whole(to) };
  return intake;
}

/**
 * What FORM says of a request that is known already: what is empty in it is so from now on.
 * @param {HTMLFormElement} form
 * @returns {Record<string, unknown>}
 */
export function corrected(form) {
  const said = stated(form);
  const empty = Object.fromEntries(CHANGED.map((name) => [name, ["wanted_by", "about"].includes(name) ? null : ""]));
  const { reference: _reference, kind: _kind, received: _received, ...rest } = said;
  return { ...empty, cameras: [], window: null, ...rest };
}

/** @param {string} time @returns {string} */
function whole(time) {
  return time.length === 16 ? `${time}:00` : time;
}

/**
 * Put INTAKE into FORM.
 * @param {HTMLFormElement} form
 * @param {any} intake
 */
export function put(form, intake) {
  for (const name of PLAIN) of(form, name).value = intake[name] ?? "";
  of(form, "cameras").value = (intake.cameras ?? []).join(", ");
  of(form, "from").value = intake.window?.from ?? "";
  of(form, "to").value = intake.window?.to ?? "";
}

/**
 * Say beside each field of FORM what is wrong with it, and above them what is wrong otherwise.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} above
 * @param {unknown} problem
 */
export function wrong(form, above, problem) {
  right(form, above);
  const fields = /** @type {Record<string, string>} */ ((problem instanceof Refused && problem.answer.fields) || {});
  /** @type {HTMLElement | null} */
  let first = null;
  for (const [path, text] of Object.entries(fields)) {
    const name = path.replace(/^window\./, "").split(".")[0] ?? "";
    const place = form.querySelector(`[data-field="${CSS.escape(name === "window" ? "to" : name)}"]`);
    const line = place?.querySelector(".wrong");
    if (!place || !line) continue;
    place.classList.add("has-wrong");
    line.textContent = text;
    const input = /** @type {HTMLElement} */ (place.querySelector("input, select"));
    input.setAttribute("aria-invalid", "true");
    first ??= input;
  }
  above.textContent = first ? "Correct what is marked below. Nothing is recorded yet." : wording(problem);
  if (first) first.focus();
  else above.scrollIntoView({ block: "nearest" });
}

/**
 * Nothing is wrong any more.
 * @param {HTMLFormElement} form
 * @param {HTMLElement} above
 */
export function right(form, above) {
  above.textContent = "";
  for (const place of form.querySelectorAll(".has-wrong")) place.classList.remove("has-wrong");
  for (const line of form.querySelectorAll(".wrong")) line.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** The form with ID. @param {string} id @returns {HTMLFormElement} */
export function formOf(id) {
  return /** @type {HTMLFormElement} */ (byId(id));
}
