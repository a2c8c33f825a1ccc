/** The page of one request: what comes next, its footage, its time limit, what happened, and its end. */

import { get, ofRequest, wording } from "./api.js";
import { byId, button, fill, h, refill, said } from "./dom.js";
import { onJob } from "./jobs.js";
import { clips } from "./request/clips.js";
import { dialogs, openStep } from "./request/dialogs.js";
import { leaving } from "./request/leaving.js";
import { jobs } from "./request/work.js";
import { uploads } from "./request/uploads.js";
import "./shell.js";
import { day, moment } from "./times.js";
import { KINDS, dueTag, exportTag, happened } from "./words.js";

/** @typedef {{ text: string, task: string | null, what: string, given: string[] }} Next */

const reference = said("reference");
const base = ofRequest(reference);

/** @type {any} */
let facts = {};
/** What would leave, once that can be said. @type {any} */
let leaves = null;

async function load() {
  facts = await get(base);
  const open = facts.state === "open";
  const intake = facts.request;
  byId("state").textContent = open ? "open" : `${facts.outcome || facts.state}`;
  byId("lead").textContent = `${KINDS[intake.kind] ?? intake.kind}${intake.requester ? ` of ${intake.requester}` : ""}, received ${day(intake.received)}`;
  clock(facts.clock, facts.export);
  told(intake);
  byId("end-section").hidden = !open;
  for (const id of ["drop", "edit", "step"]) document.getElementById(id)?.toggleAttribute("hidden", !open);
  const [, parcel] = await Promise.all([clips(facts, load), leaving(facts, load), history()]);
  leaves = parcel;
  next(open);
}

/** Say the one thing that comes next, with a button that does it. @param {boolean} open */
function next(open) {
  const place = byId("next-body");
  const steps = /** @type {Next[]} */ (facts.next);
  if (!open) return fill(place, h("p", { class: "next-step" }, "This request has ended. There is nothing left to do."));
  const first = steps[0];
  if (!first) return fill(place, h("p", { class: "next-step" }, "There is nothing to do at the moment."));
  const rest = steps.slice(1).map((step) => h("li", {}, plainly(step)));
  refill(
    place,
    h("p", { class: "next-step" }, plainly(first)),
    act(first),
    rest.length ? h("details", {}, h("summary", {}, `Then ${rest.length} more`), h("ul", {}, ...rest)) : null,
  );
}

/**
 * What STEP says, without the reference, which stands above, and without what its button does.
 * @param {Next} step
 * @returns {string}
 */
function plainly(step) {
  const words = (special(step) || (act(step) && step.what) || step.text).replace(`${reference}: `, "");
  return `${words[0]?.toUpperCase() ?? ""}${words.slice(1)}`;
}

/**
 * What STEP means for whoever is here; empty where that is what it says.
 * @param {Next} step
 * @returns {string}
 */
function special({ task }) {
  if (task === "approve" && leaves) {
    const who = leaves.may_approve.map((/** @type {any} */ one) => one.name).join(" or ");
    const mine = leaves.may_approve.some((/** @type {any} */ one) => one.account === said("account"));
    if (mine) return "A copy waits for your approval. Watch it.";
    return who ? `Ask ${who} to approve the copy. They sign in as themselves and open this request.` : "";
  }
  if (task === "close-request") return `Download the package and send it to ${facts.request.recipient || "the recipient"}. Hand over the key by another way. Then close the request.`;
  return "";
}

/**
 * The button that does what STEP says.
 * @param {Next} step
 * @returns {Node | null}
 */
function act({ task, given }) {
  const clip = facts.clips?.[0];
  const page = clip ? `/requests/${location.pathname.split("/")[2]}/clips/${clip.sha256}` : "";
  const to = (/** @type {string} */ href, /** @type {string} */ text) => h("a", { class: "button primary", href }, text);
  const open = (/** @type {string} */ id, /** @type {string} */ text) => button(text, () => byId(id).click(), { class: "primary" });
  const done = {
    attach: () => open("file", "Choose the footage"),
    scan: () => (page ? to(page, "Open the footage") : null),
    "show-subjects": () => (page ? to(page, "See who is in it") : null),
    render: () => (page ? to(page, "Open the footage, and make the copy") : null),
    approve: () => to(`${location.pathname}/approve`, "Look at what would leave"),
    release: () => open("release", "Release it"),
    "change-request": () => open("edit", "Correct or add"),
    "record-step": () => button("Record what happened", () => openStep(given[0]), { class: "primary" }),
    "close-request": () => h("div", { class: "actions" }, to(`${base}/package`, "Download the package"), button("It was sent: close the request", () => byId("close-request").click())),
  }[task ?? ""];
  const control = done?.();
  return control ? h("div", { class: "actions" }, control) : null;
}

/**
 * @param {any} time
 * @param {any} footage
 */
function clock(time, footage) {
  if (!time) return;
  const before = footage && exportTag({ export: footage.standing, export_by: footage.last, export_days: footage.days_left });
  const tag = dueTag(time);
  fill(
    byId("clock"),
    time.ended
      ? h("p", {}, h("strong", {}, `Ended ${day(time.ended)}`), time.late ? h("span", { class: "tag bad" }, "late") : "")
      : h("p", {}, time.due ? h("strong", {}, `To be answered by ${day(time.due)} `) : "", h("span", { class: `tag ${tag.look}` }, tag.text)),
    before ? h("p", {}, footage.last ? h("strong", {}, `Last whole day to export the footage: ${day(footage.last)} `) : "", h("span", { class: `tag ${before.look}` }, before.text)) : "",
    h("details", {}, h("summary", {}, "How that day comes about"), ...[...(footage?.why ?? []), ...(time.why ?? [])].map((/** @type {string} */ line) => h("p", { class: "small" }, line))),
  );
}

/** @param {any} intake */
function told(intake) {
  const window = intake.window ? `${moment(intake.window.from)} to ${moment(intake.window.to)}` : "";
  const lines = {
    Requester: intake.requester,
    "Identity checked": intake.identity,
    Recipient: intake.recipient,
    "Asked for": window,
    Cameras: (intake.cameras ?? []).join(", "),
    "Also asked": intake.note,
    "Lawful basis": intake.lawful_basis,
    Purpose: intake.purpose,
    "Wanted by": day(intake.wanted_by),
    "Complaint about": intake.about,
    "Upload link": intake.upload,
    Fee: facts.fee ? `${facts.fee.state}${facts.fee.amount ? `, ${facts.fee.amount} pounds` : ""}, ${day(facts.fee.day)}` : "",
    Complaints: (facts.complaints ?? []).map((/** @type {any} */ one) => one.reference).join(", "),
  };
  const known = Object.entries(lines).filter(([, value]) => value);
  fill(byId("facts"), ...known.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  const cameras = document.getElementById("cameras");
  if (cameras) fill(cameras, ...(intake.cameras ?? []).map((/** @type {string} */ one) => h("option", { value: one })));
}

async function history() {
  const place = byId("history");
  try {
    const events = /** @type {any[]} */ (await get(`${base}/history`)).reverse();
    const rows = events.map((event) => h("tr", {}, h("td", {}, moment(event.at)), h("td", {}, event.name), h("td", {}, event.said ? `${happened(event.kind)}: ${event.said}` : happened(event.kind))));
    const table = h("table", {}, h("caption", { class: "away" }, "What happened"), h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "When"), h("th", { scope: "col" }, "Who"), h("th", { scope: "col" }, "What"))), h("tbody", {}, ...rows));
    fill(place, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What happened" }, table));
  } catch (problem) {
    fill(place, h("p", { class: "empty" }, wording(problem)));
  }
}

dialogs(() => facts, load);
uploads(reference, load);
jobs(reference);

/** @type {Map<string, string>} */
const states = new Map();
onJob((job) => {
  if (job.reference !== reference) return;
  const before = states.get(job.id);
  states.set(job.id, job.state);
  if (before && before !== job.state && !["waiting", "running"].includes(job.state)) void load();
});

load().catch((problem) => fill(byId("next-body"), h("p", { class: "problem" }, wording(problem))));
