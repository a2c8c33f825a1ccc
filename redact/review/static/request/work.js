/** Long work that goes on for a request: how far it is, how long it takes, and stopping it. */

import { byId, button, fill, h } from "../dom.js";
import { againJob, onJob, startJob, stopJob } from "../jobs.js";
import { say } from "../live.js";
import { long } from "../times.js";

/** @typedef {import("../types.js").Job} Job */

/** @type {Record<string, string>} */
const WORK = {
  attach: "Taking in the footage",
  scan: "Finding everyone in the footage",
  render: "Making the copy",
  release: "Putting the release together",
  proxy: "Making the small film for playing",
};

/** @type {Map<string, Job>} */
const known = new Map();

/**
 * Show what is at work for REFERENCE.
 * @param {string} reference
 */
export function jobs(reference) {
  onJob((job) => {
    if (job.reference !== reference || job.kind === "proxy") return;
    const before = known.get(job.id)?.state;
    known.set(job.id, job);
    if (before && before !== job.state) say(`${WORK[job.kind] ?? job.kind}: ${ended(job)}`);
    show();
  });
}

function show() {
  const shown = [...known.values()].filter((job) => ["waiting", "running", "failed", "interrupted"].includes(job.state));
  byId("jobs-section").hidden = !shown.length;
  byId("next").hidden = shown.some((job) => ["waiting", "running"].includes(job.state));
  fill(byId("jobs"), ...shown.map(line));
}

/** @param {Job} job @returns {string} */
function ended(job) {
  if (job.state === "done") return "done";
  if (job.state === "failed") return `not done. ${job.error?.message ?? ""} ${job.error?.remedy ?? ""}`.trim();
  return { stopped: "stopped", interrupted: "interrupted; it can go on", waiting: "waits for other work to end", running: job.words }[job.state];
}

/** Ask for the passphrase of the organisation's key, with which it goes on. @param {Job} job */
function passphrase(job) {
  const input = h("input", { id: `pass-${job.id}`, type: "password", autocomplete: "off" });
  const form = h("form", { class: "fields" }, h("label", { for: input.id }, "Passphrase of the organisation's key"), input, h("div", { class: "actions tight" }, h("button", { class: "primary" }, "Go on")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void startJob(`/api/jobs/${job.id}/again`, { passphrase: input.value });
    input.value = "";
  });
  return form;
}

/** @param {Job} job */
function line(job) {
  const busy = job.state === "running" || job.state === "waiting";
  const progress = h("progress", { max: 1, "aria-label": WORK[job.kind] ?? job.kind });
  if (job.share) progress.value = job.share;
  const left = job.left_s ? `, about ${long(job.left_s)} left` : "";
  return h(
    "div",
    { class: "clip-card todo" },
    h("h3", {}, WORK[job.kind] ?? job.kind),
    h("p", { class: job.state === "failed" ? "problem" : "" }, `${ended(job)}${busy ? `${left}. You can leave this page meanwhile.` : ""}`),
    busy ? progress : null,
    job.state === "failed" && job.error?.code?.startsWith("passphrase") ? passphrase(job) : null,
    h(
      "div",
      { class: "actions tight" },
      busy ? button("Stop it", () => void stopJob(job.id)) : null,
      job.may_go_on ? button(job.state === "interrupted" ? "Go on" : "Try again", () => void againJob(job.id), { class: "primary" }) : null,
      busy ? null : button("Put away", () => (known.delete(job.id), show()), { class: "link" }),
    ),
  );
}
