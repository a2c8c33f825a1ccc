/** What is corrected, recorded and ended on the page of a request. */

import { ofRequest, post, wording } from "../api.js";
import { byId, field, fill, h, said } from "../dom.js";
import { corrected, formOf, put, wrong } from "../intake.js";
import { note } from "../live.js";

const base = ofRequest(said("reference"));

/** What each step has to say besides. @type {Record<string, string>} */
const NOTES = {
  searched: "What was found",
  "identity-asked": "Note",
  "identity-satisfied": "How it was checked",
  "clarification-asked": "What was asked",
  "clarification-answered": "What was answered",
  "fee-quoted": "Note",
  "fee-invoiced": "Note",
  "fee-asked": "Why, where somebody asks for their own data",
  "fee-paid": "Note",
  "fee-waived": "Why it need not be paid",
  "complaint-acknowledged": "Note",
  "complaint-looked-into": "What was looked into, and what was seen",
  "package-uploaded": "The receipt, or who confirmed that it came",
  extended: "Why, as the person was told",
};

/** Gives the request. @type {() => any} */
let asked = () => ({ request: {} });

/** @type {[string, string][]} */
const OUTCOMES = [
  ["answered", "It was answered with a copy"],
  ["nothing-held", "Nothing was found"],
  ["withdrawn", "It was withdrawn"],
  ["opened-in-error", "It was opened in error"],
  ["upheld", "The complaint was upheld"],
  ["partly-upheld", "The complaint was upheld in part"],
  ["not-upheld", "The complaint was not upheld"],
];

/** @type {[string, string][]} */
const EXEMPTIONS = [
  ["manifestly-unfounded-or-excessive", "It is manifestly unfounded or excessive"],
  ["third-party", "It would identify somebody else, and that is not reasonable"],
  ["crime-and-taxation", "It would hinder preventing or prosecuting crime"],
  ["legal-privilege", "It is protected by legal privilege"],
  ["no-data-held", "A reasonable search found nothing"],
  ["identity-not-proved", "It was not shown who asks"],
  ["no-lawful-basis", "There is no lawful basis for it"],
  ["fee-not-paid", "The fee was not paid"],
  ["foi-personal-information", "It is personal information (freedom of information)"],
  ["foi-law-enforcement", "It would hinder law enforcement (freedom of information)"],
  ["foi-cost-limit", "It would cost more than the limit (freedom of information)"],
  ["foi-vexatious-or-repeated", "It is vexatious or repeated (freedom of information)"],
  ["foi-available-elsewhere", "It can be had elsewhere (freedom of information)"],
  ["foi-not-held", "It is not held (freedom of information)"],
  ["tenant-scheme", "A ground of the access scheme, which the reason names"],
  ["other", "Another rule, which the reason names"],
];

/**
 * @param {string} id
 * @returns {HTMLDialogElement}
 */
function dialog(id) {
  return /** @type {HTMLDialogElement} */ (byId(id));
}

/**
 * Get the dialogs ready; FACTS gives the request, AGAIN reads it anew.
 * @param {() => any} facts
 * @param {() => Promise<void>} again
 */
export function dialogs(facts, again) {
  document.getElementById("edit")?.addEventListener("click", () => edit(facts(), again));
  asked = facts;
  document.getElementById("step")?.addEventListener("click", () => openStep());
  document.getElementById("close-request")?.addEventListener("click", () => end("close", again));
  document.getElementById("refuse-request")?.addEventListener("click", () => end("refuse", again));
  field("s-kind").addEventListener("change", kindChosen);
  byId("step-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = unsaid();
    if (wrong) return fill(byId("step-problem"), wrong);
    await sent(dialog("step-dialog"), "step-problem", () => post(`${base}/steps`, step()), again);
  });
  kindChosen();
}

function kindChosen() {
  const kind = field("s-kind").value;
  byId("s-note-label").textContent = NOTES[kind] ?? "Note";
  byId("s-money").hidden = !["fee-quoted", "fee-invoiced", "fee-asked"].includes(kind);
  byId("s-free").hidden = asked().request?.kind !== "sar";
  for (const option of /** @type {NodeListOf<HTMLOptionElement>} */ (document.querySelectorAll("#s-kind option"))) {
    option.hidden = !(asked().steps ?? [option.value]).includes(option.value);
  }
  for (const part of document.querySelectorAll("#step-form [data-for]")) {
    /** @type {HTMLElement} */ (part).hidden = /** @type {HTMLElement} */ (part).dataset.for !== kind;
  }
}

/** Ask what happened. @param {string} [kind] */
export function openStep(kind) {
  if (kind) field("s-kind").value = kind;
  kindChosen();
  field("s-on").value = today();
  const { window, cameras } = asked().request;
  if (!field("s-camera").value) field("s-camera").value = cameras?.[0] ?? "";
  const [from, to] = minutes(window?.from ?? "", window?.to ?? "");
  if (!field("s-from").value) field("s-from").value = from;
  if (!field("s-to").value) field("s-to").value = to;
  /** @type {HTMLInputElement} */ (byId("s-nothing")).checked = false;
  fill(byId("step-problem"));
  dialog("step-dialog").showModal();
}

/**
 * The whole minutes that hold a window of time: of one that is shorter too, a search is for longer than no time at all.
 * @param {string} from
 * @param {string} to
 * @returns {[string, string]}
 */
export function minutes(from, to) {
  const end = new Date(`${to}Z`);
  if (!to || Number.isNaN(end.getTime())) return [from.slice(0, 16), ""];
  return [from.slice(0, 16), new Date(Math.ceil(end.getTime() / 60000) * 60000).toISOString().slice(0, 16)];
}

/** What has to be said still, in words; empty where nothing has. @returns {string} */
function unsaid() {
  const kind = field("s-kind").value;
  const empty = (/** @type {string[]} */ ...ids) => ids.some((id) => !field(id).value.trim());
  if (kind === "searched" && (empty("s-camera", "s-from", "s-to") || (!vain() && empty("s-note")))) return "Say which camera, from when to when, and what was found.";
  return ["identity-satisfied", "extended", "fee-waived", "complaint-looked-into", "package-uploaded"].includes(kind) && empty("s-note") ? `Say it: ${(NOTES[kind] ?? "").toLowerCase()}.` : "";
}

/** Whether the search found nothing. @returns {boolean} */
function vain() {
  return /** @type {HTMLInputElement} */ (byId("s-nothing")).checked;
}

/** @returns {Record<string, unknown>} */
function step() {
  const kind = field("s-kind").value;
  /** @type {Record<string, string>} */
  const data = { note: field("s-note").value.trim() };
  if (kind === "searched") Object.assign(data, { camera: field("s-camera").value.trim(), from: field("s-from").value, to: field("s-to").value }, vain() ? { nothing: "yes" } : {});
  for (const name of byId("s-money").hidden ? [] : ["amount", "ground"]) if (field(`s-${name}`).value) data[name] = field(`s-${name}`).value.trim();
  return { kind, on: field("s-on").value || null, data };
}

/**
 * @param {HTMLDialogElement} open
 * @param {string} problem
 * @param {() => Promise<unknown>} send
 * @param {() => Promise<void>} again
 */
async function sent(open, problem, send, again) {
  try {
    await send();
    fill(byId(problem));
    open.close();
    note("Recorded.", "good");
    await again();
  } catch (refused) {
    fill(byId(problem), wording(refused));
  }
}

/**
 * @param {any} facts
 * @param {() => Promise<void>} again
 */
function edit(facts, again) {
  const form = formOf("edit-form");
  put(form, facts.request);
  for (const name of ["reference", "kind", "received"]) {
    const input = /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
    input.disabled = true;
  }
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await post(base, corrected(form), "PATCH");
      dialog("edit-dialog").close();
      await again();
    } catch (problem) {
      wrong(form, byId("edit-problem"), problem);
    }
  };
  dialog("edit-dialog").showModal();
}

/**
 * @param {"close" | "refuse"} way
 * @param {() => Promise<void>} again
 */
function end(way, again) {
  const closing = way === "close";
  fill(byId("end-dialog-title"), closing ? "Close the request" : "Refuse the request");
  fill(byId("e-what-label"), closing ? "How it ended" : "Under which rule");
  fill(byId("e-note-label"), closing ? "Note" : "Why: the requester is told this");
  fill(byId("e-what"), ...(closing ? OUTCOMES : EXEMPTIONS).filter(([value]) => (asked()[closing ? "outcomes" : "exemptions"] ?? [value]).includes(value)).map(([value, text]) => h("option", { value }, text)));
  field("e-on").value = today();
  fill(byId("end-problem"));
  /** @type {HTMLFormElement} */ (byId("end-form")).onsubmit = async (event) => {
    event.preventDefault();
    const [what, words, on] = ["e-what", "e-note", "e-on"].map((id) => field(id).value.trim());
    const body = closing ? { outcome: what, note: words, on } : { exemption: what, reason: words, on };
    await sent(dialog("end-dialog"), "end-problem", () => post(`${base}/${closing ? "closure" : "refusal"}`, body), again);
  };
  dialog("end-dialog").showModal();
}

function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}
