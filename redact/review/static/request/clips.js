/** The footage of a request: where each clip stands, and its next step. */

import { get, named, ofClip, post, wording } from "../api.js";
import { byId, button, fill, h, refill } from "../dom.js";
import { linked, linkTo } from "../moments.js";
import { spelt } from "../times.js";
import { sized } from "../words.js";

/**
 * Show the clips of the request.
 * @param {any} facts
 * @param {() => Promise<void>} again
 */
export async function clips(facts, again) {
  const place = byId("clips");
  const all = /** @type {any[]} */ (facts.clips ?? []);
  if (!all.length) return fill(place, h("p", { class: "empty" }, "No footage yet. Drop it below."));
  const cards = await Promise.all(all.map((clip) => card(clip, facts, again)));
  refill(place, ...cards);
}

/**
 * @param {any} clip
 * @param {any} facts
 * @param {() => Promise<void>} again
 */
async function card(clip, facts, again) {
  const state = /** @type {import("../types.js").ClipFacts} */ (await get(ofClip(facts.reference, clip.sha256)));
  const page = `/requests/${named(facts.reference)}/clips/${clip.sha256}`;
  const copy = state.copy.state;
  const busy = state.jobs.some((job) => ["waiting", "running"].includes(job.state) && job.kind !== "proxy");
  const [look, text, label] = facts.state !== "open"
    ? ["done", "", "Open"]
    : busy
    ? ["todo", "It is being worked on: see below.", "Open"]
    : !state.scan.done
    ? ["todo", "Nobody was looked for yet.", "Open"]
    : copy === "none"
      ? ["todo", "Everyone in it was found. Decide who is shown.", "Decide who is shown"]
      : copy === "stale"
        ? ["todo", "Something was decided since the copy was made: make it again.", "Open"]
        : copy === "made"
          ? ["done", "The copy is made, and passed every check.", "Open"]
          : ["todo", "The copy did not pass its checks, and is withheld.", "See what was found"];
  const length = clip.duration_s ? `, ${spelt(clip.duration_s)}` : "";
  const native = ["police", "statutory"].includes(facts.request.kind);
  return h(
    "div",
    { class: `clip-card ${look}` },
    h("h3", {}, clip.name),
    h("p", { class: "small" }, `${clip.camera || "no camera named"}${length}${clip.size_bytes ? `, ${sized(clip.size_bytes)}` : ""}`),
    h("p", {}, native && copy === "none" ? "It can leave as it is, or as a redacted copy." : text),
    state.notes.length ? h("ul", { class: "small" }, ...state.notes.map((line) => h("li", {}, line))) : null,
    copy === "none" ? null : await copyFacts(facts.reference, clip),
    facts.state === "open"
      ? h("div", { class: "actions tight" }, h("a", { class: "button", href: page }, label), button("Take it off", () => remove(facts.reference, clip, again), { class: "link" }))
      : null,
  );
}

/**
 * @param {string} reference
 * @param {any} clip
 */
async function copyFacts(reference, clip) {
  const copy = await get(`${ofClip(reference, clip.sha256)}/copy`).catch(() => null);
  if (!copy) return null;
  const findings = copy.findings?.length ?? 0;
  const base = ofClip(reference, clip.sha256);
  const page = `/requests/${named(reference)}/clips/${clip.sha256}`;
  const warnings = (copy.warnings ?? []).map((/** @type {string} */ line) => h("li", {}, ...linked(line, linkTo(page), clip.duration_s ?? Infinity)));
  const rest = warnings.splice(3);
  const lines = [
    ...warnings,
    rest.length ? h("li", {}, h("details", {}, h("summary", {}, `${rest.length} more`), h("ul", {}, ...rest))) : null,
    findings ? h("li", {}, `${findings} ${findings === 1 ? "place" : "places"} to look at, found by the check of the copy`) : null,
  ].filter(Boolean);
  return h(
    "div",
    {},
    lines.length ? h("ul", {}, ...lines) : null,
    h("p", { class: "small" }, h("a", { href: `${base}/copy/report`, target: "_blank", rel: "noopener" }, "Report of the copy"), " · ", h("a", { href: `${base}/copy/operators-report`, target: "_blank", rel: "noopener" }, "For you alone: what was found, and where to look")),
  );
}

/**
 * @param {string} reference
 * @param {any} clip
 * @param {() => Promise<void>} again
 */
function remove(reference, clip, again) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("remove-dialog"));
  const form = /** @type {HTMLFormElement} */ (byId("remove-form"));
  const reason = /** @type {HTMLInputElement} */ (byId("r-reason"));
  reason.value = "";
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      await post(ofClip(reference, clip.sha256), { reason: reason.value.trim() }, "DELETE");
      dialog.close();
      await again();
    } catch (problem) {
      fill(byId("remove-problem"), wording(problem));
    }
  };
  dialog.showModal();
}
